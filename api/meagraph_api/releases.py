"""Releases over HTTP: which ones there are, what each holds, and its dumps at lasting addresses.

`/releases/{id}/dumps/…` is the same for ever; `/dumps/…` is that of the release being served. What
may not be passed on as a file is in a release, but at neither address.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph import files, releases
from meagraph.errors import NotAcceptable, ReleaseError, UnknownAddress, UnknownRelease
from meagraph.quoting import quoted, shortened
from meagraph.releases import MANIFEST, Past
from meagraph_api import requests
from meagraph_api.current import Current
from meagraph_api.downloads import download
from meagraph_api.formats import Format, listed
from meagraph_api.negotiation import media_type
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.settings import Settings

CC_BY = "https://creativecommons.org/licenses/by/4.0/"
_FOLDER = "dumps/"
_APART = "restricted/"
"""The folder, among the dumps, of what may not be passed on."""
_FORMATS = (Format("json", ("application/json",)), Format("html", ("text/html",)))
_GZIP = "application/gzip"
_MEDIA_TYPES = {
    ".nq.gz": "application/n-quads",
    ".trig.gz": "application/trig",
    ".ttl.gz": "text/turtle",
    ".nt.gz": "application/n-triples",
    ".jsonld.gz": "application/ld+json",
    ".ttl": "text/turtle",
}
"""What a dump holds once it is unpacked, by the ending of its name."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump as the manifest of a release lists it."""

    name: str
    size: int
    sha256: str

    @property
    def media_type(self) -> str:
        """What it is as it stands."""
        return _GZIP if self.name.endswith(".gz") else self.holds

    @property
    def holds(self) -> str:
        """What it holds."""
        ending = "".join(Path(self.name).suffixes[-2:])
        return _MEDIA_TYPES.get(ending, _MEDIA_TYPES.get(Path(self.name).suffix, _GZIP))


