"""Read a request to the SPARQL endpoint, and negotiate the format of the response.

https://www.w3.org/TR/sparql11-protocol/#query-operation
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request

from meagraph.core.errors import (
    BadValue,
    MissingParameter,
    NotAcceptable,
    QueryRefused,
    RequestTooLarge,
    WrongMediaType,
)
from meagraph.core.quoting import quoted, shortened
from meagraph.core.results.formats import GRAPHS, RESULTS, AcceptedFormats, listed
from meagraph_api.engine.protocol import LONG, Dataset
from meagraph_api.http import request_params
from meagraph_api.http.negotiation import accepted, media_type
from meagraph_api.http.rate_limit import RateLimiter, client_of
from meagraph_api.http.request_params import Pairs
from meagraph_api.http.urls import PAGE

_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_FORMATS = (*RESULTS, *GRAPHS, PAGE)
_DISPLAY = {"format", "lang"}
"""Parameters that affect only the presentation."""


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """A request for the results of a query, for the description of the endpoint, or for a page."""

    pairs: Pairs
    """Names and values of all parameters, those of a form first."""
    formats: AcceptedFormats
    """The formats that the client accepts."""
    page: bool = False
    """Whether the client prefers HTML."""
    text: str | None = None
    """The query; None for the description and for a page."""
    dataset: Dataset | None = None
    """The graphs that the request names, if any."""
    seconds: float | None = None
    """The time limit that the client sets, None for that of the service."""


async def read(request: Request, max_query_bytes: int, rate_limiter: RateLimiter) -> SparqlRequest:
    """Read a request with a query of at most `max_query_bytes` of UTF-8. Raises RequestError.

    GET without a query is for the description, and GET is for a page if the client prefers HTML.
    POST is for results even then, since the forms of browsers accept HTML first.
    """
    pairs = await _pairs(request, max_query_bytes, rate_limiter)
    names = {name for name, _ in pairs}
    if "update" in names:
        raise QueryRefused("This graph is read-only: updates are not accepted.")
    get = request.method == "GET"
    describes = get and names <= _DISPLAY
    named = named_format(pairs)
    # SPARQLWrapper sends its format whatever the query is, under the names of several servers
    # (`format`, `output`, `results`), with an Accept header that suits the query. Older programs
    # send N3 likewise.
    is_hint = named == "n3" or "output" in names
    accept = request.headers.get("accept")
    formats, page = accepted(
        accept,
        request.headers.get("accept-encoding"),
        named,
        results=not describes,
        is_hint=is_hint,
    )
    if get and page:
        return SparqlRequest(pairs, formats, page=True)
    if describes and formats.graph:
        return SparqlRequest(pairs, AcceptedFormats(None, formats.graph, formats.gzip))
    text = _query(pairs, max_query_bytes)
    default = tuple(value for name, value in pairs if name == "default-graph-uri")
    named_graphs = tuple(value for name, value in pairs if name == "named-graph-uri")
    dataset = Dataset(default, named_graphs) if default or named_graphs else None
    seconds = _seconds(request_params.one(pairs, "timeout"))
    if formats.results is None and formats.graph is None:
        raise NotAcceptable(
            f"{shortened(named or accept)} is not among the formats. "
            f"SELECT and ASK: {listed(RESULTS)}. CONSTRUCT and DESCRIBE: {listed(GRAPHS)}."
        )
    return SparqlRequest(pairs, formats, False, text, dataset, seconds)


def named_format(pairs: Pairs) -> str | None:
    """The value of `format`: of several, the first that names a format, else the first.

    Clients that do not know the names of the server send several (SPARQLWrapper sends its own name
    and the media type).
    """
    named = [value for name, value in pairs if name == "format"]
    known = (value for value in named if media_type(None, value, _FORMATS))
    return next(known, named[0] if named else None)


async def _pairs(request: Request, max_query_bytes: int, rate_limiter: RateLimiter) -> Pairs:
    """Names and values of the URL and the body. Raises RequestError."""
    in_url = await _parsed(request, request.scope["query_string"], "the query string", rate_limiter)
    if request.method == "GET":
        return in_url
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    if "charset" in parameters and "utf-8" not in parameters:
        raise WrongMediaType("The body must be UTF-8.")
    # A form takes up to three bytes for each.
    body = await request_params.body(request, 4 * max_query_bytes)
    match kind.strip():
        case "application/x-www-form-urlencoded":
            form = await _parsed(request, body, "the form", rate_limiter)
            return form + [(name, value) for name, value in in_url if name != "query"]
        case "application/sparql-query":
            try:
                return [*in_url, ("query", body.decode("utf-8"))]
            except UnicodeDecodeError as error:
                raise BadValue(f"The query is not UTF-8 at byte {error.start}.") from None
        case "application/sparql-update":
            raise QueryRefused("This graph is read-only: updates are not accepted.")
        case other:
            raise WrongMediaType(
                f"The body is {shortened(other) or 'of no media type'}; send {_QUERY} or {_FORM}."
            )


async def _parsed(request: Request, encoded: bytes, where: str, rate_limiter: RateLimiter) -> Pairs:
    """Parse names and values; long ones are charged to the rate limit of the client.

    Raises BadValue, TooManyRequests.
    """
    if len(encoded) < LONG:
        return request_params.pairs(encoded, where)
    with rate_limiter.charge(client_of(request.scope)):
        return await asyncio.to_thread(request_params.pairs, encoded, where)


def _query(pairs: Pairs, max_bytes: int) -> str:
    """The text of the query. Raises BadValue, MissingParameter, RequestTooLarge."""
    text = request_params.one(pairs, "query")
    if text is None or not text.strip():
        raise MissingParameter(
            "query is required: a SELECT, ASK, CONSTRUCT or DESCRIBE query, "
            "e.g. /sparql?query=ASK%7B%7D"
        )
    if len(text.encode()) > max_bytes:
        raise RequestTooLarge(f"The query is longer than {max_bytes:,} bytes.")
    return text


def _seconds(value: str | None) -> float | None:
    """The seconds of a `timeout`; None for 0, which sets no limit. Raises BadValue."""
    if value is None or not value.strip():
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:  # false for nan
        raise BadValue(f"timeout={quoted(value)} is not a number of seconds, e.g. 5 or 0.5.")
    return seconds or None
