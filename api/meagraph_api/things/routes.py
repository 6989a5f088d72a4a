"""Answers `/id/…`, `/graph/…`, `/page/…`, `/data/…` and `/context.jsonld`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph import names
from meagraph.errors import UnknownAddress
from meagraph_api.asking import Asking
from meagraph_api.browse.kinds import Kinds
from meagraph_api.current import Current, Open
from meagraph_api.engine import Wanted
from meagraph_api.formats import Format
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.settings import Settings
from meagraph_api.standing import standing
from meagraph_api.things import addresses, data, jsonld, schema_org, view
from meagraph_api.things.addresses import DATA, PAGE
from meagraph_api.things.answers import (
    Lasting,
    Links,
    chosen_format,
    link_header,
    only,
    page_number,
)
from meagraph_api.things.data import Part, neighbours, page_address
from meagraph_api.things.description import Ask, Description, describe
from meagraph_api.things.known import Thing, known
from meagraph_api.things.labels import Labels, labels
from meagraph_api.things.terms import Terms, terms
from meagraph_api.things.writing import write

_TABLE = Wanted(results="application/sparql-results+json", graph=None)
_SEE_OTHER = 303
"""https://www.w3.org/TR/cooluris/#r303uri"""


class Things:
    """Answers for the addresses of things and of the documents about them."""

    def __init__(
        self,
        settings: Settings,
        current: Current,
        pages: Pages,
        asking: Asking,
        kinds: Kinds | None = None,
    ) -> None:
        """Answer with the pages that some kinds have of their own, where there are such."""
        self._base = settings.address
        self._kinds = kinds or Kinds({})
        self._page_size = settings.page_size
        self._current = current
        self._pages = pages
        self._asking = asking

    def add_routes(self, app: FastAPI) -> None:
        """Add the addresses that are answered here."""
        for path, answer in (
            ("/id/{path:path}", self.see_other),
            ("/graph/{path:path}", self.see_other),
            ("/page/{path:path}", self.page),
            ("/data/{path:path}", self.data),
            (jsonld.PATH, self.context),
        ):
            app.add_route(path, answer, methods=["GET"], include_in_schema=False)

    async def see_other(self, request: Request) -> Response:
        """Lead from the address of a thing to a document about it. Raises RequestError."""
        wanted = only(request, ("format",))["format"]
        room, _, _ = request.url.path.lstrip("/").partition("/")
        path = addresses.asked(_raw_path(request), room)
        async with self._current.reading() as held:
            thing = (await known(held)).find(path if room == "id" else f"{room}/{path}")
        format_ = chosen_format(request, wanted, (PAGE, *DATA))
        where = (
            addresses.page(thing.address)
            if format_ == PAGE
            else addresses.data(thing.address, format_)
        )
        headers = {
            "Location": self._base + where,
            "Vary": "Accept",
            "Cache-Control": "public, no-cache",
            "Link": link_header(list(self._documents(thing, "alternate"))),
        }
        return Response(None, _SEE_OTHER, headers)

    async def data(self, request: Request) -> Response:
        """Answer with the data of a thing. Raises RequestError."""
        given = only(request, ("format", "page"))
        path = addresses.asked(_raw_path(request), "data")
        number = page_number(given["page"])
        async with self._current.reading() as held:
            things = await known(held)
            bare, format_ = addresses.split_suffix(path)
            if path in things.things and bare not in things.things:
                bare, format_ = path, None  # the thing itself has a name with such an ending
            thing = things.find(bare)
            if format_ is None or given["format"]:
                format_ = chosen_format(request, given["format"], DATA)
            lasting = Lasting(request, held, self._base, "data", bare, format_.name, str(number))
            if (kept := lasting.kept) is not None:
                return kept
            ask = self._ask(request, held)
            description = await describe(ask, thing)
            part = _part(description, number, data.PAGE_SIZE)
            own = description.own if number == 1 else ()
            named = data.named(own, part.links) | {thing.address}
            called = await labels(ask, named)
            release = await terms(held)
            keys = await jsonld.context(held)
        body = await asyncio.to_thread(
            lambda: write(
                data.statements(
                    description, part, called, release, held.engine.release.id, self._base
                ),
                format_,
                keys,
            )
        )
        links = [
            (thing.address, {"rel": "describes"}),
            *self._documents(thing, "alternate", but=format_),
            (f"{self._base}/.well-known/void", {"rel": "describedby"}),
            *_licenses(release, description, part, called),
            *self._pages_of(addresses.data(thing.address, format_), part),
        ]
        return lasting.answer(
            body,
            format_.media_type,
            links,
            Content_Location=page_address(
                self._base + addresses.data(thing.address, format_), number
            ),
        )

    async def page(self, request: Request) -> Response:
        """Answer with the page of a thing. Raises RequestError."""
        given = only(request, ("page",))
        number = page_number(given["page"])
        path = addresses.asked(_raw_path(request), "page")
        today = datetime.now(UTC).date()
        language = language_of(request)
        async with self._current.reading() as held:
            thing = (await known(held)).find(path)
            words = ("page", path, str(number), str(today), language)
            lasting = Lasting(request, held, self._base, *words)
            if (kept := lasting.kept) is not None:
                return kept
            ask = self._ask(request, held)
            description = await describe(ask, thing, view.shown(thing))
            part = _part(description, number, self._page_size)
            called = await labels(ask, view.named(description, part), language)
            release = await terms(held)
            plans = await standing(held)
            own = None
            if number == 1:
                own = await self._kinds.shown(held, description, language, today)
        shown = view.view(description, part, called)
        here = page_address(addresses.page(thing.address), number)
        licenses = [link for link, _ in _licenses(release, description, part, Labels())]
        content = self._pages.render(
            own.template if own else "thing.html",
            language,
            **(own.values if own else {}),
            view=shown,
            plans=[
                (plan.instrument, plan.title, plan.said(today, language))
                for plan in plans
                if names.thing("instrument", plan.instrument) in shown.instruments
            ],
            formats=[(entry, addresses.data(thing.address, entry)) for entry in DATA],
            licenses=licenses,
            release=held.engine.release.id,
            path=addresses.page(thing.address),
            page_address=page_address,
            schema_org=schema_org.embedded(
                schema_org.describe(
                    thing.address,
                    Labels.of(description.own) | called,
                    self._base + here,
                    licenses,
                    release.describes_itself,
                )
            ),
        )
        links = [
            (thing.address, {"rel": "describes"}),
            *self._documents(thing, "alternate", but=PAGE),
            *self._documents(thing, "describedby", but=PAGE),
            *_licenses(release, description, part, Labels()),
            *self._pages_of(addresses.page(thing.address), part),
        ]
        return lasting.answer(content.encode(), "text/html", links)

    async def context(self, request: Request) -> Response:
        """Answer with the context of JSON-LD. Raises RequestError."""
        only(request, ())
        async with self._current.reading() as held:
            lasting = Lasting(request, held, "context")
            if (unchanged := lasting.unchanged) is not None:
                return unchanged
            body = jsonld.published(await jsonld.context(held))
        return lasting.answer(body, addresses.SUFFIXES["jsonld"].media_type)

    def _ask(self, request: Request, held: Open) -> Ask:
        async def ask(query: str) -> bytes:
            answer = await self._asking.ask(request, held, query, _TABLE)
            return answer.in_memory().body

        return ask

    def _documents(
        self, thing: Thing, relation: str, but: Format | None = None
    ) -> Iterator[tuple[str, dict[str, str]]]:
        """Links to the documents about a thing, in every format but one."""
        for entry in (PAGE, *DATA):
            where = addresses.data(thing.address, entry) if entry != PAGE else None
            said = {"rel": relation, "type": entry.media_type}
            if entry != but:
                yield self._base + (where or addresses.page(thing.address)), said

    def _pages_of(self, path: str, part: Part) -> Links:
        return [
            (page_address(self._base + path, number), {"rel": relation})
            for relation, number in neighbours(part)
        ]


def _raw_path(request: Request) -> str:
    """The path as the client sent it; only ASCII can come in."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("ascii", errors="replace")


def _part(description: Description, number: int, size: int) -> Part:
    part = data.part(description, number, size)
    if part is None:
        raise UnknownAddress(
            f"There is no page {number}; the links back have "
            f"{data.last(description, size)} page(s)."
        )
    return part


def _licenses(release: Terms, description: Description, part: Part, called: Labels) -> Links:
    """Links to the terms of everything that is told."""
    own = description.own if part.number == 1 else ()
    graphs = {graph for said in (*own, *part.links, *called.statements) for graph in said.graphs}
    return [(address, {"rel": "license"}) for address in release.licenses(graphs)]
