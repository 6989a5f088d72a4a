"""Serve `/search` as HTML and JSON, and its OpenSearch description at `/opensearch.xml`."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from fastapi import FastAPI
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import MissingParameter, NotNow, RequestError, TooManyRequests
from meagraph.core.glossary import parameter_label, term
from meagraph.core.match_expression import matching
from meagraph.core.names import SOURCE
from meagraph.core.queries.header import CannedQuery
from meagraph.core.queries.parameters import Choice, Parameter
from meagraph.core.results.formats import AcceptedFormats, Format
from meagraph.core.results.terms import Term, table
from meagraph_api.engine.current_release import Current, OpenRelease, Shared
from meagraph_api.engine.query_service import QueryService
from meagraph_api.engine.release_cache import Key
from meagraph_api.http import problems, request_params
from meagraph_api.http.language import language_of
from meagraph_api.http.negotiation import chosen_media_type
from meagraph_api.http.page_cache import PageCache
from meagraph_api.http.responses import Lasting
from meagraph_api.index import page_context
from meagraph_api.index.countries import countries
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.plan_status import PlanStatus, plan_statuses
from meagraph_api.index.release_data import ReleaseData, read
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.pages.renderer import prose
from meagraph_api.pages.translations import translated
from meagraph_api.queries import openapi, table_writers
from meagraph_api.queries.choices import choices, composed, relabelled
from meagraph_api.queries.column_labels import ColumnLabels
from meagraph_api.queries.descriptions import described
from meagraph_api.queries.result_page import field_of, in_words
from meagraph_api.search.highlighting import Marked
from meagraph_api.search.search_index import Hit, Index, Scope, SearchResults
from meagraph_api.search.search_request import KINDS, ONE_OF, Form, SearchRequest
from meagraph_api.settings import Settings

MEDIA_TYPE = "application/opensearchdescription+xml"
_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"

_OPENSEARCH_FORMATS = {"html": "text/html", "json": "application/json"}


def description(address: str) -> bytes:
    """The OpenSearch description of the service at a URL.

    >>> b'template="https://example.org/search?q={searchTerms}' in description("https://example.org")
    True
    """
    root = ET.Element("OpenSearchDescription", xmlns=_NAMESPACE)
    for name, text in (
        ("ShortName", "meagraph"),
        ("Description", "Search the action plans of environmental agreements"),
    ):
        ET.SubElement(root, name).text = text
    for name, kind in _OPENSEARCH_FORMATS.items():
        template = f"{address}/search?q={{searchTerms}}&limit={{count?}}&offset={{startIndex?}}"
        ET.SubElement(
            root,
            "Url",
            type=kind,
            template=f"{template}&format={name}",
            indexOffset="0",  # offset of the first hit
        )
    ET.SubElement(root, "InputEncoding").text = "UTF-8"
    ET.SubElement(root, "OutputEncoding").text = "UTF-8"
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


_FORMATS = (Format("json", (table_writers.JSON,)), Format("html", ("text/html",)))

_RESULTS_JSON = "application/sparql-results+json"

_OF_PLANS = frozenset({"instrument", "status", "in_period_on"})
"""Filters of plans. With these alone, all texts of the plans are searched, not only measures."""

_SNIPPET = 240
"""Length of a snippet in characters."""

_FORMS = Key[Shared]()


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit with the status of its plan, if it is from one."""

    hit: Hit
    plan: PlanStatus | None
    status_text: str
    """The status as a phrase."""

    @property
    def kind(self) -> str:
        """The term for its kind: the key in the glossary."""
        return ONE_OF[self.hit.kind]

    @property
    def term(self) -> Term:
        """Its IRI as a term."""
        return Term("uri", self.hit.iri)

    @property
    def snippet(self) -> Marked:
        """The part of its text with the first match."""
        return self.hit.text.cut(_SNIPPET)

    @property
    def context(self) -> list[Marked]:
        """Lines of its context with matches."""
        return [line for line in self.hit.context if line.ranges]

    def record(self) -> dict[str, Any]:
        """The JSON object of the hit."""
        return {
            "iri": self.hit.iri,
            "kind": self.hit.kind,
            "number": self.hit.number or None,
            "label": self.hit.label.as_json(),
            "plan": self.plan.instrument if self.plan else None,
            "plan_title": self.plan.title if self.plan else None,
            "status": self.plan.status if self.plan else None,
            "standing": self.status_text or None,
            "snippet": self.snippet.as_json(),
            "context": [line.as_json() for line in self.context],
            "countries": list(self.hit.countries),
        }


