"""Tables of the data folder: CSV files whose columns `data/tables.yaml` declares.

The declaration uses the terms of CSV on the Web (https://www.w3.org/TR/tabular-metadata/) and is
the only list of columns, types, ranges and keys. All tables are read by this module, which checks
each cell: an error names file, line, value and remedy.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pyoxigraph import NamedNode

from meagraph.core import files, text_files
from meagraph.core.errors import DataError

DECLARATION = "tables.yaml"
"""The file of the data folder that declares its tables."""

Row = TypeVar("Row")
Value = str | int | float | bool
Cells = dict[str, str]
"""A row as stripped cells by column; ``where`` is its place, ``file:line``."""

_ALTERNATIVES = re.compile(r"[\w -]+(\|[\w -]+)*")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f�]")
_QUOTED = 200
"""The maximum number of characters of a cell quoted in a message."""
_BOUNDS = {
    "nonNegativeInteger": float,
    "decimal": float,
    "date": str,
    "gYear": str,
    "partialDate": str,
}
"""The type of minimum and maximum, by base."""


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Datatype(_Declared):
    """The datatype of a column (https://www.w3.org/TR/tabular-data-primer/#datatypes)."""

    base: Literal[
        "string",
        "boolean",
        "nonNegativeInteger",
        "decimal",
        "date",
        "gYear",
        "partialDate",
        "anyURI",
    ]
    format: str | None = None
    """A regular expression of a string; ``yes|no`` of a boolean."""
    minimum: float | str | None = None
    maximum: float | str | None = None

    @model_validator(mode="after")
    def _fits_its_base(self) -> Self:
        if self.format is not None:
            if self.base not in ("string", "boolean"):
                raise ValueError(f"{self.base} takes no format")
            re.compile(self.format)
        if self.base == "boolean" and len((self.format or "").split("|")) != 2:
            raise ValueError("boolean needs a format such as yes|no")
        bound = _BOUNDS.get(self.base)
        if any(one is not None and not isinstance(one, bound or ()) for one in self._bounds):
            raise ValueError(f"{self.base} takes no such minimum or maximum")
        return self

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed values if the format lists them."""
        listed = self.format is not None and _ALTERNATIVES.fullmatch(self.format)
        return tuple(self.format.split("|")) if self.format and listed else ()

    def parse(self, cell: str) -> Value:
        """Parse a cell. Raises ValueError with a remedy as the message."""
        if unfit := _NOT_TEXT.search(cell):
            raise ValueError(f"Remove the character U+{ord(unfit[0]):04X}")
        return _PARSERS[self.base](self, cell)

    @property
    def _bounds(self) -> tuple[float | str | None, float | str | None]:
        return self.minimum, self.maximum

    def _in_range(self, value: Any) -> bool:
        low, high = self._bounds
        return (low is None or low <= value) and (high is None or value <= high)

    def _range(self) -> str:
        low, high = self._bounds
        return "".join(
            f" {word} {bound:.0f}" if isinstance(bound, float) else f" {word} {bound}"
            for word, bound in (("from", low), ("to", high))
            if bound is not None
        )

    def _string(self, cell: str) -> str:
        if self.format is None or re.fullmatch(self.format, cell):
            return cell
        if self.choices:
            raise ValueError(f"It must be one of: {', '.join(self.choices)}")
        raise ValueError(f"It must match the pattern {self.format}")

    def _boolean(self, cell: str) -> bool:
        true, false = (self.format or "").split("|")
        if cell not in (true, false):
            raise ValueError(f"It must be {true} or {false}")
        return cell == true

    def _whole_number(self, cell: str) -> int:
        if re.fullmatch("[0-9]{1,18}", cell) and self._in_range(int(cell)):
            return int(cell)
        raise ValueError(f"It must be a whole number{self._range() or ' from 0'}")

    def _decimal(self, cell: str) -> float:
        if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", cell) and self._in_range(float(cell)):
            return float(cell)
        raise ValueError(f"It must be a decimal number{self._range()}")

    def _date(self, cell: str) -> str:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell) and _is_day(cell) and self._in_range(cell):
            return cell
        raise ValueError(f"It must be a day{self._range()}, written as 2026-11-20")

    def _year(self, cell: str) -> str:
        if re.fullmatch("[0-9]{4}", cell) and self._in_range(cell):
            return cell
        raise ValueError(f"It must be a year{self._range()}")

    def _partial_date(self, cell: str) -> str:
        day = cell + "-01-01"[len(cell) - 4 :] if len(cell) in (4, 7) else cell
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) and _is_day(day) and self._in_range(day[:4]):
            return cell
        raise ValueError(
            f"It must be a year, month or day{self._range()}, written as 2014, 2014-11 or "
            "2014-11-04"
        )

    def _iri(self, cell: str) -> str:
        try:
            NamedNode(cell)
        except ValueError:
            pass
        else:
            if re.match(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:.|https?://[^/?#]", cell):
                return cell
        raise ValueError("It must be an absolute IRI such as https://example.org/a")


_PARSERS: Mapping[str, Callable[[Datatype, str], Value]] = {
    "string": Datatype._string,
    "boolean": Datatype._boolean,
    "nonNegativeInteger": Datatype._whole_number,
    "decimal": Datatype._decimal,
    "date": Datatype._date,
    "gYear": Datatype._year,
    "partialDate": Datatype._partial_date,
    "anyURI": Datatype._iri,
}


class Column(_Declared):
    """A column of a table (https://www.w3.org/TR/tabular-metadata/#columns)."""

    name: str
    datatype: Datatype = Datatype(base="string")
    required: bool = False
    separator: str | None = None
    """The separator of the items of a list; None if a cell has one value."""

    def parse(self, where: str, cell: str) -> Value | tuple[Value, ...] | None:
        """Parse a cell: None if it is empty, a tuple if the column has lists.

        Raises DataError at `where`.
        """
        items = self.items(cell)
        if not items and self.required:
            raise DataError(where, f"the cell {self.name} is empty", "It must not be")
        values = tuple(self._parse_item(where, item) for item in items)
        if self.separator is not None:
            return values
        return values[0] if values else None

    def items(self, cell: str) -> tuple[str, ...]:
        """The items of a cell; at most one if the column does not have lists."""
        parts = (cell,) if self.separator is None else cell.split(self.separator)
        return tuple(part.strip() for part in parts if part.strip())

    def _parse_item(self, where: str, item: str) -> Value:
        try:
            return self.datatype.parse(item)
        except ValueError as error:
            raise DataError(where, f"{self.name} is {_quoted(item)}", str(error)) from None


class _Referenced(_Declared):
    resource: str
    column: str = Field(alias="columnReference")


class ForeignKey(_Declared):
    """A column whose values must be values of a column of another table."""

    column: str = Field(alias="columnReference")
    reference: _Referenced


class Schema(_Declared):
    """The columns of a table and its keys (https://www.w3.org/TR/tabular-metadata/#schemas)."""

    columns: tuple[Column, ...] = Field(min_length=1)
    primary_key: tuple[str, ...] = Field(default=(), alias="primaryKey")
    foreign_keys: tuple[ForeignKey, ...] = Field(default=(), alias="foreignKeys")

    @field_validator("primary_key", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _keys_are_columns(self) -> Self:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names) or "where" in names:
            raise ValueError("each column needs a name of its own, other than where")
        used = {*self.primary_key, *(key.column for key in self.foreign_keys)}
        if unknown := used - set(names):
            raise ValueError(f"{min(unknown)} is not a column")
        return self

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}


class Table(_Declared):
    """A table (https://www.w3.org/TR/tabular-metadata/#tables)."""

    url: str
    """Its path in the data folder, e.g. ``curation/mentions.csv``."""
    schema_: Schema = Field(alias="tableSchema")
    may_be_empty: bool = Field(default=False, alias="mayBeEmpty")


class _TableGroup(_Declared):
    datatypes: dict[str, Datatype] = Field(default_factory=dict)
    tables: tuple[Table, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _references_are_declared(self) -> Self:
        known = {table.url: table.schema_.by_name for table in self.tables}
        if len(known) < len(self.tables):
            raise ValueError("a table is declared twice")
        for table in self.tables:
            for key in table.schema_.foreign_keys:
                if key.reference.column not in known.get(key.reference.resource, {}):
                    raise ValueError(
                        f"{table.url} refers to {key.reference.resource}, column "
                        f"{key.reference.column}, which is not declared"
                    )
        return self


def declared(folder: Path | None = None) -> Mapping[str, Table]:
    """The declared tables of a data folder (default: the installation's), by path in the folder.

    Raises DataError if the declaration is malformed.
    """
    return _read_once((folder or files.folder("data")) / DECLARATION)


@cache
def _read_once(path: Path) -> Mapping[str, Table]:
    return read_declaration(path)


def read_declaration(path: Path) -> Mapping[str, Table]:
    """Read the declarations of tables in a file, by path. Raises DataError if it is malformed."""
    name, right = text_files.display_name(path), "Declare tables in the terms of CSV on the Web"
    try:
        content = yaml.safe_load(text_files.read(path))
        return {table.url: table for table in _TableGroup.model_validate(content).tables}
    except yaml.MarkedYAMLError as error:
        where = f"{name}:{error.problem_mark.line + 1}" if error.problem_mark else name
        raise DataError(where, f"the file is not YAML ({error.problem})", right) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise DataError(name, f"the file is not YAML ({error!r:.200})", right) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise DataError(name, f"{place}: {first['msg']}", right) from None


def read(path: Path, row_type: type[Row], table: Table | None = None) -> tuple[Row, ...]:
    """Read the rows of a table, in file order, as dataclasses whose fields are its columns.

    `table` is its declaration, by default that of the installation. A list becomes a tuple, a
    boolean a bool, a whole number an int, a decimal a float, an empty cell None; all else is a str.
    The field ``where`` is the place of the row, ``file:line``.

    Raises DataError for the first fault: an unreadable file, unexpected columns, no rows, an
    invalid cell, or a duplicate key.
    """
    return tuple(row_type(**values) for _, values in _rows(path, table or _declared(path)))


def read_cells(path: Path, table: Table | None = None) -> tuple[Cells, ...]:
    """Read the rows of a table, in file order, as text by column. Raises DataError as `read`."""
    return tuple(cells for cells, _ in _rows(path, table or _declared(path)))


def check(folder: Path, without: frozenset[str] = frozenset()) -> None:
    """Check every declared table of a data folder, and their foreign keys.

    `without` names subfolders that are absent. Raises DataError for the first fault.
    """
    tables = {
        url: table for url, table in declared().items() if url.partition("/")[0] not in without
    }
    rows = {url: read_cells(folder / url, table) for url, table in tables.items()}
    for url, table in tables.items():
        for key in table.schema_.foreign_keys:
            if key.reference.resource in rows:
                _check_references(rows, url, table, key)


def _check_references(
    rows: Mapping[str, tuple[Cells, ...]], url: str, table: Table, key: ForeignKey
) -> None:
    resource, column = key.reference.resource, key.reference.column
    named = declared()[resource].schema_.by_name[column]
    known = {item for cells in rows[resource] for item in named.items(cells[column])}
    for cells in rows[url]:
        for item in table.schema_.by_name[key.column].items(cells[key.column]):
            if item not in known:
                raise DataError(
                    cells["where"],
                    f"{key.column} is {_quoted(item)}, not in column {column} of {resource}",
                    "Correct it, or add the row there",
                )


def _declared(path: Path) -> Table:
    name = text_files.display_name(path)
    try:
        return declared()[name]
    except KeyError:
        raise DataError(
            name, "the table is not declared", f"Declare it in data/{DECLARATION}, or remove it"
        ) from None


def _rows(path: Path, table: Table) -> Iterator[tuple[Cells, dict[str, Any]]]:
    """Each row as cells and as values."""
    name, keys = text_files.display_name(path), dict[tuple[str, ...], str]()
    reader = csv.reader(io.StringIO(text_files.read(path), newline=""), strict=True)
    header = _header(name, reader, [column.name for column in table.schema_.columns])
    empty = not table.may_be_empty
    for line in _lines(name, reader):
        empty = False
        where = f"{name}:{reader.line_num}"
        if len(line) != len(header):
            raise DataError(
                where,
                f"the row has {len(line)} cells",
                f"It needs {len(header)}, one per column of the header",
            )
        cells = {key: cell.strip() for key, cell in zip(header, line, strict=True)}
        values = {
            column.name: column.parse(where, cells[column.name]) for column in table.schema_.columns
        }
        _check_key(where, table.schema_.primary_key, cells, keys)
        yield {**cells, "where": where}, {**values, "where": where}
    if empty:
        raise DataError(name, "the table has no rows", "Restore the file from the repository")


def _check_key(
    where: str, columns: tuple[str, ...], cells: Cells, known: dict[tuple[str, ...], str]
) -> None:
    key = tuple(cells[column] for column in columns)
    if not key:
        return
    if key in known:
        raise DataError(
            where,
            f"{', '.join(columns)} is {_quoted(' '.join(key))}, as in {known[key]}",
            "Keep one row for each key",
        )
    known[key] = where


def _lines(name: str, reader: Any) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{name}:{reader.line_num}", str(error), "Quote the cell as RFC 4180 says"
            ) from None


def _header(name: str, reader: Any, expected: list[str]) -> list[str]:
    header = next(_lines(name, reader), [])
    if sorted(header) != sorted(expected):
        missing = ", ".join(sorted(set(expected) - set(header))) or "none"
        unknown = ", ".join(sorted(set(header) - set(expected))) or "none"
        raise DataError(
            f"{name}:1",
            f"the columns do not match (missing: {missing}; unknown: {unknown:.200})",
            f"They should be: {', '.join(expected)}",
        )
    return header


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _QUOTED else text[:_QUOTED] + "…")
