"""Query the real graph for the values of a property path."""

from __future__ import annotations

import pyoxigraph as ox

from meagraph.core import names

PREFIXES = "".join(f"PREFIX {prefix}: <{iri}> " for prefix, iri in names.PREFIXES.items())


def rows(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    """The rows of a query, sorted; IRIs as their last segment, literals as their text."""
    found = store.query(PREFIXES + query)
    assert isinstance(found, ox.QuerySolutions)
    return sorted(tuple(_word(value) for value in row) for row in found)


def values(store: ox.Store, subject: str, path: str) -> list[str]:
    """The values of a property path, sorted; IRIs as their last segment."""
    return [row[0] for row in rows(store, f"SELECT ?value WHERE {{ <{subject}> {path} ?value }}")]


def measure(instrument: str, number: str) -> str:
    """The IRI of a measure."""
    return names.thing("measure", instrument, number)


def _word(value: object) -> str:
    if isinstance(value, ox.NamedNode):
        return names.local_name(value.value)
    assert isinstance(value, ox.Literal)
    return value.value
