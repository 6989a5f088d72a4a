"""All formats, requested by name and by Accept, and parsed by other libraries."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest
import rdflib
from rdflib.query import Result

from meagraph.core.results.formats import GRAPHS, RESULTS, Format
from tests.nonempty import nonempty

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
]

PROBLEM = "application/problem+json"

TEXT = 'Стена, "pipe" | <b>&amp;</b>\r\n\tграница 😀 \\ }},{"'
VALUES = f"""
  {json.dumps(TEXT, ensure_ascii=False)} "горы"@ru "" UNDEF 1.5
  "2026-01-15"^^<http://www.w3.org/2001/XMLSchema#date>
  <https://w3id.org/meagraph/id/country/K%C3%A9> <https://example.org/дзерен>
"""
TABLE = f"SELECT ?term ?node {{ VALUES ?term {{ {VALUES} }} BIND(BNODE() AS ?node) }}"
TERMS: list[rdflib.term.Node | None] = [
    rdflib.Literal(TEXT),
    rdflib.Literal("горы", lang="ru"),
    rdflib.Literal(""),
    None,
    rdflib.Literal("1.5", datatype=rdflib.XSD.decimal),
    rdflib.Literal("2026-01-15", datatype=rdflib.XSD.date),
    rdflib.URIRef("https://w3id.org/meagraph/id/country/K%C3%A9"),
    rdflib.URIRef("https://example.org/дзерен"),
]
GRAPH = TABLE.replace("SELECT ?term ?node", "CONSTRUCT { ?node <http://example.org/is> ?term }")

TABLE_MEDIA_TYPES = [(entry, kind) for entry in RESULTS for kind in entry.media_types]
GRAPH_MEDIA_TYPES = [(entry, kind) for entry in GRAPHS for kind in entry.media_types]


def requested_in_each_way(
    client: httpx.Client, query: str, entry: Format, kind: str
) -> Iterator[bytes]:
    """The results, requested by Accept, by media type and by each name."""
    params = {"query": query}
    yield content(
        client.get("/sparql", params=params, headers={"accept": f"{kind}, */*;q=0.1"}), kind
    )
    names = (entry.name, *entry.also) if kind == entry.media_type else ()
    for name in (kind, *names):
        yield content(client.get("/sparql", params={**params, "format": name}), kind)


def content(answer: httpx.Response, kind: str) -> bytes:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == kind
    return answer.content


@pytest.mark.parametrize(("entry", "kind"), TABLE_MEDIA_TYPES)
def test_a_table_reads_back_the_same(client: httpx.Client, entry: Format, kind: str) -> None:
    for body in nonempty(requested_in_each_way(client, TABLE, entry, kind)):
        if entry.name == "csv":
            header, *lines = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
            assert header == ["term", "node"]
            assert [line[0] for line in lines] == [str(term or "") for term in TERMS]
            assert all(line[1].startswith("_:") for line in lines)
            continue
        rows = Result.parse(io.BytesIO(body), format=entry.name).bindings
        assert [row.get(rdflib.Variable("term")) for row in rows] == TERMS
        nodes = {row[rdflib.Variable("node")] for row in rows}
        assert [type(node) for node in nodes] == [rdflib.BNode] * len(TERMS)


@pytest.mark.parametrize(("entry", "kind"), GRAPH_MEDIA_TYPES)
def test_a_graph_reads_back_the_same(client: httpx.Client, entry: Format, kind: str) -> None:
    readers = {"ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml"}
    for body in nonempty(requested_in_each_way(client, GRAPH, entry, kind)):
        graph = rdflib.Dataset()
        graph.parse(data=body, format=readers.get(entry.name, entry.name))
        triples = [(subject, value) for subject, _, value, _ in graph.quads()]
        assert {value for _, value in triples} == {term for term in TERMS if term is not None}
        assert [type(node) for node, _ in triples] == [rdflib.BNode] * (len(TERMS) - 1)


@pytest.mark.parametrize("name", ["json", "xml"])
def test_the_answer_to_ask_reads_back_the_same(client: httpx.Client, name: str) -> None:
    for query, truth in (("ASK {}", True), ("ASK { FILTER(false) }", False)):
        answer = client.get("/sparql", params={"query": query, "format": name})
        assert Result.parse(io.BytesIO(answer.content), format=name).askAnswer is truth


@pytest.mark.parametrize(
    ("name", "query", "reason"),
    [
        ("xml", 'SELECT ("a\\u0000b" AS ?x) {}', "XML 1.0 cannot"),
        ("xml", 'SELECT ("\\uFFFE" AS ?x) {}', "XML 1.0 cannot"),
        ("rdfxml", 'CONSTRUCT { <x:x> <x:p> "\\u001B" } {}', "XML 1.0 cannot"),
        ("rdfxml", "CONSTRUCT { <x:x> <http://example.org/> 1 } {}", "<http://example.org/>"),
        (
            "rdfxml",
            "CONSTRUCT { <x:x> <http://example.org/1> 1 } {}",
            "does not end in an XML name",
        ),
        ("rdfxml", "CONSTRUCT { <x:x> <x:p> <<( <x:x> <x:p> 1 )>> } {}", "no triple terms"),
        ("jsonld", "CONSTRUCT { <x:x> <x:p> <<( <x:x> <x:p> 1 )>> } {}", "no triple terms"),
        ("csv", "SELECT (<http://example.org/a,b> AS ?x) {}", "an IRI with a comma"),
        ("csv", 'SELECT (<<( <x:x> <x:p> "a,b" )>> AS ?x) {}', "a triple term"),
        ("csv", "ASK {}", "defined for SELECT only"),
        ("tsv", "ASK {}", "defined for SELECT only"),
    ],
)
def test_what_a_format_cannot_express_is_refused_with_the_reason(
    client: httpx.Client, name: str, query: str, reason: str
) -> None:
    answer = client.get("/sparql", params={"query": query, "format": name})
    assert (answer.status_code, answer.headers["content-type"]) == (406, PROBLEM)
    assert reason in answer.json()["detail"]
    assert answer.headers["vary"].startswith("Accept")


def test_text_in_xml_keeps_its_line_ends(client: httpx.Client) -> None:
    query = 'SELECT ("a\\rb\\r\\nc\\td\\n" AS ?x) {}'
    answer = client.get("/sparql", params={"query": query, "format": "xml"})
    (literal,) = ElementTree.fromstring(answer.content).iter(
        "{http://www.w3.org/2005/sparql-results#}literal"
    )
    assert literal.text == "a\rb\r\nc\td\n"


@pytest.mark.parametrize(
    "name", ["nq", "nquads", "trig", "application/n-quads", "application/trig"]
)
def test_the_graph_is_given_in_the_formats_of_datasets(client: httpx.Client, name: str) -> None:
    params = {"query": "DESCRIBE <https://w3id.org/meagraph/id/country/UZB>", "format": name}
    answer = client.get("/sparql", params=params)
    assert answer.headers["content-type"] in ("application/n-quads", "application/trig")
    kind = "nquads" if "n-quads" in answer.headers["content-type"] else "trig"
    read = rdflib.Dataset()
    read.parse(data=answer.content, format=kind)
    label = (None, rdflib.RDFS.label, rdflib.Literal("Uzbekistan", lang="en"), None)
    assert len(list(read.quads(label))) == 1


def test_every_name_of_a_format_is_its_alone() -> None:
    for formats in (RESULTS, GRAPHS):
        named = [
            name for entry in formats for name in (entry.name, *entry.also, *entry.media_types)
        ]
        assert len(named) == len(set(named))