class Search:
    """Routes of the search."""

    def __init__(
        self,
        filtering: CannedQuery | None,
        settings: Settings,
        current: Current,
        pool: RenderPool,
        query_service: QueryService,
        cache: PageCache,
    ) -> None:
        """Offer the filters of a canned query of measures, if there is one."""
        self._form = Form(filtering)
        self._settings = settings
        self._current = current
        self._pool = pool
        self._cache = cache
        self._query_service = query_service

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        app.add_api_route(
            "/search",
            self.answer,
            name="search",
            operation_id="search",
            summary="Words in the plans, and what they are about",
            tags=["Search"],
            response_class=Response,
            responses=openapi.SEARCH_RESPONSES,
            openapi_extra={"parameters": openapi.search_parameters(self._form.parameters)},
        )
        app.add_route("/opensearch.xml", self.describe, include_in_schema=False)

    async def describe(self, request: Request) -> Response:
        """Serve the OpenSearch description."""
        lasting = Lasting(request, self._cache, self._settings.address)
        lasting.add("Cache-Control", "public, max-age=86400")
        if (kept := lasting.kept) is not None:
            return kept
        return lasting.answer(description(self._settings.address), MEDIA_TYPE)

    async def answer(self, request: Request) -> Response:
        """What is found, as JSON or a page. Raises RequestError."""
        pairs = request_params.query_pairs(request)
        kind = chosen_media_type(request, request_params.one(pairs, "format"), _FORMATS)
        language = language_of(request) if kind == "text/html" else SOURCE
        today = datetime.now(UTC).date()
        async with self._current.reading() as release:
            of_filters = self._form.filtering.text if self._form.filtering else ""
            lasting = Lasting(
                *(request, release.pages, "search", of_filters, self._settings.address),
                *(kind, str(today), language),
            )
            if (kept := lasting.kept) is not None:
                return kept
            if kind == "text/html":
                return await self._page(request, release, lasting, pairs, today, language)
            params = self._form.read(pairs)
            search = await self._search(request, release, params, today, SOURCE)
            address = f"{self._settings.address}/search"
            return await lasting.make(
                self._pool, kind, (), _json, search, pairs, address, release.engine.release.id
            )

    async def _page(
        self,
        request: Request,
        release: OpenRelease,
        lasting: Lasting,
        pairs: request_params.Pairs,
        today: date,
        language: str,
    ) -> Response:
        """Serve the form with the hits, or with an error."""
        form = _Form(await self._offered(request, release, language), pairs, language)
        problem: RequestError | None = None
        try:
            params = self._form.read(pairs)
            search = await self._search(request, release, params, today, language)
            return await lasting.make(self._pool, "text/html", (), _found_page, search, form)
        except (NotNow, TooManyRequests):  # no page for clients over their rate limit
            raise
        except MissingParameter as missing:
            if not any(value for name, value in pairs if name != "format"):
                return await lasting.make(self._pool, "text/html", (), _empty_page, form)
            problem = missing
        except RequestError as error:
            problem = error
        page = await self._pool.run(request, _empty_page, form, problem)
        return problems.page(request, problem, page)

    async def _offered(self, request: Request, release: OpenRelease, language: str) -> Shared:
        """The content of the form in a language, for the processes of the pool."""

        async def make() -> Shared:
            content = await self._pool.run(
                request,
                _written_form,
                self._form.parameters,
                tuple(self._form.filters),
                self._form.filtering,
                await self._choices(release),
                await _states(release, language),
                await read(release, page_context.QUERIES),
                language,
            )
            return Shared(content)

        return await release.values.once(_FORMS, make, language)

    async def _choices(self, release: OpenRelease) -> dict[str, list[Choice]]:
        return await choices(release, self._form.filtering) if self._form.filtering else {}

    async def _search(
        self,
        request: Request,
        release: OpenRelease,
        params: SearchRequest,
        today: date,
        language: str,
    ) -> _Search:
        plans = {
            plan.instrument: (plan, plan.text(today, language))
            for plan in await plan_statuses(release)
        }
        scope = await self._scope(request, release, params)
        folder = release.engine.release.folder
        return _Search(folder, self._settings.query_timeout, params, scope, plans)

    async def _scope(self, request: Request, release: OpenRelease, params: SearchRequest) -> bytes:
        """The results of the canned query for the filters, in JSON; b'' without filters."""
        query = self._form.filtering
        if query is None or not params.filters:
            return b""
        accepted = AcceptedFormats(results=_RESULTS_JSON, graph=None)
        text = await composed(release, query, params.filters)
        answer = await self._query_service.run(request, release, text, accepted, keys_first=True)
        return answer.in_memory().body


@dataclass(frozen=True, slots=True)
class _Offered:
    """The content of the form that depends on the language alone."""

    parameters: Mapping[str, Parameter]
    filters: tuple[str, ...]
    """Parameters that are filters."""
    choices: Mapping[str, Sequence[Choice]]
    hints: Mapping[str, Markup]
    """Descriptions of the parameters."""
    country_names: Mapping[str, str]
    """Names of States in the language, by their English names."""


