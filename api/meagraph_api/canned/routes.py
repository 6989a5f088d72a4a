"""Canned queries over HTTP: one address per file in ``queries/``, in every format."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import BadValue, NotAcceptable, UnknownQuery
from meagraph.queries import grlc
from meagraph.queries.header import RESERVED, CannedQuery
from meagraph_api import requests
from meagraph_api.asking import Asking
from meagraph_api.canned import csvw, describe, filed_taxa, write_csv, write_json, write_xlsx
from meagraph_api.canned.about import about
from meagraph_api.canned.answer_page import AnswerPages
from meagraph_api.canned.choices import bound, choices
from meagraph_api.canned.filed_taxa import FiledTaxon
from meagraph_api.current import Current, Open
from meagraph_api.engine import Wanted
from meagraph_api.formats import Format, listed
from meagraph_api.negotiation import media_type
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.results import table
from meagraph_api.settings import Settings

RESULTS_JSON = "application/sparql-results+json"

FORMATS = (
    Format("json", (write_json.MEDIA_TYPE,)),
    Format("csv", (write_csv.MEDIA_TYPE,)),
    Format("xlsx", (write_xlsx.MEDIA_TYPE,)),
    Format("html", ("text/html",)),
    Format(RESULTS_JSON, (RESULTS_JSON,)),
)
"""Formats of canned queries; SPARQL results have no short name, and so no suffix."""

_TABLE = Wanted(results=RESULTS_JSON, graph=None)

SUFFIXES = ("json", "csv", "xlsx", "html")

_LIST_FORMATS = (Format("json", (write_json.MEDIA_TYPE,)), Format("html", ("text/html",)))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request for a canned query, taken apart."""

    query: CannedQuery
    media_type: str
    values: dict[str, list[str]]
    reserved: requests.Pairs


class CannedQueries:
    """Answers `/queries` and everything below it."""

    def __init__(
        self,
        queries: Mapping[str, CannedQuery],
        settings: Settings,
        current: Current,
        pages: Pages,
        asking: Asking,
    ) -> None:
        self.queries = queries
        self._settings = settings
        self._current = current
        self._pages = pages
        self._asking = asking
        self._answer_pages = AnswerPages(settings, pages, asking)

    def add_routes(self, app: FastAPI) -> None:
        """Put the list, every query and every suffix into an application."""
        app.add_api_route(
            "/queries",
            self.overview,
            name="list of canned queries",
            operation_id="queries",
            summary="The canned queries: names, columns, parameters",
            tags=["Canned queries"],
            response_class=Response,
            responses=describe.LIST_RESPONSES,
        )
        for query in self.queries.values():
            app.add_api_route(
                f"/queries/{query.name}",
                self._endpoint(query),
                name=query.name,
                operation_id=query.name,
                summary=query.header.summary,
                description=query.header.description,
                tags=["Canned queries"],
                response_class=Response,
                responses=describe.responses(query, FORMATS),
                openapi_extra={"parameters": describe.parameters(query, SUFFIXES)},
            )
        app.add_route("/queries/{name}", self.named, include_in_schema=False)
        app.add_route("/grlc.yaml", self.specification, include_in_schema=False)

    async def overview(self, request: Request) -> Response:
        """The canned queries: a page for browsers, JSON otherwise."""
        asked = requests.one(requests.query_pairs(request), "format")
        chosen = _chosen(request, asked, _LIST_FORMATS)
        if chosen == "text/html":
            page = self._pages.render(
                "queries.html", language_of(request), queries=list(self.queries.values())
            )
            return Response(page, media_type=chosen, headers={"Vary": "Accept"})
        entries = [
            describe.entry(query, f"{self._base_address}/queries/{query.name}")
            for query in self.queries.values()
        ]
        content = json.dumps(entries, ensure_ascii=False, indent=1) + "\n"
        return Response(content.encode(), media_type=chosen, headers={"Vary": "Accept"})

    async def specification(self, request: Request) -> Response:
        """The list of the canned queries that grlc is pointed at."""
        del request
        text = grlc.specification(self.queries.values(), self._settings.address)
        return Response(text, media_type="text/yaml")

    async def named(self, request: Request) -> Response:
        """A canned query by name and suffix, e.g. ``measures.csv``. Raises UnknownQuery."""
        described = request.path_params["name"].removesuffix(csvw.SUFFIX)
        if described != request.path_params["name"] and described in self.queries:
            return await self._metadata(request, self.queries[described])
        name, dot, suffix = request.path_params["name"].rpartition(".")
        if suffix == "rq" and name in self.queries:
            text = grlc.edition(self.queries[name], f"{self._settings.address}/sparql")
            return Response(text, media_type="text/plain")
        if dot and name in self.queries:
            if suffix in SUFFIXES:
                return await self._answer(request, self.queries[name], suffix)
            raise UnknownQuery(
                f"{name} does not come as .{suffix}, but as "
                f"{', '.join(f'.{known}' for known in SUFFIXES)}."
            )
        raise UnknownQuery(_unknown(request.path_params["name"], list(self.queries)))

    @property
    def _base_address(self) -> str:
        return self._settings.public_url.rstrip("/")

    def _endpoint(self, query: CannedQuery) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await self._answer(request, query, None)

        return answer

    async def _answer(self, request: Request, query: CannedQuery, suffix: str | None) -> Response:
        asked = _read(request, query, suffix)
        async with self._current.reading() as held:
            if asked.media_type == "text/html":
                return await self._answer_pages.answer(
                    request, held, query, asked.values, asked.reserved
                )
            text = bound(query, asked.values, await choices(held, query))
            answer = (await self._asking.ask(request, held, text, _TABLE)).in_memory()
            filed = await self._filed(held, asked, suffix) if not answer.rows else ()
            body = await self._written(held, asked, answer.body, filed)
        headers = _headers(asked, suffix)
        links = [csvw.link(request, query)] if suffix == "csv" else []
        if links := [*links, *filed_taxa.links(filed)]:
            headers["Link"] = ", ".join(links)
        return Response(body, media_type=asked.media_type, headers=headers)

    async def _metadata(self, request: Request, query: CannedQuery) -> Response:
        """What stands in the columns of the CSV that the same parameters give."""
        asked = _read(request, query, "csv")
        async with self._current.reading() as held:
            text = bound(query, asked.values, await choices(held, query))
            answer = await self._asking.ask(request, held, text, _TABLE)
        body = csvw.metadata(request, query, table(answer.body))
        return Response(body, media_type=csvw.MEDIA_TYPE)

    async def _filed(self, held: Open, asked: _Asked, suffix: str | None) -> tuple[FiledTaxon, ...]:
        """The taxa that an empty table leads to."""
        ending = f".{suffix}" if suffix else ""
        address = f"{self._settings.address}/queries/{asked.query.name}{ending}"
        return await filed_taxa.filed_taxa(held, address, asked.values)

    async def _written(
        self, held: Open, asked: _Asked, body: bytes, filed: tuple[FiledTaxon, ...]
    ) -> bytes:
        """The complete answer in a format for programs."""
        match asked.media_type:
            case write_json.MEDIA_TYPE:
                return write_json.write(table(body))
            case write_csv.MEDIA_TYPE:
                mark = _switch(asked.reserved, "bom")
                return write_csv.write(table(body), mark=mark)
            case write_xlsx.MEDIA_TYPE:
                today = datetime.now(UTC).date()
                said = await about(held, asked.query, asked.values, today)
                described = replace(said, filed=filed)
                return await asyncio.to_thread(write_xlsx.write, table(body), described)
            case _:
                return body


