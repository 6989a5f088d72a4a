"""The service `/informea.svc/`: requests of OData, version 2, answered over what `rows` offers."""

from __future__ import annotations

import asyncio
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import BadValue, MethodNotAllowed, NotAcceptable, RequestError
from meagraph.names import slug
from meagraph.version import __version__
from meagraph_api import entity_tags, problems, requests
from meagraph_api.access import facts
from meagraph_api.current import Current
from meagraph_api.fairness import Fairness, client_of
from meagraph_api.formats import Format, listed
from meagraph_api.informea import atom, metadata, options, resources, rows, verbose, xml
from meagraph_api.informea.edm import Entity, Tables
from meagraph_api.informea.model import MODEL
from meagraph_api.informea.options import Options
from meagraph_api.informea.resources import Resource
from meagraph_api.informea.shapes import weigh
from meagraph_api.negotiation import media_type
from meagraph_api.settings import Settings

PATH = "/informea.svc"
"""Where harvesters expect the service."""

PAGE = 500
"""Entities on a page: what the largest harvester asks for at a time."""

_VERSION = "2.0"
_SAID_VERSION = re.compile(r"\s*(\d{1,3}\.\d{1,3})", re.ASCII)
_WRONG_VERSION = {"DataServiceVersion": operator.gt, "MaxDataServiceVersion": operator.lt}
"""How the version of a header is wrong, compared with ours."""
_METHODS = ["GET", "POST", "PUT", "PATCH", "MERGE", "DELETE"]
_XML = (xml.MEDIA_TYPE, "text/xml")
_JSON = Format("json", (verbose.MEDIA_TYPE,))
_ENTITIES = (Format("atom", (atom.MEDIA_TYPE, *_XML), ("xml",)), _JSON)
_SERVICE = (Format("atom", (atom.SERVICE_MEDIA_TYPE, *_XML), ("xml",)), _JSON)
_VALUES = (Format("xml", (*_XML, atom.MEDIA_TYPE)), _JSON)
_METADATA = (Format("xml", _XML),)
_FORMATS = {
    "service": _SERVICE,
    "metadata": _METADATA,
    "collection": _ENTITIES,
    "entity": _ENTITIES,
    "property": _VALUES,
}
_VARY = {"Vary": "Accept, DataServiceVersion, MaxDataServiceVersion"}
_LASTING = "public, no-cache"
_FOREIGN = re.compile(r"odata(\.metadata)?\s*=\s*(?!verbose)", re.IGNORECASE)
"""Parameters of JSON that version 2 does not know."""
_UNQUOTED = "$,/'()"
"""What stands as it is in addresses of the protocol."""
_QUOTED = 200


@dataclass(frozen=True, slots=True)
class _Body:
    media_type: str
    content: bytes


