"""Serve the problem types, each at its `type` URI (RFC 9457, section 3.1.1).

They are the classes of exceptions, and the HTTP status codes for errors without one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import RequestError, UnknownAddress, kinds
from meagraph.core.names import slug
from meagraph.core.quoting import shortened
from meagraph.core.results.formats import Format
from meagraph_api.http import problems
from meagraph_api.http.language import language_of
from meagraph_api.http.negotiation import media_type
from meagraph_api.http.page_cache import PageCache
from meagraph_api.http.responses import Lasting
from meagraph_api.pages.render_pool import RenderPool, rendered

_FORMATS = (Format("html", ("text/html",)), Format("json", ("application/json",)))


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problems."""

    code: str
    """The last segment of its URI."""
    title: str
    status: int
    meaning: str


def problem_types() -> dict[str, ProblemType]:
    """All problem types by code.

    >>> problem_types()["query-timeout"].status
    504
    """
    statuses = (
        ProblemType(
            slug(status.phrase),
            status.phrase,
            status,
            f"{(status.description or status.phrase).rstrip('.')}.",
        )
        for status in HTTPStatus
        if status >= HTTPStatus.BAD_REQUEST
    )
    meaning = "The service is at fault; its log has the reason."
    broken = ProblemType(problems.INTERNAL_ERROR, "Internal error", 500, meaning)
    found = (*statuses, broken, *map(_of, kinds()))
    return {kind.code: kind for kind in found}


def _of(error: type[RequestError]) -> ProblemType:
    meaning = " ".join((error.__doc__ or "").split("\n\n")[0].split())
    return ProblemType(error.code, error.title, error.status, meaning.replace("`", ""))


class ProblemTypes:
    """Routes of `/problem/…`."""

    def __init__(self, pool: RenderPool, cache: PageCache) -> None:
        self._pool = pool
        self._cache = cache
        self._types = problem_types()

    def add_routes(self, app: FastAPI) -> None:
        """Add the route to an application."""
        app.add_route("/problem/{name}", self.answer, methods=["GET"], include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve the description of a problem type. Raises UnknownAddress."""
        kind = self._types.get(request.path_params["name"])
        if kind is None:
            path = shortened(request.scope["path"])
            raise UnknownAddress(f"There is no problem type at {path}.")
        format_name = request.query_params.get("format")
        chosen = media_type(request.headers.get("accept"), format_name, _FORMATS) or "text/html"
        language = language_of(request) if chosen == "text/html" else ""
        lasting = Lasting(request, self._cache, "problem type", chosen, language)
        if (kept := lasting.kept) is not None:
            return kept
        if chosen == "application/json":
            return lasting.answer(_json(kind), chosen)
        return await lasting.make(self._pool, chosen, (), _page, kind, language)


def _json(kind: ProblemType) -> bytes:
    record = {
        "type": problems.type_address(kind.code),
        "title": kind.title,
        "status": kind.status,
        "meaning": kind.meaning,
    }
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def _page(kind: ProblemType, language: str) -> str:
    """Render the page in a process of the pool."""
    permanent = problems.type_address(kind.code)
    return rendered("problem_type.html", language, kind=kind, permanent=permanent)
