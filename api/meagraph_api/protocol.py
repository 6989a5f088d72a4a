"""HTTP/1.1 with limits: on the size of a request's head, and on the time to send head and body.

uvicorn's own protocol has none of them: one who sends a byte now and then holds a connection for as
long as they like. What is refused here never reaches the application.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import dataclass
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from meagraph.errors import HeadTooLarge, NotNow, RequestError, RequestTooSlow
from meagraph.names import slug
from meagraph_api import problems
from meagraph_api.access import log

_STALLED = 60.0
"""Seconds in which a client must take some part of an answer that waits for it."""

_LINGER = 1.0
"""Seconds for which a connection that was refused still takes what is sent, unread: closed at once,
it would take the answer with it (https://www.rfc-editor.org/rfc/rfc9112#section-9.6)."""

_PER_HEADER = len(": \r\n")

_log = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may take."""

    head_bytes: int
    head_seconds: float
    body_seconds: float
    connections: int
    """Connections that are served at a time."""


def limited(limits: Limits) -> type[HttpToolsProtocol]:
    """A protocol for uvicorn's `http=` that keeps these limits."""
    return type("Limited", (_Limited,), {"limits": limits})


class _Limited(HttpToolsProtocol):
    limits: Limits

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False  # its lines hold addresses and queries; ours do not
        self._head: int | None = 0
        """Bytes of the head that is being read; None while a body is being read."""
        self._refusal: RequestError | None = None
        self._ending = False
        self._sending: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------------- the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._time(self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._sending, self._taking)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        begun = self._head is None
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        # What comes at once needs no timer, and most requests do.
        if self._head is None:
            if not begun or self._sending is None:
                self._time(self.limits.body_seconds)
        elif self._head > self.limits.head_bytes:
            self._refuse(self._head_too_large())
        elif self._head > 0 and self._sending is None:
            self._time(self.limits.head_seconds)

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser, or we in one of its callbacks, could not take."""
        del msg  # it says only that the request is invalid
        malformed = RequestError("This is no HTTP/1.1 request that could be understood.")
        self._refuse(self._refusal or malformed)

    # --------------------------------------------------------------------------- its requests

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0

    def on_headers_complete(self) -> None:
        lines = sum(len(name) + len(value) + _PER_HEADER for name, value in self.headers)
        if len(self.url) + lines > self.limits.head_bytes:
            self._refusal = self._head_too_large()
        elif len(self.connections) > self.limits.connections:
            self._refusal = NotNow("More connections are open than are served. Try again soon.")
        if self._refusal is not None:
            raise httptools.HttpParserError(self._refusal.title)
        super().on_headers_complete()
        self._head = None

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head = 0
        self._stop(self._sending)
        self._sending = None

    # ------------------------------------------------------------------------------- its time

    def _time(self, seconds: float) -> None:
        self._stop(self._sending)
        self._sending = self.loop.call_later(seconds, self._too_slow, seconds)

    def _too_slow(self, seconds: float) -> None:
        if self.flow.read_paused:  # it is we who do not read on
            self._time(seconds)
        elif self._head == 0:
            self.transport.close()  # nothing was sent that could be answered
        else:
            part = "body" if self._head is None else "header"
            self._refuse(
                RequestTooSlow(f"The request's {part} did not arrive within {seconds:g} seconds.")
            )

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self.loop.call_later(_STALLED, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop(self._taking)

    @staticmethod
    def _stop(*timers: asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()

    # ------------------------------------------------------------------------------ its ending

    def _head_too_large(self) -> RequestError:
        return HeadTooLarge(
            f"The request line and the headers are longer than {self.limits.head_bytes:,} bytes. "
            "A long query is sent by POST."
        )

    def _refuse(self, error: RequestError) -> None:
        """Answer with a problem where nothing else is being answered, and end the connection."""
        if self._ending or self.transport.is_closing():
            return
        cycle = self.cycle
        answering = cycle is not None and not cycle.response_complete
        if answering and (self._head is not None or cycle.response_started):
            # The answer to the request before this one is under way: it is the last one.
            cycle.keep_alive = False
            self.flow.pause_reading()
            return
        identity = uuid.uuid4().hex
        self._end_with(_answer(error, identity))
        log({"id": identity, "status": error.status, "outcome": slug(error.title)})
        if answering:
            cycle.disconnected = True
            cycle.message_event.set()

    def _end_with(self, answer: bytes) -> None:
        self._ending = True
        self._stop(self._sending)
        self.transport.write(answer)
        self.transport.write_eof()
        self.loop.call_later(_LINGER, self.transport.close)


def _answer(error: RequestError, identity: str) -> bytes:
    answer = problems.answer(error, identity)
    answer.headers["X-Request-ID"] = identity
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Connection"] = "close"
    lines = [b": ".join(header) for header in answer.raw_headers]
    status = f"HTTP/1.1 {error.status} {error.title}".encode()
    return b"\r\n".join([status, *lines, b"", bytes(answer.body)])
