"""Write tables as CSV and JSON, and the CSV on the Web metadata of the CSV.

https://www.rfc-editor.org/rfc/rfc4180 and https://www.w3.org/TR/tabular-metadata/. The metadata are
generated from the same result as the CSV: a column has the common type of its values, or else is
text. So numbers of measures are strings, and 1.10 stays 1.10.
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
    r"""A table as CSV: a header row, lines ending in CRLF, '' for unbound.

    `mark` adds a byte order mark, without which Excel does not detect UTF-8.

    >>> write_csv(Table(("a", "b"), [(None, None)]))
    b'a,b\r\n,\r\n'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([term.value if term else "" for term in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def write_json(table: Table) -> bytes:
    r"""A table as JSON, one row per line; null for unbound.

    Integers, decimals and booleans have their JSON types; everything else is text.

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
"""The names of types in the metadata; all others are text."""
_UNESCAPED = "%&=+,:;/?@!$'()*~"
"""Characters of a query string that need no escaping in headers and documents."""


def metadata_link(query: CannedQuery, query_string: bytes) -> tuple[str, dict[str, str]]:
    """The link from the CSV of a request to its metadata."""
    target = f"{query.name}{CSVW_SUFFIX}{_query_part(query_string)}"
    return target, {"rel": "describedby", "type": CSVW}


def metadata(query: CannedQuery, query_string: bytes, table: Table) -> bytes:
    """The metadata of the CSV with the same parameters; `table` has all of its rows."""
    described = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        # Relative to the URL of this document.
        "url": f"{query.name}.csv{_query_part(query_string)}",
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
    """The common type of the values of a column, or `string`.

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


def _query_part(query_string: bytes) -> str:
    """The query string of a request with its question mark, escaped for a header."""
    text = quote(query_string, safe=_UNESCAPED)
    return f"?{text}" if text else ""
