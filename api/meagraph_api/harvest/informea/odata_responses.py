"""Answers to requests of OData, version 2, over the entities of a harvest.

What is at a path, chosen by the options, is written in the format that is accepted. All of it runs
in the processes of the pool.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from meagraph.core.errors import BadValue, NotAcceptable
from meagraph.core.quoting import quoted
from meagraph.core.results.formats import Format, listed
from meagraph_api.harvest.informea import (
    atom,
    metadata,
    query_options,
    resources,
    verbose,
    xml_writer,
)
from meagraph_api.harvest.informea.delivery import Body
from meagraph_api.harvest.informea.edm import Entity, Tables
from meagraph_api.harvest.informea.expand import weigh
from meagraph_api.harvest.informea.harvest_data import Harvest, tables
from meagraph_api.harvest.informea.model import MODEL
from meagraph_api.harvest.informea.query_options import Options
from meagraph_api.harvest.informea.resources import Resource
from meagraph_api.http.negotiation import media_type

PAGE = 500
"""Entities on a page: what the largest harvester asks for at a time."""

_XML = (xml_writer.MEDIA_TYPE, "text/xml")
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
_FOREIGN = re.compile(r"odata(\.metadata)?\s*=\s*(?!verbose)", re.IGNORECASE)
"""Parameters of JSON that version 2 does not know."""
_UNQUOTED = "$,/'()"
"""What stands as it is in addresses of the protocol."""


@dataclass(frozen=True, slots=True)
class ODataRequest:
    """One request."""

    root: str
    """The URL of the service."""
    path: str
    """The path below it, percent-decoded."""
    options: tuple[tuple[str, str], ...]
    """The names and values of the options."""
    accept: str | None
    """The Accept header, as `acceptable` leaves it."""


def answer(harvest: Harvest, request: ODataRequest) -> Body:
    """The body that answers a request. Raises RequestError."""
    offered = tables(harvest)
    found = resources.find(request.path, offered)
    asked = query_options.read(list(request.options), found, MODEL)
    return _Answer(offered, request, found, asked).body()


def acceptable(accept: str | None) -> str | None:
    """The Accept header without the kinds of JSON of later versions.

    >>> acceptable("application/json;odata=verbose, application/json;odata=nometadata")
    'application/json;odata=verbose'
    """
    if accept is None:
        return None
    kept = [item.strip() for item in accept.split(",") if not _FOREIGN.search(item)]
    return ", ".join(kept) if kept else "none/none"


@dataclass(frozen=True, slots=True)
class _Answer:
    tables: Tables
    request: ODataRequest
    found: Resource
    options: Options

    def body(self) -> Body:
        found, chosen = self.found, self._chosen()
        json = chosen == verbose.MEDIA_TYPE
        match found.kind:
            case "service":
                names = list(MODEL.sets)
                root = self.request.root
                return Body(chosen, verbose.service(names) if json else atom.service(names, root))
            case "metadata":
                return Body(chosen, metadata.document(MODEL))
            case "count":
                counted = len(self.options.cut(self.options.chosen(found.entities)))
                return Body(chosen, str(counted).encode())
            case "property":
                assert found.entry is not None  # noqa: S101 - of every such resource
                write = verbose.property_of if json else atom.property_of
                return Body(chosen, write(found.entities[0], found.entry))
            case "value":
                assert found.entry is not None  # noqa: S101 - of every such resource
                value = found.entities[0].values[found.entry.name]
                return Body(chosen, atom.text(value).encode())
            case "entity":
                return self._entity(found.entities[0], chosen)
            case "collection":
                return self._collection(chosen)

    def _entity(self, one: Entity, chosen: str) -> Body:
        shape = self.options.shape
        weigh([one], shape)
        if chosen == verbose.MEDIA_TYPE:
            return Body(chosen, verbose.entity(one, shape, self.request.root, MODEL))
        return Body(_atom_type(chosen, "entry"), self._atom().entity(one, shape))

    def _collection(self, chosen: str) -> Body:
        shape = self.options.shape
        whole = self.options.chosen(self.found.entities)
        left = self.options.cut(whole)
        page = left[:PAGE]
        weigh(page, shape)
        count = len(whole) if self.options.count else None
        more = self._rest() if len(left) > PAGE else None
        if chosen == verbose.MEDIA_TYPE:
            content = verbose.collection(page, shape, self.request.root, MODEL, count, more)
            return Body(chosen, content)
        path = self.request.path.strip("/")
        content = self._atom().collection(path, page, shape, count, more)
        return Body(_atom_type(chosen, "feed"), content)

    def _rest(self) -> str:
        """The address of the page after this one: the same, with another $skip and $top."""
        rest = dict(self.request.options) | {"$skip": str(self.options.skip + PAGE)}
        if self.options.top is not None:
            rest["$top"] = str(self.options.top - PAGE)
        options_again = urlencode(rest, safe=_UNQUOTED, quote_via=quote)
        path = quote(self.request.path, safe=_UNQUOTED)
        return f"{self.request.root}/{path}?{options_again}"

    def _atom(self) -> atom.Writer:
        return atom.Writer(self.request.root, MODEL, _newest(self.tables))

    def _chosen(self) -> str:
        """The media type to answer with. Raises BadValue and NotAcceptable."""
        formats = _FORMATS.get(self.found.kind)
        if formats is None:
            return "text/plain;charset=utf-8"
        if (asked := self.options.format) is not None:
            named = media_type(None, asked, formats) if asked else None
            if named is None:
                raise BadValue(f"$format={quoted(asked)} is none of {listed(formats)}.")
            return named
        if self.found.kind == "metadata":  # it has one form, whatever a client would rather have
            return xml_writer.MEDIA_TYPE
        chosen = media_type(self.request.accept, None, formats)
        if chosen is None:
            raise NotAcceptable(f"{quoted(self.request.accept)} is none of {listed(formats)}.")
        return chosen


def _newest(offered: Tables) -> datetime | None:
    """The date of the newest document."""
    dates = (entity.values["updated"] for entity in offered.of("Documents").values())
    return max((moment for moment in dates if isinstance(moment, datetime)), default=None)


def _atom_type(chosen: str, kind: str) -> str:
    return f"{chosen};type={kind};charset=utf-8" if chosen == atom.MEDIA_TYPE else chosen
