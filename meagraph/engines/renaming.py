"""Addresses that an engine does not keep as they are: others stand for them there."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox


def renamed(triple: ox.Triple, names: Mapping[str, str]) -> ox.Triple:
    """The triple with other addresses, of nodes and of datatypes.

    >>> a, b = ox.NamedNode("x:a"), ox.NamedNode("x:b")
    >>> print(renamed(ox.Triple(a, b, ox.Literal("1", datatype=a)), {"x:a": "x:c"}))
    <x:c> <x:b> "1"^^<x:c>
    """
    subject, predicate, value = triple.subject, triple.predicate, triple.object
    if isinstance(subject, ox.NamedNode):
        subject = _node(subject, names)
    if isinstance(value, ox.NamedNode):
        value = _node(value, names)
    elif isinstance(value, ox.Literal) and value.datatype.value in names:
        value = ox.Literal(value.value, datatype=_node(value.datatype, names))
    return ox.Triple(subject, _node(predicate, names), value)


def _node(node: ox.NamedNode, names: Mapping[str, str]) -> ox.NamedNode:
    return ox.NamedNode(names[node.value]) if node.value in names else node
