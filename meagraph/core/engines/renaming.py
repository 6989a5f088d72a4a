"""Rename IRIs that an engine does not preserve: it stores others instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, cast

import pyoxigraph as ox

from meagraph.core.engines.profiles import Profile


def renamed(triple: ox.Triple, names: Mapping[str, str]) -> ox.Triple:
    """Rename the nodes and datatypes of a triple.

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


def results(body: IO[bytes], profile: Profile) -> ox.QuerySolutions | ox.QueryBoolean:
    """Parse an engine's results in JSON, with the original names restored.

    They are parsed while they are iterated, on the calling thread, which gets a SyntaxError if the
    body is incomplete.
    """
    # Within a JSON string a quotation mark is escaped, so no part of a string is replaced.
    names = {f'"{theirs}"': f'"{ours}"' for ours, theirs in profile.renamed_iris.items()}
    changes = [
        (word.encode(), other.encode())
        for word, other in (names | {**profile.replacements}).items()
    ]
    read = cast(IO[bytes], _Replacing(body, changes)) if changes else body
    return ox.parse_query_results(read, ox.QueryResultsFormat.JSON)


class _Replacing:
    """Replaces words of a body as it is read, line by line: no word spans two lines."""

    def __init__(self, body: IO[bytes], changes: Sequence[tuple[bytes, bytes]]) -> None:
        self._body = body
        self._changes = changes
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes, none at the end."""
        if not self._left:
            self._left = self._body.readline()
            for word, other in self._changes:
                self._left = self._left.replace(word, other)
        if size < 0:
            size = len(self._left)
        piece, self._left = self._left[:size], self._left[size:]
        return piece
