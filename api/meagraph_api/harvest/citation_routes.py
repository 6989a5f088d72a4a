"""Serve citations: all at `/cite`, one at `/cite/{key}`, each in several formats."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import UnknownAddress
from meagraph.core.quoting import quoted
from meagraph.core.results.formats import Format
from meagraph_api.engine.current_release import Current
from meagraph_api.http import request_params
from meagraph_api.http.language import language_of
from meagraph_api.http.negotiation import chosen_media_type
from meagraph_api.http.responses import Lasting
from meagraph_api.index import citations
from meagraph_api.index.citations import Work, works
from meagraph_api.pages.render_pool import RenderPool, rendered

_FORMATS = (
    Format("txt", ("text/plain",), ("text",)),
    Format("bib", ("application/x-bibtex",), ("bibtex",)),
    Format("json", ("application/vnd.citationstyles.csl+json", "application/json"), ("csl",)),
    Format("html", ("text/html",)),
)


@dataclass(frozen=True, slots=True)
class Cite:
    """Routes at and below `/cite`."""

    current: Current
    pool: RenderPool

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        app.add_route("/cite", self.answer, include_in_schema=False)
        app.add_route("/cite.{suffix}", self.answer, include_in_schema=False)
        app.add_route("/cite/{name}", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve all citations, or one by its key. Raises UnknownAddress, NotAcceptable."""
        name = request.path_params.get("name", "")
        key, _, suffix = name.partition(".")
        kind = _kind(request, request.path_params.get("suffix", suffix))
        language = language_of(request) if kind == "text/html" else ""
        async with self.current.reading() as release:
            lasting = Lasting(request, release.pages, "cite", kind, language)
            if (kept := lasting.kept) is not None:
                return kept
            all_works = await works(release)
            chosen = [work for work in all_works if not name or work.key == key]
            if not chosen:
                known = ", ".join(work.key for work in all_works)
                raise UnknownAddress(f"There is no citation {quoted(key)}. Citations: {known}.")
            return await lasting.make(self.pool, kind, (), _written, kind, chosen, language)


def _written(kind: str, chosen: list[Work], language: str) -> str | bytes:
    """Write the citations in a format, in a process of the pool."""
    match kind:
        case "text/plain":
            return "".join(f"{work.sentence}\n" for work in chosen)
        case "application/x-bibtex":
            return "\n".join(work.bibtex for work in chosen)
        case "text/html":
            return rendered("cite.html", language, works=chosen)
        case _:
            return citations.csl_json(chosen)


def _kind(request: Request, suffix: str) -> str:
    format_name = suffix or request_params.one(request_params.query_pairs(request), "format")
    return chosen_media_type(request, format_name, _FORMATS)
