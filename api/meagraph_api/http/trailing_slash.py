"""Redirect URLs with a superfluous trailing slash."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from starlette.responses import Response
from starlette.routing import Match, Router
from starlette.types import Receive, Scope, Send

from meagraph_api.http import language

_UNQUOTED = "/~!$&'()*+,;=:@"
"""Characters that need no percent-encoding in a path (https://www.rfc-editor.org/rfc/rfc3986#section-3.3)."""


class TrailingSlash:
    """Redirects to the URL without the trailing slash, if a route matches that.

    The location is a path without a host, since the Host header of a request is not trusted.
    """

    def __init__(self, router: Router, base: str) -> None:
        """Redirect below `base`, the path of the public URL."""
        self._router = router
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises HTTPException (404) if no route matches."""
        path = scope["path"].rstrip("/")
        if scope["type"] != "http" or path == scope["path"] or not self._is_served(path, scope):
            await self._router.not_found(scope, receive, send)
            return
        where = self._base + quote(path, safe=_UNQUOTED)
        sent = quote(scope["query_string"].decode("latin-1"), safe=_UNQUOTED + "%?")
        query = "&".join(filter(None, [sent, urlencode(language.parameters(scope))]))
        location = f"{where}?{query}" if query else where
        answer = Response(None, 307, {"Location": location, "Cache-Control": "public, no-cache"})
        await answer(scope, receive, send)

    def _is_served(self, path: str, scope: Scope) -> bool:
        without = {**scope, "path": path}
        matches = (route.matches(without)[0] for route in self._router.routes)
        return any(match is not Match.NONE for match in matches)
