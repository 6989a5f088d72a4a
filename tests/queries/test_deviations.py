"""The deviations of Oxigraph from SPARQL 1.1 are as documented in docs/sparql.md."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import oxigraph

DOCUMENT = Path(__file__).parents[2] / "docs" / "sparql.md"
PREFIXES = {"xsd": "http://www.w3.org/2001/XMLSchema#"}


def rows_of_the_table() -> list[tuple[str, str, str]]:
    """The documented queries, with the results of Oxigraph and of the specification."""
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.partition("\n## Differences from SPARQL 1.1\n")[2].partition("\n## ")[0]
    found = []
    for line in section.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[0].startswith("`SELECT"):
            found.append((cells[0].strip("`"), cells[1], cells[2]))
    return found


LISTED = rows_of_the_table()


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """The documented store; as in a release, the default graph is the union of all."""
    store = ox.Store()
    triple = (ox.NamedNode("x:a"), ox.NamedNode("x:p"), ox.NamedNode("x:b"))
    store.add(ox.Quad(*triple))
    for graph in ("x:g", "x:h"):
        store.add(ox.Quad(*triple, ox.NamedNode(graph)))
    return store


def written(store: ox.Store, text: str) -> str:
    """The result of a query with one column, in the notation of the document."""
    result = oxigraph.query(store, text, prefixes=PREFIXES)
    assert isinstance(result, ox.QuerySolutions)
    (column,) = result.variables
    values = [row[column] for row in result]
    assert len(values) <= 1
    if not values:
        return "no row"
    return "unbound" if values[0] is None else str(values[0])


def term(cell: str) -> str:
    """A term of the document in the notation of pyoxigraph; other words unchanged."""
    if not cell.startswith("`"):
        return cell
    result = ox.Store().query(
        f"SELECT * {{ VALUES ?x {{ {cell.strip('`')} }} }}", prefixes=PREFIXES
    )
    assert isinstance(result, ox.QuerySolutions)
    return str(next(iter(result))["x"])


def test_the_document_lists_differences() -> None:
    assert len(LISTED) >= 12


@pytest.mark.parametrize(("query", "ours", "specified"), LISTED)
def test_the_engine_still_differs_as_the_document_says(
    store: ox.Store, query: str, ours: str, specified: str
) -> None:
    assert written(store, query) == term(ours)
    assert ours != specified


@pytest.mark.parametrize(
    ("query", "result"),
    [
        ("SELECT ?x { BIND(CONCAT('a', 1) AS ?x) }", "unbound"),
        ("SELECT ?x { BIND(STRLEN(12) AS ?x) }", "unbound"),
        ("SELECT ?x { BIND(REGEX(<x:a>, 'a') AS ?x) }", "unbound"),
        ("SELECT ?x { BIND('a' < 'b'@en AS ?x) }", "unbound"),
        ("SELECT (SUM(?v) AS ?x) { VALUES ?v { <x:a> 1 } }", "unbound"),
        ("SELECT (MAX(?v) AS ?x) { VALUES ?v { UNDEF 1 } }", "unbound"),
        ("SELECT (GROUP_CONCAT(?v) AS ?x) { VALUES ?v { UNDEF 1 } }", "unbound"),
        ("SELECT (GROUP_CONCAT(COALESCE(?v, '')) AS ?x) { VALUES ?v { UNDEF 1 } }", '" 1"'),
        ("SELECT (GROUP_CONCAT(?v) AS ?x) { VALUES ?v { UNDEF 1 } FILTER(BOUND(?v)) }", '"1"'),
        ("SELECT (GROUP_CONCAT(DISTINCT ?v) AS ?x) { VALUES ?v { 'a'@en 'a'@ru } }", '"a"'),
        (
            "SELECT (GROUP_CONCAT(DISTINCT CONCAT(STR(?v), '@', LANG(?v))) AS ?x) "
            "{ VALUES ?v { 'a'@en 'a'@ru } }",
            '"a@en a@ru"',
        ),
    ],
)
def test_what_the_document_says_beside_the_table_holds(
    store: ox.Store, query: str, result: str
) -> None:
    assert written(store, query) == result
