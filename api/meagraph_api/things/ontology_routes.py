"""Routes of the ontology: documentation for readers, and all RDF formats.

Its terms are fragments of `/ontology`, so one document covers all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as package_files
from pathlib import Path
from types import MappingProxyType

from fastapi import FastAPI
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import files, names
from meagraph.core.errors import UnknownAddress
from meagraph.core.quoting import shortened
from meagraph.core.results.formats import GRAPHS, AcceptedFormats, Format
from meagraph.core.version import __version__
from meagraph_api.engine.current_release import Current, OpenRelease
from meagraph_api.engine.query_service import QueryService
from meagraph_api.http.language import language_of
from meagraph_api.http.negotiation import chosen_format
from meagraph_api.http.request_params import only
from meagraph_api.http.responses import Lasting, Links
from meagraph_api.http.urls import PAGE, SUFFIXES
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.settings import Settings

_QUERY = (package_files(__package__) / "ontology.rq").read_text(encoding="utf-8")
_ADDRESS = names.ONTOLOGY.rstrip("#")
_CC_BY = "https://creativecommons.org/licenses/by/4.0/"
"""The licence of the ontology, as in its `dcterms:license`."""

FORMATS: Mapping[str, Format] = MappingProxyType(
    {"html": PAGE, **SUFFIXES, "nq": GRAPHS[4], "trig": GRAPHS[5]}
)
"""The formats of the ontology, by suffix."""


class Ontology:
    """Routes `/ontology`, `/ontology.{suffix}` and `/ontology/{version}` (`owl:versionIRI`)."""

    def __init__(
        self, settings: Settings, current: Current, pool: RenderPool, query_service: QueryService
    ) -> None:
        self._base = settings.address
        self._current = current
        self._pool = pool
        self._query_service = query_service

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        for path in ("/ontology", "/ontology.{suffix}", "/ontology/{version}"):
            app.add_route(path, self.answer, methods=["GET"], include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Respond with the ontology. Raises RequestError."""
        named = only(request, ("format",))["format"]
        version = request.path_params.get("version", __version__)
        if version != __version__:
            raise UnknownAddress(
                f"Version {shortened(version)} of the ontology is not available here. "
                f"The current version is {self._base}/ontology/{__version__}."
            )
        suffix = request.path_params.get("suffix")
        if suffix is not None and suffix not in FORMATS:
            raise UnknownAddress(
                f"There is no {shortened(request.scope['path'])}. The suffixes of the ontology are "
                f"{', '.join(FORMATS)}."
            )
        formats = tuple(FORMATS.values())
        format_ = FORMATS[suffix] if suffix else chosen_format(request, named, formats)
        async with self._current.reading() as release:
            language = language_of(request) if format_ == PAGE else ""
            lasting = Lasting(
                request, release.pages, self._base, "ontology", format_.name, language
            )
            where = f"{self._base}/ontology.{_suffix(format_)}"
            lasting.add("Content-Location", where)
            if (kept := lasting.kept) is not None:
                return kept
            links = self._links(format_)
            if format_ == PAGE:
                path = release.engine.release.folder / files.ONTOLOGY_PAGE
                return await lasting.make(self._pool, "text/html", links, _page, path, language)
            body = await self._data(request, release, format_)
            return await lasting.make(self._pool, format_.media_type, links, bytes, body)

    async def _data(self, request: Request, release: OpenRelease, format_: Format) -> bytes:
        accepted = AcceptedFormats(results=None, graph=format_.media_type)
        answer = await self._query_service.run(request, release, _QUERY, accepted)
        if not answer.rows:
            raise UnknownAddress("The data served here do not contain the ontology of meagraph.")
        return answer.in_memory().body

    def _links(self, but: Format) -> Links:
        others = [
            (f"{self._base}/ontology.{suffix}", {"rel": "alternate", "type": entry.media_type})
            for suffix, entry in FORMATS.items()
            if entry != but
        ]
        described = (f"{self._base}/.well-known/void", {"rel": "describedby"})
        return [*others, described, (_CC_BY, {"rel": "license"})]


def _page(documentation: Path, language: str) -> str:
    """Render the page in a process of the pool. Raises UnknownAddress."""
    try:
        text = documentation.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnknownAddress(
            "This release has no documentation of the ontology. Build it again with: meagraph build"
        ) from None
    # The build generated it from the ontology, and the manifest has its checksum.
    content = Markup(text)  # noqa: S704
    return rendered(
        "ontology.html",
        language,
        content=content,
        permanent=_ADDRESS,
        formats=FORMATS,
        license=_CC_BY,
    )


def _suffix(format_: Format) -> str:
    return next(name for name, entry in FORMATS.items() if entry == format_)
