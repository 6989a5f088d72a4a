"""The home page: what this is, a search box, the map, the plans, and questions to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import NotReady
from meagraph.queries import binding
from meagraph.queries.header import CannedQuery
from meagraph_api.current import Current, Open
from meagraph_api.maps import locator
from meagraph_api.maps.locator import Circle, Value
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.pages.translations import message
from meagraph_api.results import Term, select
from meagraph_api.settings import Settings
from meagraph_api.standing import standing
from meagraph_api.things.answers import Lasting

_COUNTRIES = (files(__package__) / "home.rq").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Question:
    """A question to begin with: its words, the canned query that answers it, and how it is asked."""

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
        message("Which measures, in all plans, concern Kazakhstan, and why?"),
        "measures-by-country",
        (("country", "KAZ"),),
    ),
    Question(
        message("What do the plans say about border fences?"),
        "measures-by-topic",
        (("topic", "border-fence"),),
    ),
    Question(
        message("What are the plans about? Topics, plan by plan"),
        "topic-matrix",
        (("view", "chart"),),
    ),
    Question(message("Which States share populations and hotspots?"), "country-pairs"),
    Question(
        message("What does the new argali plan carry forward from the one before?"),
        "carried-forward",
    ),
    Question(
        message("Which places do the plans name?"),
        "places",
        (("coordinates", "true"), ("view", "map")),
    ),
    Question(
        message("Where is nothing printed: for a population, or for a State?"),
        "gaps",
        (("kind", "unit-without-measure"), ("kind", "range-state-without-unit")),
    ),
    Question(
        message("What is to be checked in the texts before one relies on them?"),
        "quality-findings",
        (("severity", "warning"),),
    ),
)
"""Eight questions, of different kinds of readers."""


@dataclass(frozen=True, slots=True)
class Country:
    """What the home page tells of a State."""

    name: str
    term: Term
    units: int
    measures: int


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
                countries = await _countries(held, language)
                release = held.engine.release.id
        except NotReady:
            page = self._page(language, release=None, plans=[], countries={}, circles=())
            return Response(page, media_type="text/html", headers={"Cache-Control": "no-store"})
        page = self._page(
            language,
            release=release,
            plans=[(plan.instrument, plan.title, plan.said(today, language)) for plan in plans],
            countries=countries,
            circles=self._circles(countries),
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

    def _circles(self, countries: Mapping[str, Country]) -> tuple[Circle, ...]:
        return locator.circles(
            Value(code, country.name, country.units, self._pages.link(country.term) or "")
            for code, country in countries.items()
        )


async def _countries(held: Open, language: str) -> dict[str, Country]:
    """The States that the release knows, by code, in the order of their names."""
    key = ("countries", language)
    if key not in held.remembered:
        text = binding.place(_COUNTRIES, {("_language",): [binding.literal(language)]})
        held.remembered[key] = {
            record["code"]: Country(
                record["name"],
                Term("uri", record["country"]),
                int(record["units"]),
                int(record["measures"]),
            )
            for record in (await select(held.engine, text)).records()
        }
    countries: dict[str, Country] = held.remembered[key]
    return countries
