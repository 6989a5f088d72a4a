"""Search over HTTP: `/search` for people and programs, and how to ask it, at `/opensearch.xml`."""

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
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import MissingParameter, NotNow, RequestError, TooManyRequests
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
from meagraph_api.index.countries import countries
from meagraph_api.index.plan_status import Standing, standing
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.pages.translations import translated
from meagraph_api.queries import openapi, table_writers
from meagraph_api.queries.choices import choices, composed, in_language
from meagraph_api.queries.result_page import field_of
from meagraph_api.search.highlighting import Marked
from meagraph_api.search.search_index import Found, Hit, Index, Within
from meagraph_api.search.search_request import KINDS, ONE_OF, Asked, Form
from meagraph_api.settings import Settings

MEDIA_TYPE = "application/opensearchdescription+xml"
_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"

_OPENSEARCH_FORMATS = {"html": "text/html", "json": "application/json"}


def description(address: str) -> bytes:
    """The description of the search of a service at an address.

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
            indexOffset="0",  # our offset of the first hit
        )
    ET.SubElement(root, "InputEncoding").text = "UTF-8"
    ET.SubElement(root, "OutputEncoding").text = "UTF-8"
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


_FORMATS = (Format("json", (table_writers.JSON,)), Format("html", ("text/html",)))

_RESULTS_JSON = "application/sparql-results+json"

_OF_PLANS = frozenset({"instrument", "status", "in_period_on"})
"""Filters of the plan alone; with no others, all that the plan prints is searched."""

_SNIPPET = 240
"""Letters of a long text that are shown."""

_FORMS = Key[Shared]()


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit with the standing of its plan, if it stands in one."""

    hit: Hit
    plan: Standing | None
    said: str
    """The standing in words."""

    @property
    def kind(self) -> str:
        """Its kind in words, in English."""
        return ONE_OF[self.hit.kind]

    @property
    def term(self) -> Term:
        """Its address as a term."""
        return Term("uri", self.hit.iri)

    @property
    def snippet(self) -> Marked:
        """The part of its text that shows what was found."""
        return self.hit.text.cut(_SNIPPET)

    @property
    def context(self) -> list[Marked]:
        """What was found in the words around it, where its own text does not show it."""
        return [line for line in self.hit.context if line.ranges]

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "iri": self.hit.iri,
            "kind": self.hit.kind,
            "number": self.hit.number or None,
            "label": self.hit.label.said(),
            "plan": self.plan.instrument if self.plan else None,
            "plan_title": self.plan.title if self.plan else None,
            "status": self.plan.status if self.plan else None,
            "standing": self.said or None,
            "snippet": self.snippet.said(),
            "context": [line.said() for line in self.context],
            "countries": list(self.hit.countries),
        }


class Search:
    """Answers `/search`."""

    def __init__(
        self,
        filtering: CannedQuery | None,
        settings: Settings,
        current: Current,
        pool: RenderPool,
        query_service: QueryService,
        cache: PageCache,
    ) -> None:
        """Search with the filters of a canned query of measures, if there is one."""
        self._form = Form(filtering)
        self._settings = settings
        self._current = current
        self._pool = pool
        self._cache = cache
        self._query_service = query_service

    def add_routes(self, app: FastAPI) -> None:
        """Put the search into an application."""
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
        """The OpenSearch description."""
        lasting = Lasting(request, self._cache, self._settings.address)
        lasting.add("Cache-Control", "public, max-age=86400")
        if (kept := lasting.kept) is not None:
            return kept
        return lasting.answer(description(self._settings.address), MEDIA_TYPE)

    async def answer(self, request: Request) -> Response:
        """What is found, as JSON or a page. Raises RequestError."""
        given = request_params.query_pairs(request)
        kind = chosen_media_type(request, request_params.one(given, "format"), _FORMATS)
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
                return await self._page(request, release, lasting, given, today, language)
            asked = self._form.read(given)
            search = await self._search(request, release, asked, today, SOURCE)
            address = f"{self._settings.address}/search"
            return await lasting.make(
                self._pool, kind, (), _json, search, given, address, release.engine.release.id
            )

    async def _page(
        self,
        request: Request,
        release: OpenRelease,
        lasting: Lasting,
        given: request_params.Pairs,
        today: date,
        language: str,
    ) -> Response:
        """The form, and below it what is found, or what is missing or wrong."""
        form = _Form(await self._offered(release, language), given, language)
        problem: RequestError | None = None
        try:
            asked = self._form.read(given)
            search = await self._search(request, release, asked, today, language)
            return await lasting.make(self._pool, "text/html", (), _found_page, search, form)
        except (NotNow, TooManyRequests):  # who has no share gets no page either
            raise
        except MissingParameter as missing:
            if not any(value for name, value in given if name != "format"):
                return await lasting.make(self._pool, "text/html", (), _empty_page, form)
            problem = missing
        except RequestError as error:
            problem = error
        page = await self._pool.run(request, _empty_page, form, problem)
        return problems.page(request, problem, page)

    async def _offered(self, release: OpenRelease, language: str) -> Shared:
        """What the form offers in a language, for the processes of the pool."""

        async def make() -> Shared:
            offered = _Offered(
                self._form.parameters,
                tuple(self._form.filters),
                await in_language(release, await self._choices(release), language),
                await _states(release, language),
            )
            return Shared(pickle.dumps(offered))

        return await release.values.once(_FORMS, make, language)

    async def _choices(self, release: OpenRelease) -> dict[str, list[Choice]]:
        return await choices(release, self._form.filtering) if self._form.filtering else {}

    async def _search(
        self, request: Request, release: OpenRelease, asked: Asked, today: date, language: str
    ) -> _Search:
        plans = {
            plan.instrument: (plan, plan.said(today, language)) for plan in await standing(release)
        }
        within = await self._within(request, release, asked)
        folder = release.engine.release.folder
        return _Search(folder, self._settings.query_timeout, asked, within, plans)

    async def _within(self, request: Request, release: OpenRelease, asked: Asked) -> bytes:
        """The measures that the canned query gives for the filters, in JSON; none without any."""
        query = self._form.filtering
        if query is None or not asked.filters:
            return b""
        accepted = AcceptedFormats(results=_RESULTS_JSON, graph=None)
        text = await composed(release, query, asked.filters)
        answer = await self._query_service.run(request, release, text, accepted, keys_first=True)
        return answer.in_memory().body


