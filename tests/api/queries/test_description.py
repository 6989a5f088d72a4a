"""The service description: features of the endpoint, and its dataset."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from meagraph.core.results.formats import GRAPHS, RESULTS
from meagraph_api import Settings
from tests.api.conftest import DATA, MakeRelease, Serving

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
FORMATS = "http://www.w3.org/ns/formats/"
ENDPOINT = URIRef("https://example.org/mea/sparql")
DATASET = URIRef("https://w3id.org/meagraph/id/dataset/meagraph")

DESCRIBED = """
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
PREFIX void: <http://rdfs.org/ns/void#>
<a:g> { <a:a> <a:b> 1 . <a:a> a <a:C> }
<https://w3id.org/meagraph/graph/dataset> {
  <https://w3id.org/meagraph/id/dataset/meagraph> a void:Dataset ;
    void:sparqlEndpoint <https://w3id.org/meagraph/sparql> ; void:triples 2 .
  <https://w3id.org/meagraph/id/dataset/meagraph#graph-g> sd:name <a:g> .
}
"""


@pytest.fixture(scope="module")
def described(
    tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease, serving: Serving
) -> Iterator[httpx.Client]:
    """A service with a public address, over a release that describes itself."""
    releases = tmp_path_factory.mktemp("described")
    make_release(releases, "r1", DESCRIBED)
    settings = Settings(
        releases=releases, queries=DATA / "queries", public_url="https://example.org/mea/"
    )
    with serving(settings) as client:
        yield client


def graph_of(answer: httpx.Response) -> Graph:
    kind = answer.headers["content-type"].partition(";")[0]
    with warnings.catch_warnings():
        # The JSON-LD parser of rdflib uses a deprecated class of rdflib.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Graph().parse(data=answer.content, format=kind)


@pytest.mark.parametrize(
    ("address", "accept"),
    [
        ("/sparql", "text/turtle"),
        ("/sparql", "application/rdf+xml, */*;q=0.1"),
        ("/sparql", "*/*"),
        ("/sparql?format=jsonld", "text/html"),
        ("/.well-known/void", "application/n-triples"),
        ("/.well-known/void?format=ttl", "*/*"),
    ],
)
def test_it_says_what_it_is_and_what_it_can_do(
    described: httpx.Client, address: str, accept: str
) -> None:
    answer = described.get(address, headers={"accept": accept})
    assert answer.status_code == 200
    graph = graph_of(answer)
    assert list(graph.subjects(RDF.type, SD.Service)) == [ENDPOINT]
    assert graph.value(ENDPOINT, SD.endpoint) == ENDPOINT
    assert SD.SPARQL11Query in set(graph.objects(ENDPOINT, SD.supportedLanguage))
    assert set(graph.objects(ENDPOINT, SD.feature)) == {SD.UnionDefaultGraph}
    assert graph.value(ENDPOINT, SD.defaultDataset) == DATASET
    assert (DATASET, VOID.triples, None) in graph
    assert (DATASET, SD.defaultGraph, URIRef(f"{DATASET}#default-graph")) in graph


def test_every_format_that_it_names_is_one_that_it_has_and_the_other_way_round(
    described: httpx.Client,
) -> None:
    graph = graph_of(described.get("/sparql", headers={"accept": "text/turtle"}))
    named = {str(name).removeprefix(FORMATS) for name in graph.objects(ENDPOINT, SD.resultFormat)}
    there = {
        "json": "SPARQL_Results_JSON",
        "xml": "SPARQL_Results_XML",
        "csv": "SPARQL_Results_CSV",
        "tsv": "SPARQL_Results_TSV",
        "turtle": "Turtle",
        "ntriples": "N-Triples",
        "jsonld": "JSON-LD",
        "rdfxml": "RDF_XML",
        "nquads": "N-Quads",
        "trig": "TriG",
    }
    assert {entry.name for entry in (*RESULTS, *GRAPHS)} == set(there)
    assert named == set(there.values())


def test_every_named_graph_is_named_and_one_that_is_described_leads_to_its_description(
    described: httpx.Client,
) -> None:
    graph = graph_of(described.get("/sparql", headers={"accept": "text/turtle"}))
    nodes = set(graph.objects(DATASET, SD.namedGraph))
    names = {str(graph.value(node, SD.name)) for node in nodes}
    assert names == {"a:g", "https://w3id.org/meagraph/graph/dataset"}
    assert (URIRef(f"{DATASET}#graph-g"), SD.graph, URIRef("a:g")) in graph
    assert URIRef(f"{DATASET}#graph-g") in nodes


def test_data_without_a_description_is_described_by_its_graphs(client: httpx.Client) -> None:
    graph = graph_of(client.get("/sparql", headers={"accept": "text/turtle"}))
    endpoint = graph.value(None, RDF.type, SD.Service)
    assert str(endpoint).endswith("/sparql")
    assert not list(graph.objects(endpoint, SD.feature))
    dataset = graph.value(endpoint, SD.defaultDataset)
    params = {"query": "SELECT DISTINCT ?g { GRAPH ?g {} }"}
    rows = client.get("/sparql", params=params, headers={"accept": "text/csv"}).text.split()[1:]
    names = {str(graph.value(node, SD.name)) for node in graph.objects(dataset, SD.namedGraph)}
    assert rows
    assert names == set(rows)


def test_it_is_sent_again_only_when_it_has_changed(described: httpx.Client) -> None:
    for address in ("/sparql", "/.well-known/void"):
        first = described.get(address, headers={"accept": "text/turtle"})
        assert "accept" in first.headers["vary"].lower()
        tag = first.headers["etag"]
        again = described.get(address, headers={"accept": "text/turtle", "if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        other = described.get(address, headers={"accept": "application/rdf+xml"})
        assert other.headers["etag"] != tag
        head = described.head(address, headers={"accept": "text/turtle"})
        assert (head.content, head.headers["etag"]) == (b"", tag)


def test_a_format_that_there_is_not_is_a_problem_that_lists_those_that_there_are(
    described: httpx.Client,
) -> None:
    for address in ("/.well-known/void?format=pdf", "/.well-known/void?format=csv"):
        answer = described.get(address)
        assert answer.status_code == 406
        assert "text/turtle" in answer.json()["detail"]


def test_without_a_release_there_is_nothing_to_describe_yet(
    tmp_path: Path, serving: Serving
) -> None:
    with serving(Settings(releases=tmp_path, queries=DATA / "queries")) as client:
        assert client.get("/.well-known/void").status_code == 503
        assert client.get("/sparql", headers={"accept": "text/turtle"}).status_code == 503
