"""Serve `/data`: formats of the data, licences, citation."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.results.formats import GRAPHS, RESULTS
from meagraph_api.engine.current_release import Current
from meagraph_api.http.language import language_of
from meagraph_api.http.request_params import only
from meagraph_api.http.responses import Lasting
from meagraph_api.http.urls import DATA
from meagraph_api.index import page_context
from meagraph_api.index.citations import works
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.plan_status import date_of_data
from meagraph_api.index.release_data import ReleaseData, read
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.settings import Settings


class Data:
    """Route of the data page."""

    def __init__(self, settings: Settings, current: Current, pool: RenderPool) -> None:
        self._settings = settings
        self._current = current
        self._pool = pool

    def add_routes(self, app: FastAPI) -> None:
        """Add the route to an application."""
        app.add_route("/data", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve the page. Raises RequestError."""
        only(request, ())
        language = language_of(request)
        today = datetime.now(UTC).date()
        settings = self._settings
        async with self._current.reading() as release:
            lasting = Lasting(
                request,
                release.pages,
                "data page",
                language,
                str(today),
                settings.address,
                settings.contact,
            )
            if (kept := lasting.kept) is not None:
                return kept
            data = await read(release, page_context.QUERIES)
            return await lasting.make(
                self._pool,
                "text/html",
                (),
                _page,
                data,
                language,
                today.year,
                service=settings.address,
                triples=release.engine.release.manifest.get("triples"),
                dated=await date_of_data(release),
                citation=(await works(release))[0].sentence,
                contact=settings.contact,
            )


def _page(data: ReleaseData, language: str, year: int, **values: object) -> str:
    """Render the page in a process of the pool."""
    context = PageContext(data, language, year)
    return rendered(
        "browse/data.html",
        language,
        context=context,
        own_plans=list(context.index.plans.values()),
        release=data.release,
        results=RESULTS,
        graphs=GRAPHS,
        things=DATA,
        **values,
    )
