"""Changes over HTTP: `/changes?since=…`, what has become of the measures since a release."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph import changes, files, releases
from meagraph.changes import Change
from meagraph.errors import (
    BadValue,
    MissingParameter,
    NotAcceptable,
    ReleaseError,
    UnknownParameter,
    UnknownRelease,
)
from meagraph.quoting import quoted, shortened
from meagraph.releases import Past
from meagraph_api import requests
from meagraph_api.current import Current
from meagraph_api.formats import Format, listed
from meagraph_api.negotiation import media_type
from meagraph_api.pages import Pages
from meagraph_api.pages.language import language_of
from meagraph_api.settings import Settings

_FORMATS = (
    Format("json", ("application/json",)),
    Format("csv", ("text/csv",)),
    Format("html", ("text/html",)),
)
_TAKEN = ("since", "until", "format")


class Changes:
    """Answers `/changes`, and `/changes.json` and the like for each format."""

    def __init__(self, settings: Settings, current: Current, pages: Pages) -> None:
        self._folder = files.releases(settings.releases)
        self._current = current
        self._pages = pages

    def add_routes(self, app: FastAPI) -> None:
        """Answer at `/changes`, and with an ending that names the format."""
        app.add_route("/changes", self.answer, include_in_schema=False)
        app.add_route("/changes.{suffix}", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """The changes between two releases, up to the one being served if no other is named.

        Raises MissingParameter, UnknownParameter, BadValue, UnknownRelease, NotAcceptable.
        """
        given = requests.query_pairs(request)
        for name, _ in given:
            if name not in _TAKEN:
                raise UnknownParameter(f"/changes takes {', '.join(_TAKEN)}, not {quoted(name)}.")
        kind = _kind(request, given)
        since, until = requests.one(given, "since"), requests.one(given, "until")
        if not since:
            return await self._asked_back(request, kind)
        old = await self._found(since)
        new = await self._found(until) if until else await self._served()
        if old is None or new is None:
            raise UnknownRelease(
                f"There is no release {quoted(since if old is None else until)} here. "
                "/releases lists those that there are."
            )
        found = await asyncio.to_thread(_between, old, new)
        match kind:
            case "application/json":
                body = changes.as_json(old.name, new.name, found)
            case "text/csv":
                body = changes.as_csv(found)
            case _:
                there = await self._there()
                body = self._page(language_of(request), there, old.name, new.name, found)
        return Response(body, media_type=kind, headers={"Vary": "Accept"})

    async def _asked_back(self, request: Request, kind: str) -> Response:
        """What a request gets that names no release: a page to choose one on, or an error."""
        there = await self._there()
        if kind == "text/html":
            page = self._page(language_of(request), there, None, None, ())
            return Response(page, media_type=kind, headers={"Vary": "Accept"})
        known = ", ".join(past.name for past in there) or "none yet"
        raise MissingParameter(f"since is required: the id of a release. There are: {known}.")

    def _page(
        self,
        language: str,
        there: list[Past],
        since: str | None,
        until: str | None,
        found: tuple[Change, ...],
    ) -> bytes:
        return self._pages.render(
            "changes.html",
            language,
            releases=there,
            since=since,
            until=until,
            changes=found,
            counts=changes.counted(found),
        ).encode()

    async def _there(self) -> list[Past]:
        try:
            return await asyncio.to_thread(releases.listed, self._folder)
        except ReleaseError:
            return []

    async def _found(self, name: str) -> Past | None:
        return await asyncio.to_thread(releases.find, self._folder, name)

    async def _served(self) -> Past | None:
        async with self._current.reading() as held:
            return await self._found(held.engine.release.folder.name)


def _between(old: Past, new: Past) -> tuple[Change, ...]:
    try:
        return changes.between(changes.read(old.folder), changes.read(new.folder))
    except ReleaseError:
        raise BadValue(
            f"{old.name} and {new.name} cannot be compared: only releases that keep a list of "
            f"their measures ({changes.FILE}) can. Those of earlier versions do not."
        ) from None


def _kind(request: Request, given: requests.Pairs) -> str:
    asked = request.path_params.get("suffix") or requests.one(given, "format")
    accept = request.headers.get("accept")
    kind = media_type(accept, asked, _FORMATS)
    if kind is None:
        raise NotAcceptable(
            f"{shortened(asked or accept)} is not among the formats: {listed(_FORMATS)}."
        )
    return kind
