"""Find the resource of a path below the service.

https://www.odata.org/documentation/odata-version-2-0/uri-conventions/, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from meagraph.core.errors import BadValue, UnknownAddress
from meagraph.core.quoting import quoted, shortened
from meagraph_api.harvest.informea.edm import KEY, Entity, EntitySet, EntityType, Property, Tables

Kind = Literal["service", "metadata", "collection", "entity", "count", "property", "value"]

_SEGMENT = re.compile(r"([^/(]*)(\((?:'(?:[^']|'')*+'|[^')])*+\))?(?:/|$)")
_KEY = re.compile(rf"\((?:{KEY}=)?'((?:[^']|'')*+)'\)")

_DEEPEST = 12
"""Maximum number of segments, more than the model needs."""


@dataclass(frozen=True, slots=True)
class Resource:
    """The resource of a path."""

    kind: Kind
    set: EntitySet | None = None
    """Set of the collection or entity."""
    entities: tuple[Entity, ...] = ()
    """Entities of the collection, or the entity itself."""
    entry: Property | None = None
    """Property, for resources of the kinds `property` and `value`."""

    @property
    def type(self) -> EntityType:
        """Type of its entities."""
        assert self.set is not None  # noqa: S101 - collections and entities have one
        return self.set.type


@dataclass(frozen=True, slots=True)
class _Segment:
    name: str
    key: str | None

    def __str__(self) -> str:
        return self.name if self.key is None else f"{self.name}('{self.key}')"


def find(path: str, tables: Tables) -> Resource:
    """Find the resource of a path, which is percent-decoded and relative to the service.

    Raises UnknownAddress if there is none, BadValue if the path is malformed or unsupported.
    """
    if path == "":
        return Resource("service")
    if path == "$metadata":
        return Resource("metadata")
    segments = list(_segments(path))
    found = _first(segments[0], tables)
    for segment in segments[1:]:
        found = _next(found, segment, tables)
    return found


def _segments(path: str) -> Iterator[_Segment]:
    at = 0
    path = path.removesuffix("/")
    for _ in range(_DEEPEST):
        matched = _SEGMENT.match(path, at)
        if matched is None or not matched[1]:
            raise BadValue(
                f"{quoted(path)} is not a path of entity sets, keys and properties, e.g. "
                "Documents, Documents('…') or Documents('…')/title."
            )
        yield _Segment(matched[1], None if matched[2] is None else _key(matched[2]))
        at = matched.end()
        if at == len(path):
            return
    raise BadValue(f"The path has more than {_DEEPEST} segments.")


def _key(predicate: str) -> str:
    matched = _KEY.fullmatch(predicate)
    if matched is None:
        raise BadValue(
            f"{shortened(predicate)} is not a key. Keys are strings in single quotes, e.g. ('cms')."
        )
    return matched[1].replace("''", "'")


def _first(segment: _Segment, tables: Tables) -> Resource:
    if segment.name.startswith("$"):
        raise _unsupported(segment)
    if segment.name not in tables.model.sets:
        raise UnknownAddress(
            f"There is no entity set {quoted(segment.name)}. Entity sets: "
            f"{', '.join(tables.model.sets)}."
        )
    entities = tables.of(segment.name)
    whole = Resource("collection", tables.model.sets[segment.name], tuple(entities.values()))
    return whole if segment.key is None else _one(whole, segment.key, entities.get(segment.key))


def _next(found: Resource, segment: _Segment, tables: Tables) -> Resource:
    match found.kind, segment.name:
        case "collection", "$count":
            return Resource("count", found.set, found.entities)
        case "property", "$value":
            return _value(found)
        case "entity", name if name in found.type.property and segment.key is None:
            return Resource("property", found.set, found.entities, found.type.property[name])
        case "entity", name if name in found.type.navigation:
            return _along(found, segment, tables)
        case _, name if name.startswith("$"):
            raise _unsupported(segment)
        case "entity", _:
            raise UnknownAddress(
                f"{found.type.name} has no {quoted(str(segment))}. It has: {found.type.names()}."
            )
        case _:
            raise UnknownAddress(
                f"There is nothing at {quoted(str(segment))} below a {found.kind}."
            )


def _value(found: Resource) -> Resource:
    assert found.entry is not None  # noqa: S101 - of every such resource
    if found.entities[0].values[found.entry.name] is None:
        raise UnknownAddress(f"{found.entry.name} of {found.entities[0].path} is null.")
    return Resource("value", found.set, found.entities, found.entry)


def _along(found: Resource, segment: _Segment, tables: Tables) -> Resource:
    """The resource at a navigation of an entity."""
    navigation = found.type.navigation[segment.name]
    target = tables.model.target(navigation)
    linked = tuple(found.entities[0].linked(navigation))
    if navigation.many:
        whole = Resource("collection", target, linked)
        if segment.key is None:
            return whole
        return _one(whole, segment.key, next((e for e in linked if e.id == segment.key), None))
    if segment.key is not None:
        raise BadValue(f"{segment.name} leads to one entity at most and takes no key.")
    if not linked:
        raise UnknownAddress(f"{found.entities[0].path} has no {segment.name}.")
    return Resource("entity", target, linked)


def _one(whole: Resource, key: str, entity: Entity | None) -> Resource:
    if entity is None:
        raise UnknownAddress(f"There is no {whole.type.name} with the key {quoted(key)} here.")
    return Resource("entity", whole.set, (entity,))


def _unsupported(segment: _Segment) -> BadValue:
    return BadValue(
        f"{shortened(segment.name)} is not supported here. Use $metadata, $count after a "
        "collection, or $value after a property."
    )
