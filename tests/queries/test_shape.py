"""No query joins a group with other patterns: engines may evaluate it wrongly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from tests.ready_made import QUERIES

JOINING = {
    "country-coverage",
    "cross-references",
    "gaps",
    "instruments",
    "mandates",
    "measures-by-country",
    "national-checklist",
    "quality-findings",
    "responsibilities",
    "same-text",
    "shared-units",
    "units",
}
"""Known exceptions. When `taxa` was one of them, Virtuoso 7 returned the names of other taxa, by a
query plan made from other statistics."""


def parts(node: object) -> Iterator[CompValue]:
    """A part of a query's algebra, and all its parts."""
    if isinstance(node, CompValue):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from parts(value)


def joins_a_group(text: str) -> bool:
    """Whether a join in a query has a group on one side (and a non-empty pattern on the other)."""
    joins = [
        node for node in parts(prepareQuery(text).algebra) if node.name in ("Join", "LeftJoin")
    ]
    return any(
        has_a_group(one) and not is_empty(other)
        for node in joins
        for one, other in ((node.p1, node.p2), (node.p2, node.p1))
    )


def has_a_group(node: CompValue) -> bool:
    return any(part.name == "AggregateJoin" for part in parts(node))


def is_empty(node: CompValue) -> bool:
    return node.name == "BGP" and not node.triples


def test_a_group_that_is_joined_is_found() -> None:
    group = "SELECT ?s (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?s"
    assert joins_a_group(f"SELECT * WHERE {{ ?s a ?c {{ {group} }} }}")
    assert joins_a_group(f"SELECT * WHERE {{ ?s a ?c OPTIONAL {{ {group} }} }}")
    assert not joins_a_group(group)
    assert not joins_a_group(f"SELECT * WHERE {{ {{ {group} }} }}")
    assert not joins_a_group("SELECT * WHERE { ?s a ?c { SELECT DISTINCT ?s { ?s ?p ?o } } }")


@pytest.mark.parametrize("name", list(QUERIES))
def test_another_engine_parses_a_query_which_joins_no_group_unless_it_is_named(name: str) -> None:
    assert joins_a_group(QUERIES[name].text) == (name in JOINING)


def test_the_named_exceptions_are_queries() -> None:
    assert set(QUERIES) >= JOINING
