"""Long answers that nobody reads are limited, for one client and for all."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from meagraph_api import Settings
from meagraph_api.http.unsent import PIECE, Unsent, exempt
from tests.api.conftest import DATA, Serving

NUMBERS = " ".join(str(number) for number in range(100_000, 100_300))
LONG = (
    f"SELECT ?a ?b {{ VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ {NUMBERS} }} "
    "VALUES ?c { 1 2 3 4 5 6 } }"
)
"""A query whose answer is longer than what connections of this machine hold."""
LENGTH = len("a,b\r\n") + 300 * 300 * 6 * len("100000,100000\r\n")
ME, YOU = "198.51.100.7", "203.0.113.9"


class Unread:
    """A connection that takes the head of an answer and nothing else."""

    def __init__(self, client: httpx.Client, who: str) -> None:
        address = urlsplit(str(client.base_url))
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self._socket.settimeout(60)
        self._socket.connect((address.hostname, address.port))
        path = f"/sparql?format=csv&query={quote(LONG)}"
        lines = (f"GET {path} HTTP/1.1", "Host: x", f"X-Forwarded-For: {who}", "", "")
        self._socket.sendall("\r\n".join(lines).encode())

    def __enter__(self) -> Unread:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def status(self) -> int:
        """The status of the answer."""
        return int(self._socket.recv(12).split()[1])


def waiting(client: httpx.Client) -> float:
    """The bytes that wait, as the metrics tell."""
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("meagraph_unsent_"))


def wait_for(client: httpx.Client, number: float) -> None:
    until = time.monotonic() + 60
    while waiting(client) != number:
        assert time.monotonic() < until
        time.sleep(0.05)


@contextmanager
def limited(serving: Serving, releases: Path, **settings: Any) -> Iterator[httpx.Client]:
    """A server behind a proxy, with room for two long answers of a client and three of all."""
    limits = {
        "client_unsent_bytes": int(2.5 * LENGTH),
        "max_unsent_bytes": int(3.5 * LENGTH),
        "trusted_proxies": "127.0.0.1",
        "metrics": "all",  # the client of the test comes through the proxy
        "slow_after": 60,
        **settings,
    }
    with serving(Settings(releases=releases, queries=DATA / "queries", **limits)) as client:
        yield client


@pytest.mark.parametrize("cache_bytes", [0, 10 * LENGTH], ids=["in files", "in memory"])
def test_answers_that_nobody_reads_are_limited_for_one_client_and_for_all(
    small_releases: Path, serving: Serving, cache_bytes: int
) -> None:
    with limited(serving, small_releases, cache_bytes=cache_bytes) as client, ExitStack() as stack:
        mine = [stack.enter_context(Unread(client, ME)) for _ in range(2)]
        assert [one.status() for one in mine] == [200, 200]
        wait_for(client, 2 * LENGTH)
        refused = client.get(
            "/sparql",
            params={"query": LONG, "format": "csv"},
            headers={"x-forwarded-for": ME, "accept-encoding": "identity"},
        )
        assert (refused.status_code, refused.json()["title"]) == (429, "Too many requests")
        assert f"{2 * LENGTH:,} bytes" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["request_id"] == refused.headers["x-request-id"]
        assert stack.enter_context(Unread(client, YOU)).status() == 200
        wait_for(client, 3 * LENGTH)
        with Unread(client, YOU) as one_more:
            assert one_more.status() == 503
        # What is short always has room.
        for who in (ME, YOU):
            answer = client.get("/sparql?query=ASK%7B%7D", headers={"x-forwarded-for": who})
            assert answer.json()["boolean"] is True
        stack.close()
        wait_for(client, 0)
        whole = client.get(
            "/sparql", params={"query": LONG, "format": "csv"}, headers={"x-forwarded-for": ME}
        )
        assert len(whole.content) == LENGTH
        wait_for(client, 0)


# --------------------------------------------------------------------- the counting by itself


async def _receive() -> Message:
    return {"type": "http.disconnect"}


def _answer(length: int, stated: int | None = None) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", str(length if stated is None else stated).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * length})

    return app


def _sent_by(unsent: Unsent, during: Any = None, **more: object) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if during is not None:
            during()

    scope = {"type": "http", "method": "GET", "client": (ME, 1), "headers": [], **more}
    asyncio.run(unsent(scope, _receive, send))
    return sent


@pytest.mark.parametrize("length", [0, 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5])
def test_a_body_is_handed_over_in_pieces_and_whole(length: int) -> None:
    start, *pieces = _sent_by(Unsent(_answer(length), 0, 0))
    assert start["status"] == 200
    assert b"".join(piece["body"] for piece in pieces) == b"x" * length
    assert all(len(piece["body"]) <= PIECE for piece in pieces)
    assert [piece.get("more_body", False) for piece in pieces] == [
        *[True] * (len(pieces) - 1),
        False,
    ]


@pytest.mark.parametrize(("length", "counted"), [(PIECE, 0), (PIECE + 1, PIECE + 1)])
def test_a_long_answer_is_counted_while_it_is_sent(length: int, counted: int) -> None:
    unsent = Unsent(_answer(length), 0, 0)
    counts: set[int] = set()
    _sent_by(unsent, lambda: counts.add(unsent.bytes))
    assert counted in counts
    assert unsent.bytes == 0


def test_a_file_that_exists_anyway_is_not_counted() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        exempt(scope)
        await _answer(3 * PIECE)(scope, receive, send)

    unsent = Unsent(app, 0, 0)
    counts: set[int] = set()
    _sent_by(unsent, lambda: counts.add(unsent.bytes))
    assert counts == {0}


def test_the_first_long_answer_has_room_however_small_the_limits_are() -> None:
    assert _sent_by(Unsent(_answer(2 * PIECE), 1, 1))[0]["status"] == 200


def test_an_answer_that_fails_is_no_longer_counted() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"9999999")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        raise OSError("the client has gone")

    unsent = Unsent(app, 0, 0)
    with pytest.raises(OSError, match="the client has gone"):
        _sent_by(unsent)
    assert unsent.bytes == 0


def test_a_refusal_is_a_problem_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    unsent = Unsent(_answer(2 * PIECE), 2 * PIECE, 0)
    monkeypatch.setitem(unsent._waiting, ME, PIECE)
    start, body = _sent_by(unsent, state={"request_id": "abc"})
    assert start["status"] == 429
    assert json.loads(body["body"])["request_id"] == "abc"
    assert unsent.bytes == PIECE
