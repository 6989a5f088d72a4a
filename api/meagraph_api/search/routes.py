"""Search over HTTP: `/search` for people and programs, and how to ask it, at `/opensearch.xml`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import MissingParameter, NotAcceptable, RequestError
from meagraph.queries.header import CannedQuery
from meagraph.version import __version__
from meagraph_api import entity_tags, requests
from meagraph_api.access import facts
from meagraph_api.asking import Asking
from meagraph_api.canned import describe, write_json
from meagraph_api.canned.choices import Choice, choices, in_language
from meagraph_api.canned.page import field_of
from meagraph_api.countries import countries
from meagraph_api.current import Current, Open
from meagraph_api.engine import Wanted
from meagraph_api.fairness import client_of
from meagraph_api.formats import Format, listed
from meagraph_api.negotiation import media_type
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.pages.translations import SOURCE, translated
from meagraph_api.results import Term, table
from meagraph_api.search import opensearch
from meagraph_api.search.asked import KINDS, ONE_OF, Asked, Form
from meagraph_api.search.index import Found, Hit, Index, Within
from meagraph_api.search.marks import Marked
from meagraph_api.search.matching import matching
from meagraph_api.settings import Settings
from meagraph_api.standing import Standing, standing

_FORMATS = (Format("json", (write_json.MEDIA_TYPE,)), Format("html", ("text/html",)))
_RESULTS_JSON = "application/sparql-results+json"
_LASTING = {"Vary": "Accept", "Cache-Control": "public, no-cache"}
_LASTING_ALWAYS = {"Cache-Control": "public, max-age=86400"}

_OF_PLANS = frozenset({"instrument", "status", "in_period_on"})
"""Filters of the plan alone; with no others, all that the plan prints is searched."""

_SNIPPET = 240
"""Letters of a long text that are shown."""


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
        pages: Pages,
        asking: Asking,
    ) -> None:
        """Search with the filters of a canned query of measures, if there is one."""
        self._form = Form(filtering)
        self._settings = settings
        self._current = current
        self._pages = pages
        self._asking = asking

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
            responses=describe.SEARCH_RESPONSES,
            openapi_extra={"parameters": describe.search_parameters(self._form.parameters)},
        )
        app.add_route("/opensearch.xml", self.describe, include_in_schema=False)

    async def describe(self, _: Request) -> Response:
        """The OpenSearch description."""
        content = opensearch.description(self._settings.address)
        return Response(content, media_type=opensearch.MEDIA_TYPE, headers=_LASTING_ALWAYS)

    async def answer(self, request: Request) -> Response:
        """What is found, as JSON or a page. Raises RequestError."""
        given = requests.query_pairs(request)
        kind = _chosen(request, requests.one(given, "format"))
        today = datetime.now(UTC).date()
        async with self._current.reading() as held:
            if kind == "text/html":
                return await self._page(request, held, given, today)
            asked = self._form.read(given)
            tag = self._tag(request, held, kind, today, SOURCE)
            if entity_tags.matches(request.headers.get("if-none-match"), tag):
                return _unchanged(request, tag)
            found, shown = await self._found(request, held, asked, today, SOURCE)
        body = json.dumps(self._record(asked, given, held, found, shown), ensure_ascii=False)
        return Response(body + "\n", media_type=kind, headers={**_LASTING, "ETag": tag})

    async def _page(
        self, request: Request, held: Open, given: requests.Pairs, today: date
    ) -> Response:
        """The form, and below it what is found, or what is missing or wrong."""
        problem: RequestError | None = None
        asked, found = None, None
        shown: list[Shown] = []
        language = language_of(request)
        tag = self._tag(request, held, "text/html", today, language)
        try:
            asked = self._form.read(given)
            if entity_tags.matches(request.headers.get("if-none-match"), tag):
                return _unchanged(request, tag)
            found, shown = await self._found(request, held, asked, today, language)
        except MissingParameter as missing:
            problem = missing if any(value for name, value in given if name != "format") else None
        except RequestError as error:
            problem = error
        content = self._pages.render(
            "search.html",
            language,
            asked=asked,
            found=found,
            shown=shown,
            problem=problem,
            kinds=KINDS,
            **await self._fields(held, given, language),
            called=await _states(held, language),
            kept=[(name, value) for name, value in given if name != "offset"],
        )
        if problem is None:
            headers = {**_LASTING, "ETag": tag}
            return Response(content, media_type="text/html", headers=headers)
        headers = {"Vary": "Accept", "Cache-Control": "no-store"}
        return Response(content, problem.status, headers, media_type="text/html")

    async def _fields(self, held: Open, given: requests.Pairs, language: str) -> dict[str, Any]:
        """The fields of the form: words, kind, and the filters."""
        values = self._form.values(given)
        known = await in_language(held, await self._choices(held), language)
        known["kind"] = [
            Choice(code, translated(called, language), language=language)
            for code, called in KINDS.items()
        ]
        fields = {
            name: field_of(name, parameter, values.get(name), known.get(name), language)
            for name, parameter in self._form.parameters.items()
        }
        filters = [fields[name] for name in ("kind", *self._form.filters)]
        used = [(name, v) for name in self._form.filters for v in values.get(name, ()) if v]
        return {"words": fields["q"], "fields": filters, "filters": used}

    async def _choices(self, held: Open) -> dict[str, list[Choice]]:
        return await choices(held, self._form.filtering) if self._form.filtering else {}

    async def _found(
        self, request: Request, held: Open, asked: Asked, today: date, language: str
    ) -> tuple[Found, list[Shown]]:
        """What is found, and its hits with the standing of their plans."""
        index = await self._index(held)
        looked_up = matching(asked.words, index.names)
        within = await self._within(request, held, asked)
        with self._asking.fairness.share(client_of(request.scope)):
            found = await asyncio.to_thread(
                index.search, looked_up, within, asked.offset, asked.limit
            )
        facts(request.scope)["rows"] = len(found.hits)
        plans = {plan.instrument: plan for plan in await standing(held)}
        shown = []
        for hit in found.hits:
            plan = plans.get(hit.instrument)
            shown.append(Shown(hit, plan, plan.said(today, language) if plan else ""))
        return found, shown

    async def _index(self, held: Open) -> Index:
        if Index not in held.remembered:
            held.remembered[Index] = await asyncio.to_thread(
                Index, held.engine.release.folder, self._settings.query_timeout
            )
        index: Index = held.remembered[Index]
        return index

    async def _within(self, request: Request, held: Open, asked: Asked) -> Within:
        """Where is searched: in the measures that the canned query gives for the filters."""
        query = self._form.filtering
        if query is None or not asked.filters:
            return Within(kinds=asked.kinds)
        known = {
            name: tuple(choice.value for choice in offered)
            for name, offered in (await self._choices(held)).items()
        }
        wanted = Wanted(results=_RESULTS_JSON, graph=None)
        text = query.bind(asked.filters, known)
        answer = await self._asking.ask(request, held, text, wanted)
        rows = (await asyncio.to_thread(table, answer.body)).records()
        if asked.filters.keys() <= _OF_PLANS:
            return Within(plans=frozenset(row["instrument"] for row in rows), kinds=asked.kinds)
        return Within(measures=frozenset(row["measure"] for row in rows), kinds=asked.kinds)

    def _tag(self, request: Request, held: Open, kind: str, today: date, language: str) -> str:
        """Everything that an answer depends on: whether a period is over depends on the day."""
        query = self._form.filtering
        return entity_tags.tag(
            held.engine.release.folder.name,
            __version__,
            "search",
            query.text if query else "",
            request.scope["query_string"].decode("latin-1"),
            self._settings.address,
            f"{kind} {today} {language}",
        )

    def _record(
        self,
        asked: Asked,
        given: requests.Pairs,
        held: Open,
        found: Found,
        shown: list[Shown],
    ) -> dict[str, Any]:
        """The answer as JSON has it."""
        kept = [(name, value) for name, value in given if name != "offset"]
        further = asked.offset + asked.limit
        following = urlencode([*kept, ("offset", further)])
        return {
            "q": asked.words,
            "release": held.engine.release.id,
            "total": found.total,
            "offset": asked.offset,
            "limit": asked.limit,
            "next": f"{self._settings.address}/search?{following}"
            if further < found.total
            else None,
            "kinds": {kind: found.kinds[kind] for kind in KINDS if kind in found.kinds},
            "hits": [one.record() for one in shown],
        }


async def _states(held: Open, language: str) -> dict[str, str]:
    """The names of States in a language, by those in English, which the index has."""
    there = await countries(held, language)
    return {
        state.name: there[code].name
        for code, state in (await countries(held, SOURCE)).items()
        if code in there
    }


def _chosen(request: Request, asked: str | None) -> str:
    chosen = media_type(request.headers.get("accept"), asked, _FORMATS)
    if chosen is None:
        wanted = asked or request.headers.get("accept")
        raise NotAcceptable(f"{wanted} is not among the formats: {listed(_FORMATS)}.")
    return chosen


def _unchanged(request: Request, tag: str) -> Response:
    facts(request.scope)["outcome"] = "not-modified"
    return Response(None, 304, {**_LASTING, "ETag": tag})
