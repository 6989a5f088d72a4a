"""The SPARQL endpoint: SPARQL 1.1 Protocol, the query operation.

https://www.w3.org/TR/sparql11-protocol/#query-operation
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import (
    BadValue,
    MissingParameter,
    NotAcceptable,
    QueryRefused,
    QuerySyntaxError,
    WrongMediaType,
)
from meagraph.queries import lexer
from meagraph_api import requests
from meagraph_api.current import Current
from meagraph_api.engine import Dataset, Wanted
from meagraph_api.formats import GRAPHS, RESULTS, Format, listed
from meagraph_api.negotiation import media_type
from meagraph_api.pages import Pages
from meagraph_api.settings import Settings

_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_UPDATE = "application/sparql-update"
_PAGE = Format("html", ("text/html",))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One query operation as a request states it."""

    text: str
    dataset: Dataset | None
    format: str | None


class Endpoint:
    """Answers `/sparql`; a browser that sends no query gets a page to write one in."""

    def __init__(self, settings: Settings, current: Current, pages: Pages) -> None:
        self._settings = settings
        self._current = current
        self._pages = pages

    async def answer(self, request: Request) -> Response:
        """Serve one request. Raises RequestError."""
        accept = request.headers.get("accept")
        if _asks_for_the_page(request, accept):
            return Response(
                self._pages.render("sparql.html", formats=(*RESULTS, *GRAPHS)),
                media_type="text/html",
                headers={"Vary": "Accept"},
            )
        asked = await self._read(request)
        lexer.refuse_what_leaves_the_graph(asked.text)
        lexer.refuse_deep_nesting(asked.text)
        wanted = _wanted(accept, asked.format)
        async with self._current.reading() as held:
            answer = await held.engine.query(asked.text, wanted, asked.dataset)
        return Response(answer.body, media_type=answer.media_type, headers={"Vary": "Accept"})

    async def _read(self, request: Request) -> _Asked:
        in_address = requests.query_pairs(request)
        if request.method == "GET":
            return self._asked(in_address)
        kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
        if "charset" in parameters and "utf-8" not in parameters:
            raise WrongMediaType("The body must be UTF-8.")
        # In a form every byte may take three.
        body = await requests.body(request, 4 * self._settings.max_query_bytes)
        match kind.strip():
            case "application/x-www-form-urlencoded":
                return self._asked(requests.pairs(body, "the form") + _format_only(in_address))
            case "application/sparql-query":
                try:
                    text = body.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise BadValue(f"The query is not UTF-8 at byte {error.start}.") from None
                return self._asked([*in_address, ("query", text)])
            case "application/sparql-update":
                raise QueryRefused("This graph is only read: updates are not taken.")
            case other:
                raise WrongMediaType(
                    f"The body is {other or 'of no media type'}; send {_QUERY} or {_FORM}."
                )

    def _asked(self, given: requests.Pairs) -> _Asked:
        if any(name == "update" for name, _ in given):
            raise QueryRefused("This graph is only read: updates are not taken.")
        text = requests.one(given, "query")
        if text is None or not text.strip():
            raise MissingParameter(
                "query is required: a SELECT, ASK, CONSTRUCT or DESCRIBE query, "
                "e.g. /sparql?query=ASK%7B%7D"
            )
        if len(text.encode()) > self._settings.max_query_bytes:
            raise QuerySyntaxError(
                f"The query is longer than {self._settings.max_query_bytes:,} bytes."
            )
        default = tuple(value for name, value in given if name == "default-graph-uri")
        named = tuple(value for name, value in given if name == "named-graph-uri")
        dataset = Dataset(default, named) if default or named else None
        return _Asked(text, dataset, requests.one(given, "format"))


def _format_only(given: requests.Pairs) -> requests.Pairs:
    return [(name, value) for name, value in given if name == "format"]


def _asks_for_the_page(request: Request, accept: str | None) -> bool:
    if request.method != "GET" or "query" in request.query_params:
        return False
    return media_type(accept, None, (*RESULTS, *GRAPHS, _PAGE)) == "text/html"


def _wanted(accept: str | None, asked: str | None) -> Wanted:
    """The formats for either kind of answer. Raises NotAcceptable where there is none at all.

    A browser that names a page first, and anything after it, gets the first format.
    """
    wanted = Wanted(
        results=media_type(accept, asked, RESULTS), graph=media_type(accept, asked, GRAPHS)
    )
    if wanted.results is None and wanted.graph is None:
        raise NotAcceptable(
            f"{asked or accept} is not among the formats. SELECT and ASK: {listed(RESULTS)}. "
            f"CONSTRUCT and DESCRIBE: {listed(GRAPHS)}."
        )
    return wanted
