"""Random queries: each answer is whole, or a problem; formats agree, and engines do."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from rdflib.query import ResultRow

from meagraph_api import Settings
from tests.api.conftest import DATA, Serving
from tests.api.engine import query_generator as generator

SPACE = "{http://www.w3.org/2005/sparql-results#}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
STRING = "http://www.w3.org/2001/XMLSchema#string"
LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
RESULTS = ["json", "xml", "csv", "tsv"]
GRAPHS = ["turtle", "ntriples", "jsonld", "rdfxml"]

Term = tuple[str, str, str, str]
"""Kind, value, datatype, language."""

little = effort(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(scope="module")
def service(small_releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    """A client of a server that gives up soon."""
    settings = Settings(
        releases=small_releases,
        queries=DATA / "queries",
        query_timeout=1,
        slow_after=0.5,
        max_result_bytes=2_000_000,
        client_seconds=0,
    )
    with serving(settings) as client:
        yield client


def ask(client: httpx.Client, query: str, format_: str) -> httpx.Response:
    return client.post("/sparql", data={"query": query, "format": format_})


def check(answer: httpx.Response) -> None:
    """Whether an answer is whole and in the format that it says, or a problem."""
    kind = answer.headers["content-type"].partition(";")[0]
    if answer.status_code != 200:
        assert answer.status_code in (400, 406, 413, 503, 504), answer.text
        assert kind == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    elif kind == "text/csv":
        table = list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))
        assert len({len(row) for row in table}) <= 1
    elif kind in ROWS:
        ROWS[kind](answer.content)
    else:
        form = ox.RdfFormat.from_media_type(kind)
        assert form is not None
        list(ox.parse(answer.content, form))


@little
@given(generator.queries, st.sampled_from(RESULTS), st.sampled_from(GRAPHS))
def test_every_answer_is_whole_or_a_problem(
    service: httpx.Client, query: str, rows: str, graph: str
) -> None:
    form = graph if query.startswith(("CONSTRUCT", "DESCRIBE")) else rows
    check(ask(service, query, form))


@little
@given(generator.broken(), st.sampled_from([*RESULTS, *GRAPHS]))
def test_what_is_almost_a_query_is_answered_or_a_problem(
    service: httpx.Client, query: str, form: str
) -> None:
    check(ask(service, query, form))


@little
@given(generator.selects_in_full)
def test_all_formats_hold_the_same_rows(service: httpx.Client, query: str) -> None:
    answers = [ask(service, query, form) for form in ("json", "xml", "tsv", "csv")]
    if any(answer.status_code != 200 for answer in answers):
        # What is too much differs between formats; what is wrong does not.
        assert len({answer.status_code for answer in answers} - {200, 413, 504}) <= 1
        return
    found = [
        ROWS[answer.headers["content-type"].partition(";")[0]](answer.content)
        for answer in answers[:3]
    ]
    assert found[0] == found[1]
    assert found[0] == found[2]
    table = Counter(tuple(row) for row in list(csv.reader(io.StringIO(answers[3].text)))[1:])
    values = Counter[tuple[str, ...]]()
    for row, count in found[0].items():
        values[tuple("" if term is None else term[1] for term in row)] += count
    assert table == values


@pytest.fixture(scope="module")
def other() -> rdflib.Graph:
    """The same data in another engine."""
    graph = rdflib.Graph()
    triples = b"".join(f"{quad.triple} .\n".encode() for quad in generator.QUADS)
    return graph.parse(data=triples, format="nt")


@little
@given(generator.comparable)
def test_another_engine_gives_the_same_rows(
    service: httpx.Client, other: rdflib.Graph, query: str
) -> None:
    answer = ask(service, query, "json")
    assert answer.status_code == 200, answer.text
    theirs = Counter(
        tuple(None if value is None else of_rdflib(value) for value in row)
        for row in other.query(query)
        if isinstance(row, ResultRow)
    )
    # rdflib leaves out rows without any value.
    ours = Counter({row: n for row, n in json_rows(answer.content).items() if any(row)})
    assert ours == theirs


# ------------------------------------------------------------- rows, whatever they are written in

Rows = Counter[tuple[Term | None, ...]]


def term(kind: str, value: str, datatype: str = "", language: str = "") -> Term:
    """A term; a plain string is one without a datatype."""
    return kind, value, "" if datatype in (STRING, LANGUAGE_STRING) else datatype, language.lower()


def json_rows(body: bytes) -> Rows:
    answer = json.loads(body)
    if "boolean" in answer:
        return Counter([(term("boolean", str(answer["boolean"]).lower()),)])
    names = answer["head"]["vars"]
    assert all(set(row) <= set(names) for row in answer["results"]["bindings"])
    return Counter(
        tuple(_json_term(row[name]) if name in row else None for name in names)
        for row in answer["results"]["bindings"]
    )


def _json_term(entry: dict[str, str]) -> Term:
    return term(entry["type"], entry["value"], entry.get("datatype", ""), entry.get("xml:lang", ""))


def xml_rows(body: bytes) -> Rows:
    root = ElementTree.fromstring(body)
    if (boolean := root.findtext(f"{SPACE}boolean")) is not None:
        return Counter([(term("boolean", boolean),)])
    names = [entry.attrib["name"] for entry in root.iter(f"{SPACE}variable")]
    rows: Rows = Counter()
    for result in root.iter(f"{SPACE}result"):
        bound = {entry.attrib["name"]: entry[0] for entry in result}
        assert set(bound) <= set(names)
        rows[tuple(_xml_term(bound[name]) if name in bound else None for name in names)] += 1
    return rows


def _xml_term(entry: ElementTree.Element) -> Term:
    return term(
        entry.tag.removeprefix(SPACE),
        entry.text or "",
        entry.get("datatype", ""),
        entry.get(LANGUAGE, ""),
    )


def tsv_rows(body: bytes) -> Rows:
    head, *lines = body.decode().removesuffix("\n").split("\n")
    if head in ("true", "false"):
        return Counter([(term("boolean", head),)])
    names = head.split("\t") if head else []
    assert all(name.startswith("?") for name in names)
    rows: Rows = Counter()
    for line in lines:
        cells = line.split("\t") if names else []
        assert len(cells) == len(names)
        rows[tuple(_tsv_term(cell) if cell else None for cell in cells)] += 1
    return rows


def _tsv_term(cell: str) -> Term:
    (quad,) = ox.parse(f"<a:a> <a:a> {cell} .", ox.RdfFormat.TURTLE)
    match quad.object:
        case ox.NamedNode(value=value):
            return term("uri", value)
        case ox.Literal(value=value, datatype=datatype, language=language):
            return term("literal", value, datatype.value, language or "")
    raise AssertionError(f"{cell} is no term of the data")


def of_rdflib(value: object) -> Term:
    """A term of rdflib's."""
    match value:
        case rdflib.Literal():
            return term("literal", str(value), str(value.datatype or ""), value.language or "")
        case rdflib.URIRef():
            return term("uri", str(value))
    raise AssertionError(f"{value!r} is no term of the data")


ROWS = {
    "application/sparql-results+json": json_rows,
    "application/sparql-results+xml": xml_rows,
    "text/tab-separated-values": tsv_rows,
}
