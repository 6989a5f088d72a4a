"""What was withdrawn: addresses that were published and are no more.

An address is never used for anything else (docs/model.md). So it stays in the graph, with the day
and the reason, and nothing else is said of it.
"""

from __future__ import annotations

import re
from datetime import date

import pyoxigraph as ox

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import WithdrawnRow
from meagraph_loaders.graph.graph_builder import GraphBuilder

_PATH = re.compile(r"id/[a-z-]+/[^#?\s]+")


def write_withdrawn(rows: tuple[WithdrawnRow, ...], finished: ox.Store) -> GraphBuilder:
    """The withdrawn addresses as triples of `graph/curation`.

    `finished` holds everything else that the release says. Raises DataError for a row whose
    address is still in use, or whose successor is not there.
    """
    graph = GraphBuilder("curation")
    for row in rows:
        address = _address(row.where, row.address)
        if _is_described(finished, address):
            raise DataError(
                row.where,
                f"{row.address} is withdrawn, but the data still describe it",
                "Remove the row, or what describes it",
            )
        thing = graph.thing(address).add("mea:withdrawn", _day(row), datatype="xsd:date")
        thing.add("mea:reason", row.reason, language="en")
        if row.successor is not None:
            successor = _address(row.where, row.successor)
            if not _is_described(finished, successor):
                raise DataError(
                    row.where,
                    f"nothing describes {row.successor}, which is to take its place",
                    "Name a thing that the graph describes, or none",
                )
            thing.link("dcterms:isReplacedBy", successor)
    return graph


def _address(where: str, path: str) -> str:
    if not _PATH.fullmatch(path):
        raise DataError(
            where,
            f"{path!r} is no path of a thing",
            "It must be one below the base address, without a fragment: id/site/steppe",
        )
    return names.BASE + path


def _day(row: WithdrawnRow) -> str:
    try:
        return date.fromisoformat(row.date).isoformat()
    except ValueError:
        raise DataError(
            row.where, f"date is {row.date!r}", "It must be a day such as 2026-11-21"
        ) from None


def _is_described(store: ox.Store, address: str) -> bool:
    quads = store.quads_for_pattern(ox.NamedNode(address), None, None, None)
    return next(iter(quads), None) is not None
