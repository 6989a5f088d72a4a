"""Responses made in the pool, with entity tags, conditional requests and compression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ParamSpec

from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.version import __version__
from meagraph_api.http import preconditions
from meagraph_api.http.access_log import facts
from meagraph_api.http.negotiation import takes_gzip
from meagraph_api.http.responses import encoded
from meagraph_api.http.static_files import REVALIDATED
from meagraph_api.pages.render_pool import RenderPool

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Body:
    """A response body with its media type and parameters."""

    media_type: str
    content: bytes


async def deliver(
    request: Request,
    pool: RenderPool,
    tag_parts: tuple[str, ...],
    headers: Mapping[str, str],
    function: Callable[P, Body],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """Respond with the result of a module-level function, run in a process of the pool.

    `tag_parts` is everything that the response depends on, except for the version and the encoding.
    Raises what the function and the pool raise.
    """
    gzip = takes_gzip(request.headers.get("accept-encoding"))
    tag = preconditions.tag(__version__, *tag_parts, f"gzip {gzip}")
    all_headers = {**headers, "ETag": tag, "Cache-Control": REVALIDATED}
    known = request.headers.get("if-none-match")
    # A tag is sent only with a successful response, so a matching tag needs no new one. `*` matches
    # any existing resource, and whether it exists is known only after the call.
    if preconditions.names(known, tag):
        return _unchanged(request, all_headers)
    media_type, content, gzipped = await pool.run(request, _made, gzip, function, *args, **kwargs)
    if preconditions.matches(known, tag):
        return _unchanged(request, all_headers)
    if gzipped:
        all_headers["Content-Encoding"] = "gzip"
    return Response(content, headers={**all_headers, "Content-Type": media_type})


def _made(
    gzip: bool, function: Callable[P, Body], /, *args: P.args, **kwargs: P.kwargs
) -> tuple[str, bytes, bool]:
    """Media type, content, and whether it is compressed; runs in a process of the pool."""
    body = function(*args, **kwargs)
    content, gzipped = encoded(gzip, bytes, body.content)
    return body.media_type, content, gzipped


def _unchanged(request: Request, headers: Mapping[str, str]) -> Response:
    facts(request.scope)["outcome"] = "not-modified"
    return Response(None, 304, headers)
