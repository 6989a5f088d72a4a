"""Queries for Oxigraph: GROUP_CONCAT of any values, columns of SELECT *, positions of errors."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.query import ResultRow

from meagraph.core.lexer import significant, tokens
from meagraph.core.oxigraph import ClientQuery, Concatenations, by_appearance, edited, query, star
from tests.api.engine import query_generator as generator

DATA = """
@prefix : <x:> .
:a :v 1, 2.5, "x", "y"@en, :iri, true ; :w "w" .
:b :v "only" . :c :v 7 . :d :w "none" .
"""
STORE = ox.Store()
STORE.load(DATA, ox.RdfFormat.TURTLE)


def rewritten(text: str) -> str:
    """Rewrite the uses of GROUP_CONCAT in a text."""
    return edited(text, Concatenations.of(text).edits)


def values(text: str) -> list[list[str | None]]:
    """The rows of a query over the data."""
    result = query(STORE, text)
    assert isinstance(result, ox.QuerySolutions)
    return [
        [None if (term := row[name]) is None else getattr(term, "value", "") for name in row_names]
        for row_names in [result.variables]
        for row in result
    ]


# ------------------------------------------------------------------------------------ GROUP_CONCAT

REWRITTEN = {
    "numbers": (
        'SELECT (GROUP_CONCAT(?x; separator="|") AS ?c) { VALUES ?x { 1 2 3 } }',
        'SELECT (GROUP_CONCAT(STR(?x); separator="|") AS ?c) { VALUES ?x { 1 2 3 } }',
    ),
    "DISTINCT, small letters and no blanks": (
        "select(group_concat(distinct?x)as?c){}",
        "select(group_concat(distinct STR(?x))as?c){}",
    ),
    "a comment between": (
        "SELECT (GROUP_CONCAT # (?y)\n ( # ;\n DISTINCT # )\n ?x # ;\n ; separator=';)') AS ?c) {}",
        "SELECT (GROUP_CONCAT # (?y)\n ( # ;\n DISTINCT # )\n STR(?x) # ;\n ; separator=';)') "
        "AS ?c) {}",
    ),
    "an expression with brackets and strings": (
        r'SELECT (GROUP_CONCAT(IF(?x = ")", "a\";", CONCAT(?y, ";")); separator="\")") AS ?c) {}',
        r'SELECT (GROUP_CONCAT(STR(IF(?x = ")", "a\";", CONCAT(?y, ";"))); separator="\")") AS ?c) '
        "{}",
    ),
    "a group in the argument": (
        "SELECT (GROUP_CONCAT(EXISTS { ?s ?p ?x ; ?q ?y }) AS ?c) {}",
        "SELECT (GROUP_CONCAT(STR(EXISTS { ?s ?p ?x ; ?q ?y })) AS ?c) {}",
    ),
    "one in another": (
        "SELECT (GROUP_CONCAT(GROUP_CONCAT(?x); separator='') AS ?c) {}",
        "SELECT (GROUP_CONCAT(STR(GROUP_CONCAT(STR(?x))); separator='') AS ?c) {}",
    ),
    "HAVING and ORDER BY": (
        "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING(GROUP_CONCAT(?o)!='') ORDER BY GROUP_CONCAT(?p)",
        "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING(GROUP_CONCAT(STR(?o))!='') "
        "ORDER BY GROUP_CONCAT(STR(?p))",
    ),
    "a sub-select of CONSTRUCT": (
        "CONSTRUCT { ?s <x:c> ?c } { SELECT ?s (GROUP_CONCAT(?o) AS ?c) { ?s ?p ?o } GROUP BY ?s }",
        "CONSTRUCT { ?s <x:c> ?c } "
        "{ SELECT ?s (GROUP_CONCAT(STR(?o)) AS ?c) { ?s ?p ?o } GROUP BY ?s }",
    ),
}

UNTOUCHED = [
    "SELECT ?GROUP_CONCAT { ?s ?p ?GROUP_CONCAT }",
    "PREFIX ex: <x:> SELECT (ex:GROUP_CONCAT(?x) AS ?c) {}",
    "PREFIX GROUP_CONCAT: <x:> ASK { GROUP_CONCAT:a GROUP_CONCAT:b (?x) }",
    "ASK { ?s ?p 'GROUP_CONCAT(?x)' , <x:GROUP_CONCAT(?x)> } # GROUP_CONCAT(?x)",
    'ASK { ?s ?p """a\n"GROUP_CONCAT(?x)" """ }',
    "SELECT (GROUP_CONCAT() AS ?c) {}",
    "SELECT (GROUP_CONCAT(DISTINCT) AS ?c) {}",
    "SELECT (GROUP_CONCAT(?x AS ?c {}",
    "SELECT (GROUP_CONCAT(?x; separator=',' {}",
    "SELECT (GROUP_CONCAT(?x] AS ?c) {}",
    "SELECT (GROUP_CONCAT ?x AS ?c) {}",
    "SELECT (GROUP_CONCAT",
    "SELECT (GROUP_CONCAT(",
]


@pytest.mark.parametrize(("text", "becomes"), REWRITTEN.values(), ids=list(REWRITTEN))
def test_group_concat_is_given_strings(text: str, becomes: str) -> None:
    assert rewritten(text) == becomes
    query(STORE, text)  # what has been rewritten parses


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_group_concat_or_has_no_end_stays_as_it_is(text: str) -> None:
    assert rewritten(text) == text


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('SELECT (GROUP_CONCAT(?x; separator="|") AS ?c) { VALUES ?x { 1 2 3 } }', [["1|2|3"]]),
        ("SELECT (GROUP_CONCAT(?x) AS ?c) { VALUES ?x { <x:a> 'b'@en true 1.5 } }", None),
        ("SELECT (GROUP_CONCAT(?x) AS ?c) { VALUES ?x { 'a'@en 'b'@en } }", [["a b"]]),
        ("SELECT (GROUP_CONCAT(?x) AS ?c) { FILTER(false) }", [[""]]),
        ("SELECT (GROUP_CONCAT(?x + 1) AS ?c) { VALUES ?x { 1 } }", [["2"]]),
        (
            "SELECT ?n { VALUES ?n { 1 } { SELECT (GROUP_CONCAT(?x) AS ?c) { VALUES ?x { 5 } } } "
            "FILTER(?c = '5') }",
            [["1"]],
        ),
        ("SELECT ?s { ?s <x:v> ?o } GROUP BY ?s HAVING(GROUP_CONCAT(?o) = '7')", [["x:c"]]),
        (
            "SELECT ?s { ?s <x:v> ?o FILTER(?s != <x:a>) } GROUP BY ?s "
            "ORDER BY DESC(GROUP_CONCAT(?o))",
            [["x:b"], ["x:c"]],
        ),
    ],
)
def test_values_of_every_kind_are_concatenated(text: str, rows: list[list[str]] | None) -> None:
    assert values(text) == (rows or [["x:a b true 1.5"]])


def test_the_result_is_a_string_without_a_language() -> None:
    result = query(STORE, "SELECT (GROUP_CONCAT(?x) AS ?c) { VALUES ?x { 'a'@en 'b'@en } }")
    assert isinstance(result, ox.QuerySolutions)
    assert [row["c"] for row in result] == [ox.Literal("a b")]


SPLIT = st.lists(
    st.sampled_from(
        ["GROUP_CONCAT", "group_concat", "(", ")", "{", "}", ";", "DISTINCT", "STR", "?x", "ex:a(",
         " ", "'s;)'", "# c\n", "separator=','", "SELECT", "1", ",", "<x:i>", "?a<?b", ">", "\\("]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(SPLIT | st.text(max_size=40))
def test_all_other_tokens_stay_as_they_are(text: str) -> None:
    edits = Concatenations.of(text).edits
    half = len(edits) // 2
    assert sorted(edit.text.strip() for edit in edits) == [")"] * half + ["STR("] * half
    assert all(edit.start == edit.end for edit in edits)
    places = {token.start for token in tokens(text)} | {len(text)}
    assert all(edit.start in places for edit in edits)
    left = rewritten(text)
    for edit in reversed(_moved(edits)):
        assert left[edit[0] :].startswith(edit[1])
        left = left[: edit[0]] + left[edit[0] + len(edit[1]) :]
    assert left == text


def _moved(edits: object) -> list[tuple[int, str]]:
    """The positions of insertions in the rewritten text."""
    assert isinstance(edits, list | tuple)
    found, shift = [], 0
    for edit in edits:
        found.append((edit.start + shift, edit.text))
        shift += len(edit.text)
    return found


@given(generator.queries)
def test_a_query_without_group_concat_is_run_as_it_is(text: str) -> None:
    assert rewritten(text) == text
    assert ClientQuery(text).notes == ()


_TERMS = st.sampled_from(["1", "2.5", "true", "'a'", "'b'@en", "'c'^^<x:t>", "<x:i>", "''", "-3"])
_SETS = st.lists(_TERMS, min_size=1, max_size=5, unique=True)


@given(_SETS, st.sampled_from(["", "DISTINCT "]), st.sampled_from([" ", "", ", ", ";)"]))
def test_another_engine_concatenates_the_same(
    terms: list[str], distinct: str, separator: str
) -> None:
    text = (
        f'SELECT (GROUP_CONCAT({distinct}?x; separator="{separator}") AS ?c) '
        f"{{ VALUES ?x {{ {' '.join(terms)} }} }}"
    )
    (row,) = [row for row in rdflib.Graph().query(text) if isinstance(row, ResultRow)]
    ((ours,),) = values(text)
    assert ours is not None
    # Under DISTINCT an engine may give any order.
    assert Counter(ours) == Counter(str(row[0]))
    assert len(ours) == len(str(row[0]))


# ------------------------------------------------------------------ groups that may be unbound

NOTED = [
    "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p ?o OPTIONAL { ?o ?q ?x } }",
    "SELECT (GROUP_CONCAT(?x) AS ?c) { { ?s ?p ?x } UNION { ?s ?p ?y } }",
    "SELECT (GROUP_CONCAT(?x) AS ?c) { VALUES ?x { 1 UNDEF } }",
    "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p ?o BIND(1/0 AS ?x) }",
    "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p ?o FILTER(!BOUND(?x)) }",
    "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p ?o MINUS { ?o ?q ?x } }",
    "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p ?o FILTER NOT EXISTS { ?o ?q ?x } }",
    "SELECT (GROUP_CONCAT(?x) AS ?c) { { SELECT ?s { ?s ?p ?x } } }",
    "CONSTRUCT { ?s <x:c> ?c . ?s <x:p> ?x } { SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p ?o } }",
    "SELECT (GROUP_CONCAT(?o + 1) AS ?c) { ?s ?p ?o }",
    "SELECT (GROUP_CONCAT(COALESCE(?o, ?o = 'a')) AS ?c) { ?s ?p ?o }",
    "SELECT (GROUP_CONCAT(COALESCE(?o) && CONTAINS(?o, 'a')) AS ?c) { ?s ?p ?o }",
    "SELECT (GROUP_CONCAT(?o) AS ?c) (GROUP_CONCAT(?x) AS ?d) { ?s ?p ?o }",
]
UNNOTED = [
    "SELECT (GROUP_CONCAT(?o) AS ?c) { ?s ?p ?o }",
    "SELECT (GROUP_CONCAT(DISTINCT STR($o); separator=',') AS ?c) { ?s ?p ?o FILTER(?o != 1) }",
    "SELECT (GROUP_CONCAT(?x) AS ?c) { VALUES ?x { 1 2 } }",
    "SELECT (GROUP_CONCAT(COALESCE(?x, '')) AS ?c) { ?s ?p ?o OPTIONAL { ?o ?q ?x } }",
    "SELECT (GROUP_CONCAT(STR(COALESCE(?x, STR(?y), '-'))) AS ?c) { OPTIONAL { ?o ?q ?x } }",
    "SELECT (GROUP_CONCAT('a') AS ?c) { OPTIONAL { ?s ?p ?o } }",
    "SELECT ?s { OPTIONAL { ?s ?p 'GROUP_CONCAT(?x)' } }",
]


@pytest.mark.parametrize("text", NOTED)
def test_a_group_that_may_be_unbound_is_noted(text: str) -> None:
    (note,) = ClientQuery(text).notes
    assert note.isascii()
    assert "GROUP_CONCAT is unbound" in note


@pytest.mark.parametrize("text", UNNOTED)
def test_a_group_whose_values_are_all_bound_is_not(text: str) -> None:
    assert ClientQuery(text).notes == ()


_WORDS = st.lists(
    st.sampled_from(
        ["?s <x:v> ?x .", "?s <x:w> ?y .", "OPTIONAL { ?s <x:v> ?x }", "FILTER(?x != 1)",
         "{ ?s <x:v> ?x } UNION { ?s <x:w> ?y }", "BIND(?y AS ?z)", "VALUES ?x { 1 'x' }",
         "VALUES ?y { 'w' UNDEF }", "FILTER(!BOUND(?y))", "{ SELECT ?s { ?s <x:v> ?x } }",
         "MINUS { ?s <x:v> 7 }"]
    ),
    min_size=1, max_size=3,
).map(" ".join)  # fmt: skip


@given(_WORDS, st.sampled_from(["?x", "?y", "?z", "STR(?x)", "COALESCE(?x, 'none')"]))
def test_no_group_is_unbound_without_a_note(pattern: str, argument: str) -> None:
    text = f"SELECT ?s (GROUP_CONCAT({argument}) AS ?c) {{ {pattern} }} GROUP BY ?s"
    try:
        rows = values(text)
    except SyntaxError:  # a variable is bound twice
        return
    if any(concatenated is None for _, concatenated in rows):
        assert ClientQuery(text).notes


# ---------------------------------------------------------------------------------------- SELECT *


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT * { ?s ?p ?o }", ["s", "p", "o"]),
        ("select*where{?z ?y ?a}", ["z", "y", "a"]),
        ("SELECT DISTINCT * { ?s ?p ?o }", ["s", "p", "o"]),
        ("SELECT REDUCED # c\n * # ?a\n { ?s ?p ?o }", ["s", "p", "o"]),
        ("PREFIX : <x:*> BASE <x:> # SELECT *\n SELECT * { ?s :p ?o . ?b ?a ?s }", list("soba")),
        ("SELECT * { ?s ?p ?o FILTER(?z = 1) }", ["s", "p", "o"]),
        ("SELECT * { $s ?p ?o . ?a ?s ?o }", ["s", "p", "o", "a"]),
        (
            "SELECT * { ?s ?p '?a' BIND(1 AS ?o) VALUES (?n ?m) { (1 2) } }",
            ["s", "p", "o", "n", "m"],
        ),
        ("SELECT * { ?z ?y 1 } VALUES (?b ?a) { (1 2) }", ["z", "y", "b", "a"]),
        ("SELECT * { ?z ?y 1 { SELECT ?y ?b { ?b ?y ?hidden } } }", ["z", "y", "b"]),
        ("SELECT * { ?z ?y 1 { SELECT * { ?b ?y ?a } } }", ["z", "y", "b", "a"]),
        (
            "SELECT * { ?z ?y 1 { SELECT (COUNT(*) AS ?n) ?a { ?a ?b ?c } GROUP BY ?a } }",
            list("zyna"),
        ),
        ("SELECT * { ?z ?y 1 } ORDER BY ?b LIMIT 3", ["z", "y"]),
        ("SELECT * { ?z ?y [] . OPTIONAL { ?z ?b ?a } MINUS { ?c ?d ?e } }", ["z", "y", "b", "a"]),
        ("SELECT * { SELECT ?z ?a { { ?z ?y ?a } } }", ["z", "a"]),
        (
            "SELECT * { # c\n SELECT * { SELECT (COUNT(?z) AS ?n) ?b { ?z ?b ?a } GROUP BY ?b } }",
            list("nb"),
        ),
        ("SELECT * FROM <x:s> { { ?z ?y 1 } UNION { ?b ?a 1 } }", ["z", "y", "b", "a"]),
        ("SELECT * {}", []),
        ("SELECT * { <x:a> <x:v> 1 }", []),
        ("SELECT * { ?x <x:v> 1 }", ["x"]),
        ("SELECT (COUNT(*) AS ?n) ?b { ?b ?a ?c } GROUP BY ?b", ["n", "b"]),
        ("SELECT ?z (2*3 AS ?a) { ?z ?y 1 }", ["z", "a"]),
        (
            "SELECT * { ?z ?y 1 { SELECT ?z (GROUP_CONCAT(?x) AS ?c) { ?z ?a ?x } GROUP BY ?z } }",
            ["z", "y", "c"],
        ),
    ],
)
def test_columns_come_in_the_order_in_which_the_query_names_them(
    text: str, columns: list[str]
) -> None:
    result = query(STORE, text)
    assert isinstance(result, ox.QuerySolutions)
    assert [variable.value for variable in result.variables] == columns


def test_every_format_has_the_columns_in_that_order() -> None:
    heads = {}
    for kind in (ox.QueryResultsFormat.CSV, ox.QueryResultsFormat.TSV, ox.QueryResultsFormat.JSON,
                 ox.QueryResultsFormat.XML):  # fmt: skip
        result = query(STORE, "SELECT * { ?z ?y ?a FILTER(?a = 7) }")
        assert isinstance(result, ox.QuerySolutions)
        written = io.BytesIO()
        result.serialize(written, format=kind)
        heads[kind.name] = [variable.value for variable in _variables(written.getvalue(), kind)]
    assert {tuple(head) for head in heads.values()} == {("z", "y", "a")}


def _variables(body: bytes, kind: ox.QueryResultsFormat) -> Iterator[ox.Variable]:
    if kind == ox.QueryResultsFormat.CSV:
        yield from (ox.Variable(name) for name in body.decode().splitlines()[0].split(","))
        return
    result = ox.parse_query_results(body, kind)
    assert isinstance(result, ox.QuerySolutions)
    yield from result.variables


@given(generator.queries)
def test_the_rows_of_a_query_are_those_of_its_text(text: str) -> None:
    try:
        plain = generator_store.query(text)
    except (SyntaxError, RuntimeError):
        return
    if not isinstance(plain, ox.QuerySolutions):
        return
    result = query(generator_store, text)
    assert isinstance(result, ox.QuerySolutions)
    names = [variable.value for variable in plain.variables]
    assert sorted(variable.value for variable in result.variables) == sorted(names)
    if star(text) is not None:
        assert [variable.value for variable in result.variables] == by_appearance(text, names)
    if "LIMIT" not in text and "OFFSET" not in text and "BNODE" not in text:
        rows = Counter(tuple(str(row[name]) for name in names) for row in plain)
        assert Counter(tuple(str(row[name]) for name in names) for row in result) == rows


generator_store = ox.Store()
generator_store.extend(generator.QUADS)


@given(SPLIT | generator.broken())
def test_a_star_is_one_of_the_text(text: str) -> None:
    place = star(text)
    if place is not None:
        assert text[place] == "*"
        before = [token.text.upper() for token in significant(text[:place])]
        assert before[-1] in ("SELECT", "DISTINCT", "REDUCED")


# -------------------------------------------------------------------------------- places of errors


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p }",
        "SELECT (GROUP_CONCAT(?x; separator=1) AS ?c) { ?s ?p ?o }",
        "SELECT (GROUP_CONCAT(?x) (GROUP_CONCAT(?y) AS ?c) { ?s ?p ?o }",
        "SELECT (GROUP_CONCAT(?x) AS ?c)\n(GROUP_CONCAT(DISTINCT) AS ?d) { ?s ?p ?o }",
        "SELECT (GROUP_CONCAT(*) AS ?c) { ?s ?p ?o }",
        "SELECT (GROUP_CONCAT(?x ?y) AS ?c) { ?s ?p ?o }",
        "SELECT * { ?z ?y ?a } GROUP BY ?z",
        "SELECT * { ?z ?y }",
        "SELECT * ?z { ?z ?y ?a }",
    ],
)
def test_errors_have_their_place_in_the_text_of_the_client(text: str) -> None:
    with pytest.raises(SyntaxError) as plain:
        ox.Store().query(text)
    with pytest.raises(SyntaxError) as ours:
        query(ox.Store(), text)
    assert ours.value.msg == plain.value.msg
