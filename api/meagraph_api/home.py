"""The home page: what this is, a search box, the map, the plans, and questions to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import NotReady
from meagraph.queries.header import CannedQuery
from meagraph_api.countries import Country, countries
from meagraph_api.current import Current
from meagraph_api.maps import locator
from meagraph_api.maps.labels import Drawing, drawing
from meagraph_api.maps.locator import Value
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.pages.translations import N_
from meagraph_api.settings import Settings
from meagraph_api.standing import standing
from meagraph_api.things.answers import Lasting


@dataclass(frozen=True, slots=True)
class Question:
    """A question to begin with: its words, the query that answers it, and how it is asked."""

    words: str
    query: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """Where the answer is.

        >>> Question("", "units", (("country", "KAZ"),)).path
        '/queries/units?country=KAZ'
        """
        asked = f"?{urlencode(self.values)}" if self.values else ""
        return f"/queries/{self.query}{asked}"


QUESTIONS = (
    Question(
        N_("Which measures, in all plans, concern Kazakhstan, and why?"),
        "measures-by-country",
        (("country", "KAZ"),),
    ),
    Question(
        N_("What do the plans say about border fences?"),
        "measures-by-topic",
        (("topic", "border-fence"),),
    ),
    Question(
        N_("What are the plans about? Topics, plan by plan"),
        "topic-matrix",
        (("view", "chart"),),
    ),
    Question(N_("Which States share populations and hotspots?"), "country-pairs"),
    Question(
        N_("What does the new argali plan carry forward from the one before?"),
        "carried-forward",
    ),
    Question(
        N_("Which places do the plans name?"),
        "places",
        (("with_coordinates", "true"), ("view", "map")),
    ),
    Question(
        N_("Where is nothing printed: for a population, or for a State?"),
        "gaps",
        (("kind", "unit-without-measure"), ("kind", "range-state-without-unit")),
    ),
    Question(
        N_("What is to be checked in the texts before one relies on them?"),
        "quality-findings",
        (("severity", "warning"),),
    ),
)
"""Eight questions, of different kinds of readers."""


class Home:
    """Answers `/`."""

    def __init__(
        self,
        settings: Settings,
        current: Current,
        pages: Pages,
        queries: Mapping[str, CannedQuery],
    ) -> None:
        self._base = settings.address
        self._current = current
        self._pages = pages
        self._queries = list(queries.values())
        self._questions = [question for question in QUESTIONS if question.query in queries]

    def add_routes(self, app: FastAPI) -> None:
        """Add the address that is answered here."""
        app.add_route("/", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """The home page; it says so where no release is being served yet."""
        language = language_of(request)
        today = datetime.now(UTC).date()
        try:
            async with self._current.reading() as held:
                lasting = Lasting(request, held, self._base, "home", str(today), language)
                if (unchanged := lasting.unchanged) is not None:
                    return unchanged
                plans = await standing(held)
                known = await countries(held, language)
                release = held.engine.release.id
        except NotReady:
            nothing = self._drawn({}, language)
            page = self._page(language, release=None, plans=[], countries={}, drawing=nothing)
            return Response(page, media_type="text/html", headers={"Cache-Control": "no-store"})
        page = self._page(
            language,
            release=release,
            plans=[(plan.instrument, plan.title, plan.said(today, language)) for plan in plans],
            countries=known,
            drawing=self._drawn(known, language),
        )
        return lasting.answer(page.encode(), "text/html")

    def _page(self, language: str, **told: object) -> str:
        return self._pages.render(
            "home.html",
            language,
            queries=self._queries,
            questions=self._questions,
            ground=locator.ground(),
            **told,
        )

    def _drawn(self, known: Mapping[str, Country], language: str) -> Drawing:
        values = (
            Value(code, country.name, country.units, self._pages.link(country.term) or "")
            for code, country in known.items()
        )
        return drawing(locator.circles(values), locator.regions(language))
