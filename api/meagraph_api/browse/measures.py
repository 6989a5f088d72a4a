"""Answers `/measures`: every measure, by facets that say how many are left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph import names
from meagraph.errors import UnknownAddress
from meagraph.queries.header import CannedQuery
from meagraph_api.browse import asked as asking
from meagraph_api.browse import called, register
from meagraph_api.browse.asked import Asked
from meagraph_api.browse.facets import FACETS, Facet, label, values
from meagraph_api.browse.matching import Filter
from meagraph_api.browse.reading import ReleaseData, read
from meagraph_api.browse.register import Link, Measure
from meagraph_api.browse.related_taxa import RelatedTaxon, related_taxa
from meagraph_api.browse.wording import Wording
from meagraph_api.canned.choices import choices
from meagraph_api.current import Current, Open
from meagraph_api.pages.language import language_of
from meagraph_api.render_pool import RenderPool, rendered
from meagraph_api.settings import Settings
from meagraph_api.things.answers import Lasting

_FORMATS = ("xlsx", "csv", "json")
"""In which a reader may take what is shown, the one that most can open first."""
_BY_PARAMETER = {facet.parameter: facet for facet in FACETS}


class Measures:
    """Answers the browser of measures."""

    def __init__(
        self,
        query: CannedQuery,
        downloads: bool,
        settings: Settings,
        current: Current,
        pool: RenderPool,
    ) -> None:
        """Browse with the parameters of the canned query `measures`.

        `downloads` says whether the service answers that query itself.
        """
        self._query = query
        self._downloads = downloads
        self._settings = settings
        self._current = current
        self._pool = pool

    def add_routes(self, app: FastAPI) -> None:
        """Put the browser into an application."""
        app.add_route("/measures", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Some of the measures that the filters keep. Raises RequestError."""
        language = language_of(request)
        today = datetime.now(UTC).date()
        async with self._current.reading() as held:
            lasting = Lasting(request, held, "measures", language, str(today))
            if (kept := lasting.kept) is not None:
                return kept
            asked = asking.read(request, self._query, await self._choices(held))
            data = await read(held, (*register.QUERIES, *called.QUERIES))
            return await lasting.make(
                self._pool,
                "text/html",
                (),
                _page,
                data,
                asked,
                language,
                today.year,
                self._settings.page_size,
                _FORMATS if self._downloads else (),
            )

    async def _choices(self, held: Open) -> Mapping[str, tuple[str, ...]]:
        known = await choices(held, self._query)
        return {name: tuple(choice.value for choice in offered) for name, offered in known.items()}


def _page(
    data: ReleaseData,
    asked: Asked,
    language: str,
    year: int,
    page_size: int,
    formats: tuple[str, ...],
) -> str:
    """The page, made in a process of the pool. Raises UnknownAddress."""
    known, labels = register.register(data), called.called(data)
    filtering = Filter(asked.values, known)
    found = sorted(filtering.kept(), key=asking.SORTS[asked.sort])
    pages = max(1, -(-len(found) // page_size))
    if asked.page > pages:
        raise UnknownAddress(f"There is no page {asked.page} of these measures, but {pages}.")
    first = (asked.page - 1) * page_size
    shown = found[first : first + page_size]
    return rendered(
        "browse/measures.html",
        language,
        asked=asked,
        wording=Wording(known, labels, language, year),
        facets=[
            (facet, values(facet, filtering, labels, language))
            for facet in FACETS
            if any(filtering.reader(facet.parameter)(each) for each in known.measures)
        ],
        related=_related(asked.values, known) if not found else (),
        chosen=[
            (
                name,
                label(_BY_PARAMETER.get(name, Facet(name)), value, known, labels, language),
                asked.without(name, value),
            )
            for name, value in asked.given
        ],
        hidden=[pair for pair in asked.given if pair[0] not in _VISIBLE],
        shown=shown,
        why=_why(shown, filtering),
        plans=list(dict.fromkeys(measure.plan for measure in shown)),
        first=first + 1 if found else 0,
        total=len(found),
        whole=len(known.measures),
        pages=pages,
        sorts=asking.SORTS,
        formats=formats,
        sparql=urlencode({"query": asked.text}),
        release=data.release,
    )


def _related(values: Mapping[str, tuple[str, ...]], known: register.Register) -> list[RelatedTaxon]:
    """Taxa above and below the chosen ones that have measures of their own, each once."""
    if values.get("taxon_scope") == ("species-wide",):
        return []
    chosen = [names.thing("taxon", value) for value in values.get("taxon", ())]
    found = [one for taxon in chosen for one in related_taxa(known, taxon) if one.measures]
    return list({one.address: one for one in found if one.address not in chosen}.values())


def _why(shown: Iterable[Measure], filtering: Filter) -> dict[str, list[Link]]:
    """The links by which measures are listed, where countries are chosen."""
    if not filtering.values.get("country"):
        return {}
    return {measure.address: filtering.links(measure) for measure in shown}


_VISIBLE = {*_BY_PARAMETER, "text", "in_period_on"}
"""The parameters that have a field of their own in the form."""
