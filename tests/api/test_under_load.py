"""What many requests at a time see: shares for each client, answers kept, releases that change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from meagraph_api import Settings
from tests.api.conftest import DATA, MakeRelease, Serving
from tests.api.hostile_queries import DATA as CROWD
from tests.api.hostile_queries import ENDLESS

pytestmark = pytest.mark.alone

PROBLEM = "application/problem+json"
SLOW = ENDLESS["a cross join, counted"]
ME = {"x-forwarded-for": "198.51.100.7"}
YOU = {"x-forwarded-for": "203.0.113.9"}
"""Two clients behind a proxy that is trusted."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease) -> Path:
    """A folder with a release in which one may search for long."""
    folder: Path = tmp_path_factory.mktemp("crowd") / "releases"
    make_release(folder, "r1", CROWD)
    return folder


def shared(releases: Path, **settings: float) -> Settings:
    """Settings of a server behind a proxy, with some limits."""
    limits = {"workers": 4, "slow_workers": 4, **settings}
    return Settings(
        releases=releases,
        queries=DATA / "queries",
        trusted_proxies="127.0.0.1",
        **limits,  # type: ignore[arg-type]
    )


def run_for(client: httpx.Client, seconds: float, who: dict[str, str]) -> httpx.Response:
    """Let a query run until its time is up."""
    return client.get("/sparql", params={"query": SLOW, "timeout": str(seconds)}, headers=who)


# ----------------------------------------------------------------------------- shares of a client


def test_one_client_runs_so_many_queries_at_a_time_and_others_theirs(
    crowd: Path, serving: Serving
) -> None:
    with serving(shared(crowd, client_queries=2)) as client, ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: run_for(client, 1.2, ME), range(3)))
        assert sorted(answer.status_code for answer in answers) == [429, 504, 504]
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.headers["content-type"] == PROBLEM
        assert refused.json()["title"] == "Too many requests"
        assert 0 < int(refused.headers["retry-after"]) <= 60
        mine = [pool.submit(run_for, client, 1.2, ME) for _ in range(2)]
        time.sleep(0.4)
        assert run_for(client, 0.2, ME).status_code == 429
        assert run_for(client, 0.2, YOU).status_code == 504
        assert [answer.result().status_code for answer in mine] == [504, 504]
        # As soon as they have ended there is room again.
        assert client.get("/sparql", params={"query": "ASK {}"}, headers=ME).status_code == 200


def test_one_client_never_has_all_of_the_fast_lane(crowd: Path, serving: Serving) -> None:
    settings = shared(crowd, slow_after=60, query_timeout=3)
    with serving(settings) as client, ThreadPoolExecutor(8) as pool:
        mine = [pool.submit(run_for, client, 2, ME) for _ in range(8)]
        time.sleep(0.5)
        answer = client.get("/sparql", params={"query": "ASK {}"}, headers=YOU)
        assert answer.json()["boolean"] is True
        assert not any(one.done() for one in mine)
        assert {one.result().status_code for one in mine} == {504}


def test_who_asks_little_does_not_wait_for_the_many_who_ask_much(
    crowd: Path, serving: Serving
) -> None:
    many = [{"x-forwarded-for": f"192.0.2.{number}"} for number in range(1, 4)]
    settings = shared(crowd, workers=2, slow_after=60, query_timeout=3)
    with serving(settings) as client, ThreadPoolExecutor(8) as pool:
        for who in many:
            assert run_for(client, 0.8, who).status_code == 504
        theirs = [pool.submit(run_for, client, 2, who) for who in many]
        time.sleep(0.5)
        answer = client.get("/sparql", params={"query": "ASK {}"}, headers=YOU)
        assert answer.json()["boolean"] is True
        assert not any(one.done() for one in theirs)
        assert {one.result().status_code for one in theirs} <= {503, 504}


def test_one_client_has_so_much_time_in_a_minute_and_others_theirs(
    crowd: Path, serving: Serving
) -> None:
    asked = {"query": "ASK { FILTER(1 = 1) }"}
    with serving(shared(crowd, client_seconds=1)) as client:
        assert client.get("/sparql", params=asked, headers=ME).status_code == 200
        assert run_for(client, 1.5, ME).status_code == 504
        refused = client.get("/sparql", params={"query": "ASK { FILTER(2 = 2) }"}, headers=ME)
        assert (refused.status_code, refused.headers["content-type"]) == (429, PROBLEM)
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert client.get("/sparql", params=asked, headers=YOU).status_code == 200
        # What asks no query costs nothing.
        assert client.get("/healthz", headers=ME).status_code == 200


