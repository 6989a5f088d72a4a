"""Refusals: a client over its share waits, loses its connection in the end, and costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from meagraph.core.errors import Busy
from meagraph_api import Settings
from meagraph_api.http import problems
from meagraph_api.http.access_log import Facts, facts
from meagraph_api.http.language import LanguageHeaders
from meagraph_api.http.middleware import Envelope
from meagraph_api.http.refusal_tracker import DELAY, MOST, RefusalTracker
from tests.api.conftest import DATA, Serving
from tests.api.http.test_access import AccessLog, listening_to_log
from tests.api.http.test_fairness import Clock

SENT = {"type": "http.response.start", "status": 429, "headers": []}


class Waits:
    """Waiting that ends when the test says so."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await self.over.wait()


def test_the_connection_ends_after_so_many_refusals_in_a_minute_and_not_after_fewer() -> None:
    clock = Clock()
    refusals = RefusalTracker(clock)
    assert not any(refusals.is_last("a") for _ in range(MOST))
    assert refusals.is_last("a")
    assert not refusals.is_last("b")
    clock.now += 59
    assert refusals.is_last("a")
    clock.now += 60
    assert not refusals.is_last("a")


def test_a_client_that_never_waits_as_long_as_it_is_told_is_refused_unseen() -> None:
    clock = Clock()
    refusals = RefusalTracker(clock)
    refusals.note("a", "/queries/measures.csv", 10)
    refusals.note("a", "/sparql", 30)
    for _ in range(MOST):
        assert refusals.seconds_left("a", "/sparql") == 0
        refusals.is_last("a")
    clock.now += 9.5
    assert refusals.seconds_left("a", "/queries/links") == 1
    assert refusals.seconds_left("a", "/sparql") == 21
    assert refusals.seconds_left("a", "/robots.txt") == refusals.seconds_left("b", "/sparql") == 0
    clock.now += 20.5
    assert refusals.seconds_left("a", "/sparql") == 0


def test_one_line_a_second_is_written_of_each_client_with_the_number_left_out() -> None:
    clock, written = Clock(), list[Facts]()
    refusals = RefusalTracker(clock, written.append)
    for _ in range(5):
        refusals.log("a", {"status": 429})
        refusals.log("b", {"status": 429})
    assert written == [{"status": 429}] * 2
    clock.now += 1
    refusals.log("a", {"status": 431})
    assert written[2:] == [{"status": 431, "left_out": 4}]
    clock.now += 60
    refusals.log("c", {"status": 429})
    assert written[3:] == [{"outcome": "refused", "left_out": 4}, {"status": 429}]


def test_clients_that_were_not_refused_for_a_minute_are_forgotten() -> None:
    clock = Clock()
    refusals = RefusalTracker(clock, lambda entry: None)
    for number in range(1000):
        refusals.log(f"{number}", {})
    clock.now += 60
    refusals.is_last("new")
    assert refusals.clients == 1


def scope(client: str = "192.0.2.1") -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [],
        "client": (client, 1),
    }


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def envelope(refusals: RefusalTracker, counted: list[Facts], most: int = 0) -> Envelope:
    async def over_share(scope: Scope, receive: Receive, send: Send) -> None:
        await send(dict(SENT))
        await send({"type": "http.response.body", "body": b"no"})

    return Envelope(over_share, counted.append, LanguageHeaders(), refusals, most)


def test_the_answer_is_held_back_for_half_a_second_while_others_are_served() -> None:
    async def run() -> None:
        waits, sent = Waits(), list[Message]()
        app = envelope(RefusalTracker(wait=waits, write=lambda entry: None), [])

        async def send(message: Message) -> None:
            sent.append(message)

        tasks = [asyncio.create_task(app(scope(), nothing, send)) for _ in range(3)]
        while len(waits.seconds) < 3:
            await asyncio.sleep(0)
        assert waits.seconds == [DELAY] * 3
        assert sent == []
        waits.over.set()
        await asyncio.gather(*tasks)
        assert [message["status"] for message in sent if "status" in message] == [429] * 3

    asyncio.run(run())


def test_no_more_answers_are_held_back_than_a_client_may_have_requests_in_progress() -> None:
    async def run() -> None:
        waits, counted = Waits(), list[Facts]()
        app = envelope(RefusalTracker(wait=waits, write=lambda entry: None), counted, most=5)

        async def send(message: Message) -> None:
            pass

        tasks = [asyncio.create_task(app(scope(), nothing, send)) for _ in range(5)]
        while len(waits.seconds) < 5:
            await asyncio.sleep(0)
        for _ in range(100):
            await app(scope(), nothing, send)
        assert len(waits.seconds) == 5
        assert [entry["outcome"] for entry in counted] == ["too-many-requests"] * 100
        waits.over.set()
        await asyncio.gather(*tasks)
        await app(scope(), nothing, send)
        assert len(waits.seconds) == 6

    asyncio.run(run())


