"""View model of the page of a canned query: form fields, and one page of rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from meagraph.core.errors import BadValue
from meagraph.core.names import SOURCE
from meagraph.core.queries.parameters import Choice, Parameter
from meagraph.core.quoting import quoted
from meagraph.core.results.terms import Table
from meagraph_api.pages.translations import translated
from meagraph_api.queries.column_labels import ColumnLabels
from meagraph_api.queries.result_cells import YES_OR_NO, Cell, Head, cells, heads
from meagraph_api.settings import MOST_ROWS

MOST_SHOWN = 200
"""The most rows on an HTML page."""
_MOST_PAGES = 999_999_999


@dataclass(frozen=True, slots=True)
class Field:
    """A form field: a parameter and its current values."""

    name: str
    label: str
    parameter: Parameter
    hint: Markup
    """Its description."""
    values: tuple[str, ...]
    options: tuple[Choice, ...]
    """Empty for free text."""

    @property
    def input_type(self) -> str:
        """The type of its HTML input."""
        return {"date": "date", "integer": "number"}.get(self.parameter.type, "text")

    @property
    def chosen(self) -> tuple[str, ...]:
        """The labels of its values."""
        labels = {option.value: option.label for option in self.options}
        return tuple(labels.get(value, value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows of a table."""

    heads: tuple[Head, ...]
    rows: Sequence[tuple[Cell, ...]]
    number: int
    size: int
    pages: int
    total: int

    @property
    def first(self) -> int:
        """The number of its first row, from 1; 0 if the table is empty."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        """The number of its last row."""
        return min(self.number * self.size, self.total)


def field_of(
    name: str,
    label: str,
    hint: Markup,
    parameter: Parameter,
    sent: Sequence[str] | None,
    offered: Sequence[Choice] | None,
    language: str = SOURCE,
) -> Field:
    """The field of a parameter, with the values sent or the default."""
    values = tuple(value for value in sent or () if value) or parameter.default
    if parameter.type == "boolean":
        offered = tuple(
            Choice(value, translated(words, language), language=language)
            for value, words in YES_OR_NO.items()
        )
    return Field(name, label, parameter, hint, values, tuple(offered or ()))


def by_group(fields: Iterable[Field]) -> dict[str, list[Field]]:
    """The fields of a form by group, in the order of the first field of each."""
    groups: dict[str, list[Field]] = {}
    for field in fields:
        groups.setdefault(field.parameter.group, []).append(field)
    return groups


@dataclass(frozen=True, slots=True)
class Cut:
    """The range of rows of a page."""

    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-self.total // self.size))

    def of(self, whole: Table) -> Table:
        """The part of a table in this range."""
        start = (self.number - 1) * self.size
        return Table(whole.columns, whole.rows[start : start + self.size])


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The requested page and page size; None if not set."""

    number: int | None
    size: int | None

    @property
    def is_named(self) -> bool:
        """Whether the request names a page or its size."""
        return self.number is not None or self.size is not None

    def cut(self, total: int, usual_size: int) -> Cut:
        """The range of rows, of a total. Raises BadValue if the page does not exist."""
        cut = Cut(self.number or 1, self.size or usual_size, total)
        if cut.number > cut.pages:
            rows = "1 row" if total == 1 else f"{total:,} rows"
            pages = "1 page" if cut.pages == 1 else f"{cut.pages:,} pages"
            raise BadValue(
                f"page={cut.number} does not exist: the result has {rows}, or {pages} of "
                f"{cut.size}. Use page=1 to page={cut.pages}."
            )
        return cut


def page_request(number: str | None, size: str | None) -> PageRequest:
    """Read `page` and `page_size`. Raises BadValue."""
    return PageRequest(_count("page", number, _MOST_PAGES), _count("page_size", size, MOST_ROWS))


def page_of(whole: Table, cut: Cut, naming: ColumnLabels) -> Page:
    """One page of a table, with labels."""
    shown = heads(whole.columns, naming)
    rows = cells(cut.of(whole), shown, naming)
    return Page(shown, rows, cut.number, cut.size, cut.pages, cut.total)


def _count(name: str, text: str | None, most: int) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise BadValue(f"{name}={quoted(text)} is not a number from 1 to {most}.")
    return int(text)
