"""Serve `/measures`: the list of measures, filtered by facets, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import full_text, names
from meagraph.core.errors import BadValue, UnknownAddress, UnknownParameter
from meagraph.core.queries import parameters
from meagraph.core.queries.header import CannedQuery, LookUp
from meagraph.core.quoting import quoted
from meagraph_api.engine.current_release import Current
from meagraph_api.http import request_params
from meagraph_api.http.language import language_of
from meagraph_api.http.request_params import page_number
from meagraph_api.http.responses import Lasting
from meagraph_api.index import page_context
from meagraph_api.index.facets import FACETS, Facet, label, values
from meagraph_api.index.filters import KNOWN, MOST_WORDS, Filter
from meagraph_api.index.measure_index import Link, Measure, MeasureIndex
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.related_taxa import RelatedTaxon, related_taxa
from meagraph_api.index.release_data import ReleaseData, read
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.queries import snippets
from meagraph_api.queries.choices import codes
from meagraph_api.settings import Settings

_OWN = ("sort", "page")
MOST_VALUES = 200
"""Maximum number of filter values in one request."""

_LEVELS = {"high": 0, "medium": 1, "low": 2}

SORTS: Mapping[str, Callable[[Measure], tuple[object, ...]]] = {
    "document": lambda measure: (measure.place,),
    "priority": lambda measure: (_LEVELS.get(measure.level, 3), measure.place),
    "countries": lambda measure: (-len(measure.countries), measure.place),
    "words": lambda measure: (measure.text.casefold(), measure.place),
}
"""Sort keys by name, the default first."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The filters, sort order and page number of a request."""

    values: Mapping[str, tuple[str, ...]]
    """Values by parameter, defaults included."""
    pairs: tuple[tuple[str, str], ...]
    """Supplied names and values, in the order of the parameters."""
    sort: str
    page: int
    text: str = field(repr=False, default="")
    """The bound query."""
    found: Mapping[str, frozenset[str]] = field(repr=False, default_factory=dict)
    """IRIs of measures by the search words that find them."""

    def query_string(self, **changed: str | None) -> str:
        """The query string with some parameters changed; None removes one."""
        own: dict[str, str | None] = {
            "sort": self.sort if self.sort != next(iter(SORTS)) else None,
            "page": None,
            **changed,
        }
        return urlencode([*self.pairs, *((name, value) for name, value in own.items() if value)])

    def without(self, parameter: str, value: str) -> str:
        """The query string without one value."""
        left = tuple(pair for pair in self.pairs if pair != (parameter, value))
        return Selection(self.values, left, self.sort, 1).query_string()

    @property
    def filters(self) -> str:
        """The query string of the filters alone, for the canned query."""
        return urlencode(self.pairs)


def read_filters(
    request: Request, query: CannedQuery, choices: Mapping[str, tuple[str, ...]], look_up: LookUp
) -> Selection:
    """Read a request. Raises UnknownParameter, BadValue, and what `look_up` raises."""
    pairs = request_params.query_pairs(request)
    own = {name: request_params.one(pairs, name) for name in _OWN}
    supplied: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in _OWN and value.strip():
            supplied.setdefault(name, []).append(value)
    for name in supplied:
        if name in query.parameters and name not in KNOWN:
            raise UnknownParameter(
                f"{name} is a filter of /queries/{query.name}, not of this list."
            )
    if sum(map(len, supplied.values())) > MOST_VALUES:
        raise BadValue(f"More than {MOST_VALUES} filter values. Use fewer.")
    if sum(map(len, supplied.get("text", ()))) > MOST_WORDS:
        raise BadValue(f"text is longer than {MOST_WORDS} characters.")
    found: dict[str, frozenset[str]] = {}

    def look_up_once(name: str, words: str, kinds: Collection[str]) -> Sequence[str]:
        found[words] = frozenset(listed := look_up(name, words, kinds))
        return listed

    text = query.bind(supplied, choices, look_up_once)
    sort = own["sort"] or next(iter(SORTS))
    if sort not in SORTS:
        raise BadValue(f"sort={quoted(sort)} is not a sort order. Use {', '.join(SORTS)}.")
    values = parameters.complete(query.parameters, supplied)
    return Selection(
        {name: tuple(chosen) for name, chosen in values.items()},
        tuple(
            (name, value)
            for name in query.parameters
            if name in supplied
            for value in dict.fromkeys(supplied[name])
        ),
        sort,
        page_number(own["page"]),
        text,
        found,
    )