@contextmanager
def over_share(
    releases: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> Iterator[httpx.Client]:
    """A server to which every client is over its share from its second query on."""
    monkeypatch.setattr("meagraph_api.http.refusal_tracker.DELAY", 0.0)
    limits = Settings(
        releases=releases, queries=DATA / "queries", client_seconds=1e-9, cache_bytes=0, **settings
    )
    with serving(limits) as client:
        client.get("/sparql", params={"query": "ASK {}"})
        yield client


PAGE = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/sparql?query=ASK%7B%7D", {}),
        ("/queries/measures", {}),
        ("/queries/measures.html", {}),
        ("/queries/measures", PAGE),
    ],
)
def test_whoever_makes_the_page_a_refusal_has_its_headers_and_its_outcome(
    small_releases: Path,
    serving: Serving,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    headers: dict[str, str],
) -> None:
    with over_share(small_releases, serving, monkeypatch) as client, listening_to_log() as log:
        check_refusal(client.get(address, headers=headers), log)
        assert client.get("/healthz").status_code == 200


def test_so_has_one_of_a_search_and_of_a_harvester(
    releases: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meagraph_api.http.refusal_tracker._SECOND", 0.0)
    with over_share(releases, serving, monkeypatch) as client, listening_to_log() as log:
        check_refusal(client.get("/search?q=steppe"), log)
        check_refusal(client.get("/search?q=steppe", headers=PAGE), log)
        harvested = client.get("/informea.svc/Measures")
        assert (harvested.status_code, harvested.headers["cache-control"]) == (429, "no-store")
        assert log.of(harvested)["outcome"] == "too-many-requests"


@pytest.mark.parametrize(
    ("address", "status", "outcome"),
    [
        ("/queries/measures.html?country=nowhere", 400, "wrong-value"),
        ("/queries/measures.html?view=odd", 400, "wrong-value"),
        ("/search?q=steppe&limit=odd", 400, "wrong-value"),
    ],
)
def test_pages_that_routes_make_for_errors_tell_their_outcome(
    client: httpx.Client, address: str, status: int, outcome: str
) -> None:
    with listening_to_log() as log:
        refused = client.get(address, headers=PAGE)
        assert refused.status_code == status
        assert refused.headers["content-type"].startswith("text/html")
        assert log.of(refused)["outcome"] == outcome


def check_refusal(refused: httpx.Response, log: AccessLog) -> None:
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["x-request-id"] in refused.text
    assert "have taken" in refused.text
    line = log.of(refused)
    assert (line["status"], line["outcome"]) == (429, "too-many-requests")


def test_a_page_for_a_client_over_its_share_is_made_once_and_leads_to_itself(
    small_releases: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with over_share(small_releases, serving, monkeypatch) as client:
        first, second, russian = (
            client.get(f"/search?q={words}{language}", headers=PAGE)
            for words, language in (("steppe", ""), ("%22%3E%3Cb%3E", ""), ("steppe", "&lang=ru"))
        )
    assert "?q=steppe&amp;lang=ru" in first.text
    assert "?q=%22%3E%3Cb%3E&amp;lang=ru" in second.text
    assert 'lang="ru"' in russian.text
    assert first.headers["x-request-id"] not in second.text


@pytest.mark.parametrize("proxies", ["", "127.0.0.1"])
def test_after_many_refusals_the_connection_is_closed_but_not_that_of_a_proxy(
    small_releases: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch, proxies: str
) -> None:
    with over_share(small_releases, serving, monkeypatch, trusted_proxies=proxies) as client:
        answers = [client.get("/sparql?query=ASK%7B%7D") for _ in range(MOST + 2)]
    assert {answer.status_code for answer in answers} == {429}
    closed = [answer.headers.get("connection") for answer in answers]
    assert closed == [None] * MOST + ([None] * 2 if proxies else ["close"] * 2)


def test_a_long_query_is_not_looked_at_for_a_client_over_its_share(
    small_releases: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with over_share(small_releases, serving, monkeypatch) as client:
        read: list[str] = []

        def pairs(encoded: bytes, where: str) -> list[tuple[str, str]]:
            read.append(where)
            return []

        monkeypatch.setattr("meagraph_api.queries.sparql_request.request_params.pairs", pairs)
        long = {"query": "ASK {}" + " " * 20_000}
        assert client.post("/sparql", data=long).status_code == 429
        assert read == ["the query string"]


def test_a_page_that_a_route_makes_for_an_error_says_when_to_come_again() -> None:
    request = Request({**scope(), "state": {}})
    answer = problems.page(request, Busy("All are busy."), "<p>All are busy.</p>")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["cache-control"] == "no-store"
    assert facts(request.scope)["outcome"] == "busy"
