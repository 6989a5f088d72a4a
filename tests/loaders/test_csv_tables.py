"""CSV tables become typed rows, or one error that names the cell."""

from __future__ import annotations

import dataclasses
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from meagraph.core import files, tables
from meagraph.core.errors import DataError
from meagraph_loaders import curation_tables, sources
from tests.nonempty import nonempty


@dataclass(frozen=True, slots=True)
class Row:
    where: str
    name: str
    kind: Literal["a", "b"]
    note: str | None
    threatened: bool
    count: int | None
    words: tuple[str, ...]
    items: tuple[str, ...]


TABLE = tables.Table.model_validate(
    {
        "url": "folder/table.csv",
        "tableSchema": {
            "primaryKey": "name",
            "columns": [
                {"name": "name", "required": True},
                {"name": "kind", "datatype": {"base": "string", "format": "a|b"}, "required": True},
                {"name": "note"},
                {
                    "name": "threatened",
                    "datatype": {"base": "boolean", "format": "yes|no"},
                    "required": True,
                },
                {"name": "count", "datatype": {"base": "nonNegativeInteger"}},
                {"name": "words", "separator": " "},
                {"name": "items", "separator": "|"},
            ],
        },
    }
)
HEADER = "name,kind,note,threatened,count,words,items\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_cells_take_the_types_of_their_columns(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + 'Ural,a,,yes,3,one two,"x y | z"\n')
    assert tables.read(path, Row, TABLE) == (
        Row(
            f"{tmp_path.name}/table.csv:2", "Ural", "a", None, True, 3, ("one", "two"), ("x y", "z")
        ),
    )


def test_line_ends_of_windows_and_another_order_of_columns_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "Ural,a,,yes,3,one two,x\n")
    plain = tables.read(path, Row, TABLE)
    path.write_bytes(
        b"kind,name,note,threatened,count,words,items\r\na,Ural,,yes,3,one two,x\r\n",
    )
    assert tables.read(path, Row, TABLE) == plain


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + ",a,,yes,,,\n", "table.csv:2: the cell name is empty"),
        (HEADER + "Ural,c,,yes,,,\n", "table.csv:2: kind is 'c'. It must be one of: a, b"),
        (HEADER + "Ural,a,,maybe,,,\n", "table.csv:2: threatened is 'maybe'. It must be yes or no"),
        (
            HEADER + "Ural,a,,yes,many,,\n",
            "table.csv:2: count is 'many'. It must be a whole number",
        ),
        (HEADER + "Ural,a,,yes\n", "table.csv:2: the row has 4 cells. It needs 7"),
        ("name,kind\nUral,a\n", "table.csv:1: the columns do not match (missing: count"),
        (HEADER + 'Ural,a,"x"y,yes,,,\n', "Quote the cell as RFC 4180 says"),
        (HEADER, "table.csv: the table has no rows"),
        (HEADER + "Ural,a,,yes,,,\nUral,b,,no,,,\n", "table.csv:3: name is 'Ural', as in "),
        (HEADER + "Ural,a,,yes,,,", "table.csv:2: the last line has no line end"),
        (HEADER + "Ural,a,\N{REPLACEMENT CHARACTER},yes,,,\n", "Remove the character U+FFFD"),
    ],
)
def test_a_malformed_table_names_file_line_and_what_would_be_right(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        tables.read(write(tmp_path, text), Row, TABLE)
    assert message in str(caught.value)


def test_a_long_cell_is_quoted_in_part(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        tables.read(write(tmp_path, HEADER + f"Ural,{'c' * 5000},,yes,,,\n"), Row, TABLE)
    assert len(str(caught.value)) < 400


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"table\.csv: the file is missing"):
        tables.read(tmp_path / "table.csv", Row, TABLE)


def test_a_table_that_is_not_utf_8_names_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"name\n\xff\n")
    with pytest.raises(DataError, match=r"table\.csv:2: byte 5 is not UTF-8"):
        tables.read(path, Row, TABLE)


def test_a_table_that_nothing_declares_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"table\.csv: the table is not declared\. Declare it in"):
        tables.read_cells(write(tmp_path, HEADER + "Ural,a,,yes,,,\n"))


