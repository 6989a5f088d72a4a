"""Common SPARQL clients query the endpoint.

Only warnings that a client emits about itself are ignored.
"""

from __future__ import annotations

import csv
import io
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from xml.dom.minidom import Document, Element, Text

import httpx
import pandas as pd
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import ResultRow
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDF,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from tests.waiting import PATIENCE, wait_until

MEA = rdflib.Namespace("https://w3id.org/meagraph/ontology#")
GRAPH = "https://w3id.org/meagraph/graph/"
ID = "https://w3id.org/meagraph/id/"
PREFIX = f"PREFIX mea: <{MEA}> "
NUMBERS = PREFIX + "SELECT ?number ?text { ?m mea:number ?number ; mea:text ?text } ORDER BY ?m"
COUNT = PREFIX + "SELECT (COUNT(*) AS ?n) { ?m mea:number ?number }"
CONSTRUCT = PREFIX + "CONSTRUCT { ?m mea:text ?t } WHERE { ?m mea:text ?t }"


@pytest.fixture(scope="module")
def endpoint(client: httpx.Client) -> str:
    """The URL of the endpoint."""
    return f"{str(client.base_url).rstrip('/')}/sparql"


# ---------------------------------------------------------------------------------- SPARQLWrapper

WAYS = [
    (GET, URLENCODED),
    (POST, URLENCODED),
    (POST, POSTDIRECTLY),
]


def wrapped(endpoint: str, query: str, kind: str, way: tuple[str, str] = WAYS[0]) -> Any:
    """The result of a query, as SPARQLWrapper converts it."""
    client = SPARQLWrapper(endpoint)
    client.setQuery(query)
    client.setReturnFormat(kind)
    client.setMethod(way[0])
    client.setRequestMethod(way[1])
    return client.query().convert()


def text(element: Element) -> str:
    """The text of an element without children."""
    assert isinstance(element.firstChild, Text)
    return element.firstChild.data


@pytest.mark.parametrize("way", WAYS)
def test_sparqlwrapper_reads_rows_in_every_format(endpoint: str, way: tuple[str, str]) -> None:
    rows = wrapped(endpoint, NUMBERS, JSON, way)["results"]["bindings"]
    expected = [(row["number"]["value"], row["text"]["value"]) for row in rows]
    assert [number for number, _ in expected] == ["1.1", "1.10", "A"]
    assert expected[0][1].endswith("в степи")
    found = wrapped(endpoint, NUMBERS, XML, way)
    assert isinstance(found, Document)
    literals = [text(node) for node in found.getElementsByTagName("literal")]
    assert list(zip(literals[::2], literals[1::2], strict=True)) == expected
    table = list(csv.reader(io.StringIO(wrapped(endpoint, NUMBERS, CSV, way).decode())))
    assert [tuple(row) for row in table[1:]] == expected
    lines = wrapped(endpoint, NUMBERS, TSV, way).decode().splitlines()
    assert [line.split("\t")[0].strip('"') for line in lines] == ["?number", "1.1", "1.10", "A"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "reader"), [(TURTLE, "turtle"), (RDFXML, None), (JSONLD, None)])
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:SPARQL"
)
def test_sparqlwrapper_reads_graphs_in_every_format(
    endpoint: str, way: tuple[str, str], kind: str, reader: str | None
) -> None:
    found = wrapped(endpoint, CONSTRUCT, kind, way)
    graph = found if reader is None else rdflib.Graph().parse(data=found, format=reader)
    assert len(graph) == 3
    assert {predicate for _, predicate, _ in graph} == {MEA.text}
    assert {value.language for value in graph.objects() if isinstance(value, rdflib.Literal)} == {
        "en"
    }


@pytest.mark.parametrize("way", WAYS)
def test_sparqlwrapper_asks_and_describes(endpoint: str, way: tuple[str, str]) -> None:
    assert wrapped(endpoint, "ASK {}", JSON, way)["boolean"] is True
    found = wrapped(endpoint, "ASK { FILTER(false) }", XML, way)
    assert text(found.getElementsByTagName("boolean")[0]) == "false"
    turtle = wrapped(endpoint, f"DESCRIBE <{ID}country/UZB>", TURTLE, way)
    assert len(rdflib.Graph().parse(data=turtle, format="turtle")) == 2


