"""The SPARQL endpoint over HTTP."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import httpx
import pytest
import rdflib

SELECT = (
    "PREFIX mea: <https://w3id.org/meagraph/ontology#> "
    "SELECT ?number ?text { ?m mea:number ?number ; mea:text ?text ; mea:position ?p } ORDER BY ?p"
)
CONSTRUCT = (
    "PREFIX mea: <https://w3id.org/meagraph/ontology#> "
    "CONSTRUCT { ?m mea:text ?text ; mea:narrowed ?n } { ?m mea:text ?text ; mea:narrowed ?n }"
)
PROBLEM = "application/problem+json"
JSON = "application/sparql-results+json"
TURTLE = "text/turtle"


def ask(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return client.get("/sparql", params={"query": query}, headers=headers)


def test_results_read_back_the_same_from_every_format(client: httpx.Client) -> None:
    expected = [
        str(row["number"]["value"]) for row in ask(client, SELECT).json()["results"]["bindings"]
    ]
    assert expected == ["1.1", "1.10", "A"]
    answers = {
        name: client.get("/sparql", params={"query": SELECT, "format": name})
        for name in ("json", "xml", "csv", "tsv")
    }
    rows = list(csv.DictReader(io.StringIO(answers["csv"].text)))
    assert [row["number"] for row in rows] == expected
    assert rows[0]["text"].endswith("в степи")
    lines = answers["tsv"].text.splitlines()
    assert lines[0] == "?number\t?text"
    assert [line.split("\t")[0].strip('"') for line in lines[1:]] == expected
    space = {"s": "http://www.w3.org/2005/sparql-results#"}
    results = ElementTree.fromstring(answers["xml"].content)
    found = [
        str(literal.text)
        for literal in results.findall(".//s:binding[@name='number']/s:literal", space)
    ]
    assert found == expected
    languages = results.findall(".//s:binding[@name='text']/s:literal", space)
    assert {entry.get("{http://www.w3.org/XML/1998/namespace}lang") for entry in languages} == {
        "en"
    }


@pytest.mark.parametrize(
    ("name", "reader", "kind"),
    [
        ("turtle", "turtle", "text/turtle; charset=utf-8"),
        ("ntriples", "nt", "application/n-triples"),
        ("jsonld", "json-ld", "application/ld+json"),
        ("rdfxml", "xml", "application/rdf+xml"),
    ],
)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_graphs_read_back_the_same_from_every_format(
    client: httpx.Client, name: str, reader: str, kind: str
) -> None:
    answer = client.get("/sparql", params={"query": CONSTRUCT, "format": name})
    assert answer.headers["content-type"] == kind
    graph = rdflib.Graph().parse(data=answer.content, format=reader)
    other = client.get("/sparql", params={"query": CONSTRUCT, "format": "nt"})
    assert set(graph) == set(rdflib.Graph().parse(data=other.content, format="nt"))
    assert len(graph) == 4


def test_describe_gives_what_is_said_of_a_thing(client: httpx.Client) -> None:
    answer = ask(
        client, "DESCRIBE <https://w3id.org/meagraph/id/country/UZB>", accept="text/turtle"
    )
    assert 'rdfs:label "Uzbekistan"@en' in answer.text


@pytest.mark.parametrize(
    "request_of",
    [
        lambda client: client.get("/sparql", params={"query": "ASK {}"}),
        lambda client: client.post("/sparql", data={"query": "ASK {}"}),
        lambda client: client.post(
            "/sparql", content="ASK {}", headers={"content-type": "application/sparql-query"}
        ),
        lambda client: client.post(
            "/sparql?unknown=1",
            content="ASK {}",
            headers={"content-type": "application/sparql-query; charset=UTF-8"},
        ),
    ],
)
def test_a_query_may_come_in_every_way_of_the_protocol(
    client: httpx.Client, request_of: Callable[[httpx.Client], httpx.Response]
) -> None:
    answer = request_of(client)
    assert answer.status_code == 200
    assert answer.json() == {"head": {}, "boolean": True}
    assert answer.headers["vary"].startswith("Accept")
    assert answer.headers["x-request-id"]


def test_head_is_get_without_a_body(client: httpx.Client) -> None:
    answer = client.head("/sparql", params={"query": "ASK {}"})
    got = client.get("/sparql", params={"query": "ASK {}"})
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-type"] == got.headers["content-type"]
    assert answer.headers["content-length"] == got.headers["content-length"]


def test_the_dataset_of_the_request_is_the_one_that_is_asked(client: httpx.Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s <https://w3id.org/meagraph/ontology#text> ?text }"
    graph = "https://w3id.org/meagraph/graph/plan-b"
    form = {"query": count, "default-graph-uri": graph, "format": "csv"}
    assert client.post("/sparql", data=form).text.split() == ["n", "1"]
    assert client.get("/sparql", params=form).text.split() == ["n", "1"]
    named = count.replace("{", "{ GRAPH ?g {", 1) + "}"
    form = {"query": named, "named-graph-uri": graph, "format": "csv"}
    assert client.get("/sparql", params=form).text.split() == ["n", "1"]
    assert client.get("/sparql", params={"query": named, "format": "csv"}).text.split() == [
        "n",
        "3",
    ]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/sparql-results+json"),
        ("application/json", "application/json"),
        ("text/csv;q=0.9, application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/turtle, text/csv;q=0.1", "text/csv; charset=utf-8"),
    ],
)
def test_the_accepted_format_is_sent(client: httpx.Client, accept: str, kind: str) -> None:
    assert ask(client, "SELECT * {} LIMIT 1", accept=accept).headers["content-type"] == kind


@pytest.mark.parametrize("query", ["SELECT * {}", "DESCRIBE <a:a>"])
def test_a_format_that_there_is_not_is_answered_with_those_that_there_are(
    client: httpx.Client, query: str
) -> None:
    answer = ask(client, query, accept="image/png")
    assert (answer.status_code, answer.headers["content-type"]) == (406, PROBLEM)
    for name in (
        "text/csv",
        "application/sparql-results+xml",
        "text/turtle",
        "application/ld+json",
    ):
        assert name in answer.json()["detail"]


def test_a_format_for_the_other_kind_of_answer_is_not_acceptable(client: httpx.Client) -> None:
    assert ask(client, "SELECT * {}", accept="text/turtle").status_code == 406
    assert ask(client, CONSTRUCT, accept="text/csv").status_code == 406


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("ASK {}", "text/csv, */*;q=0.1", JSON),
        ("ASK {}", "text/csv, text/tab-separated-values, application/xml;q=0.2", "application/xml"),
        ("SELECT (1 AS ?x) {}", "text/csv, */*;q=0.1", "text/csv"),
        (
            "SELECT (<http://example.org/a,b> AS ?x) {}",
            "text/csv, text/tab-separated-values;q=0.5, */*;q=0.1",
            "text/tab-separated-values",
        ),
        ('SELECT ("a\\u0000b" AS ?x) {}', "application/xml, */*;q=0.1", JSON),
        (
            "CONSTRUCT { <x:x> <http://example.org/> 1 } {}",
            "application/rdf+xml, */*;q=0.1",
            TURTLE,
        ),
        ("CONSTRUCT { <x:x> <x:p> <<( <x:x> <x:p> 1 )>> } {}", "application/ld+json, */*", TURTLE),
    ],
)
def test_an_answer_comes_in_the_best_format_that_can_express_it(
    client: httpx.Client, query: str, accept: str, kind: str
) -> None:
    answer = ask(client, query, accept=accept)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.content
    again = ask(client, query, accept=accept, **{"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "params", "kind"),
    [
        (CONSTRUCT, {"format": "n3"}, TURTLE),
        (CONSTRUCT, {"format": "text/n3"}, "text/n3"),
        ("SELECT * {}", {"format": "n3"}, "text/csv"),
        ("SELECT * {}", {"format": "turtle", "output": "turtle"}, "text/csv"),
        ("SELECT * {}", {"format": "json", "output": "json"}, JSON),
    ],
)
def test_the_format_of_an_older_client_is_a_hint(
    client: httpx.Client, query: str, params: dict[str, str], kind: str
) -> None:
    accept = {"accept": "text/csv, text/turtle;q=0.5"}
    answer = client.get("/sparql", params={"query": query, **params}, headers=accept)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize("params", [{"format": "pdf"}, {"format": "pdf", "output": "pdf"}])
def test_a_format_that_nobody_knows_is_no_hint(
    client: httpx.Client, params: dict[str, str]
) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}", **params})
    assert answer.status_code == 406


def test_group_concat_takes_numbers_and_says_when_a_group_may_be_unbound(
    client: httpx.Client,
) -> None:
    query = 'SELECT (GROUP_CONCAT(?x; separator="|") AS ?c) { VALUES ?x { 1 2 3 } }'
    answer = ask(client, query, accept="text/csv")
    assert answer.text.split() == ["c", "1|2|3"]
    assert "meagraph-note" not in answer.headers
    for _ in ("computed", "from the cache"):
        answer = ask(client, query.replace("3", "UNDEF"))
        assert answer.json()["results"]["bindings"] == [{}]
        assert "GROUP_CONCAT is unbound" in answer.headers["meagraph-note"]
    exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
    assert "meagraph-note" in exposed


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("csv", "z,y,a\r\n"),
        ("tsv", "?z\t?y\t?a\n"),
        ("json", '{"head":{"vars":["z","y","a"]}'),
        (
            "xml",
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
            '<variable name="z"/><variable name="y"/><variable name="a"/>',
        ),
    ],
)
def test_select_star_has_its_columns_in_the_order_of_the_query(
    client: httpx.Client, name: str, beginning: str
) -> None:
    params = {"query": "SELECT * { VALUES (?z ?y ?a) { (1 2 3) } }", "format": name}
    assert client.get("/sparql", params=params).text.startswith(beginning)


def test_a_relative_iri_beside_a_star_begins_at_the_base_of_the_service(
    client: httpx.Client,
) -> None:
    query = "SELECT * { VALUES (?z ?a) { (<id/x> 1) } }"
    assert ask(client, query, accept="text/csv").text.splitlines() == [
        "z,a",
        "https://w3id.org/meagraph/id/x,1",
    ]


def test_a_syntax_error_says_where_and_what(client: httpx.Client) -> None:
    answer = ask(client, "SELECT *\nWHERE {\n  ?s mea:text ?o }")
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    problem = answer.json()
    assert (problem["line"], problem["column"]) == (3, 6)
    assert problem["title"] == "SPARQL syntax error"
    assert "Line 3, column 6: the prefix mea: is not declared" in problem["detail"]
    assert "?s mea:text ?o }" in problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]


FORM = {"content-type": "application/x-www-form-urlencoded"}
QUERY = {"content-type": "application/sparql-query"}


@pytest.mark.parametrize(
    ("method", "address", "body", "headers", "status", "message"),
    [
        ("GET", "/sparql?timeout=5", b"", {}, 400, "query is required"),
        ("GET", "/sparql?query=", b"", {}, 400, "query is required"),
        ("GET", "/sparql?query=ASK{}&query=ASK{}", b"", {}, 400, "given 2 times"),
        ("GET", "/sparql?query=%FF", b"", {}, 400, "not UTF-8"),
        ("GET", "/sparql?query=ASK{}&default-graph-uri=x", b"", {}, 400, "IRI of a graph"),
        ("GET", "/sparql?query=ASK{}&format=pdf", b"", {}, 406, "pdf is not among"),
        ("GET", "/sparql?update=CLEAR+ALL", b"", {}, 400, "updates are not accepted"),
        ("GET", "/sparql?query=CLEAR+ALL", b"", {}, 400, "CLEAR is an update"),
        ("GET", "/sparql?query=ASK{}+ASK{}", b"", {}, 400, "Line 1"),
        ("GET", "/sparql?query=" + "a" * 20, b"", {}, 400, "Line 1"),
        ("POST", "/sparql", b"update=CLEAR+ALL", FORM, 400, "updates are not accepted"),
        ("POST", "/sparql", b"query=%80", FORM, 400, "not UTF-8"),
        ("POST", "/sparql", b"\xff", FORM, 400, "not UTF-8"),
        ("POST", "/sparql?query=ASK{}", b"x=1", FORM, 400, "query is required"),
        ("POST", "/sparql", b"ASK { \xff }", QUERY, 400, "not UTF-8 at byte 6"),
        ("POST", "/sparql", b"", QUERY, 400, "query is required"),
        ("POST", "/sparql?query=ASK{}", b"ASK {}", QUERY, 400, "given 2 times"),
        ("POST", "/sparql", b"ASK {}", {"content-type": "text/plain"}, 415, "text/plain; send"),
        ("POST", "/sparql", b"ASK {}", {}, 415, "of no media type"),
        (
            "POST",
            "/sparql",
            b"ASK {}",
            {"content-type": "application/sparql-query;charset=latin1"},
            415,
            "must be UTF-8",
        ),
        (
            "POST",
            "/sparql",
            b"CLEAR ALL",
            {"content-type": "application/sparql-update"},
            400,
            "updates are not accepted",
        ),
        ("POST", "/sparql", b"#" * 300_000, QUERY, 413, "longer than 262,144 bytes"),
        ("POST", "/sparql", b"#" * 2_000_000, QUERY, 413, "longer than 1,048,576 bytes"),
        ("PUT", "/sparql", b"", {}, 405, "/sparql does not allow PUT"),
        ("DELETE", "/sparql", b"", {}, 405, "/sparql does not allow DELETE"),
    ],
)
def test_what_is_no_query_is_a_problem_that_says_why(
    client: httpx.Client,
    method: str,
    address: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    message: str,
) -> None:
    answer = client.request(method, address, content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    problem = answer.json()
    assert message in problem["detail"]
    assert problem["status"] == status
    assert problem["type"].startswith("https://w3id.org/meagraph/problem/")


def test_a_service_call_is_refused(client: httpx.Client) -> None:
    answer = ask(client, "ASK { SERVICESILENT<http://127.0.0.1:1/>{} }")
    assert answer.status_code == 400
    assert "SERVICE (line 1, column 7) is not answered here" in answer.json()["detail"]


def test_any_site_may_read_and_none_with_credentials(client: httpx.Client) -> None:
    answer = ask(client, "ASK {}", origin="https://example.org")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    before = client.options(
        "/sparql",
        headers={
            "origin": "https://example.org",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )
    assert before.status_code == 204
    assert "POST" in before.headers["access-control-allow-methods"]


def test_a_browser_gets_errors_as_pages_and_nothing_of_them_is_markup(client: httpx.Client) -> None:
    params = {"query": "SELECT <script>alert(1)</script>", "format": "csv"}
    answer = client.get("/sparql", params=params, headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
