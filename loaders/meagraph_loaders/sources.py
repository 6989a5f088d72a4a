"""The source texts as received: `data/sources/sources.csv` and the files that it names.

A file is read only when it is byte for byte the one that was checked; otherwise the error says in
which way it is another.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, fields
from pathlib import Path

from meagraph.errors import DataError, SourceError

TABLE = "sources.csv"
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of `sources.csv`: a file, how to recognise it, and what is known about it."""

    file: str
    documents: tuple[str, ...]
    """Slugs of the documents in the file, in file order."""
    sha256: str
    bytes: int
    lines: int
    """Line ends in the file, as `wc -l` counts them."""
    encoding: str
    title: str
    language: str
    document_date: str
    received_format: str
    modified: str
    url: str
    note: str


COLUMNS = tuple(column.name for column in fields(SourceRow))
NOT_WORDS = ("documents", "bytes", "lines")


def rows(folder: Path) -> tuple[SourceRow, ...]:
    """The rows of `sources.csv` in a folder, in file order.

    Raises SourceError when there is no such table, DataError when a row is malformed.
    """
    path = folder / TABLE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceError(str(path), "is missing", "It lists the source texts") from None
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise DataError(f"{path}:1", "has other columns", f"They are: {','.join(COLUMNS)}")
    return tuple(_row(f"{path}:{reader.line_num}", cells) for cells in reader)


def _row(where: str, cells: dict[str, str]) -> SourceRow:
    """One typed row."""
    if None in cells or None in cells.values():
        raise DataError(where, "has another number of cells", f"A row has {len(COLUMNS)}")
    for column in ("file", "documents", "sha256", "title", "language", "modified"):
        if not cells[column].strip():
            raise DataError(where, f"{column} is empty", "This cell has a value in every row")
    for column in ("bytes", "lines"):
        if not (cells[column].isascii() and cells[column].isdigit()):
            raise DataError(where, f"{column} is {cells[column]!r}", "It is a whole number")
    if cells["encoding"] != "utf-8":
        raise DataError(where, f"encoding is {cells['encoding']!r}", "Sources are kept as utf-8")
    if Path(cells["file"]).name != cells["file"]:
        raise DataError(where, f"file is {cells['file']!r}", "It is a file name without a folder")
    words = {column: cells[column] for column in COLUMNS if column not in NOT_WORDS}
    return SourceRow(
        documents=tuple(cells["documents"].split()),
        bytes=int(cells["bytes"]),
        lines=int(cells["lines"]),
        **words,
    )


def read(row: SourceRow, folder: Path) -> str:
    """The text of a source file, when it is the one that its row describes.

    Raises SourceError when the file is missing, truncated, re-encoded or edited.
    """
    path = folder / row.file
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SourceError(
            str(path), "is missing", f"Restore the file that {TABLE} lists, unchanged"
        ) from None
    except OSError as problem:
        raise SourceError(
            str(path), f"cannot be read ({problem.strerror})", "It is a readable file"
        ) from None
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise SourceError(str(path), *_difference(data, row))
    return data.decode("utf-8")


def _difference(data: bytes, row: SourceRow) -> tuple[str, str]:
    """In which way a file is not the one that was checked, and what would be right."""
    lines = data.count(b"\n")
    restore = f"Restore the file as received: {row.bytes} bytes, {row.lines} lines, UTF-8"
    if data.startswith(BOM):
        return "was re-encoded: it begins with a byte-order mark", restore
    if data.count(b"\r\n") > 0:
        return "was re-encoded: its lines end with CR LF", restore
    if len(data) < row.bytes and lines < row.lines:
        return (
            f"is truncated: it has {len(data)} of {row.bytes} bytes and {lines} of "
            f"{row.lines} lines",
            restore,
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        return (
            f"was re-encoded: byte {problem.start} (line {line}, 0x{data[problem.start]:02X}) "
            "is not UTF-8",
            restore,
        )
    if b"\0" in data:
        return "was re-encoded: it holds NUL bytes, as UTF-16 does", restore
    return (
        f"was edited: its SHA-256 is not the one in {TABLE} (it has {len(data)} bytes and "
        f"{lines} lines)",
        f"{restore}. A new version of a document gets a file, a row and a slug of its own",
    )
