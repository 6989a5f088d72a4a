"""A query is rewritten alike for the embedded engine and for Oxigraph's server."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from benchmarks import engine_servers
from meagraph.core.engines.profiles import profiles
from meagraph.core.lexer import line_and_column
from meagraph.core.results.formats import AcceptedFormats
from meagraph_api.engine.remote import engine_responses
from meagraph_api.engine.remote.rewriter import rewrite
from meagraph_loaders import publisher
from tests.api.conftest import DATA, GENEROUS
from tests.api.engine.remote.conftest import Services, Small, settings_for
from tests.api.engine.remote.test_failures import Serving

OXIGRAPH = profiles()["oxigraph"]
STANDARD = profiles()["standard"]


@pytest.fixture(scope="module")
def services(
    tmp_path_factory: pytest.TempPathFactory, small: Small, serving: Serving
) -> Iterator[Services]:
    """A service over the embedded engine, and one before Oxigraph's server."""
    releases = tmp_path_factory.mktemp("rewriting")
    folder = small(releases)
    settings = GENEROUS.model_copy(update={"releases": releases, "queries": DATA / "queries"})
    with engine_servers.oxigraph() as server:
        publisher.publish(folder, server.update_access, pause=0)
        before = settings_for(server.query_access, releases, queries=DATA / "queries")
        with serving(settings) as embedded, serving(before) as other:
            yield Services(embedded, {"oxigraph": other})


SENT = [
    {"query": 'SELECT (GROUP_CONCAT(?x; separator="|") AS ?c) { VALUES ?x { 1 2 3 } }'},
    {"query": "SELECT (GROUP_CONCAT(DISTINCT?x) AS ?c) { VALUES ?x { <x:a> 'a'@en 1.5 UNDEF } }"},
    {"query": "SELECT * { VALUES (?z ?y ?a) { (1 2 3) } }"},
    {"query": "SELECT * { VALUES (?z ?y ?a) { (1 2 3) } }", "format": "csv"},
    {"query": "SELECT DISTINCT * { VALUES (?z ?y ?a) { (1 2 3) } }", "format": "tsv"},
    {"query": "SELECT REDUCED * { VALUES (?z ?y ?a) { (1 2 3) } }", "format": "xml"},
    {"query": "SELECT * {}"},
]


@pytest.mark.parametrize("params", SENT)
def test_both_engines_give_the_same_answer(services: Services, params: dict[str, str]) -> None:
    ours = services.embedded.get("/sparql", params=params)
    theirs = services.others["oxigraph"].get("/sparql", params=params)
    assert ours.status_code == theirs.status_code == 200
    assert ours.content == theirs.content
    for header in ("content-type", "meagraph-note"):
        assert ours.headers.get(header) == theirs.headers.get(header)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (GROUP_CONCAT(?x) AS ?c) (GROUP_CONCAT(?y) AS ?d) { ?s ?p }",
        "SELECT (GROUP_CONCAT(?x;\n separator=1) AS ?c) { ?s ?p ?o }",
        "BASE <http://example.org/> SELECT * { <a> <b> '''x''' . <c>\n <d> \"y\" . ?s ?p }",
        "SELECT * { ?s ?p 'it''s' . ?s ?p }",
    ],
)
def test_errors_have_the_same_place_and_words(services: Services, query: str) -> None:
    ours = services.embedded.get("/sparql", params={"query": query}).json()
    theirs = services.others["oxigraph"].get("/sparql", params={"query": query}).json()
    assert (ours["line"], ours["column"]) == (theirs["line"], theirs["column"])


@pytest.mark.parametrize("accept", ["text/csv, */*;q=0.1", "text/csv, application/json;q=0.4"])
def test_both_engines_take_the_next_format(services: Services, accept: str) -> None:
    for query in ("ASK {}", "SELECT (<http://example.org/a,b> AS ?x) {}"):
        answers = [
            client.get("/sparql", params={"query": query}, headers={"accept": accept})
            for client in (services.embedded, services.others["oxigraph"])
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].content == answers[1].content
        assert "json" in answers[0].headers["content-type"]


def test_only_an_engine_that_needs_it_is_sent_str() -> None:
    text = "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p ?x }"
    assert "GROUP_CONCAT(STR(?x))" in rewrite(text, OXIGRAPH).text
    assert rewrite(text, STANDARD).text == text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s <x:p> ?here }",
        "PREFIX p: <x:> # c\nBASE <http://example.org/a/>\nSELECT * { <b> p:c '''d''' , ?here }",
    ],
)
def test_a_place_in_what_is_sent_is_found_again(text: str) -> None:
    sent = rewrite(text, OXIGRAPH)
    place = sent.position(sent.text.index("?here"))
    assert line_and_column(text, place) == line_and_column(text, text.index("?here"))
    assert sent.position(len(sent.text)) == len(text)
    places = [sent.position(place) for place in range(len(sent.text) + 1)]
    assert places == sorted(places)


HEAD = b'{"head":{"link":[],"vars":["a","y","z"]},'
REST = b'"results":{"bindings":[{"z":{"type":"literal","value":"Z"}}]}}'


def test_the_columns_of_any_engine_come_in_order() -> None:
    expected = engine_responses.Expected(
        "SELECT * { ?z ?y ?a }", "SELECT", AcceptedFormats("text/csv", None), STANDARD, most=1000
    )
    assert engine_responses.answer(io.BytesIO(HEAD + REST), expected).body == b"z,y,a\r\nZ,,\r\n"


def test_the_columns_that_a_query_names_stay_in_its_order() -> None:
    expected = engine_responses.Expected(
        "SELECT ?a ?y ?z { ?z ?y ?a }",
        "SELECT",
        AcceptedFormats("text/csv", None),
        STANDARD,
        most=1000,
    )
    assert engine_responses.answer(io.BytesIO(HEAD + REST), expected).body == b"a,y,z\r\n,,Z\r\n"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"head":{}}', b'{"head":[],"results":{}}', b'{"results":{}}', b"\xff\xfe",
     b'{"head":{"vars":null}}', b'{"head":' + b"[" * 100_000],
)  # fmt: skip
def test_a_body_without_a_head_is_left_to_its_reader(body: bytes) -> None:
    assert engine_responses.reordered(io.BytesIO(body), sorted).read() == body


def test_a_long_body_is_read_to_its_end() -> None:
    rows = b",".join(b'{"a":{"type":"literal","value":"%d"}}' % number for number in range(50_000))
    body = HEAD + b'"results":{"bindings":[' + rows + b"]}}"
    result = ox.parse_query_results(
        engine_responses.reordered(io.BytesIO(body), lambda names: names[::-1]),
        ox.QueryResultsFormat.JSON,
    )
    assert isinstance(result, ox.QuerySolutions)
    assert [variable.value for variable in result.variables] == ["z", "y", "a"]
    assert sum(1 for _ in result) == 50_000