def test_a_header_of_a_stranger_makes_nobody_another_client(crowd: Path, serving: Serving) -> None:
    settings = Settings(releases=crowd, queries=DATA / "queries", client_queries=1)
    with serving(settings) as client, ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: run_for(client, 1, who), (ME, YOU)))
        assert sorted(answer.status_code for answer in answers) == [429, 504]


# ------------------------------------------------------------------------------- answers that last


def test_an_answer_that_a_client_has_is_not_sent_again(client: httpx.Client) -> None:
    asked = {"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 5"}
    first = client.get("/sparql", params=asked)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "public, no-cache"
    again = client.get("/sparql", params=asked, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert "accept" in again.headers["vary"].lower()
    for known in ("*", f'W/{tag}, "x"', f'"x", {tag}'):
        answer = client.get("/sparql", params=asked, headers={"if-none-match": known})
        assert answer.status_code == 304
    assert client.get("/sparql", params=asked, headers={"if-none-match": '"x"'}).status_code == 200
    head = client.head("/sparql", params=asked)
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
        with httpx.Client(base_url=self._address, timeout=30) as client:
            while not self._stop.is_set():
                count += 1
                # Every second text is one that others ask too, so that it comes from memory.
                remark = "" if count % 2 else f"# {number} {count}"
                asked = {"query": f"SELECT ?n {{ ?s <a:release> ?n }} {remark}", "format": "csv"}
                answer = client.get("/sparql", params=asked)
                head, *rows = answer.text.split()
                self.answers.append((answer.status_code, frozenset(rows), len(rows)))
                assert head == "n"


def seen(readers: Readers, release: str) -> Callable[[], bool]:
    return lambda: bool(readers.answers) and readers.answers[-1][1] == {release}


def wait(holds: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_releases_change_under_load_and_no_request_fails_or_sees_two(
    two: Path, serving: Serving
) -> None:
    settings = Settings(releases=two, queries=DATA / "queries", workers=2)
    with serving(settings) as client, Readers(client, 4) as readers:
        wait(seen(readers, "1"))
        for name in ("r2", "r1", "r2"):
            switch(two, name)
            wait(seen(readers, name[1:]))
    assert {status for status, _, _ in readers.answers} == {200}
    assert {values for _, values, _ in readers.answers} == {frozenset("1"), frozenset("2")}
    assert {count for _, _, count in readers.answers} == {200}
    assert len(readers.answers) > 100


@pytest.fixture
def changing(two: Path, serving: Serving) -> Iterator[tuple[httpx.Client, Path]]:
    settings = Settings(releases=two, queries=DATA / "queries", workers=1, slow_after=60)
    with serving(settings) as client:
        yield client, two


def test_a_query_under_way_ends_on_the_release_on_which_it_began(
    changing: tuple[httpx.Client, Path],
) -> None:
    client, releases = changing
    some = " ".join(f"?s{n} <a:release> ?n{n} ." for n in range(2))
    long = f"SELECT (COUNT(*) AS ?rows) (SUM(?n0) AS ?n) {{ {some} VALUES ?x {{ {'1 ' * 200} }} }}"
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(client.get, "/sparql", params={"query": long, "format": "csv"})
        time.sleep(0.2)
        assert not under_way.done()
        switch(releases, "r2")
        wait(lambda: client.get("/readyz").json()["release"] == "r2")
        assert not under_way.done()
        answer = under_way.result()
    assert answer.status_code == 200
    assert answer.text.split() == ["rows,n", f"{200 * 200 * 200},{200 * 200 * 200}"]


def test_a_new_release_makes_all_that_was_kept_old(changing: tuple[httpx.Client, Path]) -> None:
    client, releases = changing
    asked = {"query": "SELECT DISTINCT ?n { ?s <a:release> ?n }", "format": "csv"}
    first = client.get("/sparql", params=asked)
    assert first.text.split() == ["n", "1"]
    known = {"if-none-match": first.headers["etag"]}
    assert client.get("/sparql", params=asked, headers=known).status_code == 304
    switch(releases, "r2")
    wait(lambda: client.get("/readyz").json()["release"] == "r2")
    second = client.get("/sparql", params=asked, headers=known)
    assert (second.status_code, second.text.split()) == (200, ["n", "2"])
    assert second.headers["etag"] != first.headers["etag"]
    # And back again: what was true of the first release is true again.
    switch(releases, "r1")
    wait(lambda: client.get("/readyz").json()["release"] == "r1")
    assert client.get("/sparql", params=asked, headers=known).status_code == 304
