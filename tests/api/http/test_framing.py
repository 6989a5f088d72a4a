"""Framing: where one request ends and the next begins, however the bytes come in."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import socket
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import httptools
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.server import ServerState

from meagraph_api.http import connection_limits
from meagraph_api.http.connection_limits import Limits, limited
from meagraph_api.http.connections import Connections, trusts_nobody
from meagraph_api.http.refusal_tracker import RefusalTracker
from tests.nonempty import nonempty

BODY = b"query=ASK%7B%7D"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\n" + FORM
WITH_LENGTH = POST + UPGRADE + b"Content-Length: %d\r\n\r\n" % len(BODY)
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Request:
    """What an application was given."""

    method: str
    path: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass
class Transport(asyncio.Transport):
    """A connection whose other end is the test."""

    written: bytearray = field(default_factory=bytearray)
    closed: bool = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.1", 5000), "sockname": ("192.0.2.2", 80)}.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def write_eof(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


Exchange = Callable[[Iterable[bytes]], tuple[list[Request], bytes]]
"""Called with what comes in."""


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    """Gives the requests that the application gets of bytes, and all that is answered."""
    with asyncio.Runner() as runner:
        yield partial(_exchange, runner)


def _exchange(runner: asyncio.Runner, pieces: Iterable[bytes]) -> tuple[list[Request], bytes]:
    """The requests that the application gets when these bytes come in, and all that it answers."""
    requests: list[Request] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        requests.append(Request(scope["method"], scope["path"], scope["headers"], body))
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
        )
        await send({"type": "http.response.body", "body": b"ok"})

    async def run() -> bytes:
        kind = limited(Limits(8_000, 10, 10), Connections(5, 0, trusts_nobody), RefusalTracker())
        config = Config(app, ws="none", log_config=None)
        protocol: Any = kind(config, ServerState(), {})
        transport = Transport()
        protocol.connection_made(transport)
        for piece in pieces:
            if not transport.closed:
                protocol.data_received(piece)
            for _ in range(4):  # so that the application reads between two pieces
                await asyncio.sleep(0)
        for _ in range(40):
            await asyncio.sleep(0)
        protocol.connection_lost(None)
        return bytes(transport.written)

    return requests, runner.run(run())


def statuses(answers: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answers)]


def splits(whole: bytes, step: int = 1) -> Iterable[Sequence[bytes]]:
    """The whole, at once and in two pieces at every position, or at some."""
    yield [whole]
    for at in range(1, len(whole), step):
        yield whole[:at], whole[at:]


def members(of: type) -> set[str]:
    """The names of a class, and the attributes that its code gives to itself."""
    classes = [inspect.getsource(one) for one in of.__mro__ if one is not object]
    return {*dir(of), *re.findall(r"self\.(\w+)\b.* = ", "\n".join(classes))}


UVICORN: dict[type, set[str]] = {
    kind: members(kind)
    for kind in (
        httptools_impl.HttpToolsProtocol,
        httptools_impl.RequestResponseCycle,
        FlowControl,
        _TrustedHosts,
    )
}


def needed() -> dict[type, set[str]]:
    """What the protocol uses of each class of uvicorn, read from its code."""
    ours = connection_limits._Limited
    text = inspect.getsource(ours)
    own = {*vars(ours), *ours.__annotations__, *re.findall(r"self\.(_\w+)\b.* = ", text)}
    used = {*re.findall(r"(?:self|super\(\))\.(\w+)", text)} - own - {"through_proxy"}
    overridden = {*re.findall(r"super\(\)\.(\w+)", text)} - {"__init__"}
    return {
        httptools_impl.HttpToolsProtocol: used | overridden | {"data_received", "on_url"},
        httptools_impl.RequestResponseCycle: {*re.findall(r"\bcycle\.(\w+)", text)},
        FlowControl: {*re.findall(r"\bflow\.(\w+)", text)},
        _TrustedHosts: {"__contains__"},
    }


def broken(uvicorn: Mapping[type, set[str]]) -> str:
    """What a version of uvicorn lacks of what the protocol needs, in a sentence; '' for nothing."""
    lacks = [
        f"{kind.__name__}.{name}"
        for kind, names in needed().items()
        for name in sorted(names - uvicorn[kind])
    ]
    if not lacks:
        return ""
    return (
        f"uvicorn {version('uvicorn')} no longer has {', '.join(lacks)}, which "
        f"{connection_limits.__name__} uses. "
        "Adapt that module, or lower the bound in pyproject.toml."
    )


def test_what_is_built_on_in_uvicorn_is_still_there() -> None:
    assert broken(UVICORN) == ""
    parser = httptools.HttpRequestParser(object())
    needs = ("feed_data", "get_method", "get_http_version", "should_upgrade")
    assert all(hasattr(parser, name) for name in (*needs, "set_dangerous_leniencies"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (httptools_impl.HttpToolsProtocol, "access_log"),
        (httptools_impl.HttpToolsProtocol, "flow"),
        (httptools_impl.HttpToolsProtocol, "on_body"),
        (httptools_impl.HttpToolsProtocol, "_unset_keepalive_if_required"),
        (httptools_impl.RequestResponseCycle, "response_complete"),
        (FlowControl, "pause_reading"),
    ],
)
def test_a_uvicorn_that_lacks_something_is_named_with_what_it_lacks(kind: type, name: str) -> None:
    assert f"no longer has {kind.__name__}.{name}, which meagraph_api." in broken(
        {**UVICORN, kind: UVICORN[kind] - {name}}
    )


def test_the_version_of_uvicorn_has_an_upper_bound() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    (bound,) = [one for one in project["project"]["dependencies"] if one.startswith("uvicorn")]
    assert re.fullmatch(r"uvicorn\[standard\]>=[0-9.]+,<[0-9.]+", bound)


@pytest.mark.parametrize(
    "whole",
    [
        WITH_LENGTH + BODY,
        POST + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\nf\r\n" + BODY + b"\r\n0\r\n\r\n",
        WITH_LENGTH.replace(b"h2c", b"websocket") + BODY,
        WITH_LENGTH.replace(b"HTTP/1.1", b"HTTP/1.0") + BODY,
        WITH_LENGTH.replace(b"Upgrade, HTTP2-Settings", b"keep-alive,upgrade") + BODY,
    ],
    ids=["h2c", "h2c in chunks", "a web socket", "HTTP/1.0", "kept alive"],
)
def test_an_upgrade_is_ignored_and_the_body_read(exchange: Exchange, whole: bytes) -> None:
    for pieces in nonempty(splits(whole)):
        requests, answers = exchange(pieces)
        assert [(one.method, one.body) for one in requests] == [("POST", BODY)], pieces
        assert statuses(answers) == [200]


def test_a_body_behind_an_upgrade_is_no_request_and_what_follows_is_one(exchange: Exchange) -> None:
    smuggling = POST + UPGRADE + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED
    following = b"GET /next HTTP/1.1\r\nHost: x\r\n" + UPGRADE + b"\r\n"
    for pieces in nonempty(splits(smuggling + following)):
        requests, answers = exchange(pieces)
        assert [(one.path, one.body) for one in requests] == [("/sparql", SMUGGLED), ("/next", b"")]
        assert statuses(answers) == [200, 200]


def test_many_upgrades_in_one_packet_are_all_read(exchange: Exchange) -> None:
    upgrade = b"GET /next HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    requests, _ = exchange([upgrade * 5])
    assert len(requests) == 5
    requests, answers = exchange([upgrade * 3_000])
    assert requests
    assert set(statuses(answers)) == {200}


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400),
        (b"Content-Length: 3\r\nContent-Length: 3\r\n", 400),
        (b"Content-Length: 3\r\nContent-Length: 0\r\n", 400),
        (b"Content-Length: 3, 3\r\n", 400),
        (b"Content-Length: +3\r\n", 400),
        (b"Content-Length: 0x3\r\n", 400),
        (b"Content-Length: -3\r\n", 400),
        (b"Content-Length: \r\n", 400),
        (b"Transfer-Encoding: x\r\n", 501),
        (b"Transfer-Encoding: gzip, chunked\r\n", 501),
        (b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 501),
        (b"Transfer-Encoding: chunked, gzip\r\n", 400),
        (b"Transfer-Encoding: chunked, chunked\r\n", 400),
        (b"Transfer-Encoding: xchunked\r\n", 501),
        (b"Transfer-Encoding: \r\n", 400),
        (b"Transfer-Encoding : chunked\r\n", 400),
        (b"Transfer-Encoding:\x0bchunked\r\n", 400),
        (b"X: a\r\n b\r\n", 400),
        (b"X: a\r\n\tb\r\n", 400),
        (b"X: a\n", 400),
        (b"X: a\rY: b\r\n", 400),
        (b"X: a\0b\r\n", 400),
        (b"X : a\r\n", 400),
        (b" X: a\r\n", 400),
        (b": a\r\n", 400),
        (b"X\r\n", 400),
    ],
)
@pytest.mark.parametrize("upgrade", [b"", b"Connection: Upgrade\r\nUpgrade: h2c\r\n"])
def test_faulty_framing_is_refused_and_nothing_behind_it_is_read(
    exchange: Exchange, lines: bytes, status: int, upgrade: bytes
) -> None:
    whole = b"POST /sparql HTTP/1.1\r\nHost: x\r\n" + upgrade + lines + b"\r\n0\r\n\r\n" + SMUGGLED
    for pieces in nonempty(splits(whole, 9)):
        requests, answers = exchange(pieces)
        assert requests == []
        assert statuses(answers) == [status]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [zz]\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [1:2]\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: \r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: a.example:8000\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", 200),
        (b"GET / HTTP/1.0\r\n\r\n", 200),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n" + SMUGGLED, 405),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ],
)
def test_a_head_is_read_or_refused_as_the_specification_says(
    exchange: Exchange, head: bytes, status: int
) -> None:
    for pieces in nonempty(splits(head, 5)):
        requests, answers = exchange(pieces)
        assert statuses(answers) == [status], pieces
        assert len(requests) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"http://elsewhere.example/a?b", "/a"),
        (b"http://elsewhere.example", "/"),
        (b"https://elsewhere.example:8443/", "/"),
        (b"//elsewhere.example/a", "//elsewhere.example/a"),
    ],
)
def test_a_target_in_absolute_form_is_read_as_its_path(
    exchange: Exchange, target: bytes, path: str
) -> None:
    requests, answers = exchange([b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n"])
    assert [one.path for one in requests] == [path]
    assert statuses(answers) == [200]


def test_a_trailer_is_no_header_and_has_an_end(exchange: Exchange) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    requests, _ = exchange([head + b"Accept: text/csv\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n"])
    assert requests[0].body == b"x"
    assert {name for name, _ in requests[0].headers} == {
        b"host",
        b"content-type",
        b"transfer-encoding",
    }
    for endless in (head + b"X: ", POST + b"Transfer-Encoding: chunked\r\n\r\n1;"):
        requests, answers = exchange([endless, *[b"a" * 1_000] * 10])
        assert requests == []
        assert statuses(answers) == [431]


def test_a_body_in_the_smallest_chunks_is_read(exchange: Exchange) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY * 500)
    whole = POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    requests, _ = exchange([whole[at : at + 1_000] for at in range(0, len(whole), 1_000)])
    assert requests[0].body == BODY * 500


def test_a_refusal_behind_requests_that_are_not_answered_yet_comes_in_no_answer_of_theirs(
    exchange: Exchange,
) -> None:
    bad = POST + b"Transfer-Encoding: chunked\r\n\r\nnone\r\n"
    first = b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n"
    for whole in (first + bad, first + first + bad):
        for pieces in nonempty(splits(whole, 3)):
            requests, answers = exchange(pieces)
            paths = [one.path for one in requests]
            assert paths == ["/first"] * whole.count(b"/first")
            assert statuses(answers)[: len(paths)] == [200] * len(paths)
            assert set(statuses(answers)[len(paths) :]) <= {400}


def test_only_a_client_of_http_1_1_is_told_to_continue(exchange: Exchange) -> None:
    expecting = b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    assert statuses(exchange([expecting, b"x"])[1]) == [100, 200]
    assert statuses(exchange([expecting.replace(b"HTTP/1.1", b"HTTP/1.0"), b"x"])[1]) == [200]


MESSAGES = some.lists(
    some.sampled_from(
        [
            b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
            WITH_LENGTH + BODY,
            POST + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
            POST + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        ]
    ),
    min_size=1,
    max_size=4,
)


@given(MESSAGES, some.lists(some.integers(1, 800), max_size=6))
def test_requests_are_the_same_wherever_packets_end(
    exchange: Exchange, messages: list[bytes], cuts: list[int]
) -> None:
    whole = b"".join(messages)
    bounds = [0, *sorted(cut for cut in set(cuts) if cut < len(whole)), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(bounds)]
    one_by_one = [request for message in messages for request in exchange([message])[0]]
    requests, answers = exchange(pieces)
    assert requests == one_by_one
    assert statuses(answers) == [200] * len(messages)


def test_clients_that_offer_an_upgrade_are_answered_by_a_real_server(client: httpx.Client) -> None:
    address = ("127.0.0.1", client.base_url.port or 0)
    head = WITH_LENGTH.replace(b"Connection: ", b"Connection: close, ")
    for pieces in nonempty(splits(head + BODY)):
        with socket.create_connection(address, timeout=10) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                plain.sendall(piece)
            answer = b""
            with suppress(ConnectionResetError):
                while piece := plain.recv(65_536):
                    answer += piece
        top, _, body = answer.partition(b"\r\n\r\n")
        assert top.startswith(b"HTTP/1.1 200 OK")
        assert json.loads(body)["boolean"] is True


def test_of_requests_sent_at_once_few_are_read_and_the_connection_ends_after_them(
    exchange: Exchange,
) -> None:
    requests, answers = exchange(
        [b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(400))]
    )

    served = [request.path for request in requests]
    assert served == [f"/{number}" for number in range(17)]  # one, and those that waited for it
    assert statuses(answers) == [200] * len(served)
    assert answers.count(b"connection: close") == 1
