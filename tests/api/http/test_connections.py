"""Connections: each peer has its share of the places, and health checks always have one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from hypothesis import given
from hypothesis import strategies as some
from prometheus_client.parser import text_string_to_metric_families

from meagraph.core.errors import NotNow, TooManyRequests
from meagraph_api import Settings
from meagraph_api.http.connections import KEPT, Connections, trusts_nobody
from meagraph_api.server import make_server
from tests.api.conftest import DATA, Serving
from tests.nonempty import nonempty

PROXY = "127.0.0.9"


@dataclass(eq=False)
class Connection:
    """A connection that notes whether it was dropped."""

    dropped: bool = False

    def drop(self) -> None:
        self.dropped = True


def is_proxy(host: str) -> bool:
    return host == PROXY


def connect(places: Connections, host: str, *, waiting: bool = True) -> Connection:
    made = Connection()
    assert places.add(made, host) is None
    places.mark(made, waiting=waiting)
    return made


def test_the_connection_of_a_peer_that_waits_longest_is_dropped_for_the_next() -> None:
    places = Connections(100, 3, trusts_nobody)
    other = connect(places, "192.0.2.2")
    busy, first, second = (connect(places, "192.0.2.1", waiting=n > 0) for n in range(3))
    connect(places, "192.0.2.1")
    assert [one.dropped for one in (other, busy, first, second)] == [False, False, True, False]
    assert (len(places), places.dropped) == (4, 1)


def test_one_that_is_served_and_then_waits_again_waits_from_then_on() -> None:
    places = Connections(100, 2, trusts_nobody)
    first, second = connect(places, "192.0.2.1"), connect(places, "192.0.2.1")
    places.mark(first, waiting=False)
    places.mark(first, waiting=True)
    connect(places, "192.0.2.1")
    assert (first.dropped, second.dropped) == (False, True)


def test_a_peer_whose_requests_are_all_served_gets_no_more_and_is_told_when_to_come_again() -> None:
    places = Connections(100, 2, trusts_nobody)
    served = [connect(places, "2001:db8::1", waiting=False) for _ in range(2)]
    refused = Connection()
    refusal = places.add(refused, "2001:db8::2")  # of the same network
    assert isinstance(refusal, TooManyRequests)
    assert refusal.retry_after == 1
    assert places.may_answer(refused)
    places.remove(refused)
    assert not places.may_answer(refused)
    connect(places, "2001:db8:0:1::1")
    places.remove(served[0])
    connect(places, "2001:db8::2")


def test_of_many_that_are_refused_few_get_an_answer() -> None:
    places = Connections(10, 1, trusts_nobody)
    connect(places, "192.0.2.1", waiting=False)
    refused = [Connection() for _ in range(1000)]
    assert all(places.add(one, "192.0.2.1") for one in refused)
    assert 0 < sum(places.may_answer(one) for one in refused) < 100


def test_a_proxy_has_as_many_as_there_are() -> None:
    places = Connections(100, 2, is_proxy)
    for _ in range(100 - KEPT):
        connect(places, PROXY, waiting=False)
    assert isinstance(places.add(Connection(), PROXY), NotNow)


def test_places_are_kept_for_this_machine() -> None:
    places = Connections(100, 0, is_proxy)
    far = [connect(places, f"192.0.2.{n}", waiting=False) for n in range(100 - KEPT)]
    assert isinstance(places.add(Connection(), "192.0.2.200"), NotNow)
    near = [connect(places, "127.0.0.1", waiting=False) for _ in range(KEPT)]
    assert isinstance(places.add(Connection(), "127.0.0.1"), NotNow)
    places.mark(far[7], waiting=True)
    near.append(connect(places, "::1"))
    assert far[7].dropped
    assert not any(one.dropped for one in near)


def test_a_far_peer_takes_no_place_of_this_machine() -> None:
    places = Connections(100, 0, trusts_nobody)
    near = connect(places, "127.0.0.1")
    far = [connect(places, f"192.0.2.{n}") for n in range(150)]
    assert [one.dropped for one in far] == [True] * (150 - 100 + KEPT) + [False] * (100 - KEPT)
    assert not near.dropped


def test_this_machine_shuts_out_nobody_either() -> None:
    places = Connections(100, 0, trusts_nobody)
    near = [connect(places, f"127.0.1.{n}") for n in range(100)]
    connect(places, "192.0.2.1", waiting=False)
    assert [one.dropped for one in near] == [True] + [False] * 99


@given(
    some.lists(
        some.tuples(
            some.sampled_from(["127.0.0.1", "127.0.0.2", PROXY, "192.0.2.1", "192.0.2.2", "odd"]),
            some.sampled_from(["served", "waiting", "gone"]),
        ),
        min_size=1,
        max_size=80,
    )
)
def test_no_limit_is_ever_passed_and_a_peer_below_its_share_is_refused_only_by_a_full_house(
    happened: list[tuple[str, str]],
) -> None:
    places = Connections(20, 5, is_proxy)
    there: dict[Connection, str] = {}
    for host, state in nonempty(happened):
        made = Connection()
        refusal = places.add(made, host)
        if refusal is None:
            there[made] = host
        there = {one: of for one, of in there.items() if not one.dropped}
        near = sum(of.startswith("127.") and of != PROXY for of in there.values())
        of_peer = list(there.values()).count(host)
        assert len(places) == len(there) <= 20
        assert len(there) - near <= 20 - 10  # of few places half are kept
        assert host == PROXY or of_peer <= 5
        if isinstance(refusal, TooManyRequests):
            assert of_peer == 5
        elif refusal is not None:
            assert len(there) == 20 or len(there) - near == 10
        if state == "gone":
            places.remove(made)
            there.pop(made, None)
        else:
            places.mark(made, waiting=state == "waiting")


def test_several_processes_divide_the_limits() -> None:
    settings = Settings(
        queries=DATA / "queries", processes=3, max_connections=1000, client_connections=100
    )
    protocol = make_server(settings).config.http
    assert isinstance(protocol, type)
    assert (protocol.places.limit, protocol.places.per_peer) == (334, 34)  # type: ignore[attr-defined]


@contextmanager
def one_byte_each(client: httpx.Client, number: int, source: str) -> Iterator[None]:
    """Connections that send one byte and then nothing."""
    with ExitStack() as stack:
        for _ in range(number):
            plain = socket.create_connection(
                ("127.0.0.1", client.base_url.port or 0), 10, source_address=(source, 0)
            )
            stack.enter_context(plain)
            plain.sendall(b"G")
        yield


def test_who_opens_many_connections_shuts_out_nobody(
    small_releases: Path, serving: Serving
) -> None:
    settings = Settings(
        releases=small_releases,
        queries=DATA / "queries",
        max_connections=60,
        client_connections=20,
        head_timeout=300,
    )
    with serving(settings) as client, ExitStack() as attacks:
        for source in ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"):
            attacks.enter_context(one_byte_each(client, 80, source))
        for path in ("/healthz", "/readyz", "/metrics"):
            assert client.get(path).status_code == 200
        metrics = client.get("/metrics").text
        assert client.get("/sparql?query=ASK%7B%7D").json()["boolean"] is True
    families = {family.name: family for family in text_string_to_metric_families(metrics)}
    assert families["meagraph_connections"].samples[0].value == 60
    assert families["meagraph_connections_dropped"].samples[0].value == 4 * 80 + 1 - 60


def test_behind_a_proxy_a_client_has_so_many_requests_in_progress(
    small_releases: Path, serving: Serving
) -> None:
    settings = Settings(
        releases=small_releases,
        queries=DATA / "queries",
        trusted_proxies="127.0.0.1",
        client_connections=3,
        body_timeout=300,
    )
    begun = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Length: 9\r\n"
        b"Content-Type: application/sparql-query\r\n\r\nASK"
    )
    with serving(settings) as client, ExitStack() as stack:
        address = ("127.0.0.1", client.base_url.port or 0)
        for _ in range(3):
            plain = stack.enter_context(socket.create_connection(address, 10))
            plain.sendall(begun)
        refused = client.get("/healthz", headers={"x-forwarded-for": "192.0.2.1"})
        while refused.status_code == 200:  # until the three have been read
            refused = client.get("/healthz", headers={"x-forwarded-for": "192.0.2.1"})
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        assert "connection" not in refused.headers
        other = client.get("/healthz", headers={"x-forwarded-for": "192.0.2.2"})
        assert other.status_code == 200
