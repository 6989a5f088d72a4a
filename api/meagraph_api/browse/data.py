"""Answers `/data`: in which forms the graph is to be had, under which terms, and how to cite it."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph_api.browse.called import called
from meagraph_api.browse.register import register
from meagraph_api.browse.wording import Wording
from meagraph_api.cite import works
from meagraph_api.current import Current
from meagraph_api.formats import GRAPHS, RESULTS
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.settings import Settings
from meagraph_api.standing import date_of_data
from meagraph_api.things.addresses import DATA
from meagraph_api.things.answers import Lasting, only


class Data:
    """Answers the page about the data."""

    def __init__(self, settings: Settings, current: Current, pages: Pages) -> None:
        self._settings = settings
        self._current = current
        self._pages = pages

    def add_routes(self, app: FastAPI) -> None:
        """Put the page into an application."""
        app.add_route("/data", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """The page. Raises RequestError."""
        only(request, ())
        language = language_of(request)
        today = datetime.now(UTC).date()
        async with self._current.reading() as held:
            told = (language, str(today), self._settings.address, self._settings.contact)
            lasting = Lasting(request, held, "data page", *told)
            if (kept := lasting.kept) is not None:
                return kept
            known, words = await register(held), await called(held)
            content = self._pages.render(
                "browse/data.html",
                language,
                wording=Wording(known, words, language, today.year),
                own_plans=list(known.plans.values()),
                service=self._settings.address,
                release=held.engine.release.id,
                triples=held.engine.release.manifest.get("triples"),
                dated=await date_of_data(held),
                citation=(await works(held))[0].sentence,
                results=RESULTS,
                graphs=GRAPHS,
                things=DATA,
                contact=self._settings.contact,
            )
        return lasting.answer(content.encode(), "text/html")
