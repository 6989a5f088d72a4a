"""A table as JSON: an array of objects, keys in the order of the columns."""

from __future__ import annotations

import json

from meagraph_api.results import Table

MEDIA_TYPE = "application/json"


def write(table: Table) -> bytes:
    r"""The table, one row per line; null where there is nothing.

    Whole numbers, decimals and booleans are such in JSON, everything else is text.

    >>> write(Table(("a", "b"), [(None, None)]))
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
