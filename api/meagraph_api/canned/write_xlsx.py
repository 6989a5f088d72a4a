"""A table as an Excel workbook: the rows, and a sheet "About" that says what they are.

Every cell is text. A spreadsheet that guesses would turn measure 1.10 into a number or a date, and
text that begins with ``=`` into a formula.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from meagraph.errors import ResultTooLarge
from meagraph_api.canned.about import About
from meagraph_api.canned.filed_taxa import FiledTaxon
from meagraph_api.results import Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_WIDTHS = {"text": 80, "message": 60, "quote": 60, "note": 50, "title": 50, "section_title": 40}
_LONGEST_NAME = 31
"""Characters in the name of a sheet."""


def write(table: Table, about: About) -> bytes:
    """The workbook. Raises ResultTooLarge where a sheet cannot hold the rows or a text."""
    name, title = about.query.name, about.query.header.summary
    return workbook(name, title, table, _lines(about), about.data_date)


def workbook(
    name: str, title: str, table: Table, lines: Sequence[tuple[str, str]], data_date: str
) -> bytes:
    """A workbook of a sheet with a name and a table, and one with the lines about it.

    Raises ResultTooLarge where a sheet cannot hold the rows or a text.
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
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    head = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
    _rows(book.add_worksheet(name[:_LONGEST_NAME]), table, text, head)
    _about(book.add_worksheet("About"), lines, text, head)
    book.close()
    return spool.getvalue()


def _rows(sheet: Any, table: Table, text: Any, head: Any) -> None:
    for column, name in enumerate(table.columns):
        sheet.set_column(column, column, _WIDTHS.get(name, max(12, min(len(name) + 4, 30))))
        _put(sheet, 0, column, name, head)
    for number, row in enumerate(table.rows, 1):
        for column, term in enumerate(row):
            if term is not None:
                _put(sheet, number, column, term.value, text)
    sheet.freeze_panes(1, 0)
    if table.columns:
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)


def _lines(about: About) -> list[tuple[str, str]]:
    return [
        ("Query", about.query.name),
        ("Question", about.query.header.summary),
        ("Notes", about.query.header.description.strip()),
        *(("Filter", f"{name} = {value}") for name, value in about.filters),
        *([] if about.filters else [("Filter", "none")]),
        *(("Filed under", _filed(one)) for one in about.filed),
        ("Release", about.release),
        ("Date of the data", about.data_date or "not stated"),
        ("Citation", about.citation),
        *(("Standing", f"{title} ({slug}): {said}") for slug, title, said in about.plans),
    ]


def _filed(taxon: FiledTaxon) -> str:
    """Where the measures are that an empty table of a taxon does not show."""
    printed = f" ({'; '.join(taxon.printed)})" if taxon.printed else ""
    return (
        f"{taxon.name}{printed}: the plans have {taxon.measures} measures and {taxon.units} "
        f"populations or areas under this taxon. See {taxon.address}"
    )


def _about(sheet: Any, lines: Sequence[tuple[str, str]], text: Any, head: Any) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 110)
    for row, (label, value) in enumerate(lines):
        _put(sheet, row, 0, label, head)
        _put(sheet, row, 1, value, text)


def _put(sheet: Any, row: int, column: int, value: str, style: Any) -> None:
    if sheet.write_string(row, column, value, style) != 0:
        raise ResultTooLarge(
            "A spreadsheet cannot hold this answer: it has too many rows, or a text of more than "
            "32,767 characters. Take CSV or JSON."
        )


def _created(data_date: str) -> datetime:
    """The date of the data: the same release gives the same workbook."""
    try:
        return datetime.fromisoformat(data_date)
    except ValueError:
        return datetime(1980, 1, 1)
