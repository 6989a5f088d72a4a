"""Read a request for a canned query: format, parameters, page, view."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from meagraph.core.errors import BadValue
from meagraph.core.queries.header import RESERVED, CannedQuery
from meagraph.core.quoting import quoted
from meagraph.core.results.formats import Format
from meagraph_api.http import request_params
from meagraph_api.http.negotiation import chosen_media_type
from meagraph_api.queries import result_charts, table_writers, xlsx
from meagraph_api.queries.result_page import PageRequest, page_request

RESULTS_JSON = "application/sparql-results+json"

FORMATS = (
    Format("json", (table_writers.JSON,)),
    Format("csv", (table_writers.CSV,)),
    Format("xlsx", (xlsx.MEDIA_TYPE,)),
    Format("html", ("text/html",)),
    Format(RESULTS_JSON, (RESULTS_JSON,)),
)
"""The formats of canned queries; SPARQL results have no short name and no suffix."""

SUFFIXES = ("json", "csv", "xlsx", "html")
PAGED = {table_writers.JSON: "json", table_writers.CSV: "csv"}
"""Formats with paging on request, and their suffixes."""


@dataclass(frozen=True, slots=True)
class CannedRequest:
    """A request for a canned query. Its parameter values are not checked yet."""

    query: CannedQuery
    media_type: str
    suffix: str | None
    """The suffix of the path, if any."""
    pairs: tuple[tuple[str, str], ...]
    """All names and values, in the order of the query string."""
    values: dict[str, list[str]]
    """The values of the parameters of the query."""
    page: PageRequest
    view: str
    mark: bool
    """Whether a CSV file begins with a byte order mark."""

    @property
    def is_paged(self) -> bool:
        """Whether it is for one page of rows in JSON or CSV."""
        return self.page.is_named and self.media_type in PAGED


def read(request: Request, query: CannedQuery, suffix: str | None) -> CannedRequest:
    """Read a request. Raises BadValue, NotAcceptable."""
    pairs = request_params.query_pairs(request)
    reserved = [(name, value) for name, value in pairs if name in RESERVED]
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in RESERVED:
            values.setdefault(name, []).append(value)
    named = suffix or request_params.one(reserved, "format")
    media_type = chosen_media_type(request, named, FORMATS)
    page = page_request(
        request_params.one(reserved, "page"), request_params.one(reserved, "page_size")
    )
    if page.is_named and media_type not in (*PAGED, "text/html"):
        raise BadValue(
            "page and page_size are for HTML, JSON and CSV; this format always has all rows. "
            "Remove them."
        )
    return CannedRequest(
        query=query,
        media_type=media_type,
        suffix=suffix,
        pairs=tuple(pairs),
        values=values,
        page=page,
        view=_view(request_params.one(reserved, "view")),
        mark=_switch("bom", request_params.one(reserved, "bom")),
    )


def _view(text: str | None) -> str:
    view = text or "table"
    if view not in result_charts.VIEWS:
        raise BadValue(f"view={quoted(view)} is none of {', '.join(result_charts.VIEWS)}.")
    return view


def _switch(name: str, text: str | None) -> bool:
    match text:
        case None | "" | "0" | "false":
            return False
        case "1" | "true":
            return True
        case other:
            raise BadValue(f"{name}={quoted(other)} is neither 1 nor 0.")