class Releases:
    """Answers `/releases`, `/dumps` and everything below them."""

    def __init__(self, settings: Settings, current: Current, pages: Pages) -> None:
        self._settings = settings
        self._current = current
        self._pages = pages

    def add_routes(self, app: FastAPI) -> None:
        """Put the addresses into an application."""
        for path, answer in (
            ("/releases", self.overview),
            ("/releases/{release}", self.one),
            ("/releases/{release}/manifest.json", self.manifest),
            ("/releases/{release}/dumps/{name:path}", self.dump),
            ("/dumps", self.now),
            ("/dumps/{name:path}", self.dump_now),
        ):
            app.add_route(path, answer, include_in_schema=False)

    async def overview(self, request: Request) -> Response:
        """The releases of the folder that is served, the newest first."""
        kind = _kind(request)
        found = await asyncio.to_thread(self._listed)
        described = [self._summary(past) for past in found]
        return self._written(request, kind, {"releases": described}, "releases.html")

    async def one(self, request: Request) -> Response:
        """One release: what it holds, from what it was made, and its dumps."""
        past = await self._found(request.path_params["release"])
        return await self._described(request, past)

    async def now(self, request: Request) -> Response:
        """The release being served."""
        return await self._described(request, await self._served())

    async def manifest(self, request: Request) -> Response:
        """The manifest of a release, as it stands."""
        past = await self._found(request.path_params["release"])
        path = past.folder / MANIFEST
        body = await asyncio.to_thread(path.read_bytes)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})

    async def dump(self, request: Request) -> Response:
        """A dump of a release."""
        past = await self._found(request.path_params["release"])
        return await self._sent(request, past)

    async def dump_now(self, request: Request) -> Response:
        """A dump of the release being served."""
        return await self._sent(request, await self._served())

    async def _sent(self, request: Request, past: Past) -> Response:
        name = request.path_params["name"]
        manifest = await asyncio.to_thread(_manifest, past)
        there = {dump.name: dump for dump in _dumps(manifest)}
        if name not in there:
            raise UnknownAddress(_missing(name, past, there))
        dump = there[name]
        release = manifest["id"]
        here = f"{self._settings.address}/releases/{release}/dumps/{name}"
        headers = {
            "Content-Location": here,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Link": (
                f'<{CC_BY}>; rel="license", '
                f'<{self._settings.address}/dataset>; rel="describedby", '
                f'<{self._settings.address}/releases/{release}>; rel="collection"'
            ),
        }
        path = past.folder / _FOLDER / name
        if not await asyncio.to_thread(_is_whole, path, dump):
            raise UnknownRelease(
                f"The release {past.name} is damaged: its dump {name} is not of the size in its "
                "manifest. /releases lists those that are whole."
            )
        return download(request, path, f'"{dump.sha256}"', dump.media_type, headers)

    async def _described(self, request: Request, past: Past) -> Response:
        kind = _kind(request)
        manifest = await asyncio.to_thread(_manifest, past)
        address = f"{self._settings.address}/releases/{manifest['id']}"
        described = self._summary(past) | {
            "id": manifest["id"],
            "graphs": manifest.get("graphs", {}),
            "documents": manifest.get("documents", {}),
            "sources": manifest.get("sources", {}),
            "licence": CC_BY,
            "dumps": [
                {
                    "name": dump.name,
                    "url": f"{address}/dumps/{dump.name}",
                    "media_type": dump.holds,
                    "compressed": dump.media_type == _GZIP,
                    "bytes": dump.size,
                    "sha256": dump.sha256,
                }
                for dump in _dumps(manifest)
            ],
        }
        return self._written(request, kind, described, "release.html")

    def _summary(self, past: Past) -> dict[str, Any]:
        address = f"{self._settings.address}/releases/{past.name}"
        return {
            "release": past.name,
            "url": address,
            "manifest": f"{address}/manifest.json",
            "made": past.made.at.isoformat() if past.made.number else None,
            "software": past.version or None,
            "triples": past.triples,
            "current": past.current,
            "whole": not past.damage,
        }

    def _written(
        self, request: Request, kind: str, described: dict[str, Any], template: str
    ) -> Response:
        if kind == "text/html":
            page = self._pages.render(template, language_of(request), **described)
            return Response(page, media_type=kind, headers={"Vary": "Accept"})
        body = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
        return Response(body.encode(), media_type=kind, headers={"Vary": "Accept"})

    def _listed(self) -> list[Past]:
        try:
            return releases.listed(files.releases(self._settings.releases))
        except ReleaseError:
            return []

    async def _served(self) -> Past:
        async with self._current.reading() as held:
            folder = held.engine.release.folder
        return await self._found(folder.name)

    async def _found(self, name: str) -> Past:
        folder = files.releases(self._settings.releases)
        past = await asyncio.to_thread(releases.find, folder, name)
        if past is None:
            raise UnknownRelease(
                f"There is no release {quoted(name)} here. /releases lists those that there are."
            )
        return past


def _manifest(past: Past) -> dict[str, Any]:
    try:
        return releases.read_manifest(past.folder)
    except ReleaseError:
        raise UnknownRelease(
            f"The release {past.name} is damaged: {past.damage}. "
            "/releases lists those that there are."
        ) from None


def _dumps(manifest: dict[str, Any]) -> Iterator[Dump]:
    """The dumps that may be taken away, by name."""
    for name, fingerprint in sorted(manifest["files"].items()):
        local = name.removeprefix(_FOLDER)
        if local != name and not local.startswith(_APART):
            yield Dump(local, int(fingerprint["bytes"]), str(fingerprint["sha256"]))


def _is_whole(path: Path, dump: Dump) -> bool:
    try:
        return path.stat().st_size == dump.size
    except (FileNotFoundError, NotADirectoryError):
        return False


def _missing(name: str, past: Past, there: dict[str, Dump]) -> str:
    if name.startswith(_APART):
        return (
            "Facts whose source is not known to allow redistribution are in no dump. "
            "They can be asked for at /sparql, each with its source."
        )
    known = ", ".join(there) or "none"
    return f"The release {past.name} has no dump {quoted(name)}. It has: {known}."


def _kind(request: Request) -> str:
    asked = requests.one(requests.query_pairs(request), "format")
    accept = request.headers.get("accept")
    kind = media_type(accept, asked, _FORMATS)
    if kind is None:
        raise NotAcceptable(
            f"{shortened(asked or accept)} is not among the formats: {listed(_FORMATS)}."
        )
    return kind
