"""What many requests at a time see: shares for each client, answers kept, releases that change."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from meagraph_api import Settings
from tests.api.conftest import DATA, MakeRelease, Serving
from tests.api.hostile_queries import DATA as CROWD
from tests.api.hostile_queries import ENDLESS
from tests.api.served import (
    ENGINE,
    FOREVER,
    answered,
    processes,
    running,
    sent,
    workers_by_state,
)
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.alone

PROBLEM = "application/problem+json"
SLOW = ENDLESS["a cross join, counted"]
ME = {"x-forwarded-for": "198.51.100.7"}
YOU = {"x-forwarded-for": "203.0.113.9"}
OTHERS = [{"x-forwarded-for": f"192.0.2.{number}"} for number in range(1, 4)]
"""Clients behind a proxy that is trusted."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    """A folder with a release in which one may search for long."""
    folder: Path = tmp_path_factory.mktemp("crowd") / "releases"
    make_release(folder, "r1", CROWD)
    return folder


def shared(releases: Path, **settings: float) -> Settings:
    """Settings of a server behind a proxy, with some limits; none of them is a limit of time."""
    patient = {"query_timeout": FOREVER, "slow_after": FOREVER, "max_wait": FOREVER}
    limits = {"workers": 4, "slow_workers": 4, **patient, **settings}
    return Settings(
        releases=releases,
        queries=DATA / "queries",
        trusted_proxies="127.0.0.1",
        metrics="all",  # which the tests read as that proxy
        **limits,  # type: ignore[arg-type]
    )


def run_for(client: httpx.Client, seconds: float, who: dict[str, str]) -> httpx.Response:
    """Let a query without end run until its time is up."""
    return client.get("/sparql", params={"query": SLOW, "timeout": str(seconds)}, headers=who)


def small(client: httpx.Client, who: dict[str, str]) -> httpx.Response:
    """Send a query that any engine answers at once."""
    return client.get("/sparql", params={"query": "ASK {}"}, headers=who)


# ----------------------------------------------------------------------------- shares of a client


def test_one_client_runs_so_many_queries_at_a_time_and_others_theirs(
    crowd: Path, serving: Serving
) -> None:
    with serving(shared(crowd, client_queries=2)) as client:
        with sent(client, SLOW, 2, ME) as mine:
            wait_until(lambda: running(client) == 2)
            refused = small(client, ME)
            assert (refused.status_code, refused.headers["content-type"]) == (429, PROBLEM)
            assert refused.json()["title"] == "Too many requests"
            assert 0 < int(refused.headers["retry-after"]) <= 60
            assert small(client, YOU).status_code == 200
            assert run_for(client, 0.2, YOU).status_code == 504
            assert not answered(mine)
        # When they have ended there is room again.
        wait_until(lambda: small(client, ME).status_code == 200)


def test_one_client_never_has_all_of_the_fast_lane(crowd: Path, serving: Serving) -> None:
    with serving(shared(crowd)) as client, sent(client, SLOW, 8, ME) as mine:
        wait_until(lambda: running(client) == 3)
        assert small(client, YOU).json()["boolean"] is True
        assert workers_by_state(client) == {"idle": 1, "busy": 3, "slow": 0}
        assert not answered(mine)


def test_who_asks_little_does_not_wait_for_the_many_who_ask_much(
    crowd: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meagraph_api.engine.scheduler._DECAY", 0.0)
    with serving(shared(crowd, workers=2)) as client:
        for who in OTHERS:
            assert run_for(client, 0.8, who).status_code == 504
        one, two, three = (sent(client, SLOW, headers=who) for who in OTHERS)
        with one as first, two as second, three as third:
            wait_until(lambda: running(client) == 1)
            assert small(client, YOU).json()["boolean"] is True
            assert workers_by_state(client) == {"idle": 1, "busy": 1, "slow": 0}
            assert not answered([*first, *second, *third])


def test_one_client_has_so_much_time_in_a_minute_and_others_theirs(
    crowd: Path, serving: Serving
) -> None:
    # After three times what there is in a minute, it takes two minutes until there is some again.
    with serving(shared(crowd, client_seconds=0.5)) as client:
        assert run_for(client, 1.5, ME).status_code == 504
        refused = small(client, ME)
        assert (refused.status_code, refused.headers["content-type"]) == (429, PROBLEM)
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert small(client, YOU).status_code == 200
        # What asks no query costs nothing.
        assert client.get("/healthz", headers=ME).status_code == 200


def test_a_header_of_a_stranger_makes_nobody_another_client(crowd: Path, serving: Serving) -> None:
    settings = Settings(
        releases=crowd, queries=DATA / "queries", client_queries=1, query_timeout=FOREVER
    )
    with serving(settings) as client, sent(client, SLOW, headers=ME) as mine:
        wait_until(lambda: running(client) == 1)
        assert small(client, YOU).status_code == 429
        assert not answered(mine)


# ------------------------------------------------------------------------------- answers that last


def test_an_answer_that_a_client_has_is_not_sent_again(client: httpx.Client) -> None:
    params = {"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 5"}
    first = client.get("/sparql", params=params)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "public, no-cache"
    again = client.get("/sparql", params=params, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert "accept" in again.headers["vary"].lower()
    for known in ("*", f'W/{tag}, "x"', f'"x", {tag}'):
        answer = client.get("/sparql", params=params, headers={"if-none-match": known})
        assert answer.status_code == 304
    assert client.get("/sparql", params=params, headers={"if-none-match": '"x"'}).status_code == 200
    head = client.head("/sparql", params=params)
    assert head.headers["etag"] == tag


def test_a_tag_is_of_one_query_in_one_format_over_one_dataset(client: httpx.Client) -> None:
    query = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 50"
    ways = [
        {"params": {"query": query}},
        {"params": {"query": query + " "}},
        {"params": {"query": query, "format": "csv"}},
        {"params": {"query": query, "default-graph-uri": "http://example.org/g"}},
        {"params": {"query": query, "named-graph-uri": "http://example.org/g"}},
        {"params": {"query": query}, "headers": {"accept": "application/sparql-results+xml"}},
        {"params": {"query": query}, "headers": {"accept-encoding": "identity"}},
    ]
    tags = [client.get("/sparql", **way).headers["etag"] for way in ways]  # type: ignore[arg-type]
    assert len(set(tags)) == len(ways)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (now ( ) AS ?x) {}",
        "SELECT (RAND() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "SELECT * { ?s ?p ?o FILTER(RAND#\n() > 2) }",
        "CONSTRUCT { [] <a:p> ?o } WHERE { ?s ?p ?o }",
        "CONSTRUCT { _:b <a:p> 1 } WHERE {}",
    ],
)
def test_an_answer_of_chance_or_of_the_moment_is_never_kept(
    client: httpx.Client, query: str
) -> None:
    first = client.get("/sparql", params={"query": query})
    assert first.status_code == 200
    assert "etag" not in first.headers
    assert first.headers["cache-control"] == "no-store"


def test_an_error_is_never_kept(client: httpx.Client) -> None:
    for query in ("ASK {", "CLEAR ALL"):
        answer = client.get("/sparql", params={"query": query}, headers={"if-none-match": "*"})
        assert (answer.status_code, "etag" in answer.headers) == (400, False)
        assert answer.headers["cache-control"] == "no-store"


# -------------------------------------------------------------------------- releases that change


def numbered(number: int) -> str:
    """Data of which each piece says from which release it is."""
    things = "\n".join(f"<a:{thing}> <a:release> {number} ." for thing in range(200))
    return f"<a:g> {{ {things} }}"


@pytest.fixture
def two(tmp_path: Path, make_release: MakeRelease) -> Path:
    """A folder with two releases, the first one current."""
    make_release(tmp_path, "r2", numbered(2))
    make_release(tmp_path, "r1", numbered(1))
    return tmp_path


def switch(releases: Path, name: str) -> None:
    """Make another release current, at once."""
    fresh = releases / "current.new"
    fresh.write_text(f"{name}\n", encoding="utf-8")
    fresh.replace(releases / "current")


class Readers:
    """Clients that ask again and again; `answers` holds every answer as a set of its values."""

    def __init__(self, client: httpx.Client, number: int) -> None:
        self.answers: list[tuple[int, frozenset[str], int]] = []
        self._address = client.base_url
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(n,)) for n in range(number)]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        count = 0
        with httpx.Client(base_url=self._address, timeout=PATIENCE) as client:
            while not self._stop.is_set():
                count += 1
                # Every second text is one that others ask too, so that it comes from memory.
                remark = "" if count % 2 else f"# {number} {count}"
                params = {"query": f"SELECT ?n {{ ?s <a:release> ?n }} {remark}", "format": "csv"}
                answer = client.get("/sparql", params=params)
                head, *rows = answer.text.split()
                self.answers.append((answer.status_code, frozenset(rows), len(rows)))
                assert head == "n"


def has_read(readers: Readers, release: str) -> Callable[[], bool]:
    return lambda: bool(readers.answers) and readers.answers[-1][1] == {release}


def test_releases_change_under_load_and_no_request_fails_or_sees_two(
    two: Path, serving: Serving
) -> None:
    settings = Settings(releases=two, queries=DATA / "queries", workers=2)
    with serving(settings) as client, Readers(client, 4) as readers:
        wait_until(has_read(readers, "1"))
        for name in ("r2", "r1", "r2"):
            switch(two, name)
            wait_until(has_read(readers, name[1:]))
            before = len(readers.answers)
            wait_until(lambda: len(readers.answers) >= before + 25)  # noqa: B023 - called at once
    assert {status for status, _, _ in readers.answers} == {200}
    assert {values for _, values, _ in readers.answers} == {frozenset("1"), frozenset("2")}
    assert {count for _, _, count in readers.answers} == {200}


@pytest.fixture
def changing(two: Path, serving: Serving) -> Iterator[tuple[httpx.Client, Path]]:
    settings = Settings(
        releases=two,
        queries=DATA / "queries",
        workers=1,
        query_timeout=FOREVER,
        slow_after=FOREVER,
    )
    with serving(settings) as client:
        yield client, two


def workers_here() -> set[int]:
    """The workers of all services of this process: the children of those that make them."""
    everything = list(processes())
    ours = {p.pid for p in everything if p.parent == os.getpid() and p.runs(ENGINE)}
    return {process.pid for process in everything if process.parent in ours}


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process do nothing until the end of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="workers are found in /proc")
def test_a_query_under_way_ends_on_the_release_on_which_it_began(
    two: Path, serving: Serving
) -> None:
    others = workers_here()
    settings = Settings(
        releases=two, queries=DATA / "queries", workers=1, query_timeout=FOREVER, slow_after=FOREVER
    )
    params = {"query": "SELECT DISTINCT ?n { ?s <a:release> ?n }", "format": "csv"}
    with serving(settings) as client, ThreadPoolExecutor(1) as pool:
        (worker,) = workers_here() - others
        with stopped(worker):
            under_way = pool.submit(client.get, "/sparql", params=params)
            wait_until(lambda: running(client) == 1)
            switch(two, "r2")
            wait_until(lambda: client.get("/readyz").json()["release"] == "r2")
            assert not under_way.done()
        answer = under_way.result()
        assert (answer.status_code, answer.text.split()) == (200, ["n", "1"])
        assert client.get("/sparql", params=params).text.split() == ["n", "2"]


def test_a_new_release_makes_all_that_was_kept_old(changing: tuple[httpx.Client, Path]) -> None:
    client, releases = changing
    params = {"query": "SELECT DISTINCT ?n { ?s <a:release> ?n }", "format": "csv"}
    first = client.get("/sparql", params=params)
    assert first.text.split() == ["n", "1"]
    known = {"if-none-match": first.headers["etag"]}
    assert client.get("/sparql", params=params, headers=known).status_code == 304
    switch(releases, "r2")
    wait_until(lambda: client.get("/readyz").json()["release"] == "r2")
    second = client.get("/sparql", params=params, headers=known)
    assert (second.status_code, second.text.split()) == (200, ["n", "2"])
    assert second.headers["etag"] != first.headers["etag"]
    # And back again: what was true of the first release is true again.
    switch(releases, "r1")
    wait_until(lambda: client.get("/readyz").json()["release"] == "r1")
    assert client.get("/sparql", params=params, headers=known).status_code == 304
