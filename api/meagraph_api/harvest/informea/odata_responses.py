"""Answer OData version 2 requests from the entities of a harvest.

Find the resource, apply the options, write it in the accepted format; in the processes of the pool.
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
from meagraph_api.harvest.informea.expand import count_entities
from meagraph_api.harvest.informea.harvest_data import Harvest, tables
from meagraph_api.harvest.informea.model import MODEL
from meagraph_api.harvest.informea.query_options import Options
from meagraph_api.harvest.informea.resources import Resource
from meagraph_api.http.negotiation import media_type

PAGE = 500
"""Entities per page: as many as the largest harvester requests."""

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
"""Parameters of JSON media types that version 2 does not have."""
_UNQUOTED = "$,/'()"
"""Characters that URLs of the protocol do not escape."""


@dataclass(frozen=True, slots=True)
class ODataRequest:
    """One request."""

    root: str
    """URL of the service."""
    path: str
    """Path below it, percent-decoded."""
    options: tuple[tuple[str, str], ...]
    """Names and values of the query options."""
    accept: str | None
    """The Accept header after `acceptable`."""


def answer(harvest: Harvest, request: ODataRequest) -> Body:
    """Answer a request. Raises RequestError."""
    entities = tables(harvest)
    resource = resources.find(request.path, entities)
    options = query_options.read(list(request.options), resource, MODEL)
    return _Answer(entities, request, resource, options).body()


def acceptable(accept: str | None) -> str | None:
    """Remove the JSON variants of later versions from an Accept header.

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
    resource: Resource
    options: Options

    def body(self) -> Body:
        resource, chosen = self.resource, self._chosen()
        json = chosen == verbose.MEDIA_TYPE
        match resource.kind:
            case "service":
                names = list(MODEL.sets)
                root = self.request.root
                return Body(chosen, verbose.service(names) if json else atom.service(names, root))
            case "metadata":
                return Body(chosen, metadata.document(MODEL))
            case "count":
                counted = len(self.options.cut(self.options.chosen(resource.entities)))
                return Body(chosen, str(counted).encode())
            case "property":
                assert resource.entry is not None  # noqa: S101 - of every such resource
                write = verbose.property_of if json else atom.property_of
                return Body(chosen, write(resource.entities[0], resource.entry))
            case "value":
                assert resource.entry is not None  # noqa: S101 - of every such resource
                value = resource.entities[0].values[resource.entry.name]
                return Body(chosen, atom.text(value).encode())
            case "entity":
                return self._entity(resource.entities[0], chosen)
            case "collection":
                return self._collection(chosen)

    def _entity(self, one: Entity, chosen: str) -> Body:
        shape = self.options.shape
        count_entities([one], shape)
        if chosen == verbose.MEDIA_TYPE:
            return Body(chosen, verbose.entity(one, shape, self.request.root, MODEL))
        return Body(_atom_type(chosen, "entry"), self._atom().entity(one, shape))

    def _collection(self, chosen: str) -> Body:
        shape = self.options.shape
        whole = self.options.chosen(self.resource.entities)
        left = self.options.cut(whole)
        page = left[:PAGE]
        count_entities(page, shape)
        count = len(whole) if self.options.count else None
        more = self._rest() if len(left) > PAGE else None
        if chosen == verbose.MEDIA_TYPE:
            content = verbose.collection(page, shape, self.request.root, MODEL, count, more)
            return Body(chosen, content)
        path = self.request.path.strip("/")
        content = self._atom().collection(path, page, shape, count, more)
        return Body(_atom_type(chosen, "feed"), content)

    def _rest(self) -> str:
        """The URL of the next page: the same, with another $skip and $top."""
        rest = dict(self.request.options) | {"$skip": str(self.options.skip + PAGE)}
        if self.options.top is not None:
            rest["$top"] = str(self.options.top - PAGE)
        options_again = urlencode(rest, safe=_UNQUOTED, quote_via=quote)
        path = quote(self.request.path, safe=_UNQUOTED)
        return f"{self.request.root}/{path}?{options_again}"

    def _atom(self) -> atom.Writer:
        return atom.Writer(self.request.root, MODEL, _newest(self.tables))

    def _chosen(self) -> str:
        """The media type of the response. Raises BadValue, NotAcceptable."""
        formats = _FORMATS.get(self.resource.kind)
        if formats is None:
            return "text/plain;charset=utf-8"
        if (format_name := self.options.format) is not None:
            named = media_type(None, format_name, formats) if format_name else None
            if named is None:
                raise BadValue(f"$format={quoted(format_name)} is not one of {listed(formats)}.")
            return named
        if self.resource.kind == "metadata":  # it has one format, whatever the client accepts
            return xml_writer.MEDIA_TYPE
        chosen = media_type(self.request.accept, None, formats)
        if chosen is None:
            raise NotAcceptable(f"{quoted(self.request.accept)} is not one of {listed(formats)}.")
        return chosen


def _newest(entities: Tables) -> datetime | None:
    """The date of the newest document."""
    dates = (entity.values["updated"] for entity in entities.of("Documents").values())
    return max((moment for moment in dates if isinstance(moment, datetime)), default=None)


def _atom_type(chosen: str, kind: str) -> str:
    return f"{chosen};type={kind};charset=utf-8" if chosen == atom.MEDIA_TYPE else chosen
