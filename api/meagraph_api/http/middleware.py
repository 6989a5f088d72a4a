"""Middleware for every request: headers, limits, pacing, language, access log. Pure ASGI."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meagraph.core.errors import NotNow, RequestError, TooManyRequests
from meagraph_api.http import access_log, language, problems, refusal_tracker, request_limits
from meagraph_api.http.connection_limits import connection_of
from meagraph_api.http.pacing import Pacing
from meagraph_api.http.rate_limit import client_of
from meagraph_api.http.refusal_tracker import RefusalTracker

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: nothing from other origins, nothing inline."""

_EVERYWHERE = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    # Any site may read public data, none with credentials (https://fetch.spec.whatwg.org/).
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Accept-Ranges, Allow, Content-Disposition, Content-Location, Content-Range, "
        b"DataServiceVersion, ETag, Link, Meagraph-Note, Meagraph-Omits, Retry-After, "
        b"X-Request-ID, X-Total-Count",
    ),
)
"""Headers of every response."""

_PREFLIGHT = Response(
    status_code=204,
    headers={
        "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "86400",
    },
)
"""Response to a preflight request: https://fetch.spec.whatwg.org/#cors-preflight-request"""

ONLY_HEAD = "meagraph.only_head"
"""The key in a request's scope that marks a HEAD request, whose body is not sent."""

_STOPPING = NotNow("The service is stopping, and cancelled this request.")
_OVER_SHARE = TooManyRequests.status
_SOON = 1
"""Seconds after which a client with too many requests may retry."""


class Envelope:
    """Middleware for every request: id, language, common headers, HEAD, access log.

    It first checks that the client has not too many requests in progress and that the parameters
    are within the limits, then waits until `pacing` admits the request. It is a single class since
    each wrapper around a response costs time that matters for short queries.
    """

    def __init__(
        self,
        app: ASGIApp,
        count: Callable[[access_log.Facts], None],
        languages: language.LanguageHeaders,
        refused: RefusalTracker,
        most: int = 0,
    ) -> None:
        """Pass the log entry of each request to `count`, and write it to the access log.

        A client may have `most` requests in progress; 0 for no limit.
        """
        self._app = app
        self._count = count
        self._languages = languages
        self._refused = refused
        self._most = most
        self._in_progress: dict[str, int] = {}
        self._pacing = Pacing()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        identity = uuid.uuid4().hex
        entry = access_log.facts(scope)
        scope["state"]["request_id"] = identity
        client = client_of(scope)
        refusal = self._refusal(scope, client)
        if refusal is None:
            scope = language.strip_language(scope)
        method = scope["method"]
        status, sent = access_log.GONE, 0

        async def send_in_envelope(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *self._languages.of(scope, message["headers"]),
                    (b"x-request-id", identity.encode()),
                    *_EVERYWHERE,
                ]
                if status == _OVER_SHARE:
                    if refusal is None:
                        self._refused.note(client, scope["path"], _retry_after(message))
                    message["headers"] += await self._delay(scope, client)
            elif method == "HEAD":
                message["body"] = b""
            else:
                sent += len(message.get("body", b""))
            await send(message)

        self._in_progress[client] = self._in_progress.get(client, 0) + 1
        try:
            await self._pacing.turn(client)
            if method == "HEAD":  # the headers that GET would have (RFC 9110, section 9.3.2)
                scope = {
                    **scope,
                    "method": "GET",
                    "headers": _without_range(scope),
                    ONLY_HEAD: True,
                }
            app = _PREFLIGHT if method == "OPTIONS" and _is_preflight(scope) else self._app
            if refusal is not None:
                entry["outcome"] = refusal.code
                app = problems.answer(refusal, identity)
            await app(scope, receive, send_in_envelope)
        except asyncio.CancelledError:  # only when the server stops
            if status == access_log.GONE:
                stopping = problems.answer(_STOPPING, identity)
                await stopping(scope, receive, send_in_envelope)
        finally:
            self._in_progress[client] -= 1
            if not self._in_progress[client]:
                del self._in_progress[client]
            entry.setdefault("outcome", "gone" if status == access_log.GONE else "ok")
            entry = {
                "id": identity,
                "method": method,
                "path": scope["path"],
                "status": status,
                "bytes": sent,
                "ms": round((time.perf_counter() - begun) * 1000, 2),
                **entry,
            }
            self._count(entry)
            if status == _OVER_SHARE:
                self._refused.log(client, entry)
            else:
                access_log.log(entry)

    def _refusal(self, scope: Scope, client: str) -> RequestError | None:
        """The reason why a request is rejected, if it is."""
        if self._has_too_many(client):
            return TooManyRequests(
                f"You have {self._most} requests in progress, the maximum for a client. Wait until "
                "one has ended.",
                _SOON,
            )
        if seconds := self._refused.seconds_left(client, scope["path"]):
            return TooManyRequests(
                "You exceeded the rate limit, and retried before the time in Retry-After. "
                f"Wait {seconds} s.",
                seconds,
            )
        try:
            request_limits.check_parameters(scope["query_string"], "the query string")
        except RequestError as error:
            return error
        return None

    def _has_too_many(self, client: str) -> bool:
        """Whether a client has reached its limit of requests in progress."""
        return bool(self._most) and self._in_progress.get(client, 0) >= self._most

    async def _delay(self, scope: Scope, client: str) -> list[tuple[bytes, bytes]]:
        """Delay a 429 response; returns additional headers for it.

        Meanwhile it only occupies its connection, which may be dropped for others. Delayed
        responses are limited by the client's requests in progress: beyond that limit the response
        is immediate.
        """
        connection = connection_of(scope)
        last = self._refused.is_last(client)
        if not self._most or self._in_progress[client] <= self._most:
            if connection is not None:
                connection.set_delayed(True)
            await self._refused.wait(refusal_tracker.DELAY)
            if connection is not None:
                connection.set_delayed(False)
        carries_others = connection is not None and connection.through_proxy
        return [(b"connection", b"close")] if last and not carries_others else []


def _retry_after(message: Message) -> int:
    """The seconds in the Retry-After header of a response."""
    return next((int(value) for name, value in message["headers"] if name == b"retry-after"), 0)


def _without_range(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of a HEAD request, for which Range is not defined (RFC 9110, section 14.2)."""
    return [field for field in scope["headers"] if field[0] != b"range"]


def _is_preflight(scope: Scope) -> bool:
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])
