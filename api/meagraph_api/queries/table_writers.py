"""Writers of tables: CSV, JSON, and the metadata that CSV on the Web adds to the CSV.

https://www.rfc-editor.org/rfc/rfc4180 and https://www.w3.org/TR/tabular-metadata/. The metadata are
made of the same answer as the CSV itself: a column has the type that all of its values have, and is
text where they have none in common. So numbers of measures are strings, and 1.10 stays 1.10.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from urllib.parse import quote

from meagraph.core.queries.header import CannedQuery
from meagraph.core.results.terms import Table, Term

CSV = "text/csv"

JSON = "application/json"

CSVW = "application/csvm+json"
"""https://www.w3.org/TR/tabular-metadata/#iana-considerations"""

CSVW_SUFFIX = ".csv-metadata.json"


def write_csv(table: Table, *, mark: bool = False) -> bytes:
    r"""The table: a header row, lines ending in CRLF, '' where there is nothing.

    `mark` puts a byte order mark first, without which Excel takes UTF-8 for something else.

    >>> write_csv(Table(("a", "b"), [(None, None)]))
    b'a,b\r\n,\r\n'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([term.value if term else "" for term in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def write_json(table: Table) -> bytes:
    r"""The table, one row per line; null where there is nothing.

    Whole numbers, decimals and booleans are such in JSON, everything else is text.

    >>> write_json(Table(("a", "b"), [(None, None)]))
    b'[\n{"a": null, "b": null}\n]\n'
    """
    lines = [
        json.dumps(
            {
                column: term.plain() if term else None
                for column, term in zip(table.columns, row, strict=True)
            },
            ensure_ascii=False,
        )
        for row in table.rows
    ]
    return ("[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n").encode()


_RIGHTS = (
    "What we have extracted, judged and inferred is under CC BY 4.0. Quoted words remain those of "
    "the bodies that issued the documents; facts from elsewhere keep the terms of their sources."
)
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPES = {
    _XSD + "integer": "integer",
    _XSD + "decimal": "decimal",
    _XSD + "boolean": "boolean",
    _XSD + "date": "date",
    _XSD + "gYear": "gYear",
    _XSD + "gYearMonth": "gYearMonth",
}
"""The types that are not read as text, by their names in the metadata."""
_ASIDE = "%&=+,:;/?@!$'()*~"
"""What a query string may hold as it is, in a header as in a document."""


def metadata_link(query: CannedQuery, query_string: bytes) -> tuple[str, dict[str, str]]:
    """The link that leads from the CSV of a request to its metadata."""
    target = f"{query.name}{CSVW_SUFFIX}{_behind(query_string)}"
    return target, {"rel": "describedby", "type": CSVW}


def metadata(query: CannedQuery, query_string: bytes, table: Table) -> bytes:
    """The metadata of the CSV that the same parameters give; `table` holds all of its rows."""
    described = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        # Relative to the address of this document.
        "url": f"{query.name}.csv{_behind(query_string)}",
        "dc:title": query.header.summary,
        "dc:description": " ".join(query.header.description.split()),
        "dc:rights": _RIGHTS,
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\r\n"]},
        "tableSchema": {
            "null": "",
            "columns": [
                _column(query, column, [row[place] for row in table.rows])
                for place, column in enumerate(table.columns)
            ],
        },
    }
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode()


def _column(query: CannedQuery, name: str, cells: Iterable[Term | None]) -> dict[str, str]:
    separator = query.column(name).separator
    lists = {} if separator is None else {"separator": separator}
    return {"name": name, "titles": name, "datatype": datatype(cells), **lists}


def datatype(cells: Iterable[Term | None]) -> str:
    """The type that the values of a column have in common.

    >>> datatype([Term("literal", "1", _XSD + "integer"), None])
    'integer'
    >>> datatype([Term("literal", "1.10"), Term("literal", "1", _XSD + "integer")])
    'string'
    """
    found = {_type(cell) for cell in cells if cell is not None}
    return found.pop() if len(found) == 1 else "string"


def _type(cell: Term) -> str:
    if cell.kind == "uri":
        return "anyURI"
    return _TYPES.get(cell.datatype or "", "string")


def _behind(query_string: bytes) -> str:
    """The query string of a request as it follows an address, fit for a header."""
    text = quote(query_string, safe=_ASIDE)
    return f"?{text}" if text else ""
