"""Error responses: problem details (RFC 9457), or a page for browsers."""

from __future__ import annotations

import json
import logging
import re
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol, cast

from markupsafe import escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import (
    BadValue,
    MachineFailed,
    MethodNotAllowed,
    NoSuchRange,
    NotNow,
    QuerySyntaxError,
    RequestError,
    TooManyRequests,
    UnknownAddress,
    is_machine_fault,
)
from meagraph.core.names import BASE, SOURCE, slug
from meagraph.core.quoting import shortened
from meagraph.core.results.formats import Format
from meagraph_api.http.access_log import GONE, facts
from meagraph_api.http.language import language_of, page_query, preferred, set_page_query, undecided
from meagraph_api.http.negotiation import media_type

MEDIA_TYPE = "application/problem+json"
"""https://www.rfc-editor.org/rfc/rfc9457#name-application-problemjson"""
INTERNAL_ERROR = "internal-error"
"""The code of internal errors."""

_FORMATS = (
    Format("json", (MEDIA_TYPE, "application/json")),
    Format("html", ("text/html",)),
)
_log = logging.getLogger("uvicorn.error")


class Renderer(Protocol):
    """Renders templates in a language."""

    def render(self, template: str, language: str = SOURCE, **values: object) -> str:
        """Render a template to HTML."""


class Problems:
    """Exception handlers that create error responses."""

    def __init__(self, pages: Renderer) -> None:
        self._pages = pages
        self._frame = lru_cache(maxsize=256)(self._rendered)

    async def refused(self, request: Request, error: Exception) -> Response:
        """Handle a RequestError, with its status, title and message."""
        assert isinstance(error, RequestError)  # noqa: S101 - registered for nothing else
        more: dict[str, object] = {}
        if isinstance(error, QuerySyntaxError) and error.line is not None:
            more = {"line": error.line, "column": error.column}
        return self._answer(request, _of(error, _identity(request)) | more, headers(error))

    async def unserved(self, request: Request, error: Exception) -> Response:
        """Handle an HTTPException: no route matches the request."""
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        headers = dict(error.headers or {})
        path = shortened(request.scope["path"])
        match error.status_code:
            case 404:
                known: RequestError = UnknownAddress(
                    f"There is nothing at {path}. See the home page: /"
                )
            case 405:
                headers["Allow"] = allowed = _allowed(headers)
                known = MethodNotAllowed(f"{path} does not allow {request.method}, but {allowed}.")
            case status:
                phrase = HTTPStatus(status).phrase
                identity = _identity(request)
                problem = document(slug(phrase), phrase, status, str(error.detail), identity)
                return self._answer(request, problem, headers)
        return self._answer(request, _of(known, _identity(request)), headers)

    async def unheard(self, request: Request, error: Exception) -> Response:
        """Handle a disconnected client: nothing is sent, the status is only logged."""
        del request, error
        return Response(status_code=GONE)

    async def machine_failed(self, request: Request, error: Exception) -> Response:
        """Handle an OSError that no request can cause, such as a full disk.

        Any other OSError is raised again as unexpected.
        """
        if not is_machine_fault(error):
            raise error
        _log.error("request %s failed: %s", _identity(request), error)
        return await self.refused(request, MachineFailed(str(error)))

    async def broken(self, request: Request, error: Exception) -> Response:
        """Handle an internal error; the log has the details."""
        _log.error("request %s failed: %r", _identity(request), error)
        detail = "The service failed. Its log has the reason under the id of this request."
        problem = document(INTERNAL_ERROR, "Internal error", 500, detail, _identity(request))
        return self._answer(request, problem, {})

    def _answer(
        self, request: Request, problem: dict[str, object], headers: dict[str, str]
    ) -> Response:
        facts(request.scope)["outcome"] = problem["code"]
        status = cast(int, problem["status"])
        headers = _varying(headers)
        if _wants_a_page(request):
            page = self._page(_language(request), problem)
            return Response(page, status, headers, media_type="text/html")
        undecided(request.scope)  # problem details are always in English
        return Response(written(problem), status, headers, media_type=MEDIA_TYPE)

    def _page(self, language: str, problem: dict[str, object]) -> str:
        """The page of a problem, from a cached frame and the texts that differ."""
        query = page_query()
        frame = self._frame(language, str(problem["title"]), str(problem["status"]), bool(query))
        words = {_DETAIL: problem["detail"], _REQUEST: problem["request_id"], _QUERY: query}
        return _PLACES.sub(lambda place: escape(str(words[place[0]])), frame)

    def _rendered(self, language: str, title: str, status: str, has_query: bool) -> str:
        """Render such a page with placeholders for the texts that differ."""
        query = page_query()
        set_page_query(_QUERY if has_query else "")
        try:
            problem = {"title": title, "status": status, "detail": _DETAIL, "request_id": _REQUEST}
            return self._pages.render("problem.html", language, problem=problem)
        finally:
            set_page_query(query)


