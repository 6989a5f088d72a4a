"""Addresses that an engine does not keep as they are: others stand for them there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, cast

import pyoxigraph as ox

from meagraph.core.engines.profiles import Profile


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


def results(body: IO[bytes], profile: Profile) -> ox.QuerySolutions | ox.QueryBoolean:
    """An engine's results in JSON, in the names of ours.

    They are read as they are taken, on the thread that calls this. Raises SyntaxError there, where
    the body is not whole.
    """
    # Within a string of JSON a quotation mark is escaped, so what is replaced is no part of one.
    names = {f'"{theirs}"': f'"{ours}"' for ours, theirs in profile.renamed.items()}
    changes = [
        (word.encode(), other.encode()) for word, other in (names | {**profile.replaced}).items()
    ]
    read = cast(IO[bytes], _Replacing(body, changes)) if changes else body
    return ox.parse_query_results(read, ox.QueryResultsFormat.JSON)


class _Replacing:
    """A body in which words are replaced as it is read, line by line: no line ends in a word."""

    def __init__(self, body: IO[bytes], changes: Sequence[tuple[bytes, bytes]]) -> None:
        self._body = body
        self._changes = changes
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, none at the end."""
        if not self._left:
            self._left = self._body.readline()
            for word, other in self._changes:
                self._left = self._left.replace(word, other)
        if size < 0:
            size = len(self._left)
        piece, self._left = self._left[:size], self._left[size:]
        return piece
