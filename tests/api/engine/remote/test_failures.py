"""Whatever an engine does, an answer of ours is complete, or it is an error that says so."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

import httpx
import pytest

from benchmarks import engine_servers
from meagraph.core.engines import published
from meagraph.core.engines.profiles import Access, access, profiles
from meagraph_api import Settings
from meagraph_api.engine.remote import remote_engine
from meagraph_loaders import publisher
from tests.api.conftest import DATA
from tests.api.engine.remote.conftest import Small, settings_for
from tests.api.engine.remote.strange import JSON, TRUE, Answering, Strange, strange
from tests.waiting import wait_until

Serving = Callable[[Settings], AbstractContextManager[httpx.Client]]
Act = Callable[[Answering], None]

TABLE = '{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}'
ROWS = "SELECT ?x { ?x ?y ?z }"
GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
TRIPLE = "<x:a> <x:b> <x:c> .\n"
SECRET = "s3cret-of-ours"


@pytest.fixture(scope="module")
def engine() -> Iterator[Strange]:
    with strange() as server:
        yield server


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strange")
    (folder / "r1").mkdir()
    manifest = '{"id": "r1", "triples": 0, "graphs": {}, "files": {}}'
    (folder / "r1" / "manifest.json").write_text(manifest, encoding="utf-8")
    (folder / "current").write_text("r1", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def client(engine: Strange, releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    settings = settings_for(
        Access(engine.url, profiles()["virtuoso"]),
        releases,
        queries=DATA / "queries",
        max_result_bytes=20_000,
        engine_rows=100,
        cache_bytes=0,
    )
    with serving(settings) as client:
        yield client


def ask(client: httpx.Client, query: str = ROWS, **parameters: str) -> httpx.Response:
    return client.post("/sparql", data={"query": query, **parameters})


def require_problem(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


STRANGE: dict[str, tuple[str, Act, int, str]] = {
    "half of its body": (
        ROWS,
        lambda it: it.say(200, JSON, TABLE, length=5000),
        502,
        "response is incomplete",
    ),
    "half of a table": (ROWS, lambda it: it.say(200, JSON, TABLE), 502, "incomplete"),
    "words behind a table": (
        ROWS,
        lambda it: it.say(200, JSON, f"{TABLE}]}}}} cancelled"),
        502,
        "incomplete",
    ),
    "a page": (ROWS, lambda it: it.say(200, "text/html", "<h1>Hello</h1>"), 502, "or invalid"),
    "nothing": (ROWS, lambda it: it.say(200, JSON, b""), 502, "or invalid"),
    "a truth value for a table": (ROWS, lambda it: it.say(200, JSON, TRUE), 502, "or invalid"),
    "a table for a truth value": (
        "ASK {}",
        lambda it: it.say(200, JSON, TABLE + "]}}"),
        502,
        "ASK",
    ),
    "a cut that it tells of": (
        ROWS,
        lambda it: it.say(200, JSON, TABLE + "]}}", X_SPARQL_MaxRows="100"),
        502,
        "X-SPARQL-MaxRows",
    ),
    "a cut that it does not tell of": (
        ROWS,
        lambda it: it.say(200, JSON, TABLE + ',{"x":{"type":"uri","value":"x:x"}}' * 99 + "]}}"),
        502,
        "100 rows",
    ),
    "half of a graph": (
        GRAPH,
        lambda it: it.say(200, "text/plain", TRIPLE[:-9]),
        502,
        "incomplete",
    ),
    "a graph without an end": (
        GRAPH,
        lambda it: it.say(200, "application/n-triples", TRIPLE, length=-1),
        502,
        "mark the end of its result",
    ),
    "more than may be": (
        ROWS,
        lambda it: it.say(200, JSON, " " * 100_000 + TABLE + "]}}"),
        413,
        "longer than",
    ),
    "that it is broken": (
        ROWS,
        lambda it: it.say(500, "text/plain", "disk full"),
        502,
        "disk full",
    ),
    "that it waits no longer": (ROWS, lambda it: it.say(504, "text/plain", ""), 504, "too long"),
    "that it lets nobody in": (ROWS, lambda it: it.say(401, "text/plain", ""), 502, "engine_auth"),
    "that it is no endpoint": (
        ROWS,
        lambda it: it.say(404, "text/plain", ""),
        502,
        "not the URL of a SPARQL",
    ),
    "that it is elsewhere": (
        ROWS,
        lambda it: it.say(302, "text/plain", "", Location="http://127.0.0.1:1/"),
        502,
        "not the URL of a SPARQL",
    ),
    "that it does not understand": (
        ROWS,
        lambda it: it.say(400, "text/plain", "no such word SPARQL query: secret"),
        400,
        "no such word",
    ),
}


@pytest.mark.parametrize("behaviour", STRANGE)
def test_an_engine_that_answers_strangely_gives_an_error(
    client: httpx.Client, engine: Strange, behaviour: str
) -> None:
    query, engine.act, status, words = STRANGE[behaviour]
    require_problem(ask(client, query), status, words)


def test_an_engine_that_does_not_answer_in_time_gives_an_error(
    client: httpx.Client, engine: Strange
) -> None:
    engine.act = lambda it: it.wait_until_left()
    require_problem(ask(client, timeout="0.5"), 504, "longer than 0.5 s")


def test_an_engine_that_is_busy_is_asked_again_after_a_pause(
    client: httpx.Client, engine: Strange, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def sleeping(seconds: float) -> None:
        if seconds in remote_engine._PAUSES:
            pauses.append(seconds)
        await sleep(seconds)

    # Of lengths that nobody else in the process sleeps.
    monkeypatch.setattr(remote_engine, "_PAUSES", (0.011, 0.013))
    monkeypatch.setattr(asyncio, "sleep", sleeping)
    engine.requests.clear()
    engine.act = lambda it: (
        it.say(200, JSON, TRUE) if len(engine.requests) == 3 else it.say(503, "text/plain", "busy")
    )
    assert ask(client, "ASK {}").json()["boolean"] is True
    assert pauses == [0.011, 0.013]
    assert len(engine.requests) == 3


def test_an_engine_that_stays_busy_is_told_of_as_such(
    client: httpx.Client, engine: Strange
) -> None:
    engine.act = lambda it: it.say(503, "text/plain", "busy")
    answer = ask(client, "ASK {}")
    require_problem(answer, 503, "busy")
    assert int(answer.headers["retry-after"]) > 0


def test_a_query_goes_out_as_a_form_with_its_words_put_together_anew_and_with_the_graphs(
    client: httpx.Client, engine: Strange
) -> None:
    engine.requests.clear()
    engine.act = lambda it: it.say(200, JSON, TRUE)
    ask(client, r"ASK # a remark" + "\n" + r"{ ?s <x:\u0061> '''b''' }")
    ((form, headers),) = engine.requests
    dataset = ["https://w3id.org/meagraph/graph/dataset"]
    assert form == {
        "query": ['ASK           \n{ ?s <x:a> "b" }'],
        "default-graph-uri": dataset,
        "named-graph-uri": dataset,
    }
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["accept"] == JSON


@pytest.mark.parametrize(
    "params",
    [
        {"query": "ASK FROM <x:foreign> FROM NAMED <x:foreign> {}"},
        {"query": "ASK {}", "default-graph-uri": "x:foreign"},
    ],
)
def test_other_graphs_of_the_engine_are_none_of_ours(
    client: httpx.Client, engine: Strange, params: dict[str, str]
) -> None:
    engine.requests.clear()
    engine.act = lambda it: it.say(200, JSON, TRUE)
    client.post("/sparql", data=params)
    ((form, _),) = engine.requests
    assert form["default-graph-uri"] == [published.NOTHING]
    assert form["named-graph-uri"] == [published.NOTHING]
    assert "foreign" not in form["query"][0]


@pytest.mark.parametrize(
    ("auth", "secret", "sent"),
    [
        ("basic", f"me:{SECRET}", "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()),
        ("bearer", SECRET, f"Bearer {SECRET}"),
    ],
)
def test_what_lets_us_in_comes_from_a_file_and_is_never_told(
    engine: Strange,
    releases: Path,
    serving: Serving,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    auth: str,
    secret: str,
    sent: str,
) -> None:
    file = tmp_path / "secret"
    file.write_text(secret + "\n", encoding="utf-8")
    way = access(engine.url, "standard", auth, file)
    assert SECRET not in repr(way) + str(way)
    settings = settings_for(way, releases, engine_auth=auth, engine_secret=file)
    engine.requests.clear()
    with serving(settings) as client:
        engine.act = lambda it: it.say(200, JSON, TRUE)
        assert ask(client, "ASK {}").status_code == 200
        engine.act = lambda it: it.say(403, "text/plain", "no")
        assert SECRET not in ask(client, "ASK { ?s ?p 2 }").text
        assert SECRET not in client.get("/metrics").text
    assert [headers["authorization"] for _, headers in engine.requests] == [sent, sent]
    assert SECRET not in caplog.text


def test_an_engine_whose_graphs_are_replaced_is_not_believed(
    releases: Path, serving: Serving
) -> None:
    with strange() as engine:
        settings = settings_for(Access(engine.url, profiles()["standard"]), releases)
        with serving(settings) as client:
            assert client.get("/readyz").status_code == 200
            assert ask(client, "ASK {}").status_code == 200
            engine.edition = "r2"
            wait_until(lambda: client.get("/readyz").status_code == 503)
            answer = ask(client, "ASK { ?s ?p 2 }")
            require_problem(answer, 503, "replaced")
            assert int(answer.headers["retry-after"]) > 0
            engine.edition = "r1"
            wait_until(lambda: ask(client, "ASK { ?s ?p 3 }").status_code == 200)


def test_no_graph_changes_while_services_may_believe_that_the_release_is_whole() -> None:
    assert published.VALID_SECONDS < published.PAUSE_SECONDS


def test_a_real_server_that_is_killed_while_it_answers_gives_an_error(
    tmp_path: Path, small: Small, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = " ".join(f"<x:{number}>" for number in range(300))
    folder = small(
        tmp_path,
        trig=f"<https://w3id.org/meagraph/graph/a> {{ <x:s> <x:p> {', '.join(many.split())} }}",
    )
    with engine_servers.oxigraph() as server:
        publisher.publish(folder, server.update_access, pause=0)
        settings = settings_for(server.query_access, tmp_path, queries=DATA / "queries")
        take = remote_engine.RemoteEngine._take

        async def kill_and_take(
            service: remote_engine.RemoteEngine, response: httpx.Response, body: IO[bytes]
        ) -> None:
            server.kill()  # its answer has begun: the head is there
            await take(service, response, body)

        monkeypatch.setattr(remote_engine.RemoteEngine, "_take", kill_and_take)
        with serving(settings) as client:
            assert client.get("/readyz").status_code == 200
            endless = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
            require_problem(ask(client, endless), 502, "response is incomplete")
            wait_until(lambda: client.get("/readyz").status_code == 503)
            assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("missing", ["r1", "all"])
def test_a_service_waits_for_its_release_in_the_engine(
    missing: str, tmp_path: Path, small: Small, serving: Serving
) -> None:
    folder = small(tmp_path)
    with engine_servers.oxigraph() as server:
        if missing == "r1":
            publisher.publish(folder, server.update_access, pause=0)
            # As Virtuoso 7.2 did when it was ended before a checkpoint.
            httpx.post(
                server.update_access.update,
                data={"update": "CLEAR GRAPH <https://w3id.org/meagraph/graph/plan-a>"},
                timeout=60,
            ).raise_for_status()
        with serving(
            settings_for(server.query_access, tmp_path, queries=DATA / "queries")
        ) as client:
            assert client.get("/readyz").status_code == 503
            publisher.publish(folder, server.update_access, pause=0)
            wait_until(lambda: client.get("/readyz").status_code == 200)
