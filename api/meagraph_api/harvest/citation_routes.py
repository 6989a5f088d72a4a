"""Citations over HTTP: `/cite` lists what can be cited, `/cite/{key}` gives one in each format."""

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
    """Answers `/cite` and everything below it."""

    current: Current
    pool: RenderPool

    def add_routes(self, app: FastAPI) -> None:
        """Put the addresses into an application."""
        app.add_route("/cite", self.answer, include_in_schema=False)
        app.add_route("/cite.{suffix}", self.answer, include_in_schema=False)
        app.add_route("/cite/{name}", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """The citations of everything, or one by its key. Raises UnknownAddress, NotAcceptable."""
        name = request.path_params.get("name", "")
        key, _, suffix = name.partition(".")
        kind = _kind(request, request.path_params.get("suffix", suffix))
        language = language_of(request) if kind == "text/html" else ""
        async with self.current.reading() as release:
            lasting = Lasting(request, release.pages, "cite", kind, language)
            if (kept := lasting.kept) is not None:
                return kept
            every = await works(release)
            chosen = [work for work in every if not name or work.key == key]
            if not chosen:
                known = ", ".join(work.key for work in every)
                raise UnknownAddress(
                    f"There is nothing to cite as {quoted(key)}. There are: {known}."
                )
            return await lasting.make(self.pool, kind, (), _written, kind, chosen, language)


def _written(kind: str, chosen: list[Work], language: str) -> str | bytes:
    """The citations in a format, made in a process of the pool."""
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