def page(
    request: Request, error: RequestError, content: str | bytes, status: int | None = None
) -> Response:
    """An error response with a page that a route has rendered.

    `status` overrides that of the error.
    """
    facts(request.scope)["outcome"] = error.code
    return Response(
        content, status or error.status, _varying(headers(error)), media_type="text/html"
    )


def _varying(more: dict[str, str]) -> dict[str, str]:
    """The headers of an error response that is a page or a problem document."""
    return {**more, "Vary": "Accept", "Cache-Control": "no-store"}


_DETAIL, _REQUEST, _QUERY = "\ue000detail\ue000", "\ue000request\ue000", "\ue000query\ue000"
_PLACES = re.compile("|".join((_DETAIL, _REQUEST, _QUERY)))


def document(code: str, title: str, status: int, detail: str, identity: str) -> dict[str, object]:
    """The members of a problem (https://www.rfc-editor.org/rfc/rfc9457#section-3.1)."""
    return {
        "type": type_address(code),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": identity,
    }


def type_address(code: str) -> str:
    """The IRI of a problem type."""
    return f"{BASE}problem/{code}"


def _of(error: RequestError, identity: str) -> dict[str, object]:
    return document(error.code, error.title, error.status, str(error), identity)


def answer(error: RequestError, identity: str) -> Response:
    """The response to an error for which the format cannot be negotiated."""
    more = {"Cache-Control": "no-store"} | headers(error)
    content = written(_of(error, identity))
    return Response(content, error.status, more, media_type=MEDIA_TYPE)


def headers(error: RequestError) -> dict[str, str]:
    """Additional headers for an error."""
    if isinstance(error, NotNow | TooManyRequests):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, NoSuchRange):
        return {"Content-Range": f"bytes */{error.size}"}
    return {}


def written(problem: dict[str, object]) -> bytes:
    """A problem as JSON, one line for each member.

    Written line by line because `json.dumps` with an indent is five times slower.

    >>> written({"title": "Busy", "status": 503})
    b'{\\n "title": "Busy",\\n "status": 503\\n}\\n'
    """
    lines = (
        f' "{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in problem.items()
    )
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _identity(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


def _language(request: Request) -> str:
    """The language of the page, even if the problem is an unsupported ``?lang=``."""
    try:
        return language_of(request)
    except BadValue:
        return preferred(request)


def _allowed(headers: dict[str, str]) -> str:
    """The methods that a route allows: GET implies HEAD (see `Envelope`)."""
    methods = {method.strip() for method in headers.get("Allow", "GET").split(",")}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


def _wants_a_page(request: Request) -> bool:
    scope = request.scope
    if scope["path"].endswith(".html"):
        return True
    if b"format=html" in scope["query_string"] and request.query_params.get("format") == "html":
        return True
    return media_type(request.headers.get("accept"), None, _FORMATS) == "text/html"
