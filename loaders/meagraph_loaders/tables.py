"""Reads CSV tables into typed rows, and says exactly which cell of which line is wrong.

A table is described by a frozen dataclass: its fields are the columns. ``str`` must not be empty;
``str | None`` may be; ``bool`` is ``yes`` or ``no``; ``int`` is a whole number
from 0; a ``Literal`` lists the values allowed; ``tuple[str, ...]`` is a list, separated by the
field's ``separator`` (a space unless told otherwise). The field ``where`` (``file:line``) is filled
in by the reader.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from meagraph.errors import DataError

Row = TypeVar("Row")


def separated_by(separator: str) -> Any:
    """A list column whose items are separated by something other than spaces."""
    return dataclasses.field(metadata={"separator": separator})


def read(path: Path, row_type: type[Row]) -> tuple[Row, ...]:
    """All rows of a table, in file order.

    Raises DataError when the file is missing, is not UTF-8, has other columns than `row_type`
    names, or when a cell does not fit its column.
    """
    return tuple(_rows(path, row_type))


def read_columns(path: Path, required: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    """All rows of a table with many columns, as stripped cells by column; ``where`` is added.

    Raises DataError as `read` does, and when a column of `required` is missing or empty.
    """
    with _open(path) as lines:
        reader = csv.reader(lines, strict=True)
        header = next(_cells(path, reader), [])
        if missing := [name for name in required if name not in header]:
            raise DataError(
                f"{_short(path)}:1", f"the column {missing[0]} is missing", "Restore the column"
            )
        rows = []
        for cells in _cells(path, reader):
            where = f"{_short(path)}:{reader.line_num}"
            _check_width(where, cells, header)
            row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
            for name in required:
                if not row[name]:
                    raise DataError(where, f"the cell {name} is empty", "It must not be")
            rows.append(row | {"where": where})
        return tuple(rows)


def _check_width(where: str, cells: list[str], header: list[str]) -> None:
    if len(cells) != len(header):
        raise DataError(
            where,
            f"the row has {len(cells)} cells",
            f"It needs {len(header)}, one per column of the header",
        )


def _rows(path: Path, row_type: type[Row]) -> Iterator[Row]:
    fields = [f for f in dataclasses.fields(row_type) if f.name != "where"]  # type: ignore[arg-type]
    hints = get_type_hints(row_type)
    with _open(path) as lines:
        reader = csv.reader(lines, strict=True)
        header = _header(path, reader, [f.name for f in fields])
        for cells in _cells(path, reader):
            where = f"{_short(path)}:{reader.line_num}"
            _check_width(where, cells, header)
            given = dict(zip(header, cells, strict=True))
            values = {
                f.name: _value(where, f, hints[f.name], given[f.name].strip()) for f in fields
            }
            yield row_type(**{"where": where, **values})


def _short(path: Path) -> str:
    """The table as messages name it: with its folder, e.g. ``curation/mentions.csv``."""
    return f"{path.parent.name}/{path.name}"


def _open(path: Path) -> io.StringIO:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(
            str(path), "the table is missing", "Restore it from the repository"
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(
            _short(path), f"byte {error.start} is not UTF-8", "Save the table as UTF-8"
        ) from None
    return io.StringIO(text, newline="")


def _cells(path: Path, reader: Any) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{_short(path)}:{reader.line_num}", str(error), "Quote the cell as RFC 4180 says"
            ) from None


def _header(path: Path, reader: Any, expected: list[str]) -> list[str]:
    header = next(_cells(path, reader), [])
    if sorted(header) != sorted(expected):
        missing = ", ".join(sorted(set(expected) - set(header))) or "none"
        unknown = ", ".join(sorted(set(header) - set(expected))) or "none"
        raise DataError(
            f"{_short(path)}:1",
            f"the columns do not fit (missing: {missing}; unknown: {unknown})",
            f"They should be: {', '.join(expected)}",
        )
    return header


def _value(where: str, field: Any, hint: Any, cell: str) -> Any:
    optional = get_origin(hint) in (Union, types.UnionType)
    if optional:
        if not cell:
            return None
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
    if get_origin(hint) is tuple:
        separator = field.metadata.get("separator")
        return tuple(item.strip() for item in cell.split(separator) if item.strip())
    if not cell:
        raise DataError(where, f"the cell {field.name} is empty", "It must not be")
    return _single(where, field.name, hint, cell)


def _single(where: str, name: str, hint: Any, cell: str) -> Any:
    if hint is bool:
        if cell not in ("yes", "no"):
            raise DataError(where, f"{name} is {cell!r}", "It must be yes or no")
        return cell == "yes"
    if hint is int:
        if not (cell.isascii() and cell.isdigit()):
            raise DataError(where, f"{name} is {cell!r}", "It must be a whole number")
        return int(cell)
    if get_origin(hint) is Literal:
        allowed = get_args(hint)
        if cell not in allowed:
            raise DataError(
                where, f"{name} is {cell!r}", f"It must be one of: {', '.join(allowed)}"
            )
    return cell
