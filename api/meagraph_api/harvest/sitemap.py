"""The sitemap: the pages of all things, for search engines; and what these should leave alone.

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
"""The most addresses that one file may hold, by the protocol."""

_QUERY = (files(__package__) / "sitemap.rq").read_text(encoding="utf-8")
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_DISALLOWED = ("/sparql", "/queries/*?", "/measures?", "/compare?", "/changes", "/metrics")
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
        self._robots = Document(robots_text(settings).encode(), "text/plain", FOR_A_DAY)
        self._pages = tuple(pages)
        """The paths of the pages that are no thing's."""

    def add_routes(self, app: FastAPI) -> None:
        """Put the addresses into an application."""
        app.add_route("/sitemap.xml", self.whole, include_in_schema=False)
        app.add_route("/sitemap-{number:int}.xml", self.part, include_in_schema=False)
        app.add_route("/robots.txt", self.robots, include_in_schema=False)

    async def whole(self, request: Request) -> Response:
        """All addresses, or where they are more than one file holds, the files with them."""
        return await self._answer(request, None)

    async def part(self, request: Request) -> Response:
        """One file of a long sitemap. Raises UnknownAddress."""
        return await self._answer(request, request.path_params["number"])

    async def robots(self, request: Request) -> Response:
        """What a robot should leave alone, and where the sitemap is."""
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
    """The text of `/robots.txt`."""
    refused = [f"Disallow: {settings.base_path}{path}" for path in _DISALLOWED]
    return "\n".join(["User-agent: *", *refused, f"Sitemap: {settings.address}/sitemap.xml", ""])


def sitemap(
    things: Shared, address: str, pages: Iterable[str], most: int, number: int | None
) -> str:
    """A part of the sitemap by its number from 1; for None the whole, or an index of its parts.

    `things` is the answer to `sitemap.rq`, `address` the public URL, `pages` the paths of other
    pages, `most` how many addresses a file may hold. Raises UnknownAddress.
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
        raise UnknownAddress(f"/sitemap.xml names no part {number}.")
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
    """The things of a release with their dates, as SPARQL results in JSON."""
    return await answer_of(release, _QUERY)