@dataclass(frozen=True, slots=True)
class _Offered:
    """What is the same in every form of a language."""

    parameters: Mapping[str, Parameter]
    filters: tuple[str, ...]
    """The names of the parameters that are filters."""
    choices: Mapping[str, Sequence[Choice]]
    called: Mapping[str, str]
    """The names of States in the language, by those in English."""


@dataclass(frozen=True, slots=True)
class _Form:
    """The form of a page, as it was filled in."""

    offered: Shared
    """An `_Offered`, pickled."""
    given: request_params.Pairs
    language: str

    def fields(self) -> dict[str, Any]:
        """What the template shows of it: words, kind, filters, names."""
        offered = _offered(self.offered)
        values = Form.values(self.given)
        kinds = [
            Choice(code, translated(called, self.language), language=self.language)
            for code, called in KINDS.items()
        ]
        choices = {**offered.choices, "kind": kinds}
        fields = {
            name: field_of(name, parameter, values.get(name), choices.get(name), self.language)
            for name, parameter in offered.parameters.items()
        }
        return {
            "words": fields["q"],
            "fields": [fields[name] for name in ("kind", *offered.filters)],
            "filters": [(name, v) for name in offered.filters for v in values.get(name, ()) if v],
            "called": offered.called,
            "kept": [(name, value) for name, value in self.given if name != "offset"],
        }


@lru_cache(4)
def _offered(pickled: Shared) -> _Offered:
    offered: _Offered = pickle.loads(pickled.content)  # noqa: S301 - made by `Search`
    return offered


@dataclass(frozen=True, slots=True)
class _Search:
    """What one search needs; it is done in a process of the pool."""

    release: Path
    """The folder of the release."""
    seconds: float
    asked: Asked
    measures: bytes
    """The measures that are searched, as SPARQL results in JSON; empty where all are."""
    plans: Mapping[str, tuple[Standing, str]]
    """The standing of the plans, and what is said of it."""

    def found(self) -> tuple[Found, list[Shown]]:
        """What is found. Raises BadValue, UnknownAddress, QueryTimeout, QueryFailed."""
        index = _index(self.release, self.seconds)
        looked_up = matching(self.asked.words, index.names)
        found = index.search(looked_up, self._within(), self.asked.offset, self.asked.limit)
        none = (None, "")
        return found, [Shown(hit, *self.plans.get(hit.instrument, none)) for hit in found.hits]

    def _within(self) -> Within:
        kinds = self.asked.kinds
        if not self.measures:
            return Within(kinds=kinds)
        rows = table(self.measures).records()
        if self.asked.filters.keys() <= _OF_PLANS:
            return Within(plans=frozenset(row["instrument"] for row in rows), kinds=kinds)
        return Within(measures=frozenset(row["measure"] for row in rows), kinds=kinds)


@lru_cache(2)
def _index(release: Path, seconds: float) -> Index:
    return Index(release, seconds)


def _json(search: _Search, given: request_params.Pairs, address: str, release: str) -> str:
    """What is found as JSON, made in a process of the pool."""
    found, shown = search.found()
    asked = search.asked
    further = asked.offset + asked.limit
    kept = [(name, value) for name, value in given if name != "offset"]
    following = urlencode([*kept, ("offset", further)])
    record = {
        "q": asked.words,
        "release": release,
        "total": found.total,
        "offset": asked.offset,
        "limit": asked.limit,
        "next": f"{address}?{following}" if further < found.total else None,
        "kinds": {kind: found.kinds[kind] for kind in KINDS if kind in found.kinds},
        "hits": [one.record() for one in shown],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def _found_page(search: _Search, form: _Form) -> str:
    """The page with what is found, made in a process of the pool."""
    found, shown = search.found()
    return _rendered(form, asked=search.asked, found=found, shown=shown, problem=None)


def _empty_page(form: _Form, problem: RequestError | None = None) -> str:
    """The page with the form alone, or with what is wrong; made in a process of the pool."""
    return _rendered(form, asked=None, found=None, shown=[], problem=problem)


def _rendered(form: _Form, **values: object) -> str:
    return rendered(
        "search.html",
        form.language,
        kinds=KINDS,
        **form.fields(),
        **values,
    )


async def _states(release: OpenRelease, language: str) -> dict[str, str]:
    """The names of States in a language, by those in English, which the index has."""
    there = await countries(release, language)
    return {
        state.name: there[code].name
        for code, state in (await countries(release, SOURCE)).items()
        if code in there
    }
