"""Parse the query options of a request.

https://www.odata.org/documentation/odata-version-2-0/uri-conventions/, section 4. An option that
is unknown, or has no meaning for the resource, is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from meagraph.core.errors import BadValue
from meagraph.core.quoting import quoted
from meagraph_api.harvest.informea import expand, odata_filter
from meagraph_api.harvest.informea.edm import KEY, Entity, EntityType, Model, Value
from meagraph_api.harvest.informea.expand import Shape
from meagraph_api.harvest.informea.resources import Kind, Resource
from meagraph_api.http import request_params

_SHAPING = ("$expand", "$select", "$format")
_CHOOSING = ("$filter", "$orderby", "$top", "$skip")

_OPTIONS: dict[Kind, tuple[str, ...]] = {
    "service": ("$format",),
    "metadata": ("$format",),
    "collection": (*_CHOOSING, "$inlinecount", *_SHAPING),
    "entity": _SHAPING,
    "count": _CHOOSING,
    "property": ("$format",),
    "value": (),
}
"""Options by kind of resource."""

_DEFAULT_ORDER = "updated desc"
"""The order that harvesters request; ties are ordered by key."""

_MOST = 10**9
"""Exclusive limit of $top and $skip."""

_KEYS = 10
"""Maximum number of properties in $orderby."""


@dataclass(frozen=True, slots=True)
class Options:
    """The parsed options of a request."""

    format: str | None = None
    filter: odata_filter.Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    """Properties, each with whether the order is descending."""
    top: int | None = None
    skip: int = 0
    count: bool = False
    shape: Shape = field(default_factory=Shape)

    def chosen(self, entities: Iterable[Entity]) -> list[Entity]:
        """Filter and sort entities."""
        found = [entity for entity in entities if self.filter is None or self.filter(entity)]
        found.sort(key=lambda entity: entity.id)
        for name, descending in reversed(self.order):
            found.sort(key=lambda entity: _rank(entity.values[name]), reverse=descending)
        return found

    def cut(self, found: Sequence[Entity]) -> Sequence[Entity]:
        """Apply $skip and $top."""
        return found[self.skip :][: self.top]


def read(pairs: request_params.Pairs, resource: Resource, model: Model) -> Options:
    """Parse the options of a URL. Raises BadValue."""
    options = _OPTIONS[resource.kind]
    for name, _ in pairs:
        if name not in options:
            raise BadValue(
                f"The query option {quoted(name)} is not supported here. "
                f"Options of this resource: {', '.join(options) or 'none'}."
            )
    values = {name: request_params.one(pairs, name) for name, _ in pairs}
    if resource.kind not in ("collection", "entity", "count"):
        return Options(format=values.get("$format"))
    kind = resource.type
    condition = values.get("$filter")
    return Options(
        format=values.get("$format"),
        filter=None if condition is None else odata_filter.read(condition, kind, model),
        order=_order(values.get("$orderby"), kind),
        top=_number("$top", values.get("$top")),
        skip=_number("$skip", values.get("$skip")) or 0,
        count=_count(values.get("$inlinecount")),
        shape=expand.read(values.get("$expand"), values.get("$select"), kind, model),
    )


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    # int() alone accepts signs, underscores and digits of all scripts.
    if text.isascii() and text.isdigit() and len(text) < len(str(_MOST)):
        return int(text)
    raise BadValue(f"{name}={quoted(text)} is not a whole number from 0 to {_MOST - 1}.")


def _count(text: str | None) -> bool:
    match text:
        case None | "none":
            return False
        case "allpages":
            return True
        case other:
            raise BadValue(f"$inlinecount={quoted(other)} is not allpages or none.")


def _order(text: str | None, kind: EntityType) -> tuple[tuple[str, bool], ...]:
    if text is None:
        text = _DEFAULT_ORDER if "updated" in kind.property else KEY
    items = text.split(",")
    if len(items) > _KEYS:
        raise BadValue(f"$orderby names more than {_KEYS} properties.")
    return tuple(_ordered(item, kind) for item in items)


def _ordered(item: str, kind: EntityType) -> tuple[str, bool]:
    match item.split():
        case [name, *direction] if name in kind.property and direction in ([], ["asc"], ["desc"]):
            return name, direction == ["desc"]
    raise BadValue(
        f"$orderby: {quoted(item)} is not a property of {kind.name} with optional asc or desc. "
        f"Properties: {', '.join(kind.property)}."
    )


def _rank(value: Value) -> tuple[bool, str | float | datetime]:
    """Sort key of a value; null comes first."""
    return (False, 0) if value is None else (True, value)