class Informea:
    """Answers everything below `/informea.svc/`, errors included, in the protocol's own forms."""

    def __init__(
        self,
        settings: Settings,
        current: Current,
        fairness: Fairness,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._settings = settings
        self._current = current
        self._fairness = fairness
        self._today = today

    def add_routes(self, app: FastAPI) -> None:
        """Put the service into an application."""
        for path in (PATH, PATH + "/{path:path}"):
            app.add_route(path, self.answer, methods=_METHODS, include_in_schema=False)

    @property
    def root(self) -> str:
        """The address of the service."""
        return f"{self._settings.address}{PATH}"

    async def answer(self, request: Request) -> Response:
        """Serve one request."""
        try:
            return await self._answered(request)
        except RequestError as error:
            return _refused(request, error)

    async def _answered(self, request: Request) -> Response:
        if request.method != "GET":
            raise MethodNotAllowed(f"This service is only read: GET or HEAD, not {request.method}.")
        _check_versions(request)
        given = requests.query_pairs(request)
        path = request.path_params.get("path", "")
        async with self._current.reading() as held:
            offered = await rows.tables(
                held,
                self._today(),
                self._settings.address,
                self._settings.informea_decisions,
            )
            release = held.engine.release.id
        found = resources.find(path, offered)
        client = client_of(request.scope)
        with self._fairness.charge(client):  # a long $filter takes a while
            asked = await asyncio.to_thread(options.read, given, found, MODEL)
        chosen = _chosen(request, found, asked)
        tag = entity_tags.tag(
            release, __version__, self.root, str(self._today().year), path, str(given), chosen
        )
        headers = {**_VARY, "ETag": tag, "Cache-Control": _LASTING, "DataServiceVersion": _VERSION}
        if entity_tags.matches(request.headers.get("if-none-match"), tag):
            facts(request.scope)["outcome"] = "not-modified"
            return Response(None, 304, headers)
        with self._fairness.share(client):
            body = await asyncio.to_thread(self._body, found, path, given, asked, chosen, offered)
        return Response(body.content, headers={**headers, "Content-Type": body.media_type})

    def _body(
        self,
        found: Resource,
        path: str,
        given: requests.Pairs,
        asked: Options,
        chosen: str,
        offered: Tables,
    ) -> _Body:
        json = chosen == verbose.MEDIA_TYPE
        match found.kind:
            case "service":
                names = list(MODEL.sets)
                return _Body(
                    chosen, verbose.service(names) if json else atom.service(names, self.root)
                )
            case "metadata":
                return _Body(chosen, metadata.document(MODEL))
            case "count":
                counted = len(asked.cut(asked.chosen(found.entities)))
                return _Body(chosen, str(counted).encode())
            case "property":
                assert found.entry is not None  # noqa: S101 - of every such resource
                write = verbose.property_of if json else atom.property_of
                return _Body(chosen, write(found.entities[0], found.entry))
            case "value":
                assert found.entry is not None  # noqa: S101 - of every such resource
                held = found.entities[0].values[found.entry.name]
                return _Body(chosen, atom.text(held).encode())
            case "entity":
                return self._entity(found.entities[0], asked, chosen, offered)
            case "collection":
                return self._collection(found, path, given, asked, chosen, offered)

    def _entity(self, one: Entity, asked: Options, chosen: str, offered: Tables) -> _Body:
        weigh([one], asked.shape)
        if chosen == verbose.MEDIA_TYPE:
            return _Body(chosen, verbose.entity(one, asked.shape, self.root, MODEL))
        content = self._atom(offered).entity(one, asked.shape)
        return _Body(_atom_type(chosen, "entry"), content)

    def _collection(
        self,
        found: Resource,
        path: str,
        given: requests.Pairs,
        asked: Options,
        chosen: str,
        offered: Tables,
    ) -> _Body:
        whole = asked.chosen(found.entities)
        wanted = asked.cut(whole)
        page = wanted[:PAGE]
        weigh(page, asked.shape)
        count = len(whole) if asked.count else None
        more = self._rest(path, given, asked) if len(wanted) > PAGE else None
        if chosen == verbose.MEDIA_TYPE:
            content = verbose.collection(page, asked.shape, self.root, MODEL, count, more)
            return _Body(chosen, content)
        path = path.strip("/")
        content = self._atom(offered).collection(path, page, asked.shape, count, more)
        return _Body(_atom_type(chosen, "feed"), content)

    def _rest(self, path: str, given: requests.Pairs, asked: Options) -> str:
        """The address of the page after this one: the same, with another $skip and $top."""
        rest = dict(given) | {"$skip": str(asked.skip + PAGE)}
        if asked.top is not None:
            rest["$top"] = str(asked.top - PAGE)
        options_again = urlencode(rest, safe=_UNQUOTED, quote_via=quote)
        return f"{self.root}/{quote(path, safe=_UNQUOTED)}?{options_again}"

    def _atom(self, offered: Tables) -> atom.Writer:
        return atom.Writer(self.root, MODEL, _newest(offered))


def _newest(offered: Tables) -> datetime | None:
    """The date of the newest document."""
    dates = (entity.values["updated"] for entity in offered.of("Documents").values())
    return max((moment for moment in dates if isinstance(moment, datetime)), default=None)


def _check_versions(request: Request) -> None:
    """Raise BadValue where a client speaks another version only."""
    for name, wrong in (
        ("DataServiceVersion", operator.gt),
        ("MaxDataServiceVersion", operator.lt),
    ):
        said = request.headers.get(name)
        matched = re.match(r"\s*(\d{1,3}\.\d{1,3})", said or "")
        if said is not None and (matched is None or wrong(float(matched[1]), float(_VERSION))):
            raise BadValue(
                f"{name} is {said[:_QUOTED]!r}; this service speaks version {_VERSION} of OData."
            )


def _chosen(request: Request, found: Resource, asked: Options) -> str:
    """The media type to answer with. Raises BadValue and NotAcceptable."""
    formats = _FORMATS.get(found.kind)
    if formats is None:
        return "text/plain;charset=utf-8"
    if asked.format is not None:
        named = media_type(None, asked.format, formats) if asked.format else None
        if named is None:
            raise BadValue(f"$format={asked.format[:_QUOTED]!r} is none of {listed(formats)}.")
        return named
    if found.kind == "metadata":  # it has one form, whatever a client would rather have
        return xml.MEDIA_TYPE
    accept = _of_version_2(request.headers.get("accept"))
    chosen = media_type(accept, None, formats)
    if chosen is None:
        raise NotAcceptable(
            f"{(request.headers.get('accept') or '')[:_QUOTED]!r} is none of {listed(formats)}."
        )
    return chosen


def _of_version_2(accept: str | None) -> str | None:
    """The Accept header without the kinds of JSON of later versions.

    >>> _of_version_2("application/json;odata=verbose, application/json;odata=nometadata")
    'application/json;odata=verbose'
    """
    if accept is None:
        return None
    kept = [item.strip() for item in accept.split(",") if not _FOREIGN.search(item)]
    return ", ".join(kept) if kept else "none/none"


def _atom_type(chosen: str, kind: str) -> str:
    return f"{chosen};type={kind};charset=utf-8" if chosen == atom.MEDIA_TYPE else chosen


def _refused(request: Request, error: RequestError) -> Response:
    """An error in the protocol's form, JSON or XML by what the client takes."""
    facts(request.scope)["outcome"] = slug(error.title)
    formats = (Format("xml", (*_XML, atom.MEDIA_TYPE)), _JSON)
    accept = request.headers.get("accept")
    asked = request.query_params.get("$format")
    json = media_type(accept, asked if asked == "json" else None, formats) == verbose.MEDIA_TYPE
    write = verbose.error if json else atom.error
    headers = {
        **_VARY,
        "Cache-Control": "no-store",
        "DataServiceVersion": _VERSION,
        **problems.headers(error),
    }
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = "GET, HEAD"
    kind = verbose.MEDIA_TYPE if json else xml.MEDIA_TYPE
    content = write(slug(error.title), str(error))
    return Response(content, error.status, {**headers, "Content-Type": kind})
