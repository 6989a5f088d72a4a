"""VoID: the description of graphs in numbers, in the vocabulary of that name.

https://www.w3.org/TR/void/, with the datatype partitions of http://ldf.fi/void-ext#, and the named
graphs as https://www.w3.org/TR/sparql11-service-description/ has them. Query editors read from it
which classes there are, which properties their members have, and what these lead to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias

import pyoxigraph as ox

from meagraph.core import names
from meagraph_loaders import statistics
from meagraph_loaders.serialise import PREFIXES
from meagraph_loaders.statistics import Counts, Lines, OutgoingLinks, Term, iri, is_iri
from meagraph_loaders.triples import triple, typed

Triples: TypeAlias = Iterator[ox.Triple]

_PREFIXES = {space: prefix for prefix, space in PREFIXES.items()}


def describe(graphs: Mapping[str, Lines], dataset: str) -> Triples:
    """The VoID of graphs, given by their addresses and as N-Triples, and of the whole of them.

    No two of the graphs may have a triple in common. Without blank nodes: partitions, linksets and
    the nodes of `sd:NamedGraph` are fragments of the address that the whole is to have, `dataset`.
    """
    types = statistics.types_of(graphs.values())
    counts = {graph: statistics.count(graphs[graph], types) for graph in sorted(graphs)}
    total = statistics.merge(counts.values(), types)
    yield from typed(dataset, "void:Dataset")
    yield from _statistics(total, dataset)
    yield from _vocabularies(total, dataset)
    yield from _partitions(total, dataset, names.fragment(dataset, ""))
    for graph, counted in counts.items():
        yield triple(dataset, "void:subset", graph)
        yield from named_graph(dataset, graph)
        yield from _statistics(counted, graph)
        yield from _partitions(counted, graph, f"{graph_node(dataset, graph)}.")
    for ends, triples in sorted(total.crossing.items()):
        yield from _between(dataset, *ends, triples)
    yield from _outward(dataset, statistics.outgoing_links(total))


def named_graph(dataset: str, graph: str) -> Triples:
    """What says that a graph of a dataset is a named graph, and that it is described itself."""
    node = graph_node(dataset, graph)
    yield from typed(node, "sd:NamedGraph")
    yield triple(node, "rdfs:label", ox.Literal(graph.removeprefix(names.GRAPH)))
    yield triple(node, "sd:name", graph)
    yield triple(node, "sd:graph", graph)
    yield from typed(graph, "sd:Graph", "void:Dataset")


def graph_node(dataset: str, graph: str) -> str:
    """The address of the `sd:NamedGraph` of a graph.

    >>> graph_node("https://example.org/d", names.graph("inferred"))
    'https://example.org/d#graph-inferred'
    """
    local = graph.removeprefix(names.GRAPH)
    return names.fragment(dataset, f"graph-{local if _is_plain(local) else _digest(graph)}")


def _statistics(counts: Counts, dataset: str) -> Triples:
    yield triple(dataset, "void:triples", counts.triples)
    yield triple(dataset, "void:entities", sum(map(is_iri, counts.subjects)))
    yield triple(dataset, "void:distinctSubjects", len(counts.subjects))
    yield triple(dataset, "void:distinctObjects", len(counts.objects))
    yield triple(dataset, "void:properties", len(counts.properties))
    yield triple(dataset, "void:classes", len(counts.classes))


def _vocabularies(counts: Counts, dataset: str) -> Triples:
    used = filter(is_iri, counts.properties.keys() | counts.classes)
    for space in sorted({statistics.namespace(iri(term)) for term in used} - {""}):
        yield triple(dataset, "void:vocabulary", space)


def _partitions(counts: Counts, dataset: str, begin: str) -> Triples:
    """Properties; classes, within each its properties, within each what these lead to.

    `begin` is what the addresses of the partitions begin with.
    """
    for property_, triples in sorted(counts.properties.items()):
        node = f"{begin}property-{_key(property_)}"
        yield triple(dataset, "void:propertyPartition", node)
        yield triple(node, "void:property", iri(property_))
        yield triple(node, "void:triples", triples)
    for class_, members in sorted(counts.members.items()):
        node = f"{begin}class-{_key(class_)}"
        yield triple(dataset, "void:classPartition", node)
        yield triple(node, "void:class", iri(class_))
        yield triple(node, "void:entities", members)
    for (class_, property_), triples in sorted(counts.used.items()):
        of = f"{begin}class-{_key(class_)}"
        node = f"{of}.{_key(property_)}"
        yield triple(of, "void:propertyPartition", node)
        yield triple(node, "void:property", iri(property_))
        yield triple(node, "void:triples", triples)
    for kind, term, ends in (
        ("class", "void:class", counts.ends),
        ("datatype", "void-ext:datatype", counts.datatypes),
    ):
        for (class_, property_, end), triples in sorted(ends.items()):
            of = f"{begin}class-{_key(class_)}.{_key(property_)}"
            node = f"{of}.{kind}-{_key(end)}"
            yield triple(of, f"{term}Partition", node)
            yield triple(node, term, iri(end))
            yield triple(node, "void:triples", triples)


def _between(dataset: str, class_: Term, predicate: Term, end: Term, triples: int) -> Triples:
    """A linkset between two classes of ours."""
    ends = f"{_key(class_)}.{_key(predicate)}.{_key(end)}"
    node = names.fragment(dataset, f"links-{ends}")
    yield from _linkset(dataset, node, predicate, triples)
    yield triple(node, "void:subjectsTarget", names.fragment(dataset, f"class-{_key(class_)}"))
    yield triple(node, "void:objectsTarget", names.fragment(dataset, f"class-{_key(end)}"))


def _outward(dataset: str, outgoing_links: Mapping[tuple[Term, str], OutgoingLinks]) -> Triples:
    """The linksets that lead to datasets of others, and what is known of these."""
    there: dict[str, set[Term]] = {}
    for (predicate, host), links in sorted(outgoing_links.items()):
        there.setdefault(host, set()).update(links.objects)
        node = names.fragment(dataset, f"links-{_key(predicate)}.{host}")
        yield from _linkset(dataset, node, predicate, links.triples)
        yield triple(node, "void:subjectsTarget", dataset)
        yield triple(node, "void:objectsTarget", names.fragment(dataset, f"target-{host}"))
    for host, objects in sorted(there.items()):
        target = names.fragment(dataset, f"target-{host}")
        yield from typed(target, "void:Dataset")
        yield triple(target, "dcterms:title", ox.Literal(host))
        for space in statistics.spaces(objects):
            yield triple(target, "void:uriSpace", ox.Literal(space))


def _linkset(dataset: str, node: str, predicate: Term, triples: int) -> Triples:
    yield triple(dataset, "void:subset", node)
    yield from typed(node, "void:Linkset")
    yield triple(node, "void:linkPredicate", iri(predicate))
    yield triple(node, "void:triples", triples)


@lru_cache(maxsize=1024)
def _key(term: Term) -> str:
    """A class or property as a part of an address: `mea-Measure`, or a digest; no full stop."""
    address = iri(term)
    space = statistics.namespace(address)
    local = address[len(space) :]
    if space in _PREFIXES and _is_plain(local):
        return f"{_PREFIXES[space]}-{local}"
    return _digest(address)


def _is_plain(local: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]+", local) is not None


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]
