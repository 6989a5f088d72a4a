"""CSV tables become typed rows, or one message that names the cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from meagraph.errors import DataError
from meagraph_loaders import tables


@dataclass(frozen=True, slots=True)
class Row:
    where: str
    name: str
    kind: Literal["a", "b"]
    note: str | None
    wanted: bool
    count: int | None
    words: tuple[str, ...]
    items: tuple[str, ...] = tables.separated_by("|")


HEADER = "name,kind,note,wanted,count,words,items\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_cells_take_the_types_of_their_columns(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + 'Ural,a,,yes,3,one two,"x y | z"\n')
    assert tables.read(path, Row) == (
        Row(
            f"{tmp_path.name}/table.csv:2", "Ural", "a", None, True, 3, ("one", "two"), ("x y", "z")
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + ",a,,yes,,,\n", "table.csv:2: the cell name is empty"),
        (HEADER + "Ural,c,,yes,,,\n", "table.csv:2: kind is 'c'. It must be one of: a, b"),
        (HEADER + "Ural,a,,maybe,,,\n", "table.csv:2: wanted is 'maybe'. It must be yes or no"),
        (
            HEADER + "Ural,a,,yes,many,,\n",
            "table.csv:2: count is 'many'. It must be a whole number",
        ),
        (HEADER + "Ural,a,,yes\n", "table.csv:2: the row has 4 cells. It needs 7"),
        ("name,kind\nUral,a\n", "table.csv:1: the columns do not fit (missing: count"),
        (HEADER + 'Ural,a,"x"y,yes,,,\n', "Quote the cell as RFC 4180 says"),
    ],
)
def test_a_malformed_table_names_file_line_and_what_would_be_right(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        tables.read(write(tmp_path, text), Row)
    assert message in str(caught.value)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the table is missing"):
        tables.read(tmp_path / "table.csv", Row)


def test_a_table_that_is_not_utf_8_names_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"name\n\xff\n")
    with pytest.raises(DataError, match=r"byte 5 is not UTF-8"):
        tables.read(path, Row)
