"""Snapshot: the measures of a release in brief, so that two releases can be compared at once.

It is made with the release, because finding what is in it takes the whole graph.
`meagraph.core.changes` reads it and says how it is laid out.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from meagraph.core import changes, names
from meagraph_loaders import serialise


def write(store: ox.Store, folder: Path) -> None:
    """Write the measures of a graph into the directory of its release."""
    text = json.dumps(_measures(store), ensure_ascii=False)
    (folder / changes.FILE).write_bytes(serialise.zipped(text.encode()))


def _measures(store: ox.Store) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {
        row["measure"]: {
            "instrument": names.local_name(row["instrument"]),
            "number": row["number"],
            "printed": {what: row[what] for what in changes.PRINTED if what in row},
            "links": [],
        }
        for row in _rows(store, "measures.rq")
    }
    for row in _rows(store, "links.rq"):
        target = row["target"].removeprefix(names.ID)
        found[row["measure"]]["links"].append([row["kind"], target, row.get("detail", "")])
    return found


def _rows(store: ox.Store, query: str) -> list[dict[str, str]]:
    """The rows of a query of this package as texts; what has no value is left out."""
    text = (files(__package__) / query).read_text(encoding="utf-8")
    solutions = store.query(text, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 (a SELECT of ours)
    columns = [variable.value for variable in solutions.variables]
    return [
        {
            column: term.value
            for column, term in zip(columns, solution, strict=True)
            if isinstance(term, ox.NamedNode | ox.Literal)
        }
        for solution in solutions
    ]
