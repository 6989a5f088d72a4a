"""The protocol: heads of any size and senders of any slowness end in an answer, and soon."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as some

from meagraph_api import Settings
from meagraph_api.http import connection_limits
from tests.api.conftest import DATA, Serving
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.alone

HEAD = 8_000
HEAD_SECONDS = 0.6
BODY_SECONDS = 0.8
ASK = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def limited(small_releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    """A server with narrow limits, but none of time."""
    settings = Settings(
        releases=small_releases,
        queries=DATA / "queries",
        max_head_bytes=HEAD,
        head_timeout=PATIENCE,
        body_timeout=PATIENCE,
        max_connections=20,
    )
    with serving(settings) as client:
        yield client


@pytest.fixture(scope="module")
def hurried(small_releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    """A server that does not wait for senders."""
    settings = Settings(
        releases=small_releases,
        queries=DATA / "queries",
        head_timeout=HEAD_SECONDS,
        body_timeout=BODY_SECONDS,
    )
    with serving(settings) as client:
        yield client


@contextmanager
def connected(client: httpx.Client) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", client.base_url.port or 0), PATIENCE) as plain:
        yield plain


def read(plain: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    pieces = []
    with suppress(ConnectionResetError):
        while piece := plain.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def send(client: httpx.Client, sent: bytes) -> bytes:
    with connected(client) as plain:
        plain.sendall(sent)
        return read(plain)


def problem(answer: bytes) -> dict[str, object]:
    """What a refusal says; it must be a whole answer, with the id of the request."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert int(headers["content-length"]) == len(body)
    details: dict[str, object] = json.loads(body)
    assert details["request_id"] == headers["x-request-id"]
    assert status.split(" ", 2)[1] == str(details["status"])
    return details


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * HEAD + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * HEAD + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * HEAD + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000, 431),
        (b"GET / HTTP/1.1\r\nX" + b"a" * 1_000_000, 431),
        (b"GET /" + b"a" * 1_000_000, 414),
    ],
    ids=["URL", "one header", "many headers", "no end", "a name without end", "a URL without end"],
)
def test_a_head_that_is_too_long_is_refused(
    limited: httpx.Client, head: bytes, status: int
) -> None:
    details = problem(send(limited, head))
    titles = {414: "URL too long", 431: "Request header too large"}
    assert (details["status"], details["title"]) == (status, titles[status])
    assert "longer than 8,000 bytes" in str(details["detail"])


def test_a_head_that_is_just_short_enough_is_read(limited: httpx.Client) -> None:
    answer = limited.get("/healthz", headers={"x-long": "a" * (HEAD - 500)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "sent",
    [b"\x00\x01\x02\r\n\r\n", b"HELLO\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00"],
)
def test_what_is_no_http_is_a_bad_request(limited: httpx.Client, sent: bytes) -> None:
    assert problem(send(limited, sent))["status"] == 400


def trickle(plain: socket.socket, byte: bytes) -> bytes:
    """Send a byte now and then until there is an answer; that answer."""
    while not select.select([plain], [], [], 0.02)[0]:
        plain.sendall(byte)
    return read(plain)


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(hurried: httpx.Client) -> None:
    with connected(hurried) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        details = problem(trickle(plain, b"a"))
    assert (details["status"], details["title"]) == (408, "Request too slow")
    assert "header did not arrive within 0.6 seconds" in str(details["detail"])


def test_a_body_that_comes_byte_by_byte_is_not_waited_for(hurried: httpx.Client) -> None:
    with connected(hurried) as plain:
        plain.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 100000\r\n\r\n"
        )
        details = problem(trickle(plain, b"#"))
    assert (details["status"], details["title"]) == (408, "Request too slow")
    assert "body did not arrive within 0.8 seconds" in str(details["detail"])


@pytest.mark.parametrize("first", [b"", b"\r\n", b"\r\n" * 50])
def test_a_connection_on_which_nothing_comes_is_closed(hurried: httpx.Client, first: bytes) -> None:
    answer = send(hurried, first)
    assert not answer or problem(answer)["status"] == 408


def test_a_connection_that_is_kept_is_not_cut_off_while_a_query_runs(
    hurried: httpx.Client,
) -> None:
    numbers = " ".join(map(str, range(1000)))
    lots = " ".join(f"VALUES ?v{index} {{ {numbers} }}" for index in range(5))
    body = f"SELECT (COUNT(*) AS ?n) {{ {lots} }}".encode()
    head = (
        "POST /sparql?timeout=1.5 HTTP/1.1\r\nHost: x\r\n"
        f"Content-Type: application/sparql-query\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    # The last request is sent along, so that the server need not wait for it.
    answers = send(hurried, head.encode() + body + LAST)
    assert answers.startswith(b"HTTP/1.1 504 ")
    assert answers.endswith(b'{"status":"alive"}')


def test_requests_that_are_sent_at_once_are_answered_in_order(limited: httpx.Client) -> None:
    answers = send(limited, ASK * 3 + LAST)
    assert answers.count(b"HTTP/1.1 200 OK") == 4
    assert answers.count(b'"boolean"') == 3
    assert answers.endswith(b'{"status":"alive"}')


def test_a_refusal_never_cuts_into_the_answer_before_it(limited: httpx.Client) -> None:
    answers = send(limited, ASK + b"GET /" + b"a" * 500_000)
    head, _, body = answers.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert json.loads(body.partition(b"HTTP/1.1")[0])["boolean"] is True


def test_a_client_that_does_not_read_its_answer_holds_up_nobody(
    small_releases: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meagraph_api.http.connection_limits._STALLED", 0.5)
    lost: set[object] = set()
    lose = connection_limits._Limited.connection_lost

    def losing(connection: connection_limits._Limited, reason: Exception | None) -> None:
        lose(connection, reason)
        lost.add(connection.client)

    monkeypatch.setattr(connection_limits._Limited, "connection_lost", losing)
    few, many = " ".join(map(str, range(100))), " ".join(map(str, range(3000)))
    query = f"SELECT * {{ VALUES ?a {{ {many} }} VALUES ?b {{ {few} }} }}"
    body = query.encode()
    with serving(Settings(releases=small_releases, queries=DATA / "queries")) as client:
        with connected(client) as plain:
            plain.sendall(
                b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
                + f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = plain.recv(4096)
            assert head.startswith(b"HTTP/1.1 200 OK")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            wait_until(lambda: plain.getsockname() in lost)
            assert len(head) + len(read(plain)) < length
        assert client.get("/healthz").status_code == 200


@how(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.binary(min_size=1, max_size=60), min_size=1, max_size=5))
def test_any_bytes_end_in_an_answer_or_an_end(limited: httpx.Client, pieces: list[bytes]) -> None:
    with connected(limited) as plain:
        try:
            for piece in pieces:
                plain.sendall(piece)
            plain.sendall(b"\r\n\r\n")
            answer = read(plain)
        except (ConnectionResetError, BrokenPipeError):
            answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    assert b" 500 " not in answer.split(b"\r\n", 1)[0]
