"""What a page of a canned query shows: the fields of its form, and one page of its table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from meagraph.errors import BadValue
from meagraph.queries.header import Parameter
from meagraph.quoting import quoted
from meagraph_api.canned.choices import Choice
from meagraph_api.pages.translations import N_, SOURCE, translated
from meagraph_api.results import Table, Term
from meagraph_api.settings import MOST_ROWS

_SWITCH = {"true": N_("yes"), "false": N_("no")}
"""The values of a parameter that is true or false, in words."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: one parameter and the values that it shows."""

    name: str
    parameter: Parameter
    values: tuple[str, ...]
    options: tuple[Choice, ...]
    """Empty where any value may be written."""

    @property
    def input_type(self) -> str:
        """The type of its HTML input."""
        return {"date": "date", "integer": "number"}.get(self.parameter.type, "text")


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a table, and where they stand in it."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Term | None, ...]]
    number: int
    size: int
    pages: int
    total: int

    @property
    def first(self) -> int:
        """The number of its first row, from 1; 0 where there is none."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        """The number of its last row."""
        return min(self.number * self.size, self.total)


def field_of(
    name: str,
    parameter: Parameter,
    given: Sequence[str] | None,
    offered: Sequence[Choice] | None,
    language: str = SOURCE,
) -> Field:
    """The field of a parameter: it shows what was given, else the default."""
    values = tuple(value for value in given or () if value) or parameter.default
    if parameter.type == "boolean":
        offered = tuple(
            Choice(value, translated(label, language), language=language)
            for value, label in _SWITCH.items()
        )
    return Field(name, parameter, values, tuple(offered or ()))


def page_of(whole: Table, number: str | None, size: str | None, usual_size: int) -> Page:
    """One page of a table. Raises BadValue where there is no such page."""
    rows_per_page = _count("page_size", size, usual_size, MOST_ROWS)
    pages = max(1, -(-len(whole.rows) // rows_per_page))
    shown = _count("page", number, 1, pages)
    start = (shown - 1) * rows_per_page
    order = reading_order(whole.columns)
    rows = [
        tuple(row[index] for index in order) for row in whole.rows[start : start + rows_per_page]
    ]
    columns = tuple(whole.columns[index] for index in order)
    return Page(columns, rows, shown, rows_per_page, pages, len(whole.rows))


def reading_order(columns: Sequence[str]) -> list[int]:
    """The columns in the order of a page: the words of a measure stand behind its number.

    >>> reading_order(("instrument", "number", "status", "text"))
    [0, 1, 3, 2]
    """
    order = list(range(len(columns)))
    if "text" in columns and "number" in columns:
        order.remove(columns.index("text"))
        order.insert(order.index(columns.index("number")) + 1, columns.index("text"))
    return order


def _count(name: str, text: str | None, usual: int, most: int) -> int:
    if not text:
        return usual
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise BadValue(f"{name}={quoted(text)} is not a number from 1 to {most}.")
    return int(text)
