"""A small vocabulary for writing quads: a graph under construction, and the things in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad

from meagraph.core import names

Value = str | int | float | bool | Literal


def expand(curie: str) -> NamedNode:
    """The term behind a prefixed name of `meagraph.core.names.PREFIXES`.

    >>> expand("mea:text")
    <NamedNode value=https://w3id.org/meagraph/ontology#text>
    """
    prefix, _, local = curie.partition(":")
    return NamedNode(names.PREFIXES[prefix] + local)


def typed(value: str, datatype: str) -> Literal:
    """A literal of a datatype given as a prefixed name, e.g. ``typed("2025", "xsd:gYear")``."""
    return Literal(value, datatype=expand(datatype))


def concept(kind: str, code: str) -> str:
    """The address of a coded value, e.g. ``concept("certainty", "stated")``."""
    return names.thing(kind, code)


class GraphBuilder:
    """The quads of one named graph, in the order in which they were written."""

    def __init__(self, name: str) -> None:
        self.name = NamedNode(names.graph(name))
        self._quads: dict[Quad, None] = {}

    def __iter__(self) -> Iterator[Quad]:
        return iter(self._quads)

    def thing(self, address: str, *types: str) -> Thing:
        """The thing of an address, with types given as prefixed names."""
        thing = Thing(self, address)
        for a_type in types:
            self.add(address, "rdf:type", expand(a_type))
        return thing

    def add(self, subject: str, predicate: str, value: NamedNode | Literal) -> None:
        """Adds one statement; saying the same twice says it once."""
        self._quads[Quad(NamedNode(subject), expand(predicate), value, self.name)] = None


class Thing:
    """A subject about which statements are written; what is None is not said."""

    def __init__(self, graph: GraphBuilder, address: str) -> None:
        self.graph = graph
        self.address = address

    def link(self, predicate: str, *addresses: str | None) -> Thing:
        """Links to other things by their addresses."""
        for address in addresses:
            if address is not None:
                self.graph.add(self.address, predicate, NamedNode(address))
        return self

    def add(
        self,
        predicate: str,
        value: Value | None,
        *,
        language: str | None = None,
        datatype: str | None = None,
    ) -> Thing:
        """Says a value: plain text, text in a language, a number, a truth value, or a literal."""
        if value is not None:
            self.graph.add(self.address, predicate, _literal(value, language, datatype))
        return self

    def add_each(
        self, predicate: str, values: Iterable[Value], language: str | None = None
    ) -> Thing:
        """Says several values of one property."""
        for value in values:
            self.add(predicate, value, language=language)
        return self

    def part(self, fragment: str, *types: str) -> Thing:
        """A thing that belongs to this one, addressed by a fragment of it."""
        return self.graph.thing(names.fragment(self.address, fragment), *types)


def _literal(value: Value, language: str | None, datatype: str | None) -> Literal:
    if isinstance(value, Literal):
        return value
    if isinstance(value, str) and language:
        return Literal(value, language=language)
    if isinstance(value, str) and datatype:
        return typed(value, datatype)
    return Literal(value)
