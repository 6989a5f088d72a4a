"""Each query runs in a process of its own, seen from outside: what ends it, and whom that touches.

Linux alone tells enough of a process to see it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from meagraph.core.errors import QueryRefused
from meagraph.core.results.formats import AcceptedFormats
from meagraph_api.engine.embedded_engine import EmbeddedEngine, Limits
from tests.api.conftest import MakeRelease
from tests.api.hostile_queries import DATA, ENDLESS
from tests.api.served import (
    FOREVER,
    PROC,
    Listener,
    Process,
    Pulse,
    Watched,
    answered,
    sent,
    watched,
)
from tests.nonempty import nonempty
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.alone

MB = 1024 * 1024
SLOW = ENDLESS["a cross join, counted"]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    folder: Path = tmp_path_factory.mktemp("isolated") / "releases"
    make_release(folder, "r1", DATA)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Watched]:
    """A server with two workers and all the time; every test leaves it as it was."""
    folder = tmp_path_factory.mktemp("server")
    with watched(
        folder, releases, workers=2, slow_workers=2, query_timeout=FOREVER, max_wait=FOREVER
    ) as server:
        yield server


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory, releases: Path) -> Iterator[Watched]:
    """A server with one place in either lane, and all the time."""
    folder = tmp_path_factory.mktemp("narrow")
    with watched(
        folder,
        releases,
        workers=1,
        slow_workers=1,
        slow_after=0.3,
        query_timeout=FOREVER,
        max_wait=FOREVER,
    ) as server:
        yield server


def ask(server: Watched, query: str) -> httpx.Response:
    return httpx.post(f"{server.address}/sparql", data={"query": query}, timeout=PATIENCE)


def gone(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has asked yet how."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


def busy(server: Watched) -> Process:
    """The worker that works: it has used clearly more of the processor than any other since."""
    before = {worker.pid: worker.ticks for worker in server.workers()}
    found: list[Process] = []

    def works() -> bool:
        used = {
            worker: worker.ticks - before.get(worker.pid, worker.ticks)
            for worker in server.workers()
        }
        found[:] = sorted(used, key=lambda worker: used[worker], reverse=True)
        return bool(found) and used[found[0]] > 10 + sum(used[other] for other in found[1:])

    wait_until(works)
    return found[0]


def test_no_worker_has_a_way_to_the_network_or_leaves_its_memory_behind(server: Watched) -> None:
    assert len(server.workers()) == 2
    wait_until(lambda: len(server.renderers()) == 2)
    with server.client() as client:  # which a process answers that is ready
        assert client.get("/docs").status_code == 200
    for process in (*server.makers(), *server.workers()):
        assert process.field("status", "Seccomp:") == "2"
        assert process.field("status", "NoNewPrivs:") == "1"
        assert process.field("limits", "Max core file size").split()[:2] == ["0", "0"]
    wait_until(lambda: {one.field("status", "Seccomp:") for one in server.renderers()} == {"2"})
    for worker in server.workers():
        soft, hard = worker.field("limits", "Max address space").split()[:2]
        assert soft == hard != "unlimited"


def test_no_secret_of_the_service_is_in_a_worker(server: Watched) -> None:
    for process in nonempty((*server.makers(), *server.workers())):
        assert b"MEAGRAPH_" not in (PROC / str(process.pid) / "environ").read_bytes()


def test_a_worker_holds_no_connection_of_a_client(server: Watched) -> None:
    listening = {
        line.split()[9]
        for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]
        if int(line.split()[1].split(":")[1], 16) == server.port
    }
    assert listening
    with server.client() as client:
        assert client.get("/healthz").status_code == 200
        for process in server.below():
            for descriptor in (PROC / str(process.pid) / "fd").iterdir():
                assert descriptor.readlink().name not in {f"socket:[{n}]" for n in listening}


def test_what_slips_through_the_reading_of_words_still_reaches_nobody(releases: Path) -> None:
    async def work(address: str) -> None:
        engine = await EmbeddedEngine.open(releases / "r1", Limits(workers=1))
        accepted = AcceptedFormats("text/csv", "application/n-triples")
        try:
            with pytest.raises(QueryRefused):
                await engine.query(f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}", accepted)
            silent = await engine.query(
                f"SELECT (1 AS ?x) {{ SERVICE SILENT <{address}> {{ ?s ?p ?o }} }}", accepted
            )
            assert silent.body.split() == [b"x", b"1"]
        finally:
            await engine.close()

    with Listener() as stranger:
        asyncio.run(work(stranger.address))
        assert stranger.connections == 0


def test_a_worker_that_is_killed_costs_its_own_client_an_error_and_nobody_else_anything(
    server: Watched,
) -> None:
    before = {worker.pid for worker in server.workers()}
    with Pulse(server.address) as pulse, ThreadPoolExecutor(1) as pool:
        answer: Future[httpx.Response] = pool.submit(ask, server, SLOW)
        killed = busy(server)
        os.kill(killed.pid, signal.SIGKILL)
        reply = answer.result(PATIENCE)
    assert (reply.status_code, reply.headers["content-type"]) == (503, "application/problem+json")
    assert reply.json()["title"] == "Query failed"
    assert int(reply.headers["retry-after"]) > 0
    assert set(pulse.answers) == {True}
    wait_until(lambda: len(server.workers()) == 2)
    assert killed.pid in before
    assert gone(killed.pid)


def test_an_idle_worker_that_is_killed_is_replaced_unnoticed(server: Watched) -> None:
    before = {worker.pid for worker in server.workers()}
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len({worker.pid for worker in server.workers()} - before) == 2)
    assert ask(server, "ASK { FILTER(1 = 1) }").json()["boolean"] is True


def test_the_process_that_makes_workers_is_replaced_too(server: Watched) -> None:
    before = {process.pid for process in (*server.makers(), *server.workers())}
    (maker,) = server.makers()
    os.kill(maker.pid, signal.SIGKILL)
    wait_until(lambda: all(gone(pid) for pid in before))
    wait_until(lambda: len(server.workers()) == 2)
    wait_until(lambda: ask(server, "ASK { FILTER(2 = 2) }").status_code == 200)
    with server.client() as client:
        assert client.get("/readyz").status_code == 200


def test_a_query_past_its_time_costs_no_one_else_anything(server: Watched) -> None:
    with Pulse(server.address) as pulse:
        answer = httpx.get(
            f"{server.address}/sparql", params={"query": SLOW, "timeout": "0.5"}, timeout=PATIENCE
        )
        assert (answer.status_code, answer.json()["title"]) == (504, "Query timeout")
        assert "0.5 s" in answer.json()["detail"]
        pulse.wait_for_more()
    assert set(pulse.answers) == {True}
    wait_until(lambda: len(server.workers()) == 2)


def test_a_client_may_not_ask_for_more_time_than_there_is(tmp_path: Path, releases: Path) -> None:
    with watched(tmp_path, releases, query_timeout=1.5) as server:
        address = f"{server.address}/sparql"
        answer = httpx.get(address, params={"query": SLOW, "timeout": "1e9"}, timeout=PATIENCE)
        assert (answer.status_code, answer.json()["title"]) == (504, "Query timeout")
        assert "1.5 s" in answer.json()["detail"]
        for wrong in ("nan", "-1", "soon", "1 s"):
            params = {"query": "ASK {}", "timeout": wrong}
            refused = httpx.get(address, params=params, timeout=PATIENCE)
            assert (refused.status_code, refused.json()["title"]) == (400, "Wrong value")


def test_a_query_that_runs_long_leaves_the_fast_lane_to_others(narrow: Watched) -> None:
    wait_until(lambda: len(narrow.workers()) == 1)
    (first,) = narrow.workers()
    with narrow.client() as client, sent(client, SLOW) as slow:
        wait_until(lambda: len(narrow.workers()) == 2)
        (second,) = (worker for worker in narrow.workers() if worker.pid != first.pid)
        # A process with a niceness of 19, like the tests maybe, cannot be made nicer.
        wait_until(lambda: niceness(first.pid) > niceness(second.pid) or niceness(first.pid) == 19)
        # A small query that takes long itself, on a busy machine, is told to come again.
        wait_until(lambda: ask(narrow, "ASK {}").status_code == 200)
        refused = ask(narrow, SLOW)
        assert (refused.status_code, refused.json()["title"]) == (503, "Busy")
        assert int(refused.headers["retry-after"]) > 0
        wait_until(lambda: ask(narrow, "ASK { FILTER(1 = 1) }").status_code == 200)
        assert not answered(slow)
    wait_until(lambda: len(narrow.workers()) == 1)


def niceness(pid: int) -> int:
    """How much a process stands back behind others."""
    return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[16])


def test_a_client_that_goes_away_frees_its_worker_at_once(tmp_path: Path, releases: Path) -> None:
    with watched(
        tmp_path,
        releases,
        workers=1,
        slow_after=FOREVER,
        query_timeout=FOREVER,
        max_wait=FOREVER,
    ) as server:
        leave_again_and_again(server)


def test_a_client_that_goes_away_frees_its_place_in_the_slow_lane(narrow: Watched) -> None:
    leave_again_and_again(narrow)
    with narrow.client() as client, sent(client, SLOW):
        wait_until(lambda: len(narrow.workers()) == 2)
    wait_until(lambda: len(narrow.workers()) == 1)


def leave_again_and_again(server: Watched) -> None:
    """Send a query without end, go away, and see that the next client finds a worker."""
    for turn in range(2):
        wait_until(lambda: len(server.workers()) == 1)
        (first,) = server.workers()
        with server.client() as client, sent(client, SLOW):
            busy(server)
        wait_until(lambda: gone(first.pid))  # noqa: B023 - called at once
        query = f"ASK {{ FILTER({turn} = {turn}) }}"
        wait_until(lambda: ask(server, query).status_code == 200)  # noqa: B023 - called at once
    assert "Traceback" not in server.service.log()


def test_a_client_that_only_stops_sending_still_gets_its_answer(server: Watched) -> None:
    body = b"ASK { FILTER(3 = 3) }"
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        reply = b"".join(iter(lambda: connection.recv(65536), b""))
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert reply.endswith(b'"boolean":true}')


def test_a_long_answer_that_nobody_reads_to_its_end_leaves_nothing(server: Watched) -> None:
    long = "SELECT ?a ?c ?d ?f { ?a ?b ?c . ?d ?e ?f } LIMIT 100000"
    for _ in range(3):
        with server.client() as client, sent(client, long) as (connection,):
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
    wait_until(lambda: not server.files())
    assert len(ask(server, long).json()["results"]["bindings"]) == 100_000
    wait_until(lambda: not server.files())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_server_ends_nothing_of_it_is_left(
    tmp_path: Path, releases: Path, number: signal.Signals
) -> None:
    with watched(
        tmp_path,
        releases,
        workers=2,
        slow_after=0.2,
        query_timeout=FOREVER,
        shutdown_grace=0.2,
    ) as server:
        away = [threading.Thread(target=silently, args=(server,)) for _ in range(2)]
        for thread in away:
            thread.start()
        wait_until(lambda: len(server.workers()) == 4)
        assert len(server.makers()) == 1
        wait_until(lambda: len(server.renderers()) == 2)
        left = [process.pid for process in server.below()]
        server.service.process.send_signal(number)
        server.service.process.wait(PATIENCE)
        wait_until(lambda: all(gone(pid) for pid in left))
        wait_until(lambda: not list(server.temporary.iterdir()))
        for thread in away:
            thread.join()


def silently(server: Watched) -> None:
    """Ask what will not be answered."""
    with suppress(httpx.TransportError):
        ask(server, SLOW)