@pytest.mark.parametrize("way", WAYS)
def test_sparqlwrapper_reads_n3(endpoint: str, way: tuple[str, str]) -> None:
    turtle = wrapped(endpoint, CONSTRUCT, N3, way)
    assert len(rdflib.Graph().parse(data=turtle, format="turtle")) == 3


@pytest.mark.parametrize("kind", [JSON, XML, TURTLE, N3, RDF, RDFXML, CSV, TSV, JSONLD])
@pytest.mark.parametrize("query", [NUMBERS, "ASK {}", CONSTRUCT, f"DESCRIBE <{ID}country/UZB>"])
@pytest.mark.filterwarnings("ignore:Sending Accept header:RuntimeWarning")
def test_sparqlwrapper_gets_an_answer_in_whatever_format_it_asks_for(
    endpoint: str, query: str, kind: str
) -> None:
    client = SPARQLWrapper(endpoint, returnFormat=kind)
    client.setQuery(query)
    if query == "ASK {}" and kind in (CSV, TSV):
        # SPARQLWrapper accepts no other format, and ASK has none in these.
        with pytest.raises(HTTPError, match="406"):
            client.query()
    else:
        assert client.query().response.read()


@pytest.mark.parametrize("way", WAYS)
def test_sparqlwrapper_names_the_dataset(endpoint: str, way: tuple[str, str]) -> None:
    client = SPARQLWrapper(endpoint, returnFormat=JSON)
    client.setMethod(way[0])
    client.setRequestMethod(way[1])
    client.setQuery(COUNT)
    client.addDefaultGraph(f"{GRAPH}plan-b")
    found: Any = client.query().convert()
    assert found["results"]["bindings"][0]["n"]["value"] == "1"
    client.addNamedGraph(f"{GRAPH}plan-a")
    client.setQuery(COUNT.replace("{ ?m", "{ GRAPH ?g { ?m") + "}")
    found = client.query().convert()
    assert found["results"]["bindings"][0]["n"]["value"] == "2"


def test_sparqlwrapper_understands_that_a_query_is_wrong(endpoint: str) -> None:
    with pytest.raises(QueryBadFormed, match="Line 1, column"):
        wrapped(endpoint, "SELECT * {", JSON)


# ----------------------------------------------------------------------------------------- rdflib


@pytest.fixture(params=["GET", "POST", "POST_FORM"])
def graph(endpoint: str, request: pytest.FixtureRequest) -> rdflib.Graph:
    """The service as a graph of rdflib, with each of its request methods."""
    return rdflib.Graph(SPARQLStore(endpoint, method=request.param))


def rows(result: rdflib.query.Result) -> list[Any]:
    """The rows of a SELECT in rdflib."""
    return [tuple(row) for row in result if isinstance(row, ResultRow)]


def test_rdflib_selects(graph: rdflib.Graph) -> None:
    found = rows(graph.query(NUMBERS))
    assert [str(number) for number, _ in found] == ["1.1", "1.10", "A"]
    assert {value.language for _, value in found} == {"en"}
    assert [count.toPython() for (count,) in rows(graph.query(COUNT))] == [3]


def test_rdflib_asks(graph: rdflib.Graph) -> None:
    assert graph.query("ASK { ?s ?p ?o }").askAnswer is True
    assert graph.query("ASK { ?s ?p 'nothing' }").askAnswer is False


def test_rdflib_constructs(graph: rdflib.Graph) -> None:
    made = graph.query(CONSTRUCT).graph
    assert made is not None
    assert len(made) == 3
    described = graph.query(f"DESCRIBE <{ID}country/UZB>").graph
    assert described is not None
    assert len(described) == 2


def test_rdflib_matches_patterns_as_with_a_graph_of_its_own(graph: rdflib.Graph) -> None:
    country = rdflib.URIRef(f"{ID}country/KAZ")
    assert str(graph.value(country, rdflib.RDFS.label)) == "Kazakhstan"
    assert (country, rdflib.RDF.type, MEA.Country) in graph
    assert len(list(graph.triples((None, MEA.touchesCountry, None)))) == 3
    assert len(set(graph.subjects(rdflib.RDF.type, MEA.Measure))) == 3
    assert len(list(graph.triples((None, None, None)))) == len(graph)


