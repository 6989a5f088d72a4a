"""The lexer reads every text, and detects every spelling of SERVICE and of updates."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core.errors import QueryRefused
from meagraph.core.lexer import (
    line_and_column,
    refuse_deep_nesting,
    refuse_updates_and_services,
    significant,
    tokens,
)

NOWHERE = "<http://127.0.0.1:1/>"

HIDDEN = [
    f"SELECT * {{ SERVICE {NOWHERE} {{ ?s ?p ?o }} }}",
    f"SELECT * {{ service {NOWHERE} {{ ?s ?p ?o }} }}",
    f"SELECT * {{ SERVICESILENT{NOWHERE} {{ ?s ?p ?o }} }}",
    f"SELECT * {{ ?s ?p 1SERVICE{NOWHERE}{{ ?s ?p ?o }} }}",
    f"SELECT * {{ ?s ?p trueSERVICE{NOWHERE}{{ ?s ?p ?o }} }}",
    f"PREFIX x: {NOWHERE} SELECT * {{ SERVICEx:{{ ?s ?p ?o }} }}",
    f"SELECT * {{ ?s ?p 'x'SERVICE{NOWHERE}{{ ?s ?p ?o }} }}",
    f"SELECT * {{ # SERVICE\rSERVICE{NOWHERE}{{ ?s ?p ?o }} }}",
    f"SELECT ?x {{ VALUES ?x {{ 1 }} FILTER(?x<'>')SERVICE{NOWHERE}{{?s ?p ?o}}#'\n }}",
    f"SELECT * {{ VALUES ?x {{ 1 }} FILTER(?x<?x#>'''\n)SERVICE{NOWHERE}{{?s ?p ?o}} #'''\n}}",
    f"SELECT * {{ VALUES ?x {{ '''a' #\\q\n}} SERVICE {NOWHERE} {{ ?s ?p ?o }} #'''\n}}",
]

HARMLESS = [
    "SELECT ?service { ?service ?p ?o }",
    "SELECT * { ?s ?p 'a SERVICE <x> {}' }",
    'SELECT * { ?s ?p """a SERVICE "quoted" {}""" }',
    "SELECT * { ?s ?p ?o } # SERVICE <x>",
    "PREFIX ex: <http://e/> SELECT * { ?s a ex:ServiceSector }",
    "SELECT * { ?s a <https://example.org/service#SERVICE> }",
    "SELECT * { ?s ?p ?o FILTER(?o < 3 && ?p > 2) ?s ?q 'service' }",
]


@given(st.text())
def test_the_tokens_of_any_text_are_that_text(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text


@pytest.mark.parametrize("query", HIDDEN)
def test_every_spelling_of_a_service_call_is_refused(query: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE"):
        refuse_updates_and_services(query)


@pytest.mark.parametrize("query", HARMLESS)
def test_the_word_service_elsewhere_is_no_call(query: str) -> None:
    refuse_updates_and_services(query)


MARKS = ["'", '"', "'''", '"""', "#", "\n", " ", "<", ">", "\\", "\\q", ")", "{", "}", ".", ";"]
WORDS = ["?x", "1", "a:b", "a:b.c", "FILTER(?x", "VALUES ?x {", "?s ?p ", "true", "@en", "^^a:b"]
PIECES = st.lists(st.sampled_from([*MARKS, *WORDS]), max_size=8).map("".join)


@given(before=PIECES, between=st.sampled_from(["", " ", "\n", "#\n", "SILENT "]), after=PIECES)
def test_whatever_oxigraph_would_call_is_refused(before: str, between: str, after: str) -> None:
    query = (
        f"PREFIX a: <http://a/> SELECT * {{ VALUES ?x {{ 1 }} {before}SERVICE{between}{NOWHERE}"
        f"{{ ?s ?p ?o }}{after}\n}}"
    )
    try:
        list(ox.Store().query(query))  # type: ignore[arg-type]
    except OSError:  # it did call
        with pytest.raises(QueryRefused):
            refuse_updates_and_services(query)
    except (SyntaxError, RuntimeError):
        pass


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:a> <a:b> 1 }",
        "PREFIX ex: <http://e/> # a comment\nDELETE WHERE { ?s ?p ?o }",
        "LOAD <http://127.0.0.1:1/>",
        "BASE <http://e/> WITH <g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "clear all",
    ],
)
def test_updates_are_refused_by_name(update: str) -> None:
    with pytest.raises(QueryRefused, match="is an update"):
        refuse_updates_and_services(update)


def test_brackets_may_be_nested_as_deep_as_a_query_needs_and_no_deeper() -> None:
    refuse_deep_nesting("SELECT * " + "{" * 150 + "}" * 150)
    refuse_deep_nesting("SELECT * {" + "FILTER(1) " * 500 + "}")
    refuse_deep_nesting("SELECT * { ?s ?p '" + "(" * 500 + "' }")
    with pytest.raises(QueryRefused, match="nested more than 200 deep at line 1, column 210"):
        refuse_deep_nesting("SELECT * " + "{" * 100_000)


def test_a_place_is_given_as_editors_count() -> None:
    assert line_and_column("a\nbc", 3) == (2, 2)


def test_comments_and_space_are_not_significant() -> None:
    assert [token.text for token in significant("ASK # what\n{ }")] == ["ASK", "{", "}"]
