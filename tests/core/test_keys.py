"""Canned queries are run in steps, with the same result as the whole query."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core.queries.keys import MAX_KEYS, Solutions, solutions, with_keys

DATA = """
    <urn:1> a <urn:M> ; <urn:p> 1, 2 ; <urn:name> "one" .
    <urn:2> a <urn:M> ; <urn:p> 3 .
    <urn:3> a <urn:M> .
    [] a <urn:N> ; <urn:name> "nameless" .
"""
KEYS = "{ SELECT DISTINCT ?m WHERE { ?m a <urn:M> } }"


@pytest.fixture(scope="module")
def store() -> ox.Store:
    found = ox.Store()
    found.load(DATA.encode(), ox.RdfFormat.TURTLE)
    return found


def rows(store: ox.Store, text: str) -> list[list[str]]:
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    return [list(map(str, row)) for row in found]


def in_steps(store: ox.Store, text: str, most: int = MAX_KEYS) -> tuple[str, list[str]]:
    """The final query, and the queries before it."""
    before: list[str] = []

    def find_keys(query: str) -> Solutions | None:
        before.append(query)
        found = store.query(query)
        assert isinstance(found, ox.QuerySolutions)
        return solutions(found, most)

    return with_keys(text, find_keys), before


@pytest.mark.parametrize(
    "pattern",
    [
        f"{KEYS} OPTIONAL {{ ?m <urn:p> ?p }}",
        f"{KEYS} {{ SELECT ?m (COUNT(?p) AS ?n) {{ ?m <urn:p> ?p }} GROUP BY ?m }}",
        f"{KEYS} {{ SELECT ?m ?q {{ ?m <urn:p> ?p BIND(?p AS ?q) }} }}",
        f"{KEYS} {{ SELECT ?x ?m {{ ?x <urn:p> ?y BIND(?x AS ?m) }} }}",
        f"{KEYS} {{ SELECT ?m {{ ?m <urn:p> ?p }} ORDER BY DESC(?p) LIMIT 1 }}",
        f"{{ {KEYS} }} UNION {{ SELECT ?m {{ ?m a <urn:N> }} }}",
        "{ SELECT DISTINCT ?m ?p { VALUES ?p { 1 UNDEF } ?m a <urn:M> } } ?m <urn:p> ?p",
        "{ SELECT DISTINCT ?m { ?m a <urn:N> } } ?m <urn:name> ?name",
        "?m a <urn:M>",
    ],
)
def test_the_steps_give_what_the_whole_query_gives(store: ox.Store, pattern: str) -> None:
    text = f"SELECT * {{ {pattern} }}"
    assert sorted(rows(store, in_steps(store, text)[0])) == sorted(rows(store, text))


def test_the_keys_stand_as_a_data_block(store: ox.Store) -> None:
    text, before = in_steps(store, f"SELECT ?m {{ {KEYS} }}")
    assert before == ["SELECT DISTINCT ?m WHERE { ?m a <urn:M> }"]
    assert sorted(text) == sorted("SELECT ?m { { VALUES (?m) { (<urn:1>) (<urn:2>) (<urn:3>) } } }")


def test_a_group_is_computed_for_the_keys_alone(store: ox.Store) -> None:
    group = "{ SELECT ?m (MAX(?p) AS ?n) { ?m <urn:p> ?p } GROUP BY ?m }"
    text, _ = in_steps(store, f"SELECT ?m ?n {{ {KEYS} {group} }}")
    assert text.count("VALUES (?m)") == 2


def test_what_finds_keys_is_itself_run_in_steps(store: ox.Store) -> None:
    inner = "{ SELECT DISTINCT ?m { ?m <urn:name> 'one' } }"
    text, before = in_steps(
        store,
        f"SELECT ?m ?p {{ {{ SELECT DISTINCT ?m {{ ?m a <urn:M> . {inner} }} }} ?m <urn:p> ?p }}",
    )
    assert [query.count("VALUES") for query in before] == [0, 1]
    assert len(rows(store, text)) == 2


def test_more_keys_than_may_be_leave_the_query_as_it_is(store: ox.Store) -> None:
    text = f"SELECT ?m {{ {KEYS} }}"
    assert in_steps(store, text, most=2)[0] == text
    assert in_steps(store, text, most=3)[0] != text


def test_a_blank_node_is_no_key(store: ox.Store) -> None:
    text = "SELECT ?m { { SELECT DISTINCT ?m { ?m <urn:name> ?n } } }"
    assert in_steps(store, text)[0] == text


@given(value=st.text())
def test_any_literal_is_a_key(value: str) -> None:
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:1"), ox.NamedNode("urn:name"), ox.Literal(value)))
    text = "SELECT ?s ?n { { SELECT DISTINCT ?n { ?t <urn:name> ?n } } ?s <urn:name> ?n }"
    assert rows(store, in_steps(store, text)[0]) == rows(store, text)
