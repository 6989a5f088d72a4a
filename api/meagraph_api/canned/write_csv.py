"""A table as CSV (https://www.rfc-editor.org/rfc/rfc4180), in UTF-8."""

from __future__ import annotations

import csv
import io

from meagraph_api.results import Table

MEDIA_TYPE = "text/csv"


def write(table: Table, *, mark: bool = False) -> bytes:
    r"""The table: a header row, lines ending in CRLF, '' where there is nothing.

    `mark` puts a byte order mark first, without which Excel takes UTF-8 for something else.

    >>> write(Table(("a", "b"), [(None, None)]))
    b'a,b\r\n,\r\n'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([term.value if term else "" for term in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")
