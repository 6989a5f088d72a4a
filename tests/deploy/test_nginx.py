"""`deploy/nginx.conf` with two real replicas, one of which is busy, not ready or stopped."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from meagraph_api import Settings
from tests.api.conftest import DATA, _make_release, _serving
from tests.api.hostile_queries import DATA as CROWD
from tests.api.hostile_queries import ENDLESS
from tests.api.served import FOREVER, running, sent
from tests.waiting import PATIENCE, wait_until

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light"),
]

MAIN = """
daemon off;
worker_processes 1;
{user}
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/meagraph.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    """nginx and two replicas, with a client for each."""

    nginx: httpx.Client
    replicas: tuple[httpx.Client, httpx.Client]
    stop: Callable[[], None]
    """Stops the first replica."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def settings(releases: Path) -> Settings:
    return Settings(
        releases=releases,
        queries=DATA / "queries",
        trusted_proxies="127.0.0.1",
        metrics="all",  # the tests ask as the proxy would
        workers=1,
        slow_after=FOREVER,
        query_timeout=FOREVER,
        max_wait=0.2,
        client_queries=0,
        client_seconds=0,
    )


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("behind") / "releases"
    _make_release(folder, "r1", CROWD)
    return folder


@contextmanager
def proxied(folder: Path, ports: list[int], changes: dict[str, str]) -> Iterator[httpx.Client]:
    """A new nginx with the shipped file, in which addresses and some words are replaced."""
    port = free_port()
    addresses = {
        "127.0.0.1:8080": f"127.0.0.1:{port}",
        "127.0.0.1:8000": f"127.0.0.1:{ports[0]}",
        "127.0.0.1:8001": f"127.0.0.1:{ports[1]}",
        r"127\.0\.0\.1:8000": rf"127\.0\.0\.1:{ports[0]}",
        r"127\.0\.0\.1:8001": rf"127\.0\.0\.1:{ports[1]}",
    }
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in {**addresses, **changes}.items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "meagraph.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user), encoding="utf-8")
    command = [str(NGINX), "-p", str(folder), "-e", str(folder / "errors")]
    process = subprocess.Popen([*command, "-c", str(folder / "nginx.conf")])

    def listens() -> bool:
        assert process.poll() is None, (folder / "errors").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listens)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            yield client
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def front(
    folder: Path, first: Path, second: Path, changes: dict[str, str] | None = None
) -> Iterator[Front]:
    """nginx with two replicas of these folders of releases."""
    with ExitStack() as stack:
        stopping = stack.enter_context(ExitStack())
        one = stopping.enter_context(_serving(settings(first)))
        two = stack.enter_context(_serving(settings(second)))
        ports = [client.base_url.port or 0 for client in (one, two)]
        nginx = stack.enter_context(proxied(folder, ports, changes or {}))
        yield Front(nginx, (one, two), stopping.close)


Opened = Callable[..., AbstractContextManager[Front]]
NO_FENCE = {"rate=20r/s": "rate=10000r/s"}


def ask(client: httpx.Client, number: int) -> httpx.Response:
    """Send a small query that is not cached."""
    return client.get("/sparql", params={"query": f"ASK {{ FILTER({number} = {number}) }}"})


def queries(client: httpx.Client) -> int:
    """The number of queries sent to a replica, whatever their outcome."""
    metrics = client.get("/metrics").raise_for_status().text
    return sum(
        int(float(n)) for n in re.findall(r"^meagraph_queries_total{.*} (\S+)", metrics, re.M)
    )


def test_a_busy_replica_is_not_left_out_and_no_query_is_sent_twice(
    tmp_path: Path, releases: Path
) -> None:
    with (
        front(tmp_path, releases, releases, NO_FENCE) as it,
        sent(it.replicas[0], ENDLESS["a cross join, counted"]),
    ):
        wait_until(lambda: running(it.replicas[0]) == 1)
        before = [queries(replica) for replica in it.replicas]
        answers = [ask(it.nginx, number) for number in range(40)]
        busy = [answer for answer in answers if answer.status_code == 503]
        assert {answer.status_code for answer in answers} == {200, 503}
        assert {answer.json()["title"] for answer in busy} == {"Busy"}
        assert all(int(answer.headers["retry-after"]) > 0 for answer in busy)
        # Each was sent to one replica, and the busy one got queries after its first refusal too.
        after = [queries(replica) for replica in it.replicas]
        assert sum(after) - sum(before) == len(answers)
        assert after[0] - before[0] == len(busy) > 1


def test_a_replica_that_is_not_ready_is_left_out_until_it_is(
    tmp_path: Path, releases: Path
) -> None:
    empty = tmp_path / "empty"
    with front(tmp_path, empty, releases, NO_FENCE) as it:
        assert it.replicas[0].get("/readyz").status_code == 503
        assert {ask(it.nginx, number).status_code for number in range(40)} == {200}
        _make_release(empty, "r1", CROWD)
        numbers = iter(range(100, 1_000_000))

        def has_queries() -> bool:
            assert ask(it.nginx, next(numbers)).status_code == 200
            return queries(it.replicas[0]) > 0

        wait_until(has_queries)


def test_a_replica_that_is_gone_is_left_out(tmp_path: Path, releases: Path) -> None:
    with front(tmp_path, releases, releases, NO_FENCE) as it:
        assert ask(it.nginx, 0).status_code == 200
        it.stop()
        assert {ask(it.nginx, number).status_code for number in range(40)} == {200}
        posted = [
            it.nginx.post("/sparql", data={"query": f"ASK {{ FILTER({number} > 0) }}"})
            for number in range(1, 20)
        ]
        assert {answer.status_code for answer in posted} == {200}


def test_where_no_replica_is_ready_the_service_says_so(tmp_path: Path) -> None:
    with front(tmp_path, tmp_path / "one", tmp_path / "two", NO_FENCE) as it:
        answer = ask(it.nginx, 0)
        assert (answer.status_code, answer.json()["title"]) == (503, "Not ready")
        assert int(answer.headers["retry-after"]) > 0


def test_what_a_client_says_of_itself_is_replaced_and_nothing_is_upgraded(
    tmp_path: Path, releases: Path
) -> None:
    headers = {
        "connection": "Upgrade, HTTP2-Settings",
        "upgrade": "h2c",
        "http2-settings": "AAMAAABkAARAAAAAAAIAAAAA",
        "x-forwarded-for": "198.51.100.7",
        "x-request-id": "mine",
    }
    with front(tmp_path, releases, releases, NO_FENCE) as it:
        answer = it.nginx.post("/sparql", data={"query": "ASK {}"}, headers=headers)
        assert (answer.status_code, answer.json()["boolean"]) == (200, True)
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
        assert it.nginx.get("/metrics").status_code == 404
        long = it.nginx.get("/healthz", headers={"x-long": "a" * 60_000})
        assert long.status_code == 200
        longer = it.nginx.get("/healthz", headers={"x-long": "a" * 70_000})
        assert longer.status_code in (400, 431)


def test_a_slow_reader_holds_nothing_of_the_service(tmp_path: Path, releases: Path) -> None:
    long = "SELECT ?a ?c ?d ?f { ?a ?b ?c . ?d ?e ?f } LIMIT 100000"
    with front(tmp_path, releases, releases, NO_FENCE) as it, sent(it.nginx, long) as (slow,):
        done = 'meagraph_http_requests_total{method="POST",status="200"}'
        # The replica has sent its whole response, and the client has read nothing of it.
        wait_until(
            lambda: any(
                done in replica.get("/metrics").text and not running(replica)
                for replica in it.replicas
            )
        )
        assert slow.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_the_outer_fence_refuses_with_a_problem_and_when_to_come_again(
    tmp_path: Path, releases: Path
) -> None:
    with front(
        tmp_path, releases, releases, {"rate=20r/s": "rate=1r/m", "burst=100": "burst=2"}
    ) as it:
        answers = [it.nginx.get("/healthz") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        refused = answers[-1]
        assert refused.headers["content-type"] == "application/problem+json"
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["request_id"] == refused.headers["x-request-id"]
