"""HTTP/1.1 with limits on connections, on request heads, and on the time to send and to receive.

uvicorn's own protocol has no such limits: a client that sends a byte now and then keeps its
connection. It also accepts requests that RFC 9112 requires to be rejected, and parses what follows
an upgrade request as a new request. Requests rejected here never reach the application.

This uses private parts of uvicorn: `pyproject.toml` bounds its version, and
`tests/api/http/test_framing.py` shows what a version lacks.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from meagraph.core.errors import (
    HeadTooLarge,
    MethodNotAllowed,
    RequestError,
    RequestTooSlow,
    TargetTooLong,
    UnknownCoding,
)
from meagraph_api.http import problems, request_limits
from meagraph_api.http.connections import Connections
from meagraph_api.http.rate_limit import client_of
from meagraph_api.http.refusal_tracker import RefusalTracker

_STALLED = 60.0
"""Seconds within which a client must read some part of a pending response."""

_LINGER = 1.0
"""Seconds for which a rejected connection stays open, its input discarded: closing it at once
could lose the response (https://www.rfc-editor.org/rfc/rfc9112#section-9.6)."""

_PIPELINED = 16
"""Pipelined requests that are read while an earlier one is served. The connection then closes, and
the client repeats the rest (https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2)."""

_PER_HEADER = len(": \r\n")
_VERSIONS = frozenset({"1.0", "1.1"})

_HOST = re.compile(rb"(?:[A-Za-z0-9._~%!$&'()*+,;=-]*|\[([0-9A-Fa-f:.]+)\])(?::[0-9]*)?")
"""https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2 and a port."""

_CONNECTION = "meagraph.connection"
"""The key in a request's state for its connection."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one connection: bytes of the head, seconds for head and body."""

    head_bytes: int
    head_seconds: float
    body_seconds: float


def limited(
    limits: Limits, connections: Connections, refusals: RefusalTracker
) -> type[HttpToolsProtocol]:
    """Create a protocol class for uvicorn's `http=` that enforces these limits."""
    shared = {"limits": limits, "places": connections, "refusals": refusals}
    return type("Limited", (_Limited,), shared)


def connection_of(scope: Scope) -> _Limited | None:
    """The connection of a request; None if another server runs the application."""
    found: _Limited | None = scope.get("state", {}).get(_CONNECTION)
    return found


class _Limited(HttpToolsProtocol):
    """One connection."""

    limits: Limits
    places: Connections
    refusals: RefusalTracker

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False  # its lines contain addresses and queries; ours do not
        self.through_proxy = False
        """Whether the peer is a trusted proxy, whose connection serves many clients."""
        self._head: int | None = 0
        """Bytes read of the current head; None while a body is being read."""
        self._framing = 0
        """Bytes since the last part of a body or the last chunk size."""
        self._refusal: RequestError | None = None
        self._ending = False
        self._last = False
        """Whether the connection closes after the requests that were read."""
        self._delayed = False
        self._sending: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------------- the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        self.through_proxy = self.places.trusts(host)
        refusal = self.places.add(self, host)
        if refusal is None:
            self._time(self.limits.head_seconds)
        else:
            self._refuse(refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._sending, self._taking)
        self.places.remove(self)
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close the connection now, to make room for another."""
        self._ending = True
        self._stop(self._sending)
        self.transport.abort()

    def set_delayed(self, delayed: bool) -> None:
        """Record whether a response is being delayed; meanwhile the connection may be dropped."""
        self._delayed = delayed
        self._mark()

    def _mark(self) -> None:
        """Update whether this connection waits for its client."""
        answering = self.cycle is not None and not self.cycle.response_complete
        stopped = self._delayed or self._ending or self.flow.write_paused
        self.places.mark(self, waiting=stopped or self._head is None or not answering)

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        begun = self._head is None
        if self._head is not None:
            self._head += len(data)
        self._framing += len(data)
        self._unset_keepalive_if_required()
        self._parse(data)
        # A request that arrives in one piece, as most do, needs no timer.
        if self._head is None:
            if self._framing > self.limits.head_bytes:  # a trailer, or a chunk's extensions
                self._refuse(HeadTooLarge("The trailer, or an extension of a chunk, is too long."))
            elif not begun or self._sending is None:
                self._time(self.limits.body_seconds)
        elif self._head > self.limits.head_bytes:
            self._refuse(self._too_large())
        elif self._head > 0 and self._sending is None:
            self._time(self.limits.head_seconds)

    def _parse(self, data: bytes) -> None:
        """Parse input; reject the request if it is malformed."""
        rest = memoryview(data)
        try:
            while rest and not self._ending:
                try:
                    self.parser.feed_data(rest)
                    return
                except httptools.HttpParserUpgrade as upgrade:
                    rest = rest[upgrade.args[0] :]
                    self._read_again_without_upgrade()
        except httptools.HttpParserError:
            self._refuse(self._refusal or _malformed())

    def _read_again_without_upgrade(self) -> None:
        """Parse the head of a request again, without its Upgrade header.

        A server may ignore it (https://www.rfc-editor.org/rfc/rfc9110#section-7.8), but the parser
        does not: it stops after such a head, and parses a body as another request.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (method, self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(b"\r\n".join([*lines, b"", b""]))

    def _is_upgrade(self) -> bool:
        """Whether the parser will stop at the end of this head."""
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    # --------------------------------------------------------------------------- its requests

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_CONNECTION] = self
        self._head = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        # A trailer is no header (https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1).
        if self._head is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_upgrade():
            return
        try:
            self._check_head()
        except RequestError as error:
            self._refusal = error
            raise httptools.HttpParserError(error.title) from None
        target = httptools.parse_url(self.url)
        if not self.url.startswith(b"/") and target.host is not None:
            # The absolute form (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
            query = b"" if target.query is None else b"?" + target.query
            self.url = (target.path or b"/") + query
        if self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False
        super().on_headers_complete()
        self._head, self._framing = None, 0

    def on_chunk_header(self) -> None:
        """Called by the parser at the start of a chunk."""
        self._framing = 0

    def on_body(self, body: bytes) -> None:
        self._framing = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._is_upgrade():
            return
        super().on_message_complete()
        self._head = 0
        self._stop(self._sending)
        self._sending = None
        self._mark()

    def on_response_complete(self) -> None:
        ends = self._last and not self.pipeline
        super().on_response_complete()
        if ends:
            self.transport.close()
        self._mark()

    def _check_head(self) -> None:
        """Raise RequestError if the head of a request is not acceptable.

        https://www.rfc-editor.org/rfc/rfc9112#section-3.2 (Host), section 6 (the length of bodies).
        """
        if len(self.pipeline) >= _PIPELINED:
            raise RequestError(f"More than {_PIPELINED} pipelined requests are waiting.")
        lines = sum(len(name) + len(value) + _PER_HEADER for name, value in self.headers)
        if len(self.url) + lines > self.limits.head_bytes:
            raise self._too_large()
        request_limits.check_head(self.url, self.headers)
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            raise RequestError(f"HTTP/{version} is not supported. Use HTTP/1.1.")
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and version == "1.1"):
            raise RequestError(f"The request has {len(hosts)} Host headers; it needs one.")
        if hosts and not _is_host(hosts[0]):
            raise RequestError("The Host header is not a host with or without a port.")
        if self.parser.get_method() == b"CONNECT":
            raise MethodNotAllowed("CONNECT is not supported: this service is not a proxy.")
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if codings and version == "1.0":
            raise RequestError("HTTP/1.0 has no Transfer-Encoding. Send Content-Length.")
        if codings and b",".join(codings).strip().lower() != b"chunked":
            raise UnknownCoding("The only supported transfer coding is chunked.")

    # ------------------------------------------------------------------------------- its time

    def _time(self, seconds: float) -> None:
        self._stop(self._sending)
        self._sending = self.loop.call_later(seconds, self._too_slow, seconds)

    def _too_slow(self, seconds: float) -> None:
        if self.flow.read_paused:  # reading is paused by the server itself
            self._time(seconds)
        elif self._head == 0:
            self.transport.close()  # there is no request to respond to
        else:
            part = "body" if self._head is None else "header"
            self._refuse(
                RequestTooSlow(f"The request's {part} did not arrive within {seconds:g} seconds.")
            )

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self.loop.call_later(_STALLED, self.transport.abort)
        self._mark()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop(self._taking)
        self._mark()

    @staticmethod
    def _stop(*timers: asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()

    # ------------------------------------------------------------------------------ its ending

    def _too_large(self) -> RequestError:
        most = f"{self.limits.head_bytes:,} bytes. Send long queries by POST."
        if len(self.url or b"") > self.limits.head_bytes:
            return TargetTooLong(f"The URL is longer than {most}")
        return HeadTooLarge(f"The request line and the headers are longer than {most}")

    def _refuse(self, error: RequestError) -> None:
        """Respond with a problem, unless another response is in progress; close the connection."""
        if self._ending or self.transport.is_closing():
            return
        cycle = self.cycle
        answering = cycle is not None and not cycle.response_complete
        if answering and (self._head is not None or cycle.response_started or self.pipeline):
            # The response to an earlier request is in progress, or still to come.
            if self._head is None and self.pipeline:
                self.pipeline.popleft()  # this request itself, read only in part
            else:
                cycle.keep_alive = False
            self._last = True
            self.flow.pause_reading()
            return
        identity = uuid.uuid4().hex
        client = client_of({"client": self.client})
        self.refusals.before_application[error.status] += 1
        self.refusals.log(client, {"id": identity, "status": error.status, "outcome": error.code})
        self._end_with(_answer(error, identity))
        if answering:
            cycle.disconnected = True
            cycle.message_event.set()

    def _end_with(self, answer: bytes) -> None:
        self._ending = True
        self._stop(self._sending)
        if not self.places.may_answer(self):
            self.transport.abort()
            return
        self.transport.write(answer)
        self.transport.write_eof()
        self.loop.call_later(_LINGER, self.transport.close)
        self._mark()


def _is_host(value: bytes) -> bool:
    """Whether a Host header is the name or the address of a host."""
    found = _HOST.fullmatch(value)
    if found is None or found[1] is None:
        return found is not None
    try:
        return bool(IPv6Address(found[1].decode()))
    except ValueError:
        return False


def _malformed() -> RequestError:
    return RequestError("This is not a valid HTTP/1.1 request.")


def _answer(error: RequestError, identity: str) -> bytes:
    answer = problems.answer(error, identity)
    answer.headers["X-Request-ID"] = identity
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Connection"] = "close"
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = "GET, HEAD, POST, OPTIONS"
    lines = [b": ".join(header) for header in answer.raw_headers]
    status = f"HTTP/1.1 {error.status} {error.title}".encode()
    return b"\r\n".join([status, *lines, b"", bytes(answer.body)])
