"""Parse `$expand` and `$select`: which properties and navigations a response includes.

https://www.odata.org/documentation/odata-version-2-0/uri-conventions/, sections 4.6 and 4.8.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from meagraph.core.errors import BadValue, ResultTooLarge
from meagraph.core.quoting import quoted, shortened
from meagraph_api.harvest.informea.edm import Entity, EntityType, Model, Navigation, Property

DEEPEST = 3
"""Maximum depth of nested expansions."""

_ITEMS = 40
"""Maximum number of paths in an option."""

MOST = 10_000
"""Maximum number of entities in a response, expanded ones included."""


_Tree = dict[str, "_Tree"]
"""Paths as a prefix tree."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The properties and navigations of an entity that a response includes."""

    properties: tuple[Property, ...] = ()
    deferred: tuple[Navigation, ...] = ()
    """Navigations written as links."""
    expanded: tuple[tuple[Navigation, Shape], ...] = ()
    """Navigations whose entities are included, with the shape of these."""


def read(expand: str | None, select: str | None, kind: EntityType, model: Model) -> Shape:
    """Parse the two options. Raises BadValue.

    If there is a `$select`, it must include what `$expand` names.
    """
    expanded = _tree("$expand", expand)
    selected = None if select is None else _tree("$select", select)
    return _shape(expanded, selected, kind, model)


def count_entities(entities: Iterable[Entity], shape: Shape) -> int:
    """Count the entities of a response. Raises ResultTooLarge if they are too many."""
    total = 0
    for entity in entities:
        total += 1
        for navigation, inner in shape.expanded:
            total += count_entities(entity.linked(navigation), inner)
        if total > MOST:
            raise ResultTooLarge(
                f"The response would contain more than {MOST:,} entities. Expand less, or use "
                "$top and $skip."
            )
    return total


def _tree(option: str, text: str | None) -> _Tree:
    tree: _Tree = {}
    items = [] if text is None else [item.strip() for item in text.split(",")]
    if len(items) > _ITEMS:
        raise BadValue(f"{option} names more than {_ITEMS} paths.")
    for item in items:
        branch = tree
        segments = item.split("/")
        if len(segments) > DEEPEST + 1 or not all(segments):
            raise BadValue(f"{option}: {quoted(item)} is not a path of at most {DEEPEST} steps.")
        for segment in segments:
            branch = branch.setdefault(segment, {})
    return tree


def _shape(expand: _Tree, select: _Tree | None, kind: EntityType, model: Model) -> Shape:
    _check_expanded(expand, kind)
    if select is None:
        selected: Iterable[str] = [*kind.property, *kind.navigation]
    else:
        _check_selected(expand, select, kind)
        selected = {*select, *(kind.property if "*" in select else ())}
    return Shape(
        tuple(entry for name, entry in kind.property.items() if name in selected),
        tuple(
            nav for name, nav in kind.navigation.items() if name in selected and name not in expand
        ),
        tuple(
            (nav, _shape(expand[name], _below(select, name), model.target(nav).type, model))
            for name, nav in kind.navigation.items()
            if name in expand
        ),
    )


def _below(select: _Tree | None, name: str) -> _Tree | None:
    """The selection below a navigation; None for everything."""
    return (select or {}).get(name) or None


def _check_expanded(expand: _Tree, kind: EntityType) -> None:
    for name, below in expand.items():
        if name not in kind.navigation:
            raise BadValue(
                f"$expand: {quoted(name)} is not a navigation of {kind.name}. "
                f"Navigations: {', '.join(kind.navigation) or 'none'}."
            )
        if _depth(below) >= DEEPEST:
            raise BadValue(f"$expand goes deeper than {DEEPEST} navigations.")


def _check_selected(expand: _Tree, select: _Tree, kind: EntityType) -> None:
    for name, below in select.items():
        if name != "*" and name not in kind.property and name not in kind.navigation:
            raise BadValue(
                f"$select: {quoted(name)} is not a property of {kind.name}: {kind.names()}."
            )
        if below and name not in expand:
            raise BadValue(
                f"$select has paths below {quoted(name)}. Add $expand={shortened(name)}."
            )
    for name in expand:
        if name not in select:
            raise BadValue(f"$expand={name}, but $select leaves {name} out. Add it there too.")


def _depth(tree: _Tree) -> int:
    return max((1 + _depth(below) for below in tree.values()), default=0)