_FORMATS = ("xlsx", "csv", "json")
"""Formats of downloads, the most widely readable first."""
_BY_PARAMETER = {facet.parameter: facet for facet in FACETS}
_LABELLED = {
    **_BY_PARAMETER,
    "evidence": Facet("evidence", "evidence"),
    "actor_role": Facet("actor_role", "responsibility-role"),
    "cmp_action": Facet("cmp_action", "cmp-action"),
    "taxon_certainty": Facet("taxon_certainty", "certainty"),
}
"""Facets with the labels of filter values, by parameter."""


class Measures:
    """Route of the list of measures."""

    def __init__(
        self,
        query: CannedQuery,
        downloads: bool,
        settings: Settings,
        current: Current,
        pool: RenderPool,
    ) -> None:
        """Take the filters of `query`, the canned query `measures`.

        `downloads` tells whether the service answers that query at `/queries/measures`.
        """
        self._query = query
        self._downloads = downloads
        self._settings = settings
        self._current = current
        self._pool = pool

    def add_routes(self, app: FastAPI) -> None:
        """Add the route to an application."""
        app.add_route("/measures", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve one page of the measures that pass the filters. Raises RequestError."""
        language = language_of(request)
        today = datetime.now(UTC).date()
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, "measures", language, str(today))
            if (kept := lasting.kept) is not None:
                return kept
            find = partial(full_text.found, release.engine.release.folder)
            choices = await codes(release, self._query)
            selection = await asyncio.to_thread(read_filters, request, self._query, choices, find)
            data = await read(release, page_context.QUERIES)
            return await lasting.make(
                self._pool,
                "text/html",
                (),
                _page,
                data,
                selection,
                language,
                today.year,
                self._settings.page_size,
                _FORMATS if self._downloads else (),
            )


def _page(
    data: ReleaseData,
    selection: Selection,
    language: str,
    year: int,
    page_size: int,
    formats: tuple[str, ...],
) -> str:
    """Render the page in a process of the pool. Raises UnknownAddress."""
    context = PageContext(data, language, year)
    register = context.index
    filtering = Filter(selection.values, register, selection.found)
    found = sorted(filtering.kept(), key=SORTS[selection.sort])
    pages = max(1, -(-len(found) // page_size))
    if selection.page > pages:
        raise UnknownAddress(f"There is no page {selection.page} of these measures, only {pages}.")
    first = (selection.page - 1) * page_size
    shown = found[first : first + page_size]
    return rendered(
        "browse/measures.html",
        language,
        selection=selection,
        context=context,
        facets=[
            (facet, values(facet, filtering, context))
            for facet in FACETS
            if any(filtering.reader(facet.parameter)(each) for each in register.measures)
        ],
        related=_related(selection.values, register) if not found else (),
        chosen=[
            (
                name,
                label(_LABELLED.get(name, Facet(name)), value, context),
                selection.without(name, value),
            )
            for name, value in selection.pairs
        ],
        hidden=[pair for pair in selection.pairs if pair[0] not in _VISIBLE],
        shown=shown,
        why=_why(shown, filtering),
        plans=list(dict.fromkeys(measure.plan for measure in shown)),
        first=first + 1 if found else 0,
        total=len(found),
        whole=len(register.measures),
        pages=pages,
        sorts=SORTS,
        formats=formats,
        sparql=snippets.editor(selection.text),
        release=data.release,
    )


def _related(values: Mapping[str, tuple[str, ...]], register: MeasureIndex) -> list[RelatedTaxon]:
    """Broader and narrower taxa of the chosen ones that have measures."""
    if values.get("taxon_scope") == ("species-wide",):
        return []
    chosen = [names.thing("taxon", value) for value in values.get("taxon", ())]
    found = [one for taxon in chosen for one in related_taxa(register, taxon) if one.measures]
    return list({one.address: one for one in found if one.address not in chosen}.values())


def _why(shown: Iterable[Measure], filtering: Filter) -> dict[str, list[Link]]:
    """The links to the chosen countries, by measure."""
    if not filtering.values.get("country"):
        return {}
    return {measure.address: filtering.links(measure) for measure in shown}


_VISIBLE = {*_BY_PARAMETER, "text", "in_period_on"}
"""Parameters with a field in the form."""
