"""Serve the entities as JSON arrays, in the format of InforMEA's Drupal module.

See docs/informea.md: a text is an object by language, the media type of a file is its extension, a
list of names is an array.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import BadValue, UnknownAddress
from meagraph.core.quoting import quoted, shortened
from meagraph_api.engine.current_release import Current
from meagraph_api.harvest.informea.delivery import Body, deliver
from meagraph_api.harvest.informea.edm import Entity, Navigation, Value
from meagraph_api.harvest.informea.harvest_data import Harvest, harvest, tables, tag_parts
from meagraph_api.harvest.informea.model import HARVESTED
from meagraph_api.http import request_params
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.settings import Settings

PATH = "/informea"

_JSON = "application/json"
_COUNT = "$count"

Json = dict[str, object]


def _kebab(name: str) -> str:
    """The path segment of an entity set.

    >>> _kebab("CountryReports")
    'country-reports'
    """
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]


SETS = {_kebab(name): name for name in HARVESTED}
"""Entity sets by path segment."""


class DrupalJson:
    """Routes of `/informea/{set}` and `/informea/{set}/{id}`."""

    def __init__(
        self,
        settings: Settings,
        current: Current,
        pool: RenderPool,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._settings = settings
        self._current = current
        self._pool = pool
        self._today = today

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        app.add_route(PATH + "/{set}", self.listed, include_in_schema=False)
        app.add_route(PATH + "/{set}/{id}", self.one, include_in_schema=False)

    async def listed(self, request: Request) -> Response:
        """Serve all entities of a set, or their number. Raises RequestError."""
        write = count if _counted(request_params.query_pairs(request)) else listing
        return await self._delivered(request, write, _set(request))

    async def one(self, request: Request) -> Response:
        """Serve one entity. Raises RequestError."""
        for name, _ in request_params.query_pairs(request):
            raise BadValue(f"The parameter {quoted(name)} is not supported. This path takes none.")
        return await self._delivered(request, single, _set(request), request.path_params["id"])

    async def _delivered(
        self, request: Request, write: Callable[..., Body], *args: str
    ) -> Response:
        today = self._today()
        async with self._current.reading() as release:
            source = await harvest(release, today, self._settings)
            parts = (*tag_parts(release, today, self._settings), "drupal", write.__name__, *args)
        headers = {"Vary": "Accept-Encoding"}
        return await deliver(request, self._pool, parts, headers, write, source, *args)


def count(harvest: Harvest, name: str) -> Body:
    """Write the number of entities of a set."""
    return _body({"count": len(tables(harvest).of(name))})


def listing(harvest: Harvest, name: str) -> Body:
    """Write all entities of a set."""
    return _body([json_of(entity) for entity in tables(harvest).of(name).values()])


def single(harvest: Harvest, name: str, key: str) -> Body:
    """Write one entity of a set. Raises UnknownAddress."""
    entity = tables(harvest).of(name).get(key)
    if entity is None:
        raise UnknownAddress(f"{name} has nothing with the id {quoted(key)}.")
    return _body(json_of(entity))


def _body(content: object) -> Body:
    return Body(_JSON, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")


def json_of(entity: Entity) -> Json:
    """The JSON object of an entity."""
    plain: Json = {name: _plain(value) for name, value in entity.values.items()}
    if isinstance(number := plain.get("number"), str):
        plain["number"] = number.removeprefix("Decision ").removeprefix("decision ")
    return plain | {
        nav.name: _linked(nav, entity.linked(nav)) for nav in entity.set.type.navigations
    }


def _linked(nav: Navigation, linked: Sequence[Entity]) -> object:
    """The targets of a navigation: ids of harvested entities, other entities in full."""
    if nav.target in HARVESTED:
        ids = [other.id for other in linked]
        return ids if nav.many else next(iter(ids), None)
    match nav.target:
        case "LocalizableStrings":
            return {str(text.values["language"]): text.values["value"] for text in linked}
        case "Files":
            return [_file(file) for file in linked]
        case "DocumentKeywords":
            return [
                {"term": term.values["literalForm"], "uri": term.values["termURI"]}
                for term in linked
            ]
        case "Values":
            return [value.values["value"] for value in linked]
        case _:
            return [{name: _plain(value) for name, value in part.values.items()} for part in linked]


def _file(file: Entity) -> Json:
    extension = mimetypes.guess_extension(str(file.values["mimeType"])) or ""
    return {
        "id": file.id,
        "url": file.values["url"],
        "content": None,
        "mimeType": extension.removeprefix("."),
        "language": file.values["language"],
        "filename": file.values["filename"],
    }


def _plain(value: Value) -> object:
    return value.date().isoformat() if isinstance(value, datetime) else value


def _set(request: Request) -> str:
    name = request.path_params["set"]
    if name not in SETS:
        raise UnknownAddress(
            f"There is nothing at {PATH}/{shortened(name)}. There are: {', '.join(SETS)}."
        )
    return SETS[name]


def _counted(pairs: request_params.Pairs) -> bool:
    for name, _ in pairs:
        if name != _COUNT:
            raise BadValue(f"The parameter {quoted(name)} is not supported here. Use {_COUNT}.")
    match request_params.one(pairs, _COUNT):
        case None | "false":
            return False
        case "true":
            return True
        case other:
            raise BadValue(f"{_COUNT}={quoted(other)} is neither true nor false.")
