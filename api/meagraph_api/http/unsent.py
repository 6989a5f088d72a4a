"""Limit the bytes of answers that wait until their clients take them.

An answer stands in memory, or in a temporary file, from the moment it is complete until its last
byte is handed to the connection. A client that asks for long answers and does not read them would
fill both.
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
"""Bytes that are handed to a connection at a time. Answers that are no longer are not counted."""

_SOON = 2
"""Seconds after which one who has taken nothing yet may ask again."""

_EXEMPT = "meagraph.exempt_from_unsent"
"""The key of a request's state that says that its answer is a file which exists anyway."""


_REFUSED = "meagraph.refused_as_unsent"
"""The key that says that there was no room for the answer, and that another was sent."""


def is_refused(scope: Scope) -> bool:
    """Whether there was no room for the answer to a request, so that nobody reads it."""
    return bool(scope.get("state", {}).get(_REFUSED))


def exempt(scope: Scope) -> None:
    """Leave the answer to a request uncounted: it is read from a file that exists anyway."""
    scope.setdefault("state", {})[_EXEMPT] = True


class Unsent:
    """Around the application: counts long answers for as long as they are being sent.

    A long answer for which there is no room is replaced by 429 where its client has too much
    waiting, and by 503 where all have. The first long answer of a client, and the first of all,
    always has room, so that no limit forbids an answer of a length that is allowed.
    """

    def __init__(self, app: ASGIApp, client_bytes: int, all_bytes: int) -> None:
        """Let so many bytes wait for one client and for all; 0 for any number."""
        self._app = app
        self._client_bytes = client_bytes
        self._all_bytes = all_bytes
        self._waiting: Counter[str] = Counter()

    @property
    def bytes(self) -> int:
        """The bytes that wait at this moment."""
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
        """Why an answer of a length has no room; None where it has."""
        for_client, for_all = self._waiting[client], self.bytes
        if self._client_bytes and for_client and for_client + length > self._client_bytes:
            return TooManyRequests(
                f"{for_client:,} bytes of answers wait until you take them. Read those, or close "
                "their connections, before you ask for more.",
                _SOON,
            )
        if self._all_bytes and for_all and for_all + length > self._all_bytes:
            return NotNow(
                "Too many long answers wait until their clients take them. Try again soon, or ask "
                "for less."
            )
        return None


def _length(start: Message) -> int:
    """The length that the headers of an answer tell; 0 where they tell none."""
    for name, value in start["headers"]:
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def _send_in_pieces(message: Message, send: Send) -> None:
    """Hand over a part of a body, waiting each time until the connection has room.

    So what is sent is not held twice, and the time that a client has to take something is for one
    piece.
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
