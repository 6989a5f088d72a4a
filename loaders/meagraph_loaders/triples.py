"""Statements: triples of a description, written with prefixed names."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox

from meagraph_loaders.serialise import PREFIXES


def triple(subject: str, predicate: str, value: str | int | ox.NamedNode | ox.Literal) -> ox.Triple:
    """A triple: an address, a prefixed name, and an address, a number or a term.

    >>> print(triple("http://example.org/d", "void:triples", 3))
    <http://example.org/d> <http://rdfs.org/ns/void#triples> \
"3"^^<http://www.w3.org/2001/XMLSchema#integer>
    """
    match value:
        case int():
            object_: ox.NamedNode | ox.Literal = ox.Literal(value)
        case str():
            object_ = ox.NamedNode(value)
        case _:
            object_ = value
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(iri(predicate)), object_)


def typed(subject: str, *classes: str) -> tuple[ox.Triple, ...]:
    """The types of a thing, by the prefixed names of its classes."""
    return tuple(triple(subject, "rdf:type", iri(name)) for name in classes)


@cache
def iri(name: str) -> str:
    """The address that a prefixed name stands for.

    >>> iri("skos:Concept")
    'http://www.w3.org/2004/02/skos/core#Concept'
    """
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local
