"""Dumps: the finished graphs as files to be taken away, the whole and each graph by itself.

Every one comes in every format. The graph of facts that may not be passed on stands apart, in
`restricted/`, and in no other file. The same graphs give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from meagraph.core import names
from meagraph_loaders import serialise

RESTRICTED = ox.NamedNode(names.graph("reference-restricted"))
"""The graph that is in no dump under CC BY."""
WHOLE = "meagraph"
"""What the dumps of all graphs under CC BY are called."""

Lines = list[bytes]
Graphs = Mapping[ox.NamedNode, Lines]
"""The sorted N-Triples of each named graph."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of dumps."""

    ending: str
    title: str
    media_type: str
    rdf: ox.RdfFormat
    file_type: str
    """Its code in the table of file types that DCAT-AP asks for."""


FORMATS = (
    # https://www.w3.org/TR/n-quads/
    Format("nq", "N-Quads", "application/n-quads", ox.RdfFormat.N_QUADS, "RDF_N_QUADS"),
    # https://www.w3.org/TR/trig/
    Format("trig", "TriG", "application/trig", ox.RdfFormat.TRIG, "RDF_TRIG"),
    # https://www.w3.org/TR/turtle/
    Format("ttl", "Turtle", "text/turtle", ox.RdfFormat.TURTLE, "RDF_TURTLE"),
    # https://www.w3.org/TR/n-triples/
    Format("nt", "N-Triples", "application/n-triples", ox.RdfFormat.N_TRIPLES, "RDF_N_TRIPLES"),
    # https://www.w3.org/TR/json-ld11/
    Format("jsonld", "JSON-LD", "application/ld+json", ox.RdfFormat.JSON_LD, "JSON_LD"),
)


@dataclass(frozen=True, slots=True)
class Dump:
    """A finished dump: its path under `dumps/`, what it holds, its size and its checksum."""

    name: str
    format: Format
    graph: ox.NamedNode | None
    """None for the whole."""
    size: int
    sha256: str

    @property
    def restricted(self) -> bool:
        """Whether it is not under CC BY."""
        return self.graph == RESTRICTED


def write(graphs: Graphs, folder: Path) -> tuple[Dump, ...]:
    """Write all dumps into a folder: the whole under CC BY first, then each graph."""
    free = {graph: lines for graph, lines in graphs.items() if graph != RESTRICTED}
    return (
        *_written(free, folder, WHOLE, None),
        *(
            dump
            for graph, lines in graphs.items()
            for dump in _written({graph: lines}, folder, _name(graph), graph)
        ),
    )


def _written(graphs: Graphs, folder: Path, name: str, graph: ox.NamedNode | None) -> Iterator[Dump]:
    quads = [
        quad
        for of, lines in graphs.items()
        for quad in serialise.parsed(serialise.in_graph(lines, of))
    ]
    for entry in FORMATS:
        path = folder / f"{name}.{entry.ending}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = serialise.zipped(_text(graphs, quads, entry))
        path.write_bytes(packed)
        digest = hashlib.sha256(packed).hexdigest()
        yield Dump(path.relative_to(folder).as_posix(), entry, graph, len(packed), digest)


def _text(graphs: Graphs, quads: list[ox.Quad], entry: Format) -> bytes:
    match entry.rdf:
        case ox.RdfFormat.N_QUADS:
            return sorted_quads(graphs)
        case ox.RdfFormat.N_TRIPLES:
            return b"".join(sorted(line for lines in graphs.values() for line in lines))
        case ox.RdfFormat.TURTLE:
            # Of several graphs, what is said of one thing comes together.
            lines = sorted(line for lines in graphs.values() for line in lines)
            triples = (quad.triple for quad in serialise.parsed(lines))
            return serialise.as_bytes(triples, entry.rdf, serialise.PREFIXES)
        case other:
            return serialise.as_bytes(quads, other, serialise.PREFIXES)


def sorted_quads(graphs: Graphs) -> bytes:
    """The N-Quads of graphs, sorted by their bytes."""
    quads = (serialise.in_graph(lines, graph) for graph, lines in graphs.items())
    return b"".join(sorted(line for lines in quads for line in lines))


def _name(graph: ox.NamedNode) -> str:
    local = names.local_name(graph.value)
    return f"restricted/{local}" if graph == RESTRICTED else local
