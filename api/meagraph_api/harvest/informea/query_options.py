"""Query options: what a request wants of the entities at its address.

https://www.odata.org/documentation/odata-version-2-0/uri-conventions/, section 4. An option that
is not known, or that has no meaning where it stands, is an error; none is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from meagraph.core.errors import BadValue
from meagraph.core.quoting import quoted
from meagraph_api.harvest.informea import odata_filter
from meagraph_api.harvest.informea.edm import KEY, Entity, EntityType, Model, Value
from meagraph_api.harvest.informea.expand import Shape, shape
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
"""The options that have a meaning for each kind of resource."""

_DEFAULT_ORDER = "updated desc"
"""What a harvester asks for; within it, and without it, by key."""

_MOST = 10**9
"""The highest number in $top and $skip."""

_KEYS = 10
"""Properties that entities may be ordered by."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one request, read."""

    format: str | None = None
    filter: odata_filter.Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    """Properties and whether the highest comes first."""
    top: int | None = None
    skip: int = 0
    count: bool = False
    shape: Shape = field(default_factory=Shape)

    def chosen(self, entities: Iterable[Entity]) -> list[Entity]:
        """The entities that the condition admits, in order, before $skip and $top."""
        found = [entity for entity in entities if self.filter is None or self.filter(entity)]
        found.sort(key=lambda entity: entity.id)
        for name, downwards in reversed(self.order):
            found.sort(key=lambda entity: _rank(entity.values[name]), reverse=downwards)
        return found

    def cut(self, found: Sequence[Entity]) -> Sequence[Entity]:
        """What $skip and $top leave."""
        return found[self.skip :][: self.top]


def read(pairs: request_params.Pairs, resource: Resource, model: Model) -> Options:
    """The options that stand in an address. Raises BadValue."""
    taken = _OPTIONS[resource.kind]
    for name, _ in pairs:
        if name not in taken:
            raise BadValue(_untaken(name, resource.kind, taken))
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
        shape=shape(values.get("$expand"), values.get("$select"), kind, model),
    )


def _untaken(name: str, kind: Kind, taken: tuple[str, ...]) -> str:
    here = f"a {kind} takes {', '.join(taken)}" if taken else f"a {kind} takes no options"
    return f"The query option {quoted(name)} is not supported here: {here}."


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    # Not by int() alone, which takes signs, underscores and the digits of all scripts.
    if text.isascii() and text.isdigit() and len(text) < len(str(_MOST)):
        return int(text)
    raise BadValue(f"{name}={quoted(text)} is no whole number from 0 to {_MOST - 1}.")


def _count(text: str | None) -> bool:
    match text:
        case None | "none":
            return False
        case "allpages":
            return True
        case other:
            raise BadValue(f"$inlinecount={quoted(other)} is neither allpages nor none.")


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
        f"$orderby: {quoted(item)} is no property of a {kind.name} with asc or desc behind it. "
        f"Its properties: {', '.join(kind.property)}."
    )


def _rank(value: Value) -> tuple[bool, str | float | datetime]:
    """What a value is ordered by: null comes before everything."""
    return (False, 0) if value is None else (True, value)
