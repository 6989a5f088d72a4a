"""Serve releases: their list, their metadata, and their dumps at permanent URLs.

`/releases/{id}/dumps/…` never changes; `/dumps/…` is that of the current release. Files that may
not be redistributed are part of a release but are not served.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import files, releases
from meagraph.core.errors import ReleaseError, UnknownAddress, UnknownRelease
from meagraph.core.quoting import quoted
from meagraph.core.releases import Past
from meagraph.core.results.formats import Format
from meagraph_api.engine.current_release import Current
from meagraph_api.http import request_params
from meagraph_api.http.language import language_of
from meagraph_api.http.negotiation import chosen_media_type
from meagraph_api.http.responses import download, fresh
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.settings import Settings

CC_BY = "https://creativecommons.org/licenses/by/4.0/"
_FOLDER = "dumps/"
_APART = "restricted/"
"""The folder, among the dumps, of files that may not be redistributed."""
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
"""Media types of dumps after decompression, by suffix."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump, from the manifest of a release."""

    name: str
    size: int
    sha256: str

    @property
    def media_type(self) -> str:
        """Media type of the file."""
        return _GZIP if self.name.endswith(".gz") else self.content_type

    @property
    def content_type(self) -> str:
        """Media type of the decompressed content."""
        suffix = "".join(Path(self.name).suffixes[-2:])
        return _MEDIA_TYPES.get(suffix, _MEDIA_TYPES.get(Path(self.name).suffix, _GZIP))


class Releases:
    """Routes at and below `/releases` and `/dumps`."""

    def __init__(self, settings: Settings, current: Current, pool: RenderPool) -> None:
        self._settings = settings
        self._current = current
        self._pool = pool
        self._folder = files.releases(settings.releases)

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        for path, answer in (
            ("/releases", self.overview),
            ("/releases/{release}", self.one),
            ("/releases/{release}/manifest.json", self.manifest),
            ("/releases/{release}/dumps/{name:path}", self.dump),
            ("/dumps", self.current),
            ("/dumps/{name:path}", self.current_dump),
        ):
            app.add_route(path, answer, include_in_schema=False)

    async def overview(self, request: Request) -> Response:
        """Serve the list of releases, the newest first."""
        return await self._answer(request, _overview)

    async def one(self, request: Request) -> Response:
        """Serve the metadata of a release: graphs, documents, sources, dumps."""
        return await self._answer(request, _one, request.path_params["release"])

    async def current(self, request: Request) -> Response:
        """Serve the metadata of the current release."""
        return await self._answer(request, _one, await self._current_id())

    async def manifest(self, request: Request) -> Response:
        """Serve the manifest of a release, unchanged."""
        name = request.path_params["release"]
        return await fresh(
            request, self._pool, "application/json", _manifest_file, self._folder, name
        )

    async def dump(self, request: Request) -> Response:
        """Serve a dump of a release."""
        return await self._download(request, request.path_params["release"])

    async def current_dump(self, request: Request) -> Response:
        """Serve a dump of the current release."""
        return await self._download(request, await self._current_id())

    async def _answer(
        self, request: Request, describe: Callable[..., dict[str, Any]], *args: str
    ) -> Response:
        kind = _kind(request)
        language = language_of(request) if kind == "text/html" else ""
        where = (self._folder, self._settings.address, *args)
        return await fresh(request, self._pool, kind, _written, kind, language, describe, where)

    async def _download(self, request: Request, release: str) -> Response:
        name = request.path_params["name"]
        past, manifest = await self._pool.run(request, _with_manifest, self._folder, release)
        dumps = {dump.name: dump for dump in _dumps(manifest)}
        if name not in dumps:
            raise UnknownAddress(_missing(name, past, dumps))
        dump = dumps[name]
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
                f"The release {past.name} is damaged: the size of its dump {name} differs "
                "from the manifest. /releases lists all releases."
            )
        return download(request, path, f'"{dump.sha256}"', dump.media_type, headers)

    async def _current_id(self) -> str:
        async with self._current.reading() as release:
            return release.engine.release.folder.name


# The following functions run in the processes of the pool: a folder may contain many releases.


def _written(
    kind: str, language: str, describe: Callable[..., dict[str, Any]], where: tuple[object, ...]
) -> str:
    """Write a description as HTML or JSON."""
    described = describe(*where)
    if kind == "text/html":
        return rendered(_TEMPLATES[describe], language, **described)
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


def _overview(folder: Path, service: str) -> dict[str, Any]:
    try:
        past_releases = releases.listed(folder)
    except ReleaseError:
        past_releases = []
    return {"releases": [_summary(past, service) for past in past_releases]}


def _one(folder: Path, service: str, name: str) -> dict[str, Any]:
    past, manifest = _with_manifest(folder, name)
    address = f"{service}/releases/{manifest['id']}"
    return _summary(past, service) | {
        "id": manifest["id"],
        "graphs": manifest.get("graphs", {}),
        "documents": manifest.get("documents", {}),
        "sources": manifest.get("sources", {}),
        "licence": CC_BY,
        "dumps": [
            {
                "name": dump.name,
                "url": f"{address}/dumps/{dump.name}",
                "media_type": dump.content_type,
                "compressed": dump.media_type == _GZIP,
                "bytes": dump.size,
                "sha256": dump.sha256,
            }
            for dump in _dumps(manifest)
        ],
    }


_TEMPLATES = {_overview: "releases.html", _one: "release.html"}


def _summary(past: Past, service: str) -> dict[str, Any]:
    address = f"{service}/releases/{past.name}"
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


def _manifest_file(folder: Path, name: str) -> bytes:
    """The manifest of a release. Raises UnknownRelease."""
    return (_found(folder, name).folder / files.MANIFEST).read_bytes()


def _with_manifest(folder: Path, name: str) -> tuple[Past, dict[str, Any]]:
    """A release with its manifest. Raises UnknownRelease."""
    past = _found(folder, name)
    return past, _manifest(past)


def _found(folder: Path, name: str) -> Past:
    past = releases.find(folder, name)
    if past is None:
        raise UnknownRelease(
            f"There is no release {quoted(name)} here. /releases lists all releases."
        )
    return past


def _manifest(past: Past) -> dict[str, Any]:
    try:
        return releases.read_manifest(past.folder)
    except ReleaseError:
        raise UnknownRelease(
            f"The release {past.name} is damaged: {past.damage}. /releases lists all releases."
        ) from None


def _dumps(manifest: dict[str, Any]) -> Iterator[Dump]:
    """The dumps that may be redistributed, by name."""
    for name, fingerprint in sorted(manifest["files"].items()):
        local = name.removeprefix(_FOLDER)
        if local != name and not local.startswith(_APART):
            yield Dump(local, int(fingerprint["bytes"]), str(fingerprint["sha256"]))


def _is_whole(path: Path, dump: Dump) -> bool:
    try:
        return path.stat().st_size == dump.size
    except (FileNotFoundError, NotADirectoryError):
        return False


def _missing(name: str, past: Past, dumps: dict[str, Dump]) -> str:
    if name.startswith(_APART):
        return (
            "The dumps exclude facts whose sources are not known to allow redistribution. "
            "Query them at /sparql, each with its source."
        )
    known = ", ".join(dumps) or "none"
    return f"The release {past.name} has no dump {quoted(name)}. It has: {known}."


def _kind(request: Request) -> str:
    format_name = request_params.one(request_params.query_pairs(request), "format")
    return chosen_media_type(request, format_name, _FORMATS)