def _written_form(
    parameters: Mapping[str, Parameter],
    filters: tuple[str, ...],
    filtering: CannedQuery | None,
    choices: Mapping[str, list[Choice]],
    country_names: Mapping[str, str],
    data: ReleaseData,
    language: str,
) -> bytes:
    """The pickled content of the form, made in a process of the pool."""
    hints = {
        name: prose(translated(parameter.description, language))
        for name, parameter in parameters.items()
    }
    known: Mapping[str, Sequence[Choice]] = {}
    if filtering is not None:
        naming = ColumnLabels(filtering, {}, PageContext(data, language, 0))
        known = relabelled(choices, naming)
        for name in filters:
            description = translated(parameters[name].description, language)
            hints[name] = described(description, naming, known, {}, name)
    return pickle.dumps(_Offered(parameters, filters, known, hints, country_names))


@dataclass(frozen=True, slots=True)
class _Form:
    """The form with the values of a request."""

    offered: Shared
    """An `_Offered`, pickled."""
    pairs: request_params.Pairs
    language: str

    def fields(self) -> dict[str, Any]:
        """The variables of the template: words, kind, filters, names."""
        offered = _offered(self.offered)
        values = Form.values(self.pairs)
        kinds = [
            Choice(code, term(key, self.language), language=self.language)
            for code, key in KINDS.items()
        ]
        choices = {**offered.choices, "kind": kinds}
        fields = {
            name: field_of(
                name,
                parameter_label("measures", name, self.language),
                offered.hints[name],
                parameter,
                values.get(name),
                choices.get(name),
                self.language,
            )
            for name, parameter in offered.parameters.items()
        }
        return {
            "words": fields["q"],
            "fields": [fields[name] for name in ("kind", *offered.filters)],
            "filters": in_words(
                fields.values(),
                [(name, v) for name in offered.filters for v in values.get(name, ()) if v],
                self.language,
            ),
            "country_names": offered.country_names,
            "kept": [(name, value) for name, value in self.pairs if name != "offset"],
        }


@lru_cache(4)
def _offered(pickled: Shared) -> _Offered:
    offered: _Offered = pickle.loads(pickled.content)  # noqa: S301 - made by `Search`
    return offered


@dataclass(frozen=True, slots=True)
class _Search:
    """The input of a search in a process of the pool."""

    release: Path
    """The folder of the release."""
    seconds: float
    request: SearchRequest
    measures: bytes
    """Measures to search, as SPARQL results in JSON; empty for all."""
    plans: Mapping[str, tuple[PlanStatus, str]]
    """Plans by slug, each with its status as a phrase."""

    def run(self) -> tuple[SearchResults, list[ShownHit]]:
        """Search. Raises BadValue, UnknownAddress, QueryTimeout, QueryFailed."""
        index = _index(self.release, self.seconds)
        expression = matching(self.request.words, index.names)
        found = index.search(expression, self._scope(), self.request.offset, self.request.limit)
        none = (None, "")
        return found, [ShownHit(hit, *self.plans.get(hit.instrument, none)) for hit in found.hits]

    def _scope(self) -> Scope:
        kinds = self.request.kinds
        if not self.measures:
            return Scope(kinds=kinds)
        rows = table(self.measures).records()
        if self.request.filters.keys() <= _OF_PLANS:
            return Scope(plans=frozenset(row["instrument"] for row in rows), kinds=kinds)
        return Scope(measures=frozenset(row["measure"] for row in rows), kinds=kinds)


@lru_cache(2)
def _index(release: Path, seconds: float) -> Index:
    return Index(release, seconds)


def _json(search: _Search, pairs: request_params.Pairs, address: str, release: str) -> str:
    """Write the hits as JSON, in a process of the pool."""
    found, shown = search.run()
    request = search.request
    further = request.offset + request.limit
    kept = [(name, value) for name, value in pairs if name != "offset"]
    following = urlencode([*kept, ("offset", further)])
    record = {
        "q": request.words,
        "release": release,
        "total": found.total,
        "offset": request.offset,
        "limit": request.limit,
        "next": f"{address}?{following}" if further < found.total else None,
        "kinds": {kind: found.kinds[kind] for kind in KINDS if kind in found.kinds},
        "hits": [one.record() for one in shown],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def _found_page(search: _Search, form: _Form) -> str:
    """Render the page with hits, in a process of the pool."""
    found, shown = search.run()
    return _rendered(form, params=search.request, found=found, shown=shown, problem=None)


def _empty_page(form: _Form, problem: RequestError | None = None) -> str:
    """Render the page with the form, and an error if any, in a process of the pool."""
    return _rendered(form, params=None, found=None, shown=[], problem=problem)


def _rendered(form: _Form, **values: object) -> str:
    return rendered(
        "search.html",
        form.language,
        kinds=KINDS,
        **form.fields(),
        **values,
    )


async def _states(release: OpenRelease, language: str) -> dict[str, str]:
    """Names of States in a language, by their English names, which the index has."""
    there = await countries(release, language)
    return {
        state.name: there[code].name
        for code, state in (await countries(release, SOURCE)).items()
        if code in there
    }
