"""What is sent to an engine means what the caller's words mean, and leads nowhere else."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core.engines.profiles import Profile, profiles
from meagraph.core.errors import QueryRefused, QuerySyntaxError
from meagraph_api.engine.protocol import Dataset
from meagraph_api.engine.remote.rewriter import RewrittenQuery, rewrite
from tests.core.test_lexer import HARMLESS, HIDDEN
from tests.ready_made import QUERIES

STANDARD = profiles()["standard"]
VIRTUOSO = profiles()["virtuoso"]

BEYOND = [
    "DEFINE input:inference 'x' SELECT * { ?s ?p ?o }",
    "define get:soft 'replace' SELECT * FROM <http://127.0.0.1:1/> { ?s ?p ?o }",
    "SELECT (bif:pwd() AS ?x) {}",
    "PREFIX bif: <https://example.org/> SELECT (bif:pwd() AS ?x) {}",
    "PREFIX b: <bif:> SELECT (b:pwd() AS ?x) {}",
    r"PREFIX b: <b\u0069f:> SELECT (b:pwd() AS ?x) {}",
    "SELECT (<bif:pwd>() AS ?x) {}",
    "SELECT (<BIF:pwd>() AS ?x) {}",
    "SELECT (sql:f(1) AS ?x) {}",
    "PREFIX j: <java:java.lang.> SELECT (j:System.exit(1) AS ?x) {}",
    "SELECT * { ?s <bif:contains> 'x' }",
    "SELECT (<https://example.org/f>(1) AS ?x) {}",
    "PREFIX e: <https://example.org/> SELECT (e:f # and\n (1) AS ?x) {}",
    r"\u0053ERVICE",
    r"SELECT * { \u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    r"SELECT * { SERVIC\U00000045 <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o OPTION (TRANSITIVE) }",
    "SELECT * { ?s ?p `bif:pwd()` }",
    "SELECT * { ?s ?p ?o } ; DROP GRAPH <x:y>",
    "INSERT DATA { <x:a> <x:b> <x:c> }",
    "LOAD <http://127.0.0.1:1/>",
    r"SELECT * { ?s ?p '\\u0027 . SERVICE <http://127.0.0.1:1/> {} #' }",
    "SELECT * { ?s ?p undeclared:name }",
]

SAME = [
    "SELECT * { ?s ?p ?o FILTER(?o<5 && ?o>-1) } ORDER BY ?o",
    "BASE <https://example.org/a/b> SELECT ?o { <../c#x> ?p ?o , <d> } ORDER BY ?o",
    "PREFIX e: <https://example.org/> SELECT ?o { e:c\\#x ?p ?o } ORDER BY ?o",
    "SELECT * { ?s ?p ?o FILTER(?o = 'it\\'s \\\"so\\\"\\n\\u0416') }",
    "SELECT * { ?s ?p ?o FILTER(STR(?o) = '''it's \"so\"\nЖ''') }",
    "SELECT (<http://www.w3.org/2001/XMLSchema#integer>('7') AS ?n) {}",
    "ASK # a remark: SERVICE\n{ ?s ?p 3 }",
    "CONSTRUCT { ?s ?p [] } WHERE { ?s ?p 3 }",
    "SELECT * { ?s ?p ?o MINUS { ?s ?p 3 } } ORDER BY ?o LIMIT 2 OFFSET 1",
]

STORE = ox.Store()
STORE.load(
    """@prefix e: <https://example.org/> . e:c\\#x e:p 3, 4, "it's \\"so\\"\\nЖ", <a/d> .""",
    ox.RdfFormat.TURTLE,
    base_iri="https://example.org/",
)


def answer(text: str) -> object:
    result = STORE.query(text)
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    if isinstance(result, ox.QueryTriples):
        return len(list(result))
    return [str(solution) for solution in result]


@pytest.mark.parametrize("query", [*BEYOND, *HIDDEN])
@pytest.mark.parametrize("profile", [STANDARD, VIRTUOSO], ids=["standard", "virtuoso"])
def test_what_leads_beyond_the_graph_is_never_sent(query: str, profile: Profile) -> None:
    with pytest.raises((QueryRefused, QuerySyntaxError)):
        rewrite(query, profile)


@pytest.mark.parametrize("query", SAME)
def test_what_is_sent_has_the_same_answer(query: str) -> None:
    assert answer(rewrite(query, STANDARD).text) == answer(query)


def test_words_in_escapes_are_resolved() -> None:
    sent = rewrite(r"S\u0045LECT * { <https://example.org/\u0063#x> ?p '\u0027' }", STANDARD)
    assert sent.text == """SELECT * { <https://example.org/c#x> ?p "'" }"""


@pytest.mark.parametrize("query", HARMLESS)
def test_the_word_itself_may_be_asked_for(query: str) -> None:
    assert rewrite(query, STANDARD).form == "SELECT"


@pytest.mark.parametrize("name", list(QUERIES))
def test_every_question_is_sent_with_the_same_meaning(name: str) -> None:
    text = QUERIES[name].text
    sent = rewrite(text, VIRTUOSO).text
    assert "#" not in "".join(part for part in sent.split('"')[::2] if "<" not in part)
    assert list(ox.Store().query(sent)) == list(ox.Store().query(text))  # type: ignore[arg-type]
    assert sent.count("\n") == text.count("\n")


def test_graphs_that_a_query_names_go_beside_it() -> None:
    sent = rewrite(
        "BASE <x:/> PREFIX g: <x:g/> SELECT * FROM<a> FROM NAMED g:b FROM # so\n NAMED <x:c> { }",
        STANDARD,
    )
    assert "FROM" not in sent.text
    assert "BASE" not in sent.text
    assert sent.dataset == Dataset(("x:/a",), ("x:g/b", "x:c"))


def test_a_name_that_virtuoso_keeps_otherwise_is_asked_for_by_the_one_that_it_has() -> None:
    text = """PREFIX geo: <http://www.opengis.net/ont/geosparql#>
        ASK { ?s ?p ?o FILTER(DATATYPE(?o) = geo:wktLiteral) }"""
    assert "published/wktLiteral>" in rewrite(text, VIRTUOSO).text
    assert rewrite(text, STANDARD).text == text


@given(st.text(alphabet=st.sampled_from("aA?<>'\"\\u0041{}()#: .\nSERVICE")))
def test_whatever_the_text_it_is_sent_whole_or_refused(text: str) -> None:
    try:
        sent = rewrite(text, STANDARD)
    except (QueryRefused, QuerySyntaxError):
        return
    assert rewrite(sent.text, STANDARD) == RewrittenQuery(sent.text, sent.form, None)