DATATYPES: list[tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = [
    (
        {"base": "decimal", "minimum": -90, "maximum": 90},
        ("33.9", "-90", "+7.25"),
        ("33x9", "90.1", "-91", "nan", "inf", "1e1", "33,9", "٣", "1" * 40, "0x10"),
    ),
    (
        {"base": "nonNegativeInteger", "minimum": 1, "maximum": 9},
        ("1", "9"),
        ("0", "10", "-1", "1.0", "one", "²", "9" * 5000),
    ),
    (
        {"base": "date", "minimum": "1900-01-01", "maximum": "2100-12-31"},
        ("2024-02-29", "1900-01-01"),
        ("2023-02-29", "2024-13-01", "20240229", "2024-2-9", "1899-12-31", "2101-01-01", "2024"),
    ),
    (
        {"base": "gYear", "minimum": "1900", "maximum": "2100"},
        ("2024",),
        ("24", "1899", "2101", "20245", "year"),
    ),
    (
        {"base": "partialDate", "minimum": "1900", "maximum": "2100"},
        ("2014", "2014-11", "2014-11-04"),
        ("2014-13", "2014-02-30", "1234", "2014-1", "14-11-04", "2014-", "2014-11-"),
    ),
    (
        {"base": "anyURI"},
        ("https://example.org/a", "urn:isbn:1", "http://example.org/é"),
        ("example.org/a", "/a", "https://", "http:///a", "https://a b", "a:", "http://<x>", "x"),
    ),
    ({"base": "string", "format": "[A-Z]{3}"}, ("KAZ",), ("kaz", "KAZA", "KA", "K Z")),
    ({"base": "string"}, ("any text", "Қазақстан"), ("a\x07b", "a\x7f", "a\x85b")),
    ({"base": "boolean", "format": "yes|no"}, ("yes", "no"), ("true", "1", "Yes")),
]


@pytest.mark.parametrize(
    ("datatype", "good", "bad"), DATATYPES, ids=[row[0]["base"] for row in DATATYPES]
)
def test_a_datatype_takes_its_values_and_no_others(
    datatype: dict[str, Any], good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    column = tables.Column(name="cell", datatype=tables.Datatype(**datatype))
    for cell in nonempty(good):
        assert column.parse("t.csv:2", cell) is not None
    for cell in nonempty(bad):
        with pytest.raises(DataError, match=r"^t\.csv:2: cell is "):
            column.parse("t.csv:2", cell)


MALFORMED = [
    ("tables: []", "tables: Tuple should have at least 1 item"),
    ("tables: [", r"tables\.yaml:2: the file is not YAML"),
    ("just text", "the file: "),
    ("tables: [{url: a/b.csv}]", "tables.0.tableSchema: Field required"),
    ("tables: [{url: a/b.csv, tableSchema: {columns: [{name: x, type: y}]}}]", "columns.0.type"),
    (
        "tables: [{url: a/b.csv, tableSchema: {columns: [{name: x}], primaryKey: y}}]",
        "y is not a column",
    ),
    (
        "tables: [{url: a/b.csv, tableSchema: {columns: [{name: x, datatype: {base: decimal, "
        "minimum: low}}]}}]",
        "decimal takes no such minimum",
    ),
    (
        "tables: [{url: a/b.csv, tableSchema: {columns: [{name: x}], foreignKeys: "
        "[{columnReference: x, reference: {resource: c.csv, columnReference: z}}]}}]",
        "a/b.csv refers to c.csv, column z, which is not declared",
    ),
]


@pytest.mark.parametrize(("text", "message"), MALFORMED)
def test_a_malformed_declaration_is_one_message(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "tables.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        tables.read_declaration(path)
    assert "\n" not in str(caught.value)
    assert "tables.yaml" in str(caught.value)


ROWS = {
    **{
        f"curation/{field.name}.csv": get_args(
            get_type_hints(curation_tables.Curation)[field.name]
        )[0]
        for field in dataclasses.fields(curation_tables.Curation)
    },
    "sources/sources.csv": sources.SourceRow,
}
TYPES = {"boolean": bool, "nonNegativeInteger": int, "decimal": float}


@pytest.mark.parametrize("url", ROWS)
def test_the_fields_of_a_row_are_the_declared_columns(url: str) -> None:
    """The reader uses the declaration; the annotations of a row class must agree with it."""
    hints = get_type_hints(ROWS[url])
    assert hints.pop("where") is str
    columns = tables.declared()[url].schema_.by_name
    assert set(hints) == set(columns)
    for name, column in columns.items():
        hint = hints[name]
        if get_origin(hint) in (Union, types.UnionType):
            assert not column.required, name
            hint = next(one for one in get_args(hint) if one is not types.NoneType)
        elif column.separator is None:
            assert column.required, name
        if column.separator is not None:
            assert hint == tuple[str, ...], name
        elif get_origin(hint) is Literal:
            assert get_args(hint) == column.datatype.choices, name
        else:
            assert hint is TYPES.get(column.datatype.base, str), name


def test_every_table_of_the_data_folder_is_declared_and_none_other() -> None:
    data = files.folder("data")
    there = {path.relative_to(data).as_posix() for path in data.rglob("*.csv")}
    assert there == set(tables.declared())
