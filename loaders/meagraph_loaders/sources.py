"""The source texts as received: `data/sources/sources.csv` and the files that it names.

A file is read only when it is byte for byte the one that was checked; otherwise the error says in
which way it is another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from meagraph.core import tables, text_files
from meagraph.core.errors import DataError, SourceError

TABLE = "sources.csv"
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of `sources.csv`: a file, how to recognise it, and what is known about it."""

    where: str
    file: str
    documents: tuple[str, ...]
    """Slugs of the documents in the file, in file order."""
    sha256: str
    bytes: int
    lines: int
    """Line ends in the file, as `wc -l` counts them."""
    encoding: Literal["utf-8"]
    title: str
    language: str
    received_format: str
    modified: str
    note: str | None


def rows(folder: Path) -> tuple[SourceRow, ...]:
    """The rows of `sources.csv` in a folder, in file order.

    Raises SourceError when there is no such table, DataError when a row is malformed.
    """
    path = folder / TABLE
    if not path.is_file():
        raise SourceError(str(path), "is missing", "It lists the source texts")
    return tables.read(path, SourceRow)


def read_file(path: Path) -> str:
    """The text of a source file that the table beside it lists.

    Raises DataError when the table does not list it, and errors as `rows` and `read` do.
    """
    for row in rows(path.parent):
        if row.file == path.name:
            return read(row, path.parent)
    raise DataError(
        text_files.display_name(path), f"{TABLE} does not list it", "Add a row, or remove the file"
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
