"""Routes of canned queries: a URL for each file in ``queries/``, in all formats."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import ParamSpec
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import UnknownQuery
from meagraph.core.names import SOURCE
from meagraph.core.queries import grlc
from meagraph.core.queries.header import RESERVED, CannedQuery
from meagraph.core.quoting import quoted, shortened
from meagraph.core.results.formats import AcceptedFormats, Format, QueryResult
from meagraph_api.engine.current_release import Current, OpenRelease
from meagraph_api.engine.query_service import QueryService
from meagraph_api.http import request_params
from meagraph_api.http.language import language_of
from meagraph_api.http.negotiation import chosen_media_type
from meagraph_api.http.page_cache import PageCache
from meagraph_api.http.preconditions import digest
from meagraph_api.http.responses import Lasting, Links, link_header
from meagraph_api.http.static_files import Document
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.queries import (
    canned_request,
    filed_taxa,
    openapi,
    result_rendering,
    snippets,
    table_writers,
    xlsx,
)
from meagraph_api.queries.canned_request import FORMATS, PAGED, SUFFIXES, CannedRequest
from meagraph_api.queries.choices import composed
from meagraph_api.queries.filed_taxa import FiledTaxon
from meagraph_api.queries.result_page import Cut
from meagraph_api.queries.result_responses import ResultPages, uncached_response
from meagraph_api.queries.table_description import about, omissions
from meagraph_api.settings import Settings

P = ParamSpec("P")

_TABLE = AcceptedFormats(results=canned_request.RESULTS_JSON, graph=None)

_LIST_FORMATS = (Format("json", (table_writers.JSON,)), Format("html", ("text/html",)))
_DOWNLOADED = {table_writers.CSV: "csv", xlsx.MEDIA_TYPE: "xlsx"}
"""Formats that browsers download, with the suffixes of their files."""
_COMPOSED = "composed"
"""The parameter of `.rq` for the composed query without any values."""
_VARY = "Accept, Accept-Encoding"
"""Data files do not depend on the language."""
TOTAL = "X-Total-Count"
"""The header with the number of rows of the whole result."""


class CannedQueries:
    """Routes `/queries` and all below it."""

    def __init__(
        self,
        queries: Mapping[str, CannedQuery],
        settings: Settings,
        current: Current,
        query_service: QueryService,
        pool: RenderPool,
        pages: PageCache,
    ) -> None:
        """`pages` caches responses that do not depend on the release."""
        self.queries = queries
        self._settings = settings
        self._current = current
        self._query_service = query_service
        self._pool = pool
        self._finished = pages
        self._result_pages = ResultPages(queries, settings, query_service, pool)
        self._shared = result_rendering.shared(queries.values())
        self._editions: dict[str, Document] = {}
        self._edition_lock = asyncio.Lock()
        # Pickled queries differ between processes.
        self._digest = digest("".join(map(_fingerprint, queries.values())))

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        app.add_api_route(
            "/queries",
            self.overview,
            name="list of canned queries",
            operation_id="queries",
            summary="The canned queries: names, columns, parameters",
            tags=["Canned queries"],
            response_class=Response,
            responses=openapi.LIST_RESPONSES,
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
                responses=openapi.responses(query, FORMATS),
                openapi_extra={"parameters": openapi.parameters(query, SUFFIXES)},
            )
        app.add_route("/queries/{name}", self.named, include_in_schema=False)
        app.add_route("/grlc.yaml", self.specification, include_in_schema=False)

    async def overview(self, request: Request) -> Response:
        """List the canned queries: a page for browsers, else JSON."""
        named = request_params.one(request_params.query_pairs(request), "format")
        chosen = chosen_media_type(request, named, _LIST_FORMATS)
        language = language_of(request) if chosen == "text/html" else ""
        sent = request.scope["query_string"].decode("latin-1")
        words = (chosen, language, sent, self._base_address, self._settings.base_path)
        lasting = Lasting(request, self._finished, "canned queries", self._digest, *words)
        if not language:
            lasting.add("Vary", _VARY)
        if (kept := lasting.kept) is not None:
            return kept
        if chosen == "text/html":
            return await lasting.make(
                self._pool, chosen, (), result_rendering.overview_page, self._shared, language
            )
        return await lasting.make(
            self._pool, chosen, (), result_rendering.overview_list, self._shared, self._base_address
        )

    async def specification(self, request: Request) -> Response:
        """The list of canned queries for grlc."""
        return self._specification.answer(request)

    async def named(self, request: Request) -> Response:
        """Respond for a name with a suffix, e.g. ``measures.csv``. Raises UnknownQuery."""
        described = request.path_params["name"].removesuffix(table_writers.CSVW_SUFFIX)
        if described != request.path_params["name"] and described in self.queries:
            return await self._metadata(request, self.queries[described])
        name, dot, suffix = request.path_params["name"].rpartition(".")
        if suffix == "rq" and name in self.queries:
            if request.scope["query_string"]:
                return await self._composed(request, self.queries[name])
            return (await self._edition(self.queries[name])).answer(request)
        if dot and name in self.queries:
            if suffix in SUFFIXES:
                return await self._answer(request, self.queries[name], suffix)
            raise UnknownQuery(
                f"{name} is not available as .{shortened(suffix)}. The suffixes are "
                f"{', '.join(f'.{known}' for known in SUFFIXES)}."
            )
        raise UnknownQuery(_unknown(request.path_params["name"], list(self.queries)))

    async def _composed(self, request: Request, query: CannedQuery) -> Response:
        """Respond with the composed SPARQL. Raises the same errors as running it."""
        values: dict[str, list[str]] = {}
        for name, value in request_params.query_pairs(request):
            if name not in (*RESERVED, _COMPOSED):
                values.setdefault(name, []).append(value)
        async with self._current.reading() as release:
            text = snippets.sparql(await composed(release, query, values))
        response = Document(f"{text}\n".encode(), "text/plain").answer(request)
        if snippets.is_long(text):
            response.headers["Content-Disposition"] = f'attachment; filename="{query.name}.rq"'
        return response

    async def _edition(self, query: CannedQuery) -> Document:
        """The text of a query for grlc, cached."""
        async with self._edition_lock:
            if query.name not in self._editions:
                endpoint = f"{self._settings.address}/sparql"
                text = await asyncio.to_thread(grlc.edition, query, endpoint)
                self._editions[query.name] = Document(text.encode(), "text/plain")
        return self._editions[query.name]

    @cached_property
    def _specification(self) -> Document:
        text = grlc.specification(self.queries.values(), self._settings.address)
        return Document(text.encode(), "text/yaml")

    @property
    def _base_address(self) -> str:
        return self._settings.public_url.rstrip("/")

    def _endpoint(self, query: CannedQuery) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await self._answer(request, query, None)

        return answer

    async def _answer(self, request: Request, query: CannedQuery, suffix: str | None) -> Response:
        canned = canned_request.read(request, query, suffix)
        async with self._current.reading() as release:
            if canned.media_type == "text/html":
                return await self._result_pages.answer(request, release, canned)
            return await self._file(request, release, canned)

    async def _file(
        self, request: Request, release: OpenRelease, canned: CannedRequest
    ) -> Response:
        """Respond with a data file, or one page of it. Raises RequestError."""
        today = datetime.now(UTC).date()
        is_workbook = canned.media_type == xlsx.MEDIA_TYPE
        language = language_of(request) if is_workbook else SOURCE
        # A workbook states which plans have ended.
        words = [str(today), language] if is_workbook else []
        lasting = self._lasting(request, release, canned.query, canned.media_type, *words)
        if (kept := lasting.kept) is not None:
            return kept
        answer = await self._ask(request, release, canned)
        headers = dict(omissions(release.engine.release, canned.query))
        if (ending := _DOWNLOADED.get(canned.media_type)) is not None:
            named = f'attachment; filename="{canned.query.name}.{ending}"'
            headers["Content-Disposition"] = named
        cut = None
        if canned.media_type in PAGED:
            headers[TOTAL] = str(answer.rows or 0)
            if canned.is_paged:
                cut = canned.page.cut(answer.rows or 0, self._settings.page_size)
        filed = await self._filed(release, canned) if not answer.rows else ()
        links = [*self._links(request, canned, cut), *filed_taxa.links(filed)]
        deliver = _Delivery(self._pool, request, lasting, answer, headers, links)
        kind, body = canned.media_type, answer.body
        match kind:
            case table_writers.JSON:
                return await deliver(kind, result_rendering.json_file, body, cut)
            case table_writers.CSV:
                return await deliver(kind, result_rendering.csv_file, body, cut, mark=canned.mark)
            case xlsx.MEDIA_TYPE:
                described = replace(
                    await about(release, canned.query, canned.values, today, language),
                    filed=filed,
                )
                return await deliver(kind, result_rendering.xlsx_file, body, described)
            case _:
                return await deliver(kind, result_rendering.unchanged, body)

    async def _metadata(self, request: Request, query: CannedQuery) -> Response:
        """Respond with the CSVW metadata of the CSV file with the same parameters."""
        canned = canned_request.read(request, query, "csv")
        async with self._current.reading() as release:
            lasting = self._lasting(request, release, query, table_writers.CSVW)
            if (kept := lasting.kept) is not None:
                return kept
            answer = await self._ask(request, release, canned)
            if canned.is_paged:
                canned.page.cut(answer.rows or 0, self._settings.page_size)
            deliver = _Delivery(self._pool, request, lasting, answer, {}, ())
            sent = request.scope["query_string"]
            return await deliver(
                table_writers.CSVW, result_rendering.csv_metadata, answer.body, query, sent
            )

    def _lasting(
        self,
        request: Request,
        release: OpenRelease,
        query: CannedQuery,
        media_type: str,
        *words: str,
    ) -> Lasting:
        """The cacheable response in a format; its key has the query and the request."""
        sent = request.scope["query_string"].decode("latin-1")
        paths = request.scope["path"], self._base_address
        lasting = Lasting(
            request,
            release.pages,
            "canned",
            *paths,
            query.name,
            digest(query.open_text),
            sent,
            media_type,
            *words,
        )
        lasting.add("Vary", _VARY)
        return lasting

    async def _ask(
        self, request: Request, release: OpenRelease, canned: CannedRequest
    ) -> QueryResult:
        """The result of the query, possibly cached. Raises RequestError."""
        text = await composed(release, canned.query, canned.values)
        return (
            await self._query_service.run(request, release, text, _TABLE, keys_first=True)
        ).in_memory()

    async def _filed(self, release: OpenRelease, canned: CannedRequest) -> tuple[FiledTaxon, ...]:
        """The related taxa of an empty table."""
        ending = f".{canned.suffix}" if canned.suffix else ""
        address = f"{self._settings.address}/queries/{canned.query.name}{ending}"
        return await filed_taxa.filed_taxa(release, address, canned.values)

    def _links(self, request: Request, canned: CannedRequest, cut: Cut | None) -> Links:
        """Links to the metadata of `.csv`, and to the other pages."""
        links = []
        if canned.suffix == "csv":
            links.append(table_writers.metadata_link(canned.query, request.scope["query_string"]))
        if cut is not None:
            links += self._pages(canned, cut)
        return links

    def _pages(self, canned: CannedRequest, cut: Cut) -> Links:
        """Links to the first, previous, next and last page (RFC 8288)."""
        others = {"first": 1, "prev": cut.number - 1, "next": cut.number + 1, "last": cut.pages}
        address = f"{self._base_address}/queries/{canned.query.name}.{PAGED[canned.media_type]}"
        kept = [pair for pair in canned.pairs if pair[0] not in ("format", "page", "page_size")]
        return [
            (
                f"{address}?{urlencode([*kept, ('page', number), ('page_size', cut.size)])}",
                {"rel": rel},
            )
            for rel, number in others.items()
            if 1 <= number <= cut.pages
        ]


def _fingerprint(query: CannedQuery) -> str:
    """All texts of a query that a list may show."""
    return f"{query.name}{query.header.model_dump_json()}{query.text}"


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Render a result in the pool, and cache the response if the result is cacheable."""

    pool: RenderPool
    request: Request
    lasting: Lasting
    answer: QueryResult
    headers: Mapping[str, str]
    links: Links

    async def __call__(
        self,
        media_type: str,
        function: Callable[P, str | bytes],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """The response. Raises the errors of the pool and of the function."""
        if self.answer.lasting:
            for name, value in self.headers.items():
                self.lasting.add(name, value)
            return await self.lasting.make(
                self.pool, media_type, self.links, function, *args, **kwargs
            )
        links = {"Link": link_header(self.links)} if self.links else {}
        return await uncached_response(
            self.pool,
            self.request,
            200,
            media_type,
            {**self.headers, **links, "Vary": _VARY},
            function,
            *args,
            **kwargs,
        )


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name[:200].casefold().partition(".")[0], known, n=3, cutoff=0.4)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no canned query {quoted(name)}.{hint} The queries are: {', '.join(known)}."
