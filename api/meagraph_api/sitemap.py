"""The sitemap: the pages of all things, for search engines; and what these should leave alone.

https://www.sitemaps.org/protocol.html and https://www.rfc-editor.org/rfc/rfc9309
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from xml.sax.saxutils import escape

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph import names
from meagraph.errors import UnknownAddress
from meagraph_api.current import Current, Open
from meagraph_api.documents import FOR_A_DAY, Document
from meagraph_api.render_pool import RenderPool
from meagraph_api.results import select
from meagraph_api.settings import Settings
from meagraph_api.things.answers import Lasting

MOST = 50_000
"""The most addresses that one file may hold, by the protocol."""

_QUERY = (files(__package__) / "sitemap.rq").read_text(encoding="utf-8")
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_UNSEEN = ("/sparql", "/queries/*?", "/measures?", "/compare?", "/changes", "/metrics")
"""What a robot should not ask: pages without end, which others lead to as well."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An address, and the day on which what is there was last modified, '' where it is unknown."""

    address: str
    modified: str


class Sitemap:
    """Answers `/sitemap.xml`, the parts of a long one, and `/robots.txt`."""

    def __init__(
        self, settings: Settings, current: Current, pool: RenderPool, pages: Iterable[str]
    ) -> None:
        self._settings = settings
        self._current = current
        self._pool = pool
        self._robots = Document(robots(settings).encode(), "text/plain", FOR_A_DAY)
        self._pages = tuple(pages)
        """The paths of the pages that are no thing's."""

    def add_routes(self, app: FastAPI) -> None:
        """Put the addresses into an application."""
        app.add_route("/sitemap.xml", self.whole, include_in_schema=False)
        app.add_route("/sitemap-{number:int}.xml", self.part, include_in_schema=False)
        app.add_route("/robots.txt", self.robots, include_in_schema=False)

    async def whole(self, request: Request) -> Response:
        """All addresses, or where they are more than one file holds, the files with them."""
        async with self._current.reading() as held:
            lasting = Lasting(request, held, self._settings.address, "sitemap")
            if (kept := lasting.kept) is not None:
                return kept
            parts = await self._parts(held)
        if len(parts) == 1:
            return await self._answer(lasting, "urlset", "url", parts[0])
        newest = [max(entry.modified for entry in part) for part in parts]
        listed = [
            Entry(f"{self._settings.address}/sitemap-{number}.xml", modified)
            for number, modified in enumerate(newest, start=1)
        ]
        return await self._answer(lasting, "sitemapindex", "sitemap", listed)

    async def part(self, request: Request) -> Response:
        """One file of a long sitemap. Raises UnknownAddress."""
        number: int = request.path_params["number"]
        async with self._current.reading() as held:
            parts = await self._parts(held)
            lasting = Lasting(request, held, self._settings.address, "sitemap", str(number))
        if len(parts) == 1 or not 1 <= number <= len(parts):
            raise UnknownAddress(f"/sitemap.xml names no part {number}.")
        if (kept := lasting.kept) is not None:
            return kept
        return await self._answer(lasting, "urlset", "url", parts[number - 1])

    async def robots(self, request: Request) -> Response:
        """What a robot should leave alone, and where the sitemap is."""
        return self._robots.answer(request)

    async def _parts(self, held: Open) -> list[list[Entry]]:
        things = await _things(held)
        newest = max((modified for _, modified in things), default="")
        address = self._settings.address
        entries = [
            *(Entry(address + path, newest) for path in self._pages),
            *(Entry(f"{address}/page/{path}", modified) for path, modified in things),
        ]
        starts = range(0, max(len(entries), 1), MOST)
        return [entries[start : start + MOST] for start in starts]

    async def _answer(
        self, lasting: Lasting, root: str, item: str, entries: list[Entry]
    ) -> Response:
        return await lasting.make(self._pool, "application/xml", (), written, root, item, entries)


def robots(settings: Settings) -> str:
    """The text of `/robots.txt`."""
    refused = [f"Disallow: {settings.base_path}{path}" for path in _UNSEEN]
    return "\n".join(["User-agent: *", *refused, f"Sitemap: {settings.address}/sitemap.xml", ""])


def written(root: str, item: str, entries: Iterable[Entry]) -> str:
    """A sitemap, or an index of sitemaps."""
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<{root} xmlns="{_SPACE}">',
            *(f"<{item}>{_said(entry)}</{item}>" for entry in entries),
            f"</{root}>",
            "",
        ]
    )


def _said(entry: Entry) -> str:
    modified = f"<lastmod>{escape(entry.modified)}</lastmod>" if entry.modified else ""
    return f"<loc>{escape(entry.address)}</loc>{modified}"


async def _things(held: Open) -> list[tuple[str, str]]:
    """The things of a release, by what follows `id/` in their addresses, with their dates."""
    if "sitemap" not in held.remembered:
        table = await select(held.engine, _QUERY)
        held.remembered["sitemap"] = [
            (row["thing"].removeprefix(names.ID), row["modified"]) for row in table.records()
        ]
    things: list[tuple[str, str]] = held.remembered["sitemap"]
    return things
