"""The query operation of the SPARQL 1.1 Protocol: a table of requests and responses.

https://www.w3.org/TR/sparql11-protocol/#query-operation; data/protocol.yaml is the table.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
import socket
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
import yaml
from _pytest.mark import ParameterSet

from meagraph_api import Settings
from tests.api.conftest import DATA, MakeRelease, Serving
from tests.api.served import Listener
from tests.waiting import PATIENCE

PROBLEM = "application/problem+json"
SPACE = "{http://www.w3.org/2005/sparql-results#}"
SUITE = """
query_get query_post_form query_post_direct query_dataset_default_graph
query_dataset_default_graphs_get query_dataset_default_graphs_post query_dataset_named_graphs_get
query_dataset_named_graphs_post query_dataset_full query_multiple_dataset query_content_type_select
query_content_type_ask query_content_type_describe query_content_type_construct bad_query_method
bad_multiple_queries bad_query_wrong_media_type bad_query_missing_form_type
bad_query_missing_direct_type bad_query_non_utf8 bad_query_syntax
update_dataset_default_graph update_dataset_default_graphs update_dataset_named_graphs
update_dataset_full update_post_form update_post_direct update_base_uri bad_update_get
bad_multiple_updates bad_update_wrong_media_type bad_update_missing_form_type
bad_update_missing_direct_type bad_update_non_utf8 bad_update_syntax bad_update_dataset_conflict
"""
"""The cases of the W3C test suite. Updates must be refused."""


@dataclass(frozen=True)
class Case:
    """An entry of the table, which documents its fields."""

    case: str
    send: str
    status: int
    suite: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    encoding: str = "utf-8"
    media_type: str | None = None
    answer: bool | None = None
    rows: list[list[str]] | None = None
    triples: int | None = None
    detail: str | None = None
    has: dict[str, str] = field(default_factory=dict)
    wrong: str | None = None


CASES = [
    Case(**entry) for entry in yaml.safe_load((DATA / "protocol.yaml").read_text(encoding="utf-8"))
]


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get_content_type()


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease, serving: Serving
) -> Iterator[httpx.Client]:
    """A client of a real server over the data of the table."""
    releases: Path = tmp_path_factory.mktemp("protocol") / "releases"
    make_release(releases, "r1", (DATA / "protocol.trig").read_text(encoding="utf-8"))
    with serving(Settings(releases=releases, queries=DATA / "queries")) as client:
        yield client


def marked(case: Case) -> ParameterSet:
    """A case with its name, marked if it is known to fail."""
    marks = [pytest.mark.xfail(strict=True, reason=case.wrong)] if case.wrong else []
    return pytest.param(case, id=case.case, marks=marks)


def send(client: httpx.Client, case: Case) -> Reply:
    """Send exactly the bytes of a case, which a higher-level library would correct."""
    method, address = case.send.split(" ", 1)
    body = case.body.encode(case.encoding)
    connection = http.client.HTTPConnection("127.0.0.1", client.base_url.port, timeout=PATIENCE)
    connection.putrequest(method, address, skip_accept_encoding=True)
    for name, value in case.headers.items():
        connection.putheader(name, value)
    if body or method == "POST":
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    reply = Reply(response.status, response.headers, response.read())
    connection.close()
    return reply


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_the_protocol_holds(client: httpx.Client, case: Case) -> None:
    reply = send(client, case)
    assert reply.status == case.status, reply.body
    if case.media_type is not None:
        assert reply.media_type == case.media_type
    for name, begins in case.has.items():
        assert reply.headers[name].startswith(begins)
    if case.status >= 400:
        assert reply.media_type == PROBLEM
    if case.detail is not None:
        assert case.detail in json.loads(reply.body)["detail"]
    if case.answer is not None:
        assert boolean(reply) is case.answer
    if case.rows is not None:
        assert sorted(rows(reply)) == sorted(case.rows)
    if case.triples is not None:
        assert len(triples(reply)) == case.triples
    if case.send.startswith("HEAD"):
        assert reply.body == b""
        assert int(reply.headers["content-length"]) > 0


def test_the_table_has_all_cases_of_the_suite_and_names_each_case_once() -> None:
    assert sorted(case.suite for case in CASES if case.suite) == sorted(SUITE.split())
    assert len({case.case for case in CASES}) == len(CASES)


def test_after_all_updates_the_graph_is_as_before(client: httpx.Client) -> None:
    for case in CASES:
        if "update" in case.case:
            send(client, case)
    count = {"query": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", "format": "csv"}
    assert client.get("/sparql", params=count).text.split() == ["n", "5"]


def test_no_way_of_naming_a_graph_fetches_it(client: httpx.Client) -> None:
    everything = "SELECT * {{ ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }}"
    with Listener() as listener:
        for graph in (listener.address, listener.address + "data.ttl", "file:///etc/passwd"):
            ways = [
                {"query": everything, "default-graph-uri": graph},
                {"query": everything, "named-graph-uri": graph},
                {"query": everything.replace("{", f"FROM <{graph}> {{", 1)},
                {"query": everything.replace("{", f"FROM NAMED <{graph}> {{", 1)},
                {"query": f"SELECT * {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"},
            ]
            for way in ways:
                answer = client.get("/sparql", params=way)
                assert answer.status_code == 200
                assert answer.json()["results"]["bindings"] == []
            assert client.get("/sparql", params={"query": f"DESCRIBE <{graph}>"}).status_code == 200
        assert listener.connections == 0


def test_a_request_in_pieces_is_one_request(client: httpx.Client) -> None:
    body = b"query=" + quote("SELECT (1 AS ?x) {}").encode()
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nAccept: text/csv\r\n"
        b"Connection: close\r\n\r\n"
    )
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    assert client.base_url.port is not None
    with socket.create_connection(
        ("127.0.0.1", client.base_url.port), timeout=PATIENCE
    ) as connection:
        for piece in (head[:30], head[30:], chunks[:60], chunks[60:]):
            connection.sendall(piece)
        reply = b"".join(iter(lambda: connection.recv(65536), b""))
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert reply.endswith(b"\r\n\r\nx\r\n1\r\n")


def boolean(reply: Reply) -> bool:
    """The answer to ASK."""
    if reply.media_type.endswith("xml"):
        return ElementTree.fromstring(reply.body).findtext(f"{SPACE}boolean") == "true"
    return bool(json.loads(reply.body)["boolean"])


def rows(reply: Reply) -> list[list[str]]:
    """The rows of an answer to SELECT, whatever its format."""
    match reply.media_type:
        case "text/csv":
            return list(csv.reader(io.StringIO(reply.body.decode())))[1:]
        case "text/tab-separated-values":
            return [line.split("\t") for line in reply.body.decode().splitlines()[1:]]
        case "application/sparql-results+xml":
            results = ElementTree.fromstring(reply.body).iter(f"{SPACE}result")
            return [
                ["".join(binding.itertext()) for binding in result.iter(f"{SPACE}binding")]
                for result in results
            ]
    answer = json.loads(reply.body)
    names = answer["head"]["vars"]
    return [[row[name]["value"] for name in names] for row in answer["results"]["bindings"]]


def triples(reply: Reply) -> set[ox.Triple]:
    """The triples of an answer to CONSTRUCT or DESCRIBE, whatever its format."""
    kind = ox.RdfFormat.from_media_type(reply.media_type)
    assert kind is not None
    found = [quad.triple for quad in ox.parse(reply.body, format=kind)]
    assert all(isinstance(triple.predicate, ox.NamedNode) for triple in found)
    return set(found)
