"""`meagraph.open`: the same results from a local release and from a service."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pandas
import pytest
import rdflib

import meagraph
from meagraph.client.graph import Graph
from meagraph.client.result import Result
from meagraph.core.errors import (
    BadValue,
    MeagraphError,
    MissingParameter,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    ReleaseError,
    RequestError,
    ServiceError,
    TooManyRequests,
    UnknownParameter,
    UnknownQuery,
)
from tests.cli.conftest import Service, serving

PREFIXES = "PREFIX mea: <https://w3id.org/meagraph/ontology#> "


@pytest.fixture(scope="module")
def service(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    log = tmp_path_factory.mktemp("graph") / "said"
    with serving(log, "--releases", releases) as service:
        service.wait_for("/readyz", 200)
        yield service


@pytest.fixture(scope="module", params=["release", "service"])
def graph(request: pytest.FixtureRequest, release: Path) -> Iterator[Graph]:
    here = request.param == "release"
    source = release if here else request.getfixturevalue("service").address + "/"
    with meagraph.open(source) as graph:
        yield graph


def test_rows_hold_the_values_as_they_are(graph: Graph) -> None:
    found = graph.query(
        PREFIXES
        + "SELECT ?number ?position ?part ('1.5' AS ?text) (1.5 AS ?decimal) (true AS ?yes) {"
        " ?measure mea:number ?number ; mea:position ?position"
        " OPTIONAL { ?measure mea:no ?part }"
        " FILTER(STRENDS(STR(?measure), 'saiga-mtiwp-2016-2020/1.10')) }"
    )
    assert found.columns == ("number", "position", "part", "text", "decimal", "yes")
    assert list(found) == [
        {
            "number": "1.10",
            "position": 10,
            "part": None,
            "text": "1.5",
            "decimal": 1.5,
            "yes": True,
        }
    ]


def test_numbers_of_measures_stay_strings_in_pandas(graph: Graph) -> None:
    frame = graph.canned("measures", instrument="saiga-mtiwp-2016-2020", section="1.0").to_pandas()
    assert frame["number"].dtype == "string"
    assert {"1.1", "1.10"} <= set(frame["number"])
    counted = graph.query(
        PREFIXES + "SELECT ?a ?n { VALUES (?a ?n) { ('01' 1) ('02' UNDEF) } } ORDER BY ?a"
    ).to_pandas()
    assert counted.dtypes.astype(str).tolist() == ["string", "Int64"]
    assert counted["a"].tolist() == ["01", "02"]
    assert counted["n"].isna().tolist() == [False, True]


def test_an_empty_table_keeps_its_columns(graph: Graph) -> None:
    found = graph.query("SELECT ?a ?b { ?a <urn:nothing> ?b }")
    assert (len(found), bool(found), found.columns) == (0, False, ("a", "b"))
    assert list(found.to_pandas().columns) == ["a", "b"]


def test_yes_or_no_is_the_truth_of_the_result(graph: Graph) -> None:
    assert graph.query("ASK { ?s ?p ?o }")
    assert not graph.query("ASK { <urn:nothing> ?p ?o }")
    assert graph.query("ASK { ?s ?p ?o }").truth is True


def test_a_graph_comes_as_triples_and_as_a_graph_of_rdflib(graph: Graph) -> None:
    found = graph.query(PREFIXES + "CONSTRUCT { ?s a mea:Country } WHERE { ?s a mea:Country }")
    assert found.ntriples is not None
    triples = found.to_rdflib()
    country = rdflib.URIRef(meagraph.names.thing("country", "KAZ"))
    assert (country, rdflib.RDF.type, rdflib.URIRef(meagraph.names.term("Country"))) in triples
    assert len(found.ntriples.splitlines()) == len(triples)
    with pytest.raises(ValueError, match="table"):
        found.to_pandas()
    with pytest.raises(ValueError, match="graph"):
        graph.query("ASK {}").to_rdflib()


def test_a_ready_made_question_takes_values_of_any_kind(graph: Graph) -> None:
    one = graph.canned("measures-by-country", country="KAZ")
    two = graph.canned("measures-by-country", country=["KAZ", "UZB"], section=None)
    assert len(two) > len(one) > 0
    assert {row["country"] for row in two} == {"KAZ", "UZB"}
    narrowed = graph.canned("measures-by-country", country="KAZ", narrowed=True)
    assert {row["narrowed"] for row in narrowed} == {True}
    in_period = graph.canned("measures", in_period_on=date(2015, 6, 1))
    assert {row["instrument"] for row in in_period} == {
        "argali-ssap-2014-2024",
        "cms-cites-jwp-2015-2020",
    }


def test_the_questions_say_what_they_take_and_give(graph: Graph) -> None:
    question = graph.queries["measures-by-country"]
    assert question.summary == "Measures by country"
    assert question.parameters["country"] == "Country"
    assert question.columns == graph.canned("measures-by-country", country="KAZ").columns


def test_both_sources_give_the_same(release: Path, service: Service) -> None:
    with meagraph.open(release) as here, meagraph.open(service.address) as there:
        assert here.queries == there.queries
        for name in ("units", "memberships", "timeline"):
            assert here.canned(name) == there.canned(name)


@pytest.mark.parametrize(
    ("name", "values", "error", "says"),
    [
        ("measures-by-contry", {}, UnknownQuery, "Did you mean measures-by-country"),
        ("../sparql", {}, UnknownQuery, "There is no canned query"),
        ("measures-by-country", {}, MissingParameter, "country is required"),
        ("measures-by-country", {"country": "Kazakhstan"}, BadValue, "not a value of country"),
        ("measures", {"contry": "KAZ"}, UnknownParameter, "Did you mean country"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    graph: Graph, name: str, values: dict[str, str], error: type[MeagraphError], says: str
) -> None:
    with pytest.raises(error, match=says):
        graph.canned(name, **values)


@pytest.mark.parametrize(
    ("sparql", "error"),
    [
        ("SELECT ?x {", QuerySyntaxError),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", QueryRefused),
        ("SELECT * { SERVICE <https://example.org/> { ?s ?p ?o } }", QueryRefused),
    ],
)
def test_a_wrong_query_is_told_what_is_wrong(
    graph: Graph, sparql: str, error: type[MeagraphError]
) -> None:
    with pytest.raises(error):
        graph.query(sparql)


def test_a_closed_graph_is_not_asked(release: Path, service: Service) -> None:
    for source in (release, service.address):
        with meagraph.open(source) as graph:
            assert graph.query("ASK {}")
        with pytest.raises(MeagraphError, match="has been closed"):
            graph.query("ASK {}")


def test_the_source_is_the_current_release_unless_named(
    releases: Path, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEAGRAPH_RELEASES", str(releases))
    for source in (None, releases, str(release)):
        with meagraph.open(source) as graph:
            assert repr(graph) == f"<meagraph.Graph of {release}>"


def test_a_folder_without_a_release_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="neither a release nor a folder of releases"):
        meagraph.open(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ReleaseError, match="store cannot be opened"):
        meagraph.open(tmp_path)


class Stranger(BaseHTTPRequestHandler):
    """Responds unlike a meagraph service, depending on the path."""

    def do_GET(self) -> None:
        status, kind, body = {
            "/page/queries": (200, "text/html", b"<p>Hello"),
            "/json/queries": (200, "application/json", b'[{"id": 1}]'),
            "/half/queries": (200, "application/json", b"[{"),
            "/gone/queries": (404, "text/html", b"gone"),
            "/list/queries": (500, "application/problem+json", b"[]"),
            "/many/queries": (
                429,
                "application/problem+json",
                b'{"title": "Too many requests", "detail": "Slowly"}',
            ),
            "/late/queries": (
                504,
                "application/problem+json",
                b'{"title": "Reworded", "code": "query-timeout", "detail": "Too slow"}',
            ),
            "/new/queries": (
                400,
                "application/problem+json",
                b'{"title": "New", "code": "not-known-here", "detail": "Of a later version"}',
            ),
        }[self.path]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["page", "json", "half", "gone", "list"])
def test_what_is_no_service_of_ours_is_a_clear_error(stranger: str, path: str) -> None:
    with (
        meagraph.open(f"{stranger}/{path}") as graph,
        pytest.raises(ServiceError, match="does not answer as a meagraph service does"),
    ):
        assert graph.queries


def test_a_share_that_is_used_up_says_when_to_come_again(stranger: str) -> None:
    with meagraph.open(f"{stranger}/many") as graph:
        with pytest.raises(TooManyRequests, match="Slowly") as raised:
            assert graph.queries
        assert raised.value.retry_after == 7


def test_an_error_is_known_by_its_code_whatever_its_title(stranger: str) -> None:
    with (
        meagraph.open(f"{stranger}/late") as graph,
        pytest.raises(QueryTimeout, match="Too slow"),
    ):
        assert graph.queries


def test_an_error_of_a_later_version_has_its_words(stranger: str) -> None:
    with meagraph.open(f"{stranger}/new") as graph:
        with pytest.raises(RequestError, match="Of a later version") as raised:
            assert graph.queries
        assert type(raised.value) is RequestError


def test_a_service_that_is_not_there_is_a_clear_error() -> None:
    with (
        meagraph.open("http://127.0.0.1:9") as graph,
        pytest.raises(ServiceError, match="does not answer"),
    ):
        graph.query("ASK {}")


@pytest.mark.parametrize("address", ["http://", "https:///mea", "http://\x00"])
def test_what_is_no_address_is_a_clear_error(address: str) -> None:
    with pytest.raises(ServiceError, match="is not the URL"):
        meagraph.open(address)


def test_without_pandas_all_but_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    result = Result(("a",), [{"a": 1}])
    assert [row["a"] for row in result] == [1]
    with pytest.raises(ImportError, match="pip install pandas"):
        result.to_pandas()


def test_columns_of_several_kinds_are_kept_as_they_are() -> None:
    frame = Result(("a",), [{"a": 1}, {"a": "1.10"}, {"a": None}]).to_pandas()
    assert frame["a"].dtype == object
    assert frame["a"].tolist() == [1, "1.10", None]
    assert isinstance(frame, pandas.DataFrame)


def test_importing_meagraph_loads_nothing_heavy() -> None:
    heavy = ("pyoxigraph", "rdflib", "pandas", "httpx", "fastapi", "meagraph_api")
    script = f"import sys, meagraph; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