def test_rdflib_reads_one_named_graph(endpoint: str) -> None:
    one = rdflib.Graph(SPARQLStore(endpoint), identifier=rdflib.URIRef(f"{GRAPH}plan-b"))
    assert [count.toPython() for (count,) in rows(one.query(COUNT))] == [1]
    assert {str(text) for text in one.objects(None, MEA.number)} == {"A"}


# ----------------------------------------------------------------------------------------- pandas


def test_pandas_reads_a_table_from_an_address(endpoint: str) -> None:
    address = f"{endpoint}?{urlencode({'query': NUMBERS, 'format': 'csv'})}"
    table = pd.read_csv(address, dtype=str)
    assert list(table.columns) == ["number", "text"]
    assert list(table["number"]) == ["1.1", "1.10", "A"]
    assert table["text"][0].endswith("в степи")
    assert table["text"][1].endswith("\n+1 more")


def test_pandas_keeps_numbers_and_gaps(endpoint: str) -> None:
    query = (
        f"{PREFIX} SELECT ?position ?priority "
        "{ ?m mea:position ?position OPTIONAL { ?m mea:priority ?priority } } ORDER BY ?position"
    )
    table = pd.read_csv(f"{endpoint}?{urlencode({'query': query, 'format': 'csv'})}")
    assert list(table["position"]) == [1, 2, 3]
    assert list(table["priority"].isna()) == [False, True, False]
    tabs = pd.read_csv(f"{endpoint}?{urlencode({'query': query, 'format': 'tsv'})}", sep="\t")
    assert list(tabs["?position"]) == [1, 2, 3]


# ------------------------------------------------------------------------------- Oxigraph's server


@pytest.fixture(scope="module")
def oxigraph() -> Iterator[str]:
    """An empty Oxigraph server, which may send federated queries."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{probe.getsockname()[1]}"
    program = Path(sys.executable).with_name("oxigraph")
    process = subprocess.Popen(
        [program, "serve", "--bind", place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        try:
            return (
                httpx.get(f"http://{place}/query?query=ASK%7B%7D", timeout=PATIENCE).status_code
                == 200
            )
        except httpx.TransportError:
            return False

    try:
        wait_until(answers)
        yield f"http://{place}"
    finally:
        process.kill()
        process.wait()


def federated(oxigraph: str, query: str) -> list[dict[str, str]]:
    answer = httpx.post(
        f"{oxigraph}/query",
        content=query,
        headers={"content-type": "application/sparql-query", "accept": "text/csv"},
        timeout=PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_another_service_asks_ours_within_its_own_queries(oxigraph: str, endpoint: str) -> None:
    rows = federated(
        oxigraph, f"{PREFIX} SELECT ?number {{ SERVICE <{endpoint}> {{ ?m mea:number ?number }} }}"
    )
    assert sorted(row["number"] for row in rows) == ["1.1", "1.10", "A"]


def test_another_service_joins_its_data_with_ours(oxigraph: str, endpoint: str) -> None:
    mine = f"INSERT DATA {{ <{ID}country/KAZ> <http://example.org/people> 20 }}"
    done = httpx.post(
        f"{oxigraph}/update",
        content=mine,
        headers={"content-type": "application/sparql-update"},
        timeout=PATIENCE,
    )
    assert done.status_code == 204
    rows = federated(
        oxigraph,
        f"{PREFIX} SELECT ?number ?people {{ ?country <http://example.org/people> ?people "
        f"SERVICE <{endpoint}> {{ ?m mea:touchesCountry ?country ; mea:number ?number }} }}",
    )
    assert sorted((row["number"], row["people"]) for row in rows) == [("1.1", "20"), ("A", "20")]


def test_another_service_learns_that_ours_refuses(oxigraph: str, endpoint: str) -> None:
    nested = f"SELECT * {{ SERVICE <{endpoint}> {{ SERVICE <{oxigraph}/query> {{ ?s ?p ?o }} }} }}"
    answer = httpx.post(f"{oxigraph}/query", data={"query": nested}, timeout=PATIENCE)
    # The response has started by then; its text is the error of the endpoint.
    assert "is not answered here" in answer.text
