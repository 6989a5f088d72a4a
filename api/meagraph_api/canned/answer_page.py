"""The page of a canned query: its form, its answer in one view, other ways to the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import BadValue, MissingParameter, RequestError
from meagraph.queries.header import CannedQuery
from meagraph_api import requests
from meagraph_api.asking import Asking
from meagraph_api.canned import views, ways
from meagraph_api.canned.about import about
from meagraph_api.canned.choices import Choice, bound, choices, in_language
from meagraph_api.canned.filed_taxa import FiledTaxon, filed_taxa
from meagraph_api.canned.page import Page, field_of, page_of
from meagraph_api.canned.views import Charts
from meagraph_api.countries import countries
from meagraph_api.current import Open
from meagraph_api.engine import Wanted
from meagraph_api.maps import locator
from meagraph_api.maps.labels import Drawing, drawing
from meagraph_api.maps.locator import Value
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.results import Table, Term, table
from meagraph_api.settings import Settings
from meagraph_api.things.answers import Lasting

_TABLE = Wanted(results="application/sparql-results+json", graph=None)


@dataclass(frozen=True, slots=True)
class Map:
    """What a map shows of a table: a number for each State, or places."""

    drawing: Drawing
    column: str = ""
    """The column whose numbers the circles are; '' where rows are counted."""
    left: int = 0
    """Places that lie beyond the edge of the map."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A table in one of its views."""

    view: str
    offered: tuple[str, ...]
    page: Page
    charts: Charts | None = None
    map: Map | None = None


class AnswerPages:
    """Makes the pages of canned queries."""

    def __init__(self, settings: Settings, pages: Pages, asking: Asking) -> None:
        self._settings = settings
        self._pages = pages
        self._asking = asking

    async def answer(
        self,
        request: Request,
        held: Open,
        query: CannedQuery,
        values: Mapping[str, list[str]],
        reserved: requests.Pairs,
    ) -> Response:
        """The form, and below it the answer, or what is missing or wrong. Raises BadValue."""
        language = language_of(request)
        today = datetime.now(UTC).date()
        lasting = Lasting(request, held, *self._depends_on(request, query, language, today))
        if (unchanged := lasting.unchanged) is not None:
            return unchanged
        found = await choices(held, query)
        known = await in_language(held, found, language)
        problem: RequestError | None = None
        shown: Shown | None = None
        filed: tuple[FiledTaxon, ...] = ()
        text = ""
        try:
            view = _view(reserved)
            text = bound(query, values, found)
            answer = (await self._asking.ask(request, held, text, _TABLE)).in_memory()
            whole = table(answer.body)
            shown = await self._shown(held, whole, view, reserved, known, language)
            if not whole.rows:
                address = f"{self._settings.address}/queries/{query.name}"
                filed = await filed_taxa(held, address, values)
        except MissingParameter as missing:
            problem = missing if any(any(given) for given in values.values()) else None
        except RequestError as error:
            problem = error
        given = [(name, value) for name, chosen in values.items() for value in chosen if value]
        content = self._pages.render(
            "query.html",
            language,
            query=query,
            fields=[
                field_of(name, parameter, values.get(name), known.get(name), language)
                for name, parameter in query.parameters.items()
            ],
            shown=shown,
            problem=problem,
            about=replace(await about(held, query, dict(values), today, language), filed=filed),
            filters=given,
            ways=ways.ways(self._settings.address, query.name, given),
            sparql=urlencode({"query": ways.sparql(text)}),
            ground=locator.ground(),
        )
        if problem is None:
            return lasting.answer(content.encode(), "text/html")
        status = 200 if isinstance(problem, MissingParameter) else problem.status
        headers = {"Vary": "Accept", "Cache-Control": "no-store"}
        return Response(content, status, headers, media_type="text/html")

    def _depends_on(
        self, request: Request, query: CannedQuery, language: str, today: date
    ) -> tuple[str, ...]:
        """What a page depends on, besides the release and the program: the day too, since a period
        ends on one, and a query may ask for it.
        """
        asked = request.scope["query_string"].decode("latin-1")
        return "canned", query.name, query.text, asked, language, str(today), self._settings.address

    async def _shown(
        self,
        held: Open,
        whole: Table,
        view: str,
        reserved: requests.Pairs,
        known: Mapping[str, list[Choice]],
        language: str,
    ) -> Shown:
        """A table in the view that is asked for. Raises BadValue where it has no such view."""
        number, size = requests.one(reserved, "page"), requests.one(reserved, "page_size")
        page = page_of(whole, number, size, self._settings.page_size)
        call = views.caller(
            {name: {one.value: one.label for one in offered} for name, offered in known.items()}
        )
        drawn = views.charts(whole, call)
        mapped = await self._map(held, whole, language)
        offered = tuple(views.offered(drawn, mapped is not None))
        if view not in offered:
            raise BadValue(
                f"view={view!r} is none of this answer's; its columns allow {', '.join(offered)}."
            )
        return Shown(
            view,
            offered,
            page,
            drawn if view == "chart" else None,
            mapped if view == "map" else None,
        )

    async def _map(self, held: Open, whole: Table, language: str) -> Map | None:
        """The map of a table, None where its columns allow none."""
        regions = locator.regions(language)
        if placed := views.places(whole):
            dots = locator.dots(
                (place.name, self._link(place.iri), place.longitude, place.latitude)
                for place in placed
            )
            return Map(drawing((), regions, dots), left=len(placed) - len(dots))
        if (counted := views.by_state(whole)) is None:
            return None
        column, numbers = counted
        there = await countries(held, language)
        circles = locator.circles(
            Value(code, there[code].name, number, self._pages.link(there[code].term) or "")
            for code, number in numbers.items()
            if code in there
        )
        return Map(drawing(circles, regions), column) if circles else None

    def _link(self, iri: str) -> str:
        return self._pages.link(Term("uri", iri)) or ""


def _view(reserved: requests.Pairs) -> str:
    """The view that is asked for, by default the table. Raises BadValue."""
    view = requests.one(reserved, "view") or "table"
    if view not in views.VIEWS:
        raise BadValue(f"view={view!r} is none of {', '.join(views.VIEWS)}.")
    return view
