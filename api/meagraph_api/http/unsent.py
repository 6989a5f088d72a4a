"""Limit the bytes of responses that clients have not read yet.

A response stays in memory, or in a temporary file, until its last byte is passed to the connection.
A client that requests long responses and does not read them would fill both.
"""

from __future__ import annotations

from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meagraph.core.errors import NotNow, RequestError, TooManyRequests
from meagraph_api.http import problems
from meagraph_api.http.access_log import facts
from meagraph_api.http.middleware import ONLY_HEAD
from meagraph_api.http.rate_limit import client_of

PIECE = 262_144
"""Bytes passed to a connection at a time. Responses up to this length are not counted."""

_SOON = 2
"""Seconds after which a client with too many unsent bytes may retry."""

_EXEMPT = "meagraph.exempt_from_unsent"
"""The key in a request's state that marks a response from a permanent file."""
_REFUSED = "meagraph.refused_as_unsent"
"""The key that marks a response replaced by an error because of the limits."""


def is_refused(scope: Scope) -> bool:
    """Whether the response to a request was replaced by an error, so that it is not read."""
    return bool(scope.get("state", {}).get(_REFUSED))


def exempt(scope: Scope) -> None:
    """Exempt the response to a request from counting: it is read from a permanent file."""
    scope.setdefault("state", {})[_EXEMPT] = True


class Unsent:
    """Middleware that counts long responses while they are being sent.

    A long response beyond the limits is replaced by 429 if its client has too many unsent bytes,
    and by 503 if all clients together have. The first long response of a client, and the first of
    all, is always allowed, so that the limits never forbid a response of a permitted length.
    """

    def __init__(self, app: ASGIApp, client_bytes: int, all_bytes: int) -> None:
        """Allow so many unsent bytes per client and in total; 0 for no limit."""
        self._app = app
        self._client_bytes = client_bytes
        self._all_bytes = all_bytes
        self._waiting: Counter[str] = Counter()

    @property
    def bytes(self) -> int:
        """The current number of unsent bytes."""
        return self._waiting.total()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope.get(ONLY_HEAD):
            await self._app(scope, receive, send)
            return
        client = client_of(scope)
        state = scope.setdefault("state", {})
        counted = 0

        async def send_counted(message: Message) -> None:
            nonlocal counted
            if _REFUSED in state:
                return
            if message["type"] != "http.response.start":
                await _send_in_pieces(message, send)
                return
            length = _length(message)
            if length > PIECE and _EXEMPT not in state:
                if (refusal := self._refusal(client, length)) is not None:
                    state[_REFUSED] = True
                    await _refuse(refusal, scope, receive, send)
                    return
                counted = length
                self._waiting[client] += length
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            if counted:
                self._waiting[client] -= counted
                if not self._waiting[client]:
                    del self._waiting[client]

    def _refusal(self, client: str, length: int) -> RequestError | None:
        """The error if a response of a length exceeds a limit, else None."""
        for_client, for_all = self._waiting[client], self.bytes
        if self._client_bytes and for_client and for_client + length > self._client_bytes:
            return TooManyRequests(
                f"You have not read {for_client:,} bytes of responses. Read them, or close their "
                "connections, before you request more.",
                _SOON,
            )
        if self._all_bytes and for_all and for_all + length > self._all_bytes:
            return NotNow(
                "Too many long responses have not been read by their clients. Try again soon, or "
                "request less."
            )
        return None


def _length(start: Message) -> int:
    """The Content-Length of a response; 0 if missing."""
    for name, value in start["headers"]:
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def _send_in_pieces(message: Message, send: Send) -> None:
    """Send a part of a body piece by piece, waiting until the connection has sent the last one.

    So the body is not buffered twice, and the send timeout applies to one piece.
    """
    body = message.get("body", b"")
    if len(body) <= PIECE:
        await send(message)
        return
    more = message.get("more_body", False)
    for begin in range(0, len(body), PIECE):
        piece = bytes(memoryview(body)[begin : begin + PIECE])
        last = begin + PIECE >= len(body)
        await send({"type": message["type"], "body": piece, "more_body": more or not last})


async def _refuse(error: RequestError, scope: Scope, receive: Receive, send: Send) -> None:
    facts(scope)["outcome"] = error.code
    identity = str(scope["state"].get("request_id", ""))
    await problems.answer(error, identity)(scope, receive, send)
