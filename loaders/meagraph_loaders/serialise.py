"""Serialise: graphs as bytes that are the same whenever the triples are the same."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from meagraph.core import names

PREFIXES: dict[str, str] = {
    **names.PREFIXES,
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "spdx": "http://spdx.org/rdf/terms#",
    "spex": "https://purl.expasy.org/sparql-examples/ontology#",
    "void": "http://rdfs.org/ns/void#",
    "void-ext": "http://ldf.fi/void-ext#",
}
"""The prefixes of the dumps: ours, and those of the description of the release."""


def graph_names(store: ox.Store) -> tuple[ox.NamedNode, ...]:
    """The named graphs of a store, in the order of their addresses."""
    found = [graph for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)]
    return tuple(sorted(found, key=lambda graph: graph.value))


def sorted_lines(store: ox.Store, graph: ox.NamedNode) -> list[bytes]:
    """The N-Triples of one graph, sorted by their bytes, as ``LC_ALL=C sort`` does."""
    text = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=graph) or b""
    return sorted(text.splitlines(keepends=True))


def in_graph(lines: Iterable[bytes], graph: ox.NamedNode) -> list[bytes]:
    """N-Triples as the N-Quads of a graph, in the same order.

    >>> in_graph([b'<s:s> <p:p> "o" .\\n'], ox.NamedNode("g:g"))
    [b'<s:s> <p:p> "o" <g:g> .\\n']
    """
    ending = f" {graph} .\n".encode()
    return [line.removesuffix(b" .\n") + ending for line in lines]


def sorted_quads(store: ox.Store, graphs: Iterable[ox.NamedNode]) -> list[ox.Quad]:
    """The quads of some graphs: graph by graph, within each in the order of their lines."""
    return [
        quad for graph in graphs for quad in parsed(in_graph(sorted_lines(store, graph), graph))
    ]


def parsed(lines: Iterable[bytes]) -> Iterable[ox.Quad]:
    """The quads of N-Quads lines, in the same order."""
    return ox.parse(b"".join(lines), ox.RdfFormat.N_QUADS)


def as_bytes(
    statements: Iterable[ox.Triple] | Iterable[ox.Quad],
    format: ox.RdfFormat,
    prefixes: Mapping[str, str] | None = None,
) -> bytes:
    """Statements in an RDF format, in the order given."""
    buffer = io.BytesIO()
    ox.serialize(statements, buffer, format, prefixes=dict(prefixes or {}))
    return buffer.getvalue()


def zipped(data: bytes) -> bytes:
    """The bytes compressed with gzip, without name or time: the same data, the same bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, filename="", mode="wb", compresslevel=6, mtime=0) as file:
        file.write(data)
    return buffer.getvalue()
