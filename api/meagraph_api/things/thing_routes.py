"""Routes of things: `/id/…`, `/graph/…`, `/page/…`, `/data/…` and `/context.jsonld`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.results.formats import AcceptedFormats, Format
from meagraph_api.engine.current_release import Current, OpenRelease
from meagraph_api.engine.query_service import QueryService
from meagraph_api.http import urls
from meagraph_api.http.language import language_of, parameters
from meagraph_api.http.negotiation import chosen_format
from meagraph_api.http.request_params import only, page_number
from meagraph_api.http.responses import Lasting, link_header
from meagraph_api.http.urls import DATA, PAGE
from meagraph_api.index.citations import works
from meagraph_api.index.measure_index import kind_of
from meagraph_api.index.plan_status import plan_statuses
from meagraph_api.index.release_data import read
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.settings import Settings
from meagraph_api.things import (
    dataset_terms,
    description,
    jsonld,
    kind_pages,
    linked_data,
    thing_documents,
    thing_view,
)
from meagraph_api.things.description import Thing, thing_index
from meagraph_api.things.linked_data import page_address
from meagraph_api.things.thing_documents import DescriptionResult, OwnPage

_TABLE = AcceptedFormats(results="application/sparql-results+json", graph=None)
_SEE_OTHER = 303
"""https://www.w3.org/TR/cooluris/#r303uri"""
_RESTRICTED = frozenset({"country", "instrument", "taxon", "topic"})
"""The kinds of things with facts in data/reference-restricted."""


