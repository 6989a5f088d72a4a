"""Dataset: the description of a release, in the graph `dataset`.

It is made last, from the finished dumps, and is therefore in no dump of graphs and outside the
release id. Vocabularies: DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/), VoID
(https://www.w3.org/TR/void/), PROV-O (https://www.w3.org/TR/prov-o/) and the checksums of SPDX that
DCAT recommends. There is no clock in it: the date is the newest one in `data/sources.csv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pyoxigraph as ox

from meagraph import names
from meagraph.version import __version__
from meagraph_loaders.serialise import PREFIXES

DATASET = names.thing("dataset", "meagraph")
GRAPH = ox.NamedNode(names.graph("dataset"))
RESTRICTED = ox.NamedNode(names.graph("reference-restricted"))

CC_BY = ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")

_Object: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_TITLES = {
    "en": "meagraph: the action plans of environmental agreements as one knowledge graph",
    "ru": "meagraph: планы действий природоохранных соглашений в одном графе знаний",
}
_RIGHTS = (
    "The structure, the curation, what rules infer, and the ontology are ours, under CC BY 4.0. "
    "The quoted words of the source documents remain those of the secretariats that issued them."
)
_RESTRICTED_RIGHTS = (
    "Facts from sources that are not known to allow redistribution; each row names its source. "
    "They are not under CC BY 4.0 and in none of the CC BY dumps."
)
_MEDIA = "https://www.iana.org/assignments/media-types/"
_FORMATS = {
    ".nq.gz": "application/n-quads",
    ".trig.gz": "application/trig",
    ".nt.gz": "application/n-triples",
    ".ttl.gz": "text/turtle",
}
"""The media type of a dump, by the ending of its name (https://www.w3.org/ns/formats/)."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A finished dump: its path under `dumps/`, its size and its checksum."""

    name: str
    size: int
    sha256: str
    restricted: bool


def describe(
    store: ox.Store, release_id: str, graphs: Mapping[str, int], dumps: Iterable[Dump]
) -> tuple[ox.Quad, ...]:
    """The quads that describe a release: what it holds, from what it was made, its dumps."""
    return (
        *_dataset(store, release_id, sum(graphs.values())),
        *(quad for name, triples in graphs.items() for quad in _subset(name, triples)),
        *(quad for dump in dumps for quad in _distribution(dump)),
    )


def _dataset(store: ox.Store, release_id: str, triples: int) -> Iterator[ox.Quad]:
    yield from _types(DATASET, "void:Dataset", "dcat:Dataset")
    for language, title in _TITLES.items():
        yield _quad(DATASET, "dcterms:title", ox.Literal(title, language=language))
    yield _quad(DATASET, "dcterms:license", CC_BY)
    yield _quad(DATASET, "dcterms:rights", ox.Literal(_RIGHTS, language="en"))
    yield _quad(DATASET, "dcterms:identifier", ox.Literal(release_id))
    yield _quad(DATASET, "dcat:version", ox.Literal(release_id))
    yield _quad(DATASET, "void:triples", ox.Literal(triples))
    yield _quad(DATASET, "void:vocabulary", ox.NamedNode(names.ONTOLOGY))
    build, software = names.fragment(DATASET, "build"), names.fragment(DATASET, "software")
    yield _quad(DATASET, "prov:wasGeneratedBy", ox.NamedNode(build))
    yield from _types(build, "prov:Activity")
    yield _quad(build, "prov:wasAssociatedWith", ox.NamedNode(software))
    yield from _types(software, "prov:SoftwareAgent")
    yield _quad(software, "dcterms:title", ox.Literal("meagraph"))
    yield _quad(software, "dcterms:hasVersion", ox.Literal(__version__))
    dates = []
    for source in _objects_of_type(store, "SourceDocument"):
        yield _quad(DATASET, "prov:wasDerivedFrom", source)
        yield _quad(build, "prov:used", source)
        modified = ox.NamedNode(PREFIXES["dcterms"] + "modified")
        dates += [quad.object for quad in store.quads_for_pattern(source, modified, None, None)]
    if dates:
        yield _quad(DATASET, "dcterms:modified", max(dates, key=str))


def _subset(name: str, triples: int) -> Iterator[ox.Quad]:
    graph = names.graph(name)
    yield _quad(DATASET, "void:subset", ox.NamedNode(graph))
    yield from _types(graph, "void:Dataset")
    yield _quad(graph, "void:triples", ox.Literal(triples))
    yield _terms(graph, restricted=graph == RESTRICTED.value)


def _distribution(dump: Dump) -> Iterator[ox.Quad]:
    node = names.fragment(DATASET, "dump-" + dump.name.replace("/", "-"))
    checksum = f"{node}-checksum"
    ending = next(ending for ending in _FORMATS if dump.name.endswith(ending))
    yield _quad(DATASET, "dcat:distribution", ox.NamedNode(node))
    yield from _types(node, "dcat:Distribution")
    yield _quad(node, "dcterms:title", ox.Literal(dump.name))
    yield _quad(node, "dcat:mediaType", ox.NamedNode(_MEDIA + _FORMATS[ending]))
    yield _quad(node, "dcat:compressFormat", ox.NamedNode(_MEDIA + "application/gzip"))
    # DCAT asks for xsd:nonNegativeInteger, but Oxigraph keeps every integer as xsd:integer.
    yield _quad(node, "dcat:byteSize", ox.Literal(dump.size))
    yield _terms(node, restricted=dump.restricted)
    yield _quad(node, "spdx:checksum", ox.NamedNode(checksum))
    yield from _types(checksum, "spdx:Checksum")
    algorithm = ox.NamedNode(PREFIXES["spdx"] + "checksumAlgorithm_sha256")
    yield _quad(checksum, "spdx:algorithm", algorithm)
    digest = ox.Literal(dump.sha256, datatype=ox.NamedNode(PREFIXES["xsd"] + "hexBinary"))
    yield _quad(checksum, "spdx:checksumValue", digest)


def _terms(subject: str, *, restricted: bool) -> ox.Quad:
    if restricted:
        return _quad(subject, "dcterms:rights", ox.Literal(_RESTRICTED_RIGHTS, language="en"))
    return _quad(subject, "dcterms:license", CC_BY)


def _types(subject: str, *classes: str) -> Iterator[ox.Quad]:
    for name in classes:
        yield _quad(subject, "rdf:type", ox.NamedNode(_iri(name)))


def _quad(subject: str, predicate: str, object_: _Object) -> ox.Quad:
    return ox.Quad(ox.NamedNode(subject), ox.NamedNode(_iri(predicate)), object_, GRAPH)


def _iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def _objects_of_type(store: ox.Store, name: str) -> list[ox.NamedNode]:
    class_ = ox.NamedNode(names.term(name))
    quads = store.quads_for_pattern(None, ox.NamedNode(_iri("rdf:type")), class_, None)
    found = {quad.subject for quad in quads if isinstance(quad.subject, ox.NamedNode)}
    return sorted(found, key=lambda node: node.value)
