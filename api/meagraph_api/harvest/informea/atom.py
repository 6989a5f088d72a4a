"""Write entities, properties and errors in the Atom format of OData version 2.

https://www.odata.org/documentation/odata-version-2-0/atom-format/ over
https://www.rfc-editor.org/rfc/rfc4287 and, for the service document, RFC 5023.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from meagraph_api.harvest.informea.edm import Edm, Entity, Model, Navigation, Property, Value
from meagraph_api.harvest.informea.expand import Shape
from meagraph_api.harvest.informea.xml_writer import Xml

MEDIA_TYPE = "application/atom+xml"
SERVICE_MEDIA_TYPE = "application/atomsvc+xml"

_DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_METADATA = f"{_DATA}/metadata"
_SCHEME = f"{_DATA}/scheme"
_RELATED = f"{_DATA}/related/"
_AUTHOR = "meagraph"
_UNDATED = datetime(1970, 1, 1)
"""The date of entities without one, since Atom requires dates."""


class Writer:
    """Writer for the service at a URL; `dated` is the newest date of its data."""

    def __init__(self, root: str, model: Model, dated: datetime | None) -> None:
        self._root = root
        self._model = model
        self._dated = dated or _UNDATED

    def collection(
        self,
        name: str,
        entities: Sequence[Entity],
        shape: Shape,
        count: int | None,
        more: str | None,
    ) -> bytes:
        """Write a feed; `count` is the total if requested, `more` the URL of the next page."""
        xml = Xml()
        self._feed(xml, name, entities, shape, self._namespaces(), count, more)
        return xml.written()

    def entity(self, one: Entity, shape: Shape) -> bytes:
        """Write one entity."""
        xml = Xml()
        self._entry(xml, one, shape, self._namespaces())
        return xml.written()

    def _namespaces(self) -> dict[str, str]:
        return {
            "xmlns": "http://www.w3.org/2005/Atom",
            "xmlns:d": _DATA,
            "xmlns:m": _METADATA,
            "xml:base": f"{self._root}/",
        }

    def _feed(
        self,
        xml: Xml,
        path: str,
        entities: Sequence[Entity],
        shape: Shape,
        attributes: dict[str, str],
        count: int | None = None,
        more: str | None = None,
    ) -> None:
        title = path.rpartition("/")[2]
        with xml.element("feed", attributes):
            xml.leaf("title", {"type": "text"}, title)
            xml.leaf("id", {}, f"{self._root}/{path}")
            newest = max(map(self._date, entities), default=self._dated)
            xml.leaf("updated", {}, _instant(newest))
            self._author(xml)
            xml.leaf("link", {"rel": "self", "title": title, "href": path})
            if count is not None:
                xml.leaf("m:count", {}, str(count))
            for one in entities:
                self._entry(xml, one, shape, {})
            if more is not None:
                xml.leaf("link", {"rel": "next", "href": more})

    def _entry(self, xml: Xml, one: Entity, shape: Shape, attributes: dict[str, str]) -> None:
        with xml.element("entry", attributes):
            xml.leaf("id", {}, f"{self._root}/{one.path}")
            xml.leaf("title", {"type": "text"}, one.path)
            xml.leaf("updated", {}, _instant(self._date(one)))
            self._author(xml)
            xml.leaf("link", {"rel": "self", "title": one.set.type.name, "href": one.path})
            for nav in shape.deferred:
                xml.leaf("link", _related(one, nav))
            for nav, inner in shape.expanded:
                with xml.element("link", _related(one, nav)), xml.element("m:inline"):
                    linked = one.linked(nav)
                    if nav.many:
                        self._feed(xml, f"{one.path}/{nav.name}", linked, inner, {})
                    elif linked:
                        self._entry(xml, linked[0], inner, {})
            term = f"{self._model.namespace}.{one.set.type.name}"
            xml.leaf("category", {"term": term, "scheme": _SCHEME})
            with (
                xml.element("content", {"type": "application/xml"}),
                xml.element("m:properties"),
            ):
                for entry in shape.properties:
                    _property(xml, entry, one.values[entry.name], {})

    def _date(self, one: Entity) -> datetime:
        own = one.values.get("updated")
        return own if isinstance(own, datetime) else self._dated

    def _author(self, xml: Xml) -> None:
        with xml.element("author"):
            xml.leaf("name", {}, _AUTHOR)


def service(names: Iterable[str], root: str) -> bytes:
    """Write the service document, which lists the entity sets."""
    xml = Xml()
    namespaces = {
        "xmlns": "http://www.w3.org/2007/app",
        "xmlns:atom": "http://www.w3.org/2005/Atom",
        "xml:base": f"{root}/",
    }
    with xml.element("service", namespaces), xml.element("workspace"):
        xml.leaf("atom:title", {}, "Default")
        for name in names:
            with xml.element("collection", {"href": name}):
                xml.leaf("atom:title", {}, name)
    return xml.written()


def property_of(one: Entity, entry: Property) -> bytes:
    """Write one property."""
    xml = Xml()
    _property(xml, entry, one.values[entry.name], {"xmlns:d": _DATA, "xmlns:m": _METADATA})
    return xml.written()


def error(code: str, message: str) -> bytes:
    """Write an error."""
    xml = Xml()
    with xml.element("error", {"xmlns": _METADATA}):
        xml.leaf("code", {}, code)
        xml.leaf("message", {"xml:lang": "en"}, message)
    return xml.written()


def text(value: Value) -> str:
    """The XML form of a value.

    >>> text(datetime(2026, 11, 20)), text(True), text(None)
    ('2026-11-20T00:00:00', 'true', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _property(xml: Xml, entry: Property, value: Value, attributes: dict[str, str]) -> None:
    typed = {} if entry.type is Edm.STRING else {"m:type": entry.type.value}
    null = {"m:null": "true"} if value is None else {}
    xml.leaf(f"d:{entry.name}", {**attributes, **typed, **null}, text(value))


def _related(one: Entity, nav: Navigation) -> dict[str, str]:
    return {
        "rel": _RELATED + nav.name,
        "type": f"{MEDIA_TYPE};type={'feed' if nav.many else 'entry'}",
        "title": nav.name,
        "href": f"{one.path}/{nav.name}",
    }


def _instant(moment: datetime) -> str:
    return f"{moment.isoformat()}Z"