class Things:
    """Routes of the IRIs of things and of the documents about them."""

    def __init__(
        self,
        settings: Settings,
        current: Current,
        pool: RenderPool,
        query_service: QueryService,
        tables: Iterable[str],
    ) -> None:
        """`tables` has the names of the ready-made tables that are served."""
        self._tables = frozenset(tables)
        self._base = settings.address
        self._page_size = settings.page_size
        self._current = current
        self._pool = pool
        self._query_service = query_service

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        for path, answer in (
            ("/id/{path:path}", self.see_other),
            ("/graph/{path:path}", self.see_other),
            ("/page/{path:path}", self.page),
            ("/data/{path:path}", self.data),
            (jsonld.PATH, self.context),
        ):
            app.add_route(path, answer, methods=["GET"], include_in_schema=False)

    async def see_other(self, request: Request) -> Response:
        """Redirect from the IRI of a thing to a document about it. Raises RequestError."""
        named = only(request, ("format",))["format"]
        room, _, _ = request.scope["path"].lstrip("/").partition("/")
        path = urls.requested_path(_raw_path(request), room)
        async with self._current.reading() as release:
            thing = (await thing_index(request, release, self._pool)).find(
                path if room == "id" else f"{room}/{path}"
            )
        format_ = chosen_format(request, named, (PAGE, *DATA))
        if format_ == PAGE:
            where = urls.page(thing.address)
            if chosen := parameters(request.scope):
                where += f"?{urlencode(chosen)}"
        else:
            where = urls.data(thing.address, format_)
        headers = {
            "Location": self._base + where,
            "Vary": "Accept",
            "Cache-Control": "public, no-cache",
            "Link": link_header(list(self._documents(thing, "alternate"))),
        }
        return Response(None, _SEE_OTHER, headers)

    async def data(self, request: Request) -> Response:
        """Respond with the data of a thing. Raises RequestError."""
        params = only(request, ("format", "page"))
        path = urls.requested_path(_raw_path(request), "data")
        number = page_number(params["page"])
        async with self._current.reading() as release:
            things = await thing_index(request, release, self._pool)
            bare, format_ = urls.split_suffix(path)
            if path in things.things and bare not in things.things:
                bare, format_ = path, None  # the suffix is part of the name of the thing
            thing = things.find(bare)
            if format_ is None or params["format"]:
                format_ = chosen_format(request, params["format"], DATA)
            lasting = Lasting(request, release.pages, self._base, "data", format_.name)
            where = self._base + urls.data(thing.address, format_)
            lasting.add("Content-Location", page_address(where, number))
            async with lasting.alone() as kept:
                if kept is not None:
                    return kept
                result = await self._describe(
                    request, release, thing, thing.own, number, linked_data.PAGE_SIZE
                )
                label_query = await self._pool.run(
                    request, thing_documents.label_query_of_data, result
                )
                links = [
                    (thing.address, {"rel": "describes"}),
                    *self._documents(thing, "alternate", but=format_),
                    (f"{self._base}/.well-known/void", {"rel": "describedby"}),
                ]
                return await lasting.make_linked(
                    self._pool,
                    format_.media_type,
                    links,
                    thing_documents.write_data,
                    result,
                    await self._ask(request, release, label_query) if label_query else b"",
                    await dataset_terms.answer(release),
                    await jsonld.answer(release),
                    format_,
                    release.engine.release.id,
                    self._base,
                )

    async def page(self, request: Request) -> Response:
        """Respond with the page of a thing. Raises RequestError."""
        params = only(request, ("page",))
        number = page_number(params["page"])
        path = urls.requested_path(_raw_path(request), "page")
        today = datetime.now(UTC).date()
        language = language_of(request)
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, self._base, "page", str(today), language)
            async with lasting.alone() as kept:
                if kept is not None:
                    return kept
                thing = (await thing_index(request, release, self._pool)).find(path)
                result = await self._describe(
                    request, release, thing, thing_view.shown(thing), number, self._page_size
                )
                label_query = await self._pool.run(
                    request, thing_documents.label_query_of_page, result
                )
                data = OwnPage(await read(release, kind_pages.QUERIES), await works(release))
                links = [
                    (thing.address, {"rel": "describes"}),
                    *self._documents(thing, "alternate", but=PAGE),
                    *self._documents(thing, "describedby", but=PAGE),
                ]
                return await lasting.make_linked(
                    self._pool,
                    "text/html",
                    links,
                    thing_documents.render_page,
                    result,
                    await self._ask(request, release, label_query) if label_query else b"",
                    await dataset_terms.answer(release),
                    data,
                    await plan_statuses(release),
                    self._tables,
                    language,
                    today,
                    release.engine.release.id,
                    self._base,
                    omits=release.engine.release.omits_restricted
                    and kind_of(thing.address) in _RESTRICTED,
                )

    async def context(self, request: Request) -> Response:
        """Respond with the JSON-LD context. Raises RequestError."""
        only(request, ())
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, "context")
            if (kept := lasting.kept) is not None:
                return kept
            kind = urls.SUFFIXES["jsonld"].media_type
            answer = await jsonld.answer(release)
            return await lasting.make(self._pool, kind, (), jsonld.published, answer)

    async def _describe(
        self,
        request: Request,
        release: OpenRelease,
        thing: Thing,
        subjects: list[str],
        number: int,
        size: int,
    ) -> DescriptionResult:
        body = await self._ask(request, release, description.query(thing, subjects))
        return DescriptionResult(thing, subjects, body, number, size)

    async def _ask(self, request: Request, release: OpenRelease, query: str) -> bytes:
        answer = await self._query_service.run(request, release, query, _TABLE)
        return answer.in_memory().body

    def _documents(
        self, thing: Thing, relation: str, but: Format | None = None
    ) -> Iterator[tuple[str, dict[str, str]]]:
        """Links to the documents about a thing, in all formats but one."""
        for entry in (PAGE, *DATA):
            where = urls.data(thing.address, entry) if entry != PAGE else None
            attributes = {"rel": relation, "type": entry.media_type}
            if entry != but:
                yield self._base + (where or urls.page(thing.address)), attributes


def _raw_path(request: Request) -> str:
    """The path as sent by the client, in ASCII."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("ascii", errors="replace")
