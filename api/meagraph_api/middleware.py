"""What holds for every answer, whichever part of the service gives it. Pure ASGI throughout."""

from __future__ import annotations

import asyncio
import uuid

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meagraph.errors import NotNow
from meagraph_api import problems

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: nothing from elsewhere, nothing inline."""

_SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

ONLY_HEAD = "meagraph.only_head"
"""The key of a request's scope that says that nobody will see the body."""

_STOPPING = NotNow("The service is stopping; it did not wait for this request to be answered.")


class Identity:
    """Gives each request an id, and each answer that id and the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identity = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = identity
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = identity
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except asyncio.CancelledError:  # only a server that stops does this
            if not begun:
                await problems.answer(_STOPPING, identity)(scope, receive, send_with_headers)


class HeadAsGet:
    """Answers HEAD with the headers that GET would have (RFC 9110, section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # Range is defined for GET alone (RFC 9110, section 14.2).
        headers = [field for field in scope["headers"] if field[0] != b"range"]
        asked = {**scope, "method": "GET", "headers": headers, ONLY_HEAD: True}
        await self._app(asked, receive, send_without_body)
