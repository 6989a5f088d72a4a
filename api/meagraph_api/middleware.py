"""What holds for every answer, whichever part of the service gives it. Pure ASGI throughout."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meagraph.errors import NotNow
from meagraph_api import access, problems
from meagraph_api.pages import language

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: nothing from elsewhere, nothing inline."""

_EVERYWHERE = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    # Any site may read what is public, and none with credentials (https://fetch.spec.whatwg.org/).
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Content-Disposition, ETag, Link, Retry-After, X-Request-ID, X-Total-Count",
    ),
)
"""Headers of every answer."""

_PREFLIGHT = Response(
    status_code=204,
    headers={
        "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "86400",
    },
)
"""What a browser is told before it asks: https://fetch.spec.whatwg.org/#cors-preflight-request"""

ONLY_HEAD = "meagraph.only_head"
"""The key of a request's scope that says that nobody will see the body."""

_STOPPING = NotNow("The service is stopping; it did not wait for this request to be answered.")


class Envelope:
    """Around every request: id, language, the headers of every answer, HEAD, the access log.

    One class for all of it, because each wrapper around an answer takes time that a short query
    does not have.
    """

    def __init__(
        self,
        app: ASGIApp,
        count: Callable[[access.Facts], None],
        languages: language.LanguageHeaders,
    ) -> None:
        """Hand what is told of each request to `count`, and write it to the log."""
        self._app = app
        self._count = count
        self._languages = languages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        identity = uuid.uuid4().hex
        told = access.facts(scope)
        scope["state"]["request_id"] = identity
        scope = language.taken(scope)
        method = scope["method"]
        status, sent = access.GONE, 0

        async def send_in_envelope(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *self._languages.of(scope, message["headers"]),
                    (b"x-request-id", identity.encode()),
                    *_EVERYWHERE,
                ]
            elif method == "HEAD":
                message["body"] = b""
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            if method == "HEAD":  # the headers that GET would have (RFC 9110, section 9.3.2)
                scope = {
                    **scope,
                    "method": "GET",
                    "headers": _without_range(scope),
                    ONLY_HEAD: True,
                }
            app = _PREFLIGHT if method == "OPTIONS" and _is_preflight(scope) else self._app
            await app(scope, receive, send_in_envelope)
        except asyncio.CancelledError:  # only a server that stops does this
            if status == access.GONE:
                stopping = problems.answer(_STOPPING, identity)
                await stopping(scope, receive, send_in_envelope)
        finally:
            told.setdefault("outcome", "gone" if status == access.GONE else "ok")
            told = {
                "id": identity,
                "method": method,
                "path": scope["path"],
                "status": status,
                "bytes": sent,
                "ms": round((time.perf_counter() - begun) * 1000, 2),
                **told,
            }
            self._count(told)
            access.log(told)


def _without_range(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of a HEAD request, for which Range is not defined (RFC 9110, section 14.2)."""
    return [field for field in scope["headers"] if field[0] != b"range"]


def _is_preflight(scope: Scope) -> bool:
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])


class Shortcut:
    """Leads the requests for one path straight to what answers them, and others the usual way.

    The usual way, through the layers and the table of routes of a framework, takes longer than an
    answer that was kept.
    """

    def __init__(self, app: ASGIApp, path: str, methods: frozenset[str], target: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._methods = methods
        self._target = target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        http = scope["type"] == "http"
        if http and scope["path"] == self._path and scope["method"] in self._methods:
            await self._target(scope, receive, send)
        else:
            await self._app(scope, receive, send)
