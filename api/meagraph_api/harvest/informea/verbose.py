"""Write entities, properties and errors in the verbose JSON of OData version 2.

https://www.odata.org/documentation/odata-version-2-0/json-format/
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from meagraph_api.harvest.informea.edm import Entity, Model, Property, Value
from meagraph_api.harvest.informea.expand import Shape

MEDIA_TYPE = "application/json"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Json = dict[str, object]


def service(names: Iterable[str]) -> bytes:
    """Write the service document, which lists the entity sets."""
    return _written({"EntitySets": list(names)})


def collection(
    entities: Iterable[Entity],
    shape: Shape,
    root: str,
    model: Model,
    count: int | None,
    more: str | None,
) -> bytes:
    """Write entities; `count` is the total if requested, `more` the URL of the next page."""
    content: Json = {"results": [_entity(entity, shape, root, model) for entity in entities]}
    if count is not None:
        content["__count"] = str(count)
    if more is not None:
        content["__next"] = more
    return _written(content)


def entity(one: Entity, shape: Shape, root: str, model: Model) -> bytes:
    """Write one entity."""
    return _written(_entity(one, shape, root, model))


def property_of(one: Entity, entry: Property) -> bytes:
    """Write one property."""
    return _written({entry.name: literal(one.values[entry.name])})


def error(code: str, message: str) -> bytes:
    """Write an error."""
    return _dumped({"error": {"code": code, "message": {"lang": "en", "value": message}}})


def literal(value: Value) -> object:
    """The JSON form of a value; a date has the milliseconds since 1970, between slashes.

    >>> literal(datetime(1970, 1, 2)), literal("1.10"), literal(None)
    ('/Date(86400000)/', '1.10', None)
    """
    if isinstance(value, datetime):
        since = value.replace(tzinfo=UTC) - _EPOCH
        return f"/Date({round(since.total_seconds() * 1000)})/"
    return value


def _entity(one: Entity, shape: Shape, root: str, model: Model) -> Json:
    address = f"{root}/{one.path}"
    written: Json = {
        "__metadata": {
            "id": address,
            "uri": address,
            "type": f"{model.namespace}.{one.set.type.name}",
        }
    }
    for entry in shape.properties:
        written[entry.name] = literal(one.values[entry.name])
    for nav in shape.deferred:
        written[nav.name] = {"__deferred": {"uri": f"{address}/{nav.name}"}}
    for nav, inner in shape.expanded:
        linked = [_entity(other, inner, root, model) for other in one.linked(nav)]
        written[nav.name] = {"results": linked} if nav.many else next(iter(linked), None)
    return written


def _written(content: Json) -> bytes:
    return _dumped({"d": content})


def _dumped(content: Json) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
