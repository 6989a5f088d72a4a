"""A release comes into an engine whole, whatever happens on the way, or it is not served."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from benchmarks import engine_servers
from benchmarks.engine_servers import Running
from meagraph.cli import main
from meagraph.core import names
from meagraph.core.engines import published
from meagraph.core.engines.profiles import Access, profiles
from meagraph.core.errors import PublishError, ReleaseError
from meagraph.core.releases import read_manifest
from meagraph_api import Settings
from meagraph_loaders import publisher
from meagraph_loaders.sparql_update_client import SparqlUpdateClient
from tests.api.conftest import DATA
from tests.api.engine.remote.conftest import Small, settings_for
from tests.api.engine.remote.strange import JSON, TRUE, Strange, strange
from tests.waiting import PATIENCE, wait_until

Serving = Callable[[Settings], AbstractContextManager[httpx.Client]]
PLAN = names.graph("plan-a")


@pytest.fixture
def server() -> Iterator[Running]:
    with engine_servers.oxigraph() as running:
        yield running


def state(server: Running) -> published.State:
    with SparqlUpdateClient(server.query_access, 10) as target:
        rows = target.rows(published.STATE_QUERY)
    return published.State.read(
        (getattr(says, "value", ""), getattr(what, "value", "")) for says, what in rows
    )


def graphs(server: Running) -> set[str]:
    with SparqlUpdateClient(server.query_access, 10) as target:
        rows = target.rows("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
    return {getattr(graph, "value", "") for (graph,) in rows}


def test_a_release_stands_in_its_graphs_and_nothing_else_is_left(
    tmp_path: Path, small: Small, server: Running
) -> None:
    folder = small(tmp_path)
    messages: list[str] = []
    done = publisher.publish(folder, server.update_access, messages.append, pause=0)
    assert done.edition == "r1"
    assert state(server) == published.State("r1", frozenset(graphs(server) - {published.PUBLISHED}))
    assert PLAN in graphs(server)
    assert any(line.startswith(PLAN) for line in messages)
    again: list[str] = []
    assert publisher.publish(folder, server.update_access, again.append).triples == done.triples
    assert again == ["r1 is there already, and whole"]


def test_the_next_release_takes_the_place_of_the_one_before(
    tmp_path: Path, small: Small, server: Running
) -> None:
    publisher.publish(small(tmp_path), server.update_access, pause=0)
    foreign = "INSERT DATA { GRAPH <x:foreign> { <x:a> <x:b> <x:c> } }"
    httpx.post(server.update_access.update, data={"update": foreign}, timeout=60).raise_for_status()
    graph = names.graph("only")
    folder = small(tmp_path, "r2", f"<{graph}> {{ <x:s> <x:p> 1 }}")
    publisher.publish(folder, server.update_access, pause=0)
    assert graphs(server) == {graph, published.PUBLISHED, "x:foreign"}
    assert state(server) == published.State("r2", frozenset([graph]))


def test_what_is_not_as_in_the_release_is_repaired(
    tmp_path: Path, small: Small, server: Running
) -> None:
    folder = small(tmp_path)
    publisher.publish(folder, server.update_access, pause=0)
    change = f"""DELETE WHERE {{ GRAPH <{PLAN}> {{ ?s <{names.term("priority")}> ?o }} }} ;
        INSERT DATA {{ GRAPH <{PLAN}> {{ <x:s> <x:p> <x:o> }} }}"""
    httpx.post(server.update_access.update, data={"update": change}, timeout=60).raise_for_status()
    messages: list[str] = []
    publisher.publish(folder, server.update_access, messages.append, pause=0)
    assert "is not what the release holds" in messages[0]
    publisher.publish(folder, server.update_access, messages.append, pause=0)
    assert messages[-1] == "r1 is there already, and whole"


def test_what_was_killed_in_the_middle_goes_on_where_it_was(
    tmp_path: Path, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = " , ".join(f'"{number} {"x" * 900}"' for number in range(12_000))
    big = names.graph("a")
    folder = small(
        tmp_path, trig=f"<{big}> {{ <x:s> <x:p> {lines} }} <{names.graph('b')}> {{ <x:s> <x:p> 1 }}"
    )
    store = tmp_path / "server"
    staged = published.staging("r1", big)
    with engine_servers.oxigraph(store) as running:
        add = SparqlUpdateClient.add

        def add_and_kill(target: SparqlUpdateClient, graph: str, triples: Sequence[str]) -> None:
            add(target, graph, triples)
            if graph == staged:
                running.kill()

        with monkeypatch.context() as patch:
            patch.setattr(SparqlUpdateClient, "add", add_and_kill)
            with pytest.raises(PublishError, match="cannot be reached"):
                publisher.publish(folder, running.update_access, pause=0)
    with engine_servers.oxigraph(store) as running:
        with SparqlUpdateClient(running.query_access, 10) as target:
            found = target.count(staged)
        assert 0 < found < 12_000
        assert state(running).edition is None
        messages: list[str] = []
        publisher.publish(folder, running.update_access, messages.append, pause=0)
        assert f"{found:,} of them found there" in messages[0]
        assert state(running) == published.State("r1", frozenset([big, names.graph("b")]))


def test_while_graphs_change_the_service_says_503_and_follows_to_the_new_release(
    tmp_path: Path, small: Small, server: Running, serving: Serving
) -> None:
    publisher.publish(small(tmp_path), server.update_access, pause=0)
    with serving(settings_for(server.query_access, tmp_path, queries=DATA / "queries")) as client:
        assert client.get("/readyz").json()["release"] == "r1"
        graph = names.graph("plan-a")
        folder = small(tmp_path, "r2", f"<{graph}> {{ <x:s> <x:p> 1 }}")
        refused = threading.Event()

        def report(message: str) -> None:
            """Let nothing change before the service has noticed."""
            if "until services have noticed" in message:
                assert refused.wait(PATIENCE)

        work = threading.Thread(
            target=publisher.publish,
            args=(folder, server.update_access, report),
            kwargs={"pause": 0},
        )
        received: list[tuple[int, str]] = []
        query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } #"

        def follows() -> bool:
            params = {"query": f"{query} {len(received)}", "format": "csv"}
            answer = client.get("/sparql", params=params)
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) > 0
                received.append((503, ""))
                refused.set()
            else:
                received.append((answer.status_code, answer.text))
            return received[-1] == (200, "n\r\n1\r\n")

        assert not follows()
        work.start()
        wait_until(follows)
        work.join()
        assert list(dict.fromkeys(status for status, _ in received)) == [200, 503]
        assert {text for status, text in received if status == 200} == {
            received[0][1],
            "n\r\n1\r\n",
        }
        assert client.get("/readyz").json()["release"] == "r2"


def test_an_engine_that_is_full_leaves_what_is_served_as_it_was(
    tmp_path: Path, small: Small
) -> None:
    lines = " , ".join(f'"{number:0100}"' for number in range(30_000))
    with engine_servers.oxigraph(tmp_path / "server", file_bytes=2_000_000) as running:
        publisher.publish(small(tmp_path), running.update_access, pause=0)
        folder = small(tmp_path, "r2", f"<{names.graph('plan-a')}> {{ <x:s> <x:p> {lines} }}")
        with pytest.raises(PublishError, match="answers 500"):
            publisher.publish(folder, running.update_access, pause=0)
        assert state(running).edition == "r1"


def test_without_a_graph_store_triples_come_by_updates(
    tmp_path: Path, small: Small, server: Running
) -> None:
    folder = small(tmp_path)
    way = _Updates(server.query_access.url, server.query_access.profile)
    assert way.graph_store is None
    publisher.publish(folder, way, pause=0)
    messages: list[str] = []
    publisher.publish(folder, server.update_access, messages.append)
    assert messages == ["r1 is there already, and whole"]


class _Updates(Access):
    """The way to an engine as if it had no Graph Store Protocol."""

    @property
    def graph_store(self) -> str | None:
        return None


def test_wrong_credentials_are_told_of_without_telling_them(
    tmp_path: Path, small: Small, virtuoso: Running
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("dba:not-the-password", encoding="utf-8")
    small(tmp_path / "releases")
    way = [
        "--to",
        virtuoso.query_access.url,
        "--engine-profile",
        "virtuoso",
        "--engine-auth",
        "digest",
    ]
    options = ["--engine-secret", str(secret), "--releases", str(tmp_path / "releases")]
    result = CliRunner().invoke(main, ["publish", *way, *options])
    assert result.exit_code == 1
    assert "does not let us in" in result.output
    assert "not-the-password" not in result.output


def test_the_command_brings_a_release_into_virtuoso_by_digest_and_updates(
    tmp_path: Path, small: Small, virtuoso: Running
) -> None:
    graph = names.graph("beside-the-others")
    staged = published.staging("r1", graph)
    way = _Updates(virtuoso.update_access.url, virtuoso.update_access.profile, "digest", "dba:dba")
    with SparqlUpdateClient(way, 30) as target:
        lines = [f'<x:s> <x:p> "{number}"@en .\n' for number in range(1500)]
        target.add(staged, lines[: target.batch_size])
        target.add(staged, lines[target.batch_size :])
        assert target.count(staged) == 1500
        target.remove([staged])
        assert target.count(staged) == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<h1>Hello</h1>", "no answer"),
        (TRUE.decode(), "truth value"),
        ('{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"li', "not whole"),
    ],
)
def test_garbage_is_no_engine(tmp_path: Path, small: Small, body: str, words: str) -> None:
    with strange() as engine:
        engine.act = lambda it: it.say(200, JSON, body)
        with pytest.raises(PublishError, match=words):
            publisher.publish(small(tmp_path), Access(engine.url, profiles()["standard"]))


def test_an_engine_that_changes_what_it_is_given_is_found_out(tmp_path: Path, small: Small) -> None:
    with strange() as engine:
        engine.act = _Forgetful(engine)
        with pytest.raises(PublishError, match="holds 0 triples"):
            publisher.publish(small(tmp_path), Access(engine.url, profiles()["standard"]))
    assert any("INSERT DATA" in form.get("update", [""])[0] for form, _ in engine.requests)


class _Forgetful:
    """Takes all and keeps nothing."""

    def __init__(self, engine: Strange) -> None:
        self.engine = engine

    def __call__(self, it: object) -> None:
        form, _ = self.engine.requests[-1]
        query = form.get("query", [""])[0]
        if "COUNT" in query:
            row = '{"n":{"type":"literal","value":"0"}}'
            body = f'{{"head":{{"vars":["n"]}},"results":{{"bindings":[{row}]}}}}'
        else:
            body = '{"head":{"vars":["says","what"]},"results":{"bindings":[]}}'
        it.say(200, JSON, body)  # type: ignore[attr-defined]


def test_a_release_that_is_not_whole_is_not_published(tmp_path: Path, small: Small) -> None:
    folder = small(tmp_path)
    manifest = read_manifest(folder)
    manifest["files"]["dumps/a"] = {"bytes": 1, "sha256": "0" * 64}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ReleaseError, match="missing"):
        publisher.publish(folder, Access("http://127.0.0.1:1/", profiles()["standard"]))


def test_nobody_there_is_told_of_in_seconds(tmp_path: Path, small: Small) -> None:
    small(tmp_path)
    result = CliRunner().invoke(
        main, ["publish", "--to", "http://127.0.0.1:1/sparql", "--releases", str(tmp_path)]
    )
    assert result.exit_code == 1
    assert "cannot be reached" in result.output
