"""Serve `/`: introduction, search, plans, map, example queries."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import NotReady
from meagraph.core.queries.header import CannedQuery
from meagraph_api.engine.current_release import Current, Shared
from meagraph_api.http.language import language_of
from meagraph_api.http.responses import Lasting
from meagraph_api.index.countries import Country, countries
from meagraph_api.index.plan_status import plan_statuses
from meagraph_api.pages import map_drawing
from meagraph_api.pages.map_drawing import Value
from meagraph_api.pages.map_labels import Drawing, drawing
from meagraph_api.pages.render_pool import RenderPool, pages, rendered
from meagraph_api.pages.translations import N_
from meagraph_api.settings import Settings


@dataclass(frozen=True, slots=True)
class ExampleQuery:
    """An example query: its title, the name of the canned query, its parameters."""

    title: str
    query: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """Path of the result page.

        >>> ExampleQuery("", "units", (("country", "KAZ"),)).path
        '/queries/units?country=KAZ'
        """
        query_string = f"?{urlencode(self.values)}" if self.values else ""
        return f"/queries/{self.query}{query_string}"


EXAMPLE_QUERIES = (
    ExampleQuery(
        N_("Measures that concern Kazakhstan, with the reasons"),
        "measures-by-country",
        (("country", "KAZ"),),
    ),
    ExampleQuery(
        N_("Measures on border fences"),
        "measures-by-topic",
        (("topic", "border-fence"),),
    ),
    ExampleQuery(
        N_("Topics by plan"),
        "topic-matrix",
        (("view", "chart"),),
    ),
    ExampleQuery(N_("Countries that share populations and areas"), "country-pairs"),
    ExampleQuery(
        N_("Measures continued in the new argali plan"),
        "carried-forward",
    ),
    ExampleQuery(
        N_("Places named in the plans"),
        "places",
        (("with_coordinates", "true"), ("view", "map")),
    ),
    ExampleQuery(
        N_("Populations and countries without measures"),
        "gaps",
        (("kind", "unit-without-measure"), ("kind", "range-state-without-unit")),
    ),
    ExampleQuery(
        N_("Notes on the texts"),
        "quality-findings",
        (("severity", "warning"),),
    ),
)
"""Examples for different kinds of readers."""


class Home:
    """Route of the home page."""

    def __init__(
        self,
        settings: Settings,
        current: Current,
        pool: RenderPool,
        queries: Mapping[str, CannedQuery],
    ) -> None:
        self._base = settings.address
        self._current = current
        self._pool = pool
        self._queries = Shared(pickle.dumps(list(queries.values())))

    def add_routes(self, app: FastAPI) -> None:
        """Add the route to an application."""
        app.add_route("/", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve the home page, also before there is a release."""
        language = language_of(request)
        today = datetime.now(UTC).date()
        try:
            async with self._current.reading() as release:
                lasting = Lasting(request, release.pages, self._base, "home", str(today), language)
                if (kept := lasting.kept) is not None:
                    return kept
                return await lasting.make(
                    self._pool,
                    "text/html",
                    (),
                    _page,
                    language,
                    self._queries,
                    release=release.engine.release.id,
                    plans=[
                        (plan.instrument, plan.title, plan.text(today, language))
                        for plan in await plan_statuses(release)
                    ],
                    countries=await countries(release, language),
                )
        except NotReady:
            page = await self._pool.run(
                request, _page, language, self._queries, release=None, plans=[], countries={}
            )
        return Response(page, media_type="text/html", headers={"Cache-Control": "no-store"})


def _page(
    language: str,
    queries: Shared,
    *,
    release: str | None,
    plans: list[tuple[str, str, str]],
    countries: Mapping[str, Country],
) -> str:
    """Render the page in a process of the pool."""
    known = _queries(queries)
    names = {query.name for query in known}
    return rendered(
        "home.html",
        language,
        queries=known,
        examples=[example for example in EXAMPLE_QUERIES if example.query in names],
        ground=map_drawing.ground(),
        release=release,
        plans=plans,
        countries=countries,
        drawing=_drawn(countries, language),
    )


@lru_cache(1)
def _queries(pickled: Shared) -> list[CannedQuery]:
    known: list[CannedQuery] = pickle.loads(pickled.content)  # noqa: S301 - made by `Home`
    return known


def _drawn(known: Mapping[str, Country], language: str) -> Drawing:
    values = (
        Value(code, country.name, country.units, pages().link(country.term) or "")
        for code, country in known.items()
    )
    return drawing(map_drawing.circles(values), map_drawing.regions(language))
