"""Errors as answers: problem details (RFC 9457), or a page where a browser asks."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from meagraph.errors import (
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
from meagraph.names import BASE, slug
from meagraph_api.access import GONE, facts
from meagraph_api.formats import Format
from meagraph_api.negotiation import media_type
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of, preferred

MEDIA_TYPE = "application/problem+json"
"""https://www.rfc-editor.org/rfc/rfc9457#name-application-problemjson"""

_FORMATS = (
    Format("json", (MEDIA_TYPE, "application/json")),
    Format("html", ("text/html",)),
)
_log = logging.getLogger("uvicorn.error")


class Problems:
    """Makes the answer to a request that failed."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def around(self, answer: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
        """An application of one function, which answers with problems as the whole service does."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            try:
                response = await answer(request)
            except RequestError as error:
                response = await self.refused(request, error)
            except ClientDisconnect as error:
                response = await self.unheard(request, error)
            except Exception as error:
                if is_machine_fault(error):
                    response = await self.machine_failed(request, error)
                else:
                    _log.exception("an error that nobody has foreseen")
                    response = await self.broken(request, error)
            await response(scope, receive, send)

        return app

    async def refused(self, request: Request, error: Exception) -> Response:
        """The answer to a RequestError: its own status, title and message."""
        assert isinstance(error, RequestError)  # noqa: S101 - registered for nothing else
        more: dict[str, object] = {}
        if isinstance(error, QuerySyntaxError) and error.line is not None:
            more = {"line": error.line, "column": error.column}
        return self._answer(request, error.status, error.title, str(error), more, headers(error))

    async def unserved(self, request: Request, error: Exception) -> Response:
        """The answer where no route takes the request."""
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        headers = dict(error.headers or {})
        path = request.url.path
        match error.status_code:
            case 404:
                known: RequestError = UnknownAddress(
                    f"There is nothing at {path}. The home page / lists what there is."
                )
            case 405:
                allowed = headers.get("Allow", headers.get("allow", "GET"))
                known = MethodNotAllowed(f"{path} does not take {request.method}, but {allowed}.")
            case status:
                phrase = HTTPStatus(status).phrase
                return self._answer(request, status, phrase, str(error.detail), {}, headers)
        return self._answer(request, known.status, known.title, str(known), {}, headers)

    async def unheard(self, request: Request, error: Exception) -> Response:
        """The answer that a client who has gone does not get; the log has its status."""
        del request, error
        return Response(status_code=GONE)

    async def machine_failed(self, request: Request, error: Exception) -> Response:
        """The answer where the system failed for a reason that no request can be the cause of.

        Another error of the system is one that nobody has foreseen.
        """
        if not is_machine_fault(error):
            raise error
        _log.error("request %s failed: %s", _identity(request), error)
        return await self.refused(request, MachineFailed(str(error)))

    async def broken(self, request: Request, error: Exception) -> Response:
        """The answer where the service itself is at fault; the log has the details."""
        _log.error("request %s failed: %r", _identity(request), error)
        return self._answer(
            request,
            500,
            "Internal error",
            "The service failed. The id of this request finds the reason in its log.",
            {},
            {},
        )

    def _answer(
        self,
        request: Request,
        status: int,
        title: str,
        detail: str,
        more: dict[str, object],
        headers: dict[str, str],
    ) -> Response:
        facts(request.scope)["outcome"] = slug(title)
        problem = document(status, title, detail, _identity(request)) | more
        headers = {**headers, "Vary": "Accept", "Cache-Control": "no-store"}
        if _wants_a_page(request):
            page = self._pages.render("problem.html", _language(request), problem=problem)
            return Response(page, status, headers, media_type="text/html")
        return Response(written(problem), status, headers, media_type=MEDIA_TYPE)


def document(status: int, title: str, detail: str, identity: str) -> dict[str, object]:
    """The members of a problem (https://www.rfc-editor.org/rfc/rfc9457#section-3.1)."""
    return {
        "type": f"{BASE}problem/{slug(title)}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": identity,
    }


def answer(error: RequestError, identity: str) -> Response:
    """The answer to an error where nobody can say any more in which form it is wanted."""
    problem = document(error.status, error.title, str(error), identity)
    more = {"Cache-Control": "no-store"} | headers(error)
    return Response(written(problem), error.status, more, media_type=MEDIA_TYPE)


def headers(error: RequestError) -> dict[str, str]:
    """The headers that go with an error."""
    if isinstance(error, NotNow | TooManyRequests):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, NoSuchRange):
        return {"Content-Range": f"bytes */{error.size}"}
    return {}


def written(problem: dict[str, object]) -> bytes:
    """A problem as the body of an answer."""
    return (json.dumps(problem, ensure_ascii=False, indent=1) + "\n").encode()


def _identity(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


def _language(request: Request) -> str:
    """The language of the page, also where the problem is that the request asks for another."""
    try:
        return language_of(request)
    except BadValue:
        return preferred(request)


def _wants_a_page(request: Request) -> bool:
    if request.url.path.endswith(".html") or request.query_params.get("format") == "html":
        return True
    return media_type(request.headers.get("accept"), None, _FORMATS) == "text/html"
