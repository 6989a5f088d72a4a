"""Serve `/changes?since=…`: changes of the measures between two releases."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import changes, files, releases
from meagraph.core.changes import Change
from meagraph.core.errors import (
    BadValue,
    MissingParameter,
    ReleaseError,
    UnknownAddress,
    UnknownParameter,
    UnknownRelease,
)
from meagraph.core.quoting import quoted
from meagraph.core.releases import Past
from meagraph.core.results.formats import Format
from meagraph_api.engine.current_release import Current
from meagraph_api.harvest import change_labels
from meagraph_api.harvest.change_labels import ChangeLabels
from meagraph_api.http import request_params
from meagraph_api.http.language import language_of
from meagraph_api.http.negotiation import chosen_media_type
from meagraph_api.http.request_params import page_number
from meagraph_api.http.responses import fresh
from meagraph_api.index import page_context
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.release_data import ReleaseData, read
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.settings import MOST_HTML_ROWS, Settings

_FORMATS = (
    Format("json", ("application/json",)),
    Format("csv", ("text/csv",)),
    Format("html", ("text/html",)),
)
_PARAMS = ("since", "until", "page", "format")


class Changes:
    """Routes of `/changes`, and of `/changes.json` and so on for each format."""

    def __init__(self, settings: Settings, current: Current, pool: RenderPool) -> None:
        self._folder = files.releases(settings.releases)
        self._current = current
        self._pool = pool

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        app.add_route("/changes", self.answer, include_in_schema=False)
        app.add_route("/changes.{suffix}", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve the changes between two releases. `until` is the current one by default.

        Raises MissingParameter, UnknownParameter, BadValue, UnknownRelease, NotAcceptable.
        """
        pairs = request_params.query_pairs(request)
        for name, _ in pairs:
            if name not in _PARAMS:
                raise UnknownParameter(f"/changes takes {', '.join(_PARAMS)}, not {quoted(name)}.")
        kind = _kind(request, pairs)
        since, until = request_params.one(pairs, "since"), request_params.one(pairs, "until")
        number = page_number(request_params.one(pairs, "page"))
        language = language_of(request) if kind == "text/html" else ""
        data = None
        if since and (language or not until):
            async with self._current.reading() as release:
                until = until or release.engine.release.folder.name
                data = await read(release, page_context.QUERIES) if language else None
        return await fresh(
            request,
            self._pool,
            kind,
            _changes,
            self._folder,
            since,
            until,
            kind,
            language,
            number,
            data,
        )


def _changes(
    folder: Path,
    since: str | None,
    until: str | None,
    kind: str,
    language: str,
    number: int,
    data: ReleaseData | None,
) -> str | bytes:
    """Write the changes in a format, in a process of the pool; a page needs the `data` for names.

    Raises MissingParameter, BadValue, UnknownRelease, UnknownAddress.
    """
    if not since or not until:
        return _without_since(folder, kind, language)
    old, new = (releases.find(folder, name) for name in (since, until))
    if old is None or new is None:
        raise UnknownRelease(
            f"There is no release {quoted(since if old is None else until)} here. "
            "/releases lists those that there are."
        )
    found = _between(old, new)
    match kind:
        case "application/json":
            return changes.as_json(old.name, new.name, found)
        case "text/csv":
            return changes.as_csv(found)
        case _:
            return _page(_releases(folder), language, old.name, new.name, found, number, data)


def _without_since(folder: Path, kind: str, language: str) -> str:
    """Without `since`: a page to choose a release. Raises MissingParameter for other formats."""
    past_releases = _releases(folder)
    if kind == "text/html":
        return _page(past_releases, language, None, None, (), 1, None)
    known = ", ".join(past.name for past in past_releases) or "none yet"
    raise MissingParameter(f"since is required: the id of a release. There are: {known}.")


def _page(
    past_releases: list[Past],
    language: str,
    since: str | None,
    until: str | None,
    found: tuple[Change, ...],
    number: int,
    data: ReleaseData | None,
) -> str:
    pages = max(1, -(-len(found) // MOST_HTML_ROWS))
    if number > pages:
        raise UnknownAddress(f"There is no page {number} of these changes, only {pages}.")
    first = (number - 1) * MOST_HTML_ROWS
    return rendered(
        "changes.html",
        language,
        releases=past_releases,
        since=since,
        until=until,
        changes=found[first : first + MOST_HTML_ROWS],
        labels=None if data is None else ChangeLabels(PageContext(data, language, 0)),
        kinds=change_labels.KINDS,
        counts=changes.counted(found),
        page_number=number,
        pages=pages,
    )


def _releases(folder: Path) -> list[Past]:
    try:
        return releases.listed(folder)
    except ReleaseError:
        return []


def _between(old: Past, new: Past) -> tuple[Change, ...]:
    try:
        return changes.between(changes.read(old.folder), changes.read(new.folder))
    except ReleaseError:
        raise BadValue(
            f"{old.name} and {new.name} cannot be compared: one of them has no list of its "
            f"measures ({changes.FILE}). Releases made by earlier versions have none."
        ) from None


def _kind(request: Request, pairs: request_params.Pairs) -> str:
    format_name = request.path_params.get("suffix") or request_params.one(pairs, "format")
    return chosen_media_type(request, format_name, _FORMATS)
