"""A source file is read if it matches its checksum; otherwise the error states the difference."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from meagraph.core import files
from meagraph.core.errors import DataError, SourceError
from meagraph_loaders import extract, sources

SAIGA_FILE = "saiga-mtiwp-2016-2020.txt"
Change = Callable[[bytes], bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sources that a test may modify."""
    copy = tmp_path / "sources"
    shutil.copytree(files.folder("data") / "sources", copy)
    for path in copy.iterdir():
        path.chmod(0o644)
    return copy


def test_the_table_describes_the_files_beside_it() -> None:
    folder = files.folder("data") / "sources"
    rows = sources.rows(folder)
    assert {row.file for row in rows} == {path.name for path in folder.glob("*.txt")}
    for row in rows:
        text = sources.read(row, folder)
        assert len(text.encode()) == row.bytes
        assert text.count("\n") == row.lines
        assert (row.encoding, row.language) == ("utf-8", "en")
    assert [slug for row in rows for slug in row.documents] == list(extract.EXTRACTORS)


BROKEN: list[tuple[str, Change, str]] = [
    ("cut in the middle", lambda data: data[:8000], "is truncated: it has 8000 of 19966 bytes"),
    ("cut at its end", lambda data: data[:-2], "is truncated: it has 19964 of 19966 bytes"),
    ("empty", lambda data: b"", "is truncated: it has 0 of 19966 bytes and 0 of 636 lines"),
    (
        "Windows-1252",
        lambda data: data.decode().encode("cp1252"),
        "was re-encoded: byte 3154 (line 106, 0x92) is not UTF-8",
    ),
    (
        "UTF-16",
        lambda data: data.decode().encode("utf-16"),
        "was re-encoded: byte 0 (line 1, 0xFF)",
    ),
    (
        "UTF-16 without a mark",
        lambda data: data.decode().replace("’", "'").replace("‘", "'").encode("utf-16-le"),
        "NUL bytes",
    ),
    ("a byte-order mark", lambda data: b"\xef\xbb\xbf" + data, "begins with a byte-order mark"),
    ("other line ends", lambda data: data.replace(b"\n", b"\r\n"), "end with CR LF"),
    ("a changed word", lambda data: data.replace(b"2020", b"2021", 1), "was edited"),
    ("a dropped word", lambda data: data.replace(b"all ", b"", 1), "was edited"),
    ("one more line", lambda data: data + b"15.0 More\n", "was edited"),
]


@pytest.mark.parametrize(
    ("change", "message"),
    [pytest.param(change, message, id=name) for name, change, message in BROKEN],
)
def test_a_changed_file_is_refused_with_the_way_it_changed(
    folder: Path, change: Change, message: str
) -> None:
    path = folder / SAIGA_FILE
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(SourceError) as refused:
        extract.documents(folder)
    assert refused.value.where == str(path)
    assert message in str(refused.value)
    assert "19966 bytes, 636 lines, UTF-8" in refused.value.right


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / SAIGA_FILE).unlink()
    with pytest.raises(SourceError, match=r"saiga-mtiwp-2016-2020\.txt: is missing"):
        extract.documents(folder)


def test_a_folder_in_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / SAIGA_FILE).unlink()
    (folder / SAIGA_FILE).mkdir()
    with pytest.raises(SourceError, match="cannot be read"):
        extract.documents(folder)


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "sources.csv").unlink()
    with pytest.raises(SourceError, match=r"sources\.csv: is missing"):
        extract.documents(folder)


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("sha256,", "checksum,", 1, "the columns do not match"),
        (",19966,", ",many,", 2, "bytes is 'many'"),
        (",636,", ",-1,", 2, "lines is '-1'"),
        (",19966,", ",", 2, "the row has"),
        (",636,utf-8", ",636,latin-1", 2, "encoding is 'latin-1'"),
        ("saiga-mtiwp-2016-2020.txt", "../saiga.txt", 2, "file is '../saiga.txt'. It must match"),
        (",saiga-mtiwp-2016-2020,", ",,", 2, "documents is empty"),
    ],
)
def test_a_malformed_row_is_named_by_its_line(
    folder: Path, old: str, new: str, where: int, message: str
) -> None:
    table = folder / "sources.csv"
    text = table.read_text(encoding="utf-8")
    assert old in text
    table.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        extract.documents(folder)
    assert refused.value.where == f"{folder.name}/sources.csv:{where}"
    assert message in str(refused.value)


def test_a_document_that_nothing_reads_is_refused(folder: Path) -> None:
    table = folder / "sources.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("argali-ssap-2014-2024", "argali-ssap-2033"), encoding="utf-8")
    with pytest.raises(DataError, match="argali-ssap-2033, which nothing here reads"):
        extract.documents(folder)


def test_a_file_whose_annex_is_left_out_is_not_whole(folder: Path) -> None:
    table = folder / "sources.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(" argali-ssap-2014-2024", ""), encoding="utf-8")
    with pytest.raises(
        SourceError, match=r"argali-action-plan-2025-2032\.txt:882: nothing is known"
    ):
        extract.documents(folder)
