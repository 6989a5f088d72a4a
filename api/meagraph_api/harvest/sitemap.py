"""Serve the sitemap and `/robots.txt`.

https://www.sitemaps.org/protocol.html and https://www.rfc-editor.org/rfc/rfc9309
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from xml.sax.saxutils import escape

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import names
from meagraph.core.errors import UnknownAddress
from meagraph.core.results.terms import table
from meagraph_api.engine.current_release import Current, OpenRelease, Shared, answer_of
from meagraph_api.http.responses import Lasting
from meagraph_api.http.static_files import FOR_A_DAY, Document
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.settings import Settings

MOST = 50_000
"""Maximum number of URLs in a file, by the protocol."""

_QUERY = (files(__package__) / "sitemap.rq").read_text(encoding="utf-8")
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_DISALLOWED = ("/sparql", "/queries/*?", "/measures?", "/compare?", "/changes", "/metrics")
"""Paths that robots should not crawl: unbounded pages, whose content is also elsewhere."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A URL, and the date of its last modification, '' if unknown."""

    address: str
    modified: str


class Sitemap:
    """Routes of `/sitemap.xml`, its parts, and `/robots.txt`."""

    def __init__(
        self, settings: Settings, current: Current, pool: RenderPool, pages: Iterable[str]
    ) -> None:
        self._settings = settings
        self._current = current
        self._pool = pool
        self._robots = Document(robots_text(settings).encode(), "text/plain", FOR_A_DAY)
        self._pages = tuple(pages)
        """Paths of pages that describe no resource of the graph."""

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        app.add_route("/sitemap.xml", self.whole, include_in_schema=False)
        app.add_route("/sitemap-{number:int}.xml", self.part, include_in_schema=False)
        app.add_route("/robots.txt", self.robots, include_in_schema=False)

    async def whole(self, request: Request) -> Response:
        """Serve all URLs, or an index of files if they are too many for one."""
        return await self._answer(request, None)

    async def part(self, request: Request) -> Response:
        """Serve one file of a long sitemap. Raises UnknownAddress."""
        return await self._answer(request, request.path_params["number"])

    async def robots(self, request: Request) -> Response:
        """Serve `/robots.txt`."""
        return self._robots.answer(request)

    async def _answer(self, request: Request, number: int | None) -> Response:
        address = self._settings.address
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, address, "sitemap", str(number))
            if (kept := lasting.kept) is not None:
                return kept
            things = await _things(release)
        return await lasting.make(
            self._pool, "application/xml", (), sitemap, things, address, self._pages, MOST, number
        )


def robots_text(settings: Settings) -> str:
    """The text of `/robots.txt`: paths not to crawl, and the URL of the sitemap."""
    refused = [f"Disallow: {settings.base_path}{path}" for path in _DISALLOWED]
    return "\n".join(["User-agent: *", *refused, f"Sitemap: {settings.address}/sitemap.xml", ""])


def sitemap(
    things: Shared, address: str, pages: Iterable[str], most: int, number: int | None
) -> str:
    """Write part `number` of the sitemap, from 1; for None all of it, or an index of its parts.

    `things` is the result of `sitemap.rq`, `address` the public URL, `pages` the paths of other
    pages, `most` the maximum number of URLs in a file. Raises UnknownAddress.
    """
    entries = list(_entries(things, address, pages))
    parts = [entries[start : start + most] for start in range(0, max(len(entries), 1), most)]
    if number is None and len(parts) == 1:
        return _written("urlset", "url", entries)
    if number is None:
        newest = [max(entry.modified for entry in part) for part in parts]
        listed = [
            Entry(f"{address}/sitemap-{part}.xml", modified)
            for part, modified in enumerate(newest, start=1)
        ]
        return _written("sitemapindex", "sitemap", listed)
    if len(parts) == 1 or not 1 <= number <= len(parts):
        raise UnknownAddress(f"The sitemap has no part {number}. See /sitemap.xml.")
    return _written("urlset", "url", parts[number - 1])


def _entries(things: Shared, address: str, pages: Iterable[str]) -> Iterator[Entry]:
    rows = table(things.content).records()
    newest = max((row["modified"] for row in rows), default="")
    for path in pages:
        yield Entry(address + path, newest)
    for row in rows:
        yield Entry(f"{address}/page/{row['thing'].removeprefix(names.ID)}", row["modified"])


def _written(root: str, item: str, entries: Iterable[Entry]) -> str:
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<{root} xmlns="{_SPACE}">',
            *(f"<{item}>{_content(entry)}</{item}>" for entry in entries),
            f"</{root}>",
            "",
        ]
    )


def _content(entry: Entry) -> str:
    modified = f"<lastmod>{escape(entry.modified)}</lastmod>" if entry.modified else ""
    return f"<loc>{escape(entry.address)}</loc>{modified}"


async def _things(release: OpenRelease) -> Shared:
    """The resources of a release with their dates, as SPARQL results in JSON."""
    return await answer_of(release, _QUERY)
