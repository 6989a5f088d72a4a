"""The SPARQL endpoint: the query operation of the SPARQL 1.1 Protocol, and a self-description.

https://www.w3.org/TR/sparql11-protocol/#query-operation,
https://www.w3.org/TR/sparql11-service-description/ and https://www.w3.org/TR/void/
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import lexer
from meagraph.core.errors import (
    BadValue,
    MissingParameter,
    NotAcceptable,
    QueryRefused,
    RequestTooLarge,
    WrongMediaType,
)
from meagraph.core.queries import composition
from meagraph.core.quoting import quoted, shortened
from meagraph.core.results.formats import GRAPHS, RESULTS, Answer, Format, Wanted, listed
from meagraph.core.version import __version__
from meagraph_api.engine.current_release import Current, Open
from meagraph_api.engine.protocol import LONG, Dataset
from meagraph_api.engine.query_service import Asking
from meagraph_api.engine.release_cache import Key
from meagraph_api.http import preconditions, request_params
from meagraph_api.http.access_log import facts
from meagraph_api.http.negotiation import acceptable, media_type, takes_gzip
from meagraph_api.http.rate_limit import client_of
from meagraph_api.http.responses import complete
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.queries.editor_page import Editor
from meagraph_api.settings import Settings

_DESCRIPTION = (files(__package__) / "description.rq").read_text(encoding="utf-8")

_ENDPOINT = ("_endpoint",)
_DESCRIPTIONS = Key[Answer]()


async def service_description(held: Open, endpoint: str, wanted: Wanted) -> Answer:
    """The description of the endpoint at an address, with that of its dataset and named graphs.

    It holds the VoID of a release, its prefixes and its example queries too, since the release has
    them in a graph of its own. Raises what the engine raises.
    """

    async def make() -> Answer:
        query = composition.place(_DESCRIPTION, {_ENDPOINT: [composition.literal(endpoint)]})
        return (await held.engine.query(query, wanted)).in_memory()

    return await held.values.once(_DESCRIPTIONS, make, endpoint, wanted)


_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_PAGE = Format("html", ("text/html",))
_OF_PAGES = {"format", "lang"}
"""Parameters that ask nothing, but how something is to be shown."""

METHODS = frozenset({"GET", "POST"})

_VARY = {"Vary": "Accept, Accept-Encoding"}
_LASTING = "public, no-cache"
"""Caches may keep the answer, and ask each time whether it is still the one (RFC 9111)."""

_NOTE = "Meagraph-Note"
"""The header with what a client should know about its answer; HTTP's own, Warning, is obsolete
(RFC 9111, section 5.5)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One query operation as a request states it."""

    text: str
    dataset: Dataset | None
    format: str | None
    format_is_hint: bool
    seconds: float | None


class Endpoint:
    """Answers `/sparql`: queries, and with a page to write them in those who prefer a page."""

    def __init__(
        self, settings: Settings, current: Current, pool: RenderPool, asking: Asking
    ) -> None:
        self._settings = settings
        self._current = current
        self._editor = Editor(current, pool)
        self._asking = asking

    async def answer(self, request: Request) -> Response:
        """Serve one request. Raises RequestError."""
        encoded = request.scope["query_string"]
        in_address = await self._pairs(request, encoded, "the query string")
        if request.method == "GET":
            page = await self._page(request, in_address)
            if page is not None:
                return page
        asked = await self._read(request, in_address)
        wanted = _wanted(request, asked)
        if len(asked.text) < LONG:
            lexer.refuse_unsafe(asked.text)
        async with self._current.reading() as held:
            # A tag is only ever given with a lasting answer; so one that comes back is still right.
            known = request.headers.get("if-none-match")
            # A tag of a long query takes a millisecond, and answers to POST get none.
            tag = _tag(held, asked, wanted) if known or request.method == "GET" else ""
            if preconditions.names(known, tag):
                return _unchanged(request, tag)
            answer = await self._asking.ask(
                request, held, asked.text, wanted, asked.dataset, asked.seconds
            )
        lasts = answer.lasting and request.method == "GET"
        if lasts and preconditions.matches(known, tag):
            answer.in_memory()  # which closes its file
            return _unchanged(request, tag)
        kept = {"ETag": tag, "Cache-Control": _LASTING} if lasts else {"Cache-Control": "no-store"}
        notes = {_NOTE: "; ".join(answer.notes)} if answer.notes else {}
        return complete(answer, {**_VARY, **kept, **notes})

    async def describe(self, request: Request) -> Response:
        """Serve the description alone, as at `/.well-known/void`. Raises RequestError.

        https://www.w3.org/TR/void/#well-known
        """
        asked = _format(request_params.query_pairs(request))
        return await self._description(request, _wanted_graph(request, asked))

    async def vocabulary(self, request: Request) -> Response:
        """Serve what the editor completes words with. Raises NotReady."""
        return await self._editor.vocabulary(request)

    async def _page(self, request: Request, given: request_params.Pairs) -> Response | None:
        """The editor for one who prefers a page, the description for one who asks nothing."""
        names = {name for name, _ in given}
        if "update" in names:
            return None
        asks = not names <= _OF_PAGES
        kinds = (*RESULTS, *GRAPHS, _PAGE) if asks else (*GRAPHS, _PAGE)
        kind = media_type(request.headers.get("accept"), _format(given), kinds)
        if kind == "text/html":
            return await self._editor.page(request, given)
        if asks or kind is None:
            return None
        return await self._description(request, kind)

    async def _description(self, request: Request, kind: str) -> Response:
        wanted = Wanted(None, kind, takes_gzip(request.headers.get("accept-encoding")))
        endpoint = f"{self._settings.address}/sparql"
        async with self._current.reading() as held:
            tag = preconditions.tag(held.engine.release.id, __version__, endpoint, str(wanted))
            if preconditions.matches(request.headers.get("if-none-match"), tag):
                return _unchanged(request, tag)
            answer = await service_description(held, endpoint, wanted)
        return complete(answer, {**_VARY, "ETag": tag, "Cache-Control": _LASTING})

    async def _read(self, request: Request, in_address: request_params.Pairs) -> _Asked:
        if request.method == "GET":
            return self._asked(in_address)
        kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
        if "charset" in parameters and "utf-8" not in parameters:
            raise WrongMediaType("The body must be UTF-8.")
        # In a form every byte may take three.
        body = await request_params.body(request, 4 * self._settings.max_query_bytes)
        match kind.strip():
            case "application/x-www-form-urlencoded":
                form = await self._pairs(request, body, "the form")
                beside = [(name, value) for name, value in in_address if name != "query"]
                return self._asked(form + beside)
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
                    f"The body is {shortened(other) or 'of no media type'}; "
                    f"send {_QUERY} or {_FORM}."
                )

    async def _pairs(self, request: Request, encoded: bytes, where: str) -> request_params.Pairs:
        """Names and values; the time that long ones take is the client's.

        Raises BadValue, and TooManyRequests where the client has no time left.
        """
        if len(encoded) < LONG:
            return request_params.pairs(encoded, where)
        with self._asking.fairness.charge(client_of(request.scope)):
            return await asyncio.to_thread(request_params.pairs, encoded, where)

    def _asked(self, given: request_params.Pairs) -> _Asked:
        if any(name == "update" for name, _ in given):
            raise QueryRefused("This graph is only read: updates are not taken.")
        text = request_params.one(given, "query")
        if text is None or not text.strip():
            raise MissingParameter(
                "query is required: a SELECT, ASK, CONSTRUCT or DESCRIBE query, "
                "e.g. /sparql?query=ASK%7B%7D"
            )
        if len(text.encode()) > self._settings.max_query_bytes:
            raise RequestTooLarge(
                f"The query is longer than {self._settings.max_query_bytes:,} bytes."
            )
        default = tuple(value for name, value in given if name == "default-graph-uri")
        named = tuple(value for name, value in given if name == "named-graph-uri")
        dataset = Dataset(default, named) if default or named else None
        seconds = _seconds(request_params.one(given, "timeout"))
        return _Asked(text, dataset, _format(given), _is_hint(given), seconds)


def _unchanged(request: Request, tag: str) -> Response:
    facts(request.scope)["outcome"] = "not-modified"
    return Response(None, 304, {**_VARY, "ETag": tag, "Cache-Control": _LASTING})


def _format(given: request_params.Pairs) -> str | None:
    """The format that is asked for by name.

    Clients that do not know a server's names give several (SPARQLWrapper does, its own name and the
    media type): the first that there is, else the first.
    """
    asked = [value for name, value in given if name == "format"]
    known = (value for value in asked if media_type(None, value, (*RESULTS, *GRAPHS, _PAGE)))
    return next(known, asked[0] if asked else None)


def _is_hint(given: request_params.Pairs) -> bool:
    """Whether `format` yields to Accept for the other kind of answer.

    SPARQLWrapper sends its format whatever the query is, under the names of several servers
    (`format`, `output`, `results`), beside an Accept that suits the query. Its N3 is sent so by
    older programs too.
    """
    return _format(given) == "n3" or any(name == "output" for name, _ in given)


def _seconds(asked: str | None) -> float | None:
    """The seconds that a client gives its query; 0 and more than there are mean all there are."""
    if asked is None or not asked.strip():
        return None
    try:
        seconds = float(asked)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:  # so that nan is none either
        raise BadValue(f"timeout={quoted(asked)} is no number of seconds, e.g. 5 or 0.5.")
    return seconds or None


def _wanted(request: Request, asked: _Asked) -> Wanted:
    """The formats for either kind of answer. Raises NotAcceptable where there is none at all.

    A form that a browser posts names a page first, and anything after it: it gets the first format.
    """
    accept = request.headers.get("accept")
    results = _formats(accept, asked.format, RESULTS)
    graphs = _formats(accept, asked.format, GRAPHS)
    if asked.format_is_hint and (results or graphs):
        results = results or acceptable(accept, RESULTS)
        graphs = graphs or acceptable(accept, GRAPHS)
    wanted = Wanted(
        results=next(iter(results), None),
        graph=next(iter(graphs), None),
        gzip=takes_gzip(request.headers.get("accept-encoding")),
        other_results=results[1:],
        other_graphs=graphs[1:],
    )
    if wanted.results is None and wanted.graph is None:
        raise NotAcceptable(
            f"{shortened(asked.format or accept)} is not among the formats. "
            f"SELECT and ASK: {listed(RESULTS)}. CONSTRUCT and DESCRIBE: {listed(GRAPHS)}."
        )
    return wanted


def _formats(accept: str | None, asked: str | None, formats: tuple[Format, ...]) -> tuple[str, ...]:
    """The media types to answer with, best first: the one of `format`, else those of Accept."""
    if not asked:
        return acceptable(accept, formats)
    named = media_type(None, asked, formats)
    return () if named is None else (named,)


def _wanted_graph(request: Request, asked: str | None) -> str:
    """The format for a graph. Raises NotAcceptable."""
    accept = request.headers.get("accept")
    kind = media_type(accept, asked, GRAPHS)
    if kind is None:
        raise NotAcceptable(
            f"{shortened(asked or accept)} is not among the formats: {listed(GRAPHS)}."
        )
    return kind


def _tag(held: Open, asked: _Asked, wanted: Wanted) -> str:
    """The strong entity tag of the answer: everything that it depends on.

    https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
    """
    dataset = asked.dataset or Dataset()
    return preconditions.tag(
        held.engine.release.id,
        __version__,
        asked.text,
        *(f"default {graph}" for graph in dataset.default_graphs),
        *(f"named {graph}" for graph in dataset.named_graphs),
        str(wanted),
    )