def _read(request: Request, query: CannedQuery, suffix: str | None) -> _Asked:
    given = requests.query_pairs(request)
    reserved = [(name, value) for name, value in given if name in RESERVED]
    values: dict[str, list[str]] = {}
    for name, value in given:
        if name not in RESERVED:
            values.setdefault(name, []).append(value)
    chosen = _chosen(request, suffix or requests.one(reserved, "format"), FORMATS)
    return _Asked(query, chosen, values, reserved)


def _chosen(request: Request, asked: str | None, formats: tuple[Format, ...]) -> str:
    chosen = media_type(request.headers.get("accept"), asked, formats)
    if chosen is None:
        wanted = asked or request.headers.get("accept")
        raise NotAcceptable(f"{wanted} is not among the formats: {listed(formats)}.")
    return chosen


def _switch(reserved: requests.Pairs, name: str) -> bool:
    match requests.one(reserved, name):
        case None | "" | "0" | "false":
            return False
        case "1" | "true":
            return True
        case other:
            raise BadValue(f"{name}={other!r} is neither 1 nor 0.")


def _headers(asked: _Asked, suffix: str | None) -> dict[str, str]:
    return dict(_header_fields(asked, suffix))


def _header_fields(asked: _Asked, suffix: str | None) -> Iterator[tuple[str, str]]:
    if suffix is None:
        yield "Vary", "Accept"
    for extension, kind in (("csv", write_csv.MEDIA_TYPE), ("xlsx", write_xlsx.MEDIA_TYPE)):
        if asked.media_type == kind:
            yield "Content-Disposition", f'attachment; filename="{asked.query.name}.{extension}"'


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name[:200].casefold().partition(".")[0], known, n=3, cutoff=0.4)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no canned query {name!r}.{hint} There are: {', '.join(known)}."
