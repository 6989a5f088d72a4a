"""The rows of a table for readers: labels instead of codes, and links.

Only the page of a canned query shows them. Its files have the codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from babel.numbers import format_decimal

from meagraph.core import names
from meagraph.core.glossary import glossary
from meagraph.core.results.terms import Table, Term
from meagraph_api.http import urls
from meagraph_api.pages.translations import N_, translated, with_dates
from meagraph_api.queries.column_labels import ColumnLabels, Row

YES_OR_NO = {"true": N_("yes"), "false": N_("no")}
"""Labels of truth values."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_LONG = 60
"""The length of a text from which its column is wide."""
_LINKED = frozenset(
    {"country", "instrument", "measure", "part", "place", "site", "taxon", "topic", "unit"}
)
"""Kinds of things whose labels are links; those of coded values are not."""
_LEADING = ("number", "text")
"""The columns that come first."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    column: str
    label: str
    technical: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A value for readers."""

    text: str
    address: str = ""
    """The IRI of the thing to which it links, '' for none."""
    language: str = ""
    """Its language if it is not that of the page."""
    layout: str = ""
    """``number`` or ``long``, or '' for short text."""


def heads(columns: Sequence[str], naming: ColumnLabels) -> tuple[Head, ...]:
    """The heads of the columns in the order of a page: number, text, the rest, technical ones."""
    found = [
        Head(column, naming.head(column), naming.query.column(column).technical)
        for column in columns
    ]
    first = {column: place for place, column in enumerate(_LEADING)}
    return tuple(sorted(found, key=lambda h: (h.technical, first.get(h.column, len(first)))))


def cells(whole: Table, shown: Sequence[Head], naming: ColumnLabels) -> list[tuple[Cell, ...]]:
    """The rows of a table for readers."""
    there = {column: place for place, column in enumerate(whole.columns)}
    return [
        tuple(_cell(head.column, row[there[head.column]], record, naming) for head in shown)
        for row, record in zip(whole.rows, whole.records(), strict=True)
    ]


def plans(whole: Table, naming: ColumnLabels) -> frozenset[str] | None:
    """The codes of the documents in a table; None if no column has any."""
    start = names.thing("instrument") + "/"
    found: set[str] = set()
    columns = [
        column
        for column in whole.columns
        if (naming.query.column(column).iri or "").startswith((start, names.ID + "{by}/"))
    ]
    for record in whole.records():
        for column in columns:
            separator = naming.query.column(column).separator
            codes = record[column].split(separator) if separator else [record[column]]
            addresses = (naming.address(column, code, record) for code in codes)
            found |= {names.code(one) for one in addresses if one.startswith(start)}
    return frozenset(found) if columns else None


def _cell(column: str, term: Term | None, row: Row, naming: ColumnLabels) -> Cell:
    if term is None:
        return Cell("")
    language = naming.context.language
    address = _linked(row.get(naming.query.column(column).link or "", ""))
    if term.kind == "uri":
        return Cell(_name(term.value, naming), term.value)
    if term.datatype == _XSD + "boolean":
        return Cell(translated(YES_OR_NO.get(term.value, term.value), language), address)
    if term.datatype in (_XSD + "integer", _XSD + "decimal"):
        return Cell(format_decimal(term.value, locale=language), address, layout="number")
    label = naming.label(column, term.value, row)
    is_code = naming.query.column(column).within is None and term.value == names.code(address)
    if address and label == term.value and is_code:
        label = _name(address, naming)
    if label != term.value:
        return Cell(label, address or _linked(naming.address(column, term.value, row)))
    # Texts of documents have a language, and are left as they are.
    text = term.value if term.language else with_dates(term.value, language)
    own = (term.language or "en") if _has_words(text) else language
    layout = "long" if len(text) > _LONG else ""
    return Cell(text, address, "" if own == language else own, layout)


def _linked(address: str) -> str:
    """An IRI, if its label is a link on pages; else ''."""
    kind = address.removeprefix(names.ID).partition("/")[0]
    return address if urls.is_thing(address) and ("#" in address or kind in _LINKED) else ""


def _name(address: str, naming: ColumnLabels) -> str:
    """The name of a thing, or the term for its kind; other IRIs as they are."""
    if not address.startswith(names.ID):
        return address
    found = naming.context.name(address)
    kind = address.removeprefix(names.ID).partition("/")[0]
    terms = glossary(naming.context.language).terms
    return terms.get(kind, found) if found == names.code(address) else found


def _has_words(text: str) -> bool:
    return any(letter.isalpha() for letter in text)
