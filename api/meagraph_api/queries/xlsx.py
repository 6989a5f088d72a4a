"""Write a table as an Excel workbook for people: a sheet of rows, and a sheet that describes it.

Heads of columns and names of sheets are terms of the glossary, in the language of the reader.

Cells have the type of the RDF term: numbers, years and booleans are numeric, days are dates. All
else is text, so that Excel does not convert measure 1.10 to a number or date, nor text that begins
with ``=`` to a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from meagraph.core.errors import ResultTooLarge
from meagraph.core.glossary import column_head, term
from meagraph.core.names import SOURCE
from meagraph.core.queries.header import CannedQuery
from meagraph.core.results.terms import Table, Term
from meagraph_api.pages.translations import N_, translated
from meagraph_api.queries.filed_taxa import FiledTaxon
from meagraph_api.queries.table_description import About

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_WIDTHS = {"text": 80, "message": 60, "quote": 60, "note": 50, "title": 50, "section_title": 40}
_NOT_INCLUDED = N_("Rows from sources whose terms do not allow redistribution.")
_NO_FILTER = N_("none")
_DIGITS = 15
"""The precision of numbers in a spreadsheet."""
_FIRST_DAY = date(1900, 3, 1)
"""Spreadsheets disagree on earlier dates."""
_XSD = "http://www.w3.org/2001/XMLSchema#"
_FORMATS = {
    _XSD + "integer": "0",
    _XSD + "decimal": "General",
    _XSD + "double": "General",
    _XSD + "gYear": "0",
    _XSD + "boolean": "General",
    _XSD + "date": "d mmmm yyyy",
}
"""Number formats of non-text cells, by datatype of the term."""


@dataclass(frozen=True, slots=True)
class _Styles:
    """The styles of one workbook."""

    text: Any
    head: Any
    typed: Mapping[str, Any]
    """By datatype of the term."""


def write(table: Table, about: About) -> bytes:
    """The workbook. Raises ResultTooLarge if the rows or a text do not fit into a sheet."""
    query, language = about.query, about.language
    heads = [column_head(query.name, column, language) for column in table.columns]
    title = translated(query.header.summary, language)
    return workbook(title, table, heads, _lines(about), about.data_date, language)


def workbook(
    title: str,
    table: Table,
    heads: Sequence[str],
    lines: Sequence[tuple[str, str]],
    data_date: str,
    language: str = SOURCE,
) -> bytes:
    """A workbook with a sheet for the table, and a sheet for the lines about it.

    `lines` are pairs of a term (its key in the glossary) and a text. Raises ResultTooLarge if the
    rows or a text do not fit into a sheet.
    """
    spool = io.BytesIO()
    book = xlsxwriter.Workbook(
        spool,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties({"title": title, "created": _created(data_date)})
    styles = _Styles(
        text=book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
        head=book.add_format({"num_format": "@", "bold": True, "bottom": 1}),
        typed={
            datatype: book.add_format({"num_format": shown, "valign": "top"})
            for datatype, shown in _FORMATS.items()
        },
    )
    _rows(book.add_worksheet(term("table", language)), table, heads, styles)
    labelled = [(term(key, language), text) for key, text in lines]
    _about(book.add_worksheet(term("about_table", language)), labelled, styles)
    book.close()
    return spool.getvalue()


def _rows(sheet: Any, table: Table, heads: Sequence[str], styles: _Styles) -> None:
    for column, (name, head) in enumerate(zip(table.columns, heads, strict=True)):
        sheet.set_column(column, column, _WIDTHS.get(name, max(12, min(len(head) + 4, 30))))
        _put(sheet, 0, column, head, styles.head)
    for number, row in enumerate(table.rows, 1):
        for column, found in enumerate(row):
            if found is not None:
                _put_term(sheet, number, column, found, styles)
    sheet.freeze_panes(1, 0)
    if table.columns:
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)


def _lines(about: About) -> list[tuple[str, str]]:
    query, language = about.query, about.language
    header = query.header
    return [
        ("table", translated(header.summary, language)),
        ("how_to_read", "\n\n".join(_description(query, language))),
        *(("filter", f"{query.label(name, language)}: {value}") for name, value in about.filters),
        *([] if about.filters else [("filter", translated(_NO_FILTER, language))]),
        *([("not_included", translated(_NOT_INCLUDED, language))] if about.omits else []),
        *(("related_taxon", _filed(one, language)) for one in about.filed),
        ("release", about.release),
        ("data_date", about.data_date or term("not_stated", language)),
        ("citation", about.citation),
        *(("status", f"{title}: {status}") for _, title, status in about.plans),
    ]


def _description(query: CannedQuery, language: str) -> Iterator[str]:
    """The paragraphs of the description, with heads of columns in place of their names."""

    def head(found: re.Match[str]) -> str:
        return f"“{column_head(query.name, found[1], language)}”"

    for paragraph in query.header.paragraphs:
        yield re.sub("`([^`]+)`", head, translated(paragraph, language))


def _filed(taxon: FiledTaxon, language: str) -> str:
    """The line about a related taxon of an empty table."""
    printed = f" ({'; '.join(taxon.printed)})" if taxon.printed else ""
    counts = f"{term('measures', language)}: {taxon.measures}. "
    counts += f"{term('units', language)}: {taxon.units}."
    return f"{taxon.name}{printed}. {counts} {taxon.address}"


def _about(sheet: Any, lines: Sequence[tuple[str, str]], styles: _Styles) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 110)
    for row, (label, value) in enumerate(lines):
        _put(sheet, row, 0, label, styles.head)
        _put(sheet, row, 1, value, styles.text)


def _put_term(sheet: Any, row: int, column: int, found: Term, styles: _Styles) -> None:
    value = cell_value(found)
    if isinstance(value, str):
        _put(sheet, row, column, value, styles.text)
        return
    style = styles.typed[found.datatype or ""]
    if isinstance(value, bool):
        written = sheet.write_boolean(row, column, value, style)
    elif isinstance(value, date):
        written = sheet.write_datetime(row, column, value, style)
    else:
        written = sheet.write_number(row, column, value, style)
    _check(written)


def cell_value(found: Term) -> str | int | float | bool | date:
    """The value of a term in a spreadsheet, by its datatype; else its text.

    Numbers with too many digits and dates before March 1900 are text too, so they stay unchanged.

    >>> cell_value(Term("literal", "12", _XSD + "integer")), cell_value(Term("literal", "1.10"))
    (12, '1.10')
    >>> cell_value(Term("literal", "2019-11-26", _XSD + "date"))
    datetime.date(2019, 11, 26)
    """
    text = found.value
    try:
        match (found.datatype or "").removeprefix(_XSD):
            case "integer" | "gYear" if len(text.lstrip("+-0")) <= _DIGITS:
                return int(text)
            case "decimal" | "double" if sum(map(str.isdigit, text)) <= _DIGITS:
                number = float(text)
                return number if isfinite(number) else text
            case "boolean" if text in ("true", "1", "false", "0"):
                return text in ("true", "1")
            case "date":
                day = date.fromisoformat(text)
                return day if day >= _FIRST_DAY and text == day.isoformat() else text
    except ValueError:  # invalid, such as "abc"^^xsd:integer
        pass
    return text


def _put(sheet: Any, row: int, column: int, value: str, style: Any) -> None:
    _check(sheet.write_string(row, column, value, style))


def _check(written: int) -> None:
    """Raise ResultTooLarge if a cell could not be written."""
    if written != 0:
        raise ResultTooLarge(
            "This result does not fit into a spreadsheet: it has too many rows, or a text of more "
            "than 32,767 characters. Use CSV or JSON."
        )


def _created(data_date: str) -> datetime:
    """The date of the data, so that the same release yields the same workbook."""
    try:
        return datetime.fromisoformat(data_date)
    except ValueError:
        return datetime(1980, 1, 1)
