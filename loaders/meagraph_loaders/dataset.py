"""Dataset: the description of a release, in the graph `dataset`.

It is made last, from the finished graphs and dumps, and is therefore in no dump of graphs and
outside the release id. Vocabularies: DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/), PROV-O
(https://www.w3.org/TR/prov-o/) and the checksums of SPDX that DCAT recommends; `void` and
`examples` add what theirs can say. There is no clock in it: the date is the newest one in
`data/sources.csv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from meagraph import files, names
from meagraph.version import __version__
from meagraph_loaders import examples, void
from meagraph_loaders.serialise import PREFIXES
from meagraph_loaders.statements import iri, triple, typed

DATASET = names.thing("dataset", "meagraph")
GRAPH = ox.NamedNode(names.graph("dataset"))
RESTRICTED = ox.NamedNode(names.graph("reference-restricted"))
DEFAULT_GRAPH = names.fragment(DATASET, "default-graph")
"""What the default graph of the store is called: the dataset and its description."""
ENDPOINT = names.BASE + "sparql"
"""The lasting address of the SPARQL endpoint, wherever it runs."""

CC_BY = "https://creativecommons.org/licenses/by/4.0/"

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
_HOLDS = {
    "reference": "Facts from elsewhere, each with its source, whose terms let them be passed on.",
    "reference-restricted": "Facts from elsewhere, of sources whose terms are not known.",
    "curation": "Our own judgements, each with its reason.",
    "inferred": "What rules make of the documents: cells read, links, the ontology's closure.",
    "quality": "Points to check in the documents.",
    "ontology": "The ontology and the concept schemes.",
    "dataset": "The description of this release: numbers, dumps, prefixes and example queries.",
}
"""What a graph holds, by its name."""
_PRINTED = "What the document prints, and where; nothing else."
_SHOWN = ("Instrument", "Measure", "ConservationUnit", "Country", "Taxon")
"""Classes of which the first thing is given as an example."""
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
    store: ox.Store,
    release_id: str,
    graphs: Mapping[ox.NamedNode, Sequence[bytes]],
    dumps: Iterable[Dump],
) -> tuple[ox.Quad, ...]:
    """The quads that describe a release: what it holds, from what it was made, its dumps, examples.

    `graphs` are the N-Triples of its named graphs, which `store` holds too.
    """
    lines = {graph.value: graphs[graph] for graph in graphs}
    shown = examples.examples(files.folder("queries"))
    held = {
        *_dataset(store, release_id),
        *void.describe(lines, DATASET),
        *(said for graph in lines for said in _graph(graph)),
        *(said for dump in dumps for said in _distribution(dump)),
        *examples.catalogue(shown, PREFIXES, DATASET, ENDPOINT),
        *_itself(),
    }
    # The description says how long it is; these two triples count as well.
    length = len(held) + 2
    held.add(triple(GRAPH.value, "void:triples", length))
    held.add(triple(DEFAULT_GRAPH, "void:triples", sum(map(len, lines.values())) + length))
    return tuple(ox.Quad(said.subject, said.predicate, said.object, GRAPH) for said in held)


def _dataset(store: ox.Store, release_id: str) -> Iterator[ox.Triple]:
    yield from typed(DATASET, "dcat:Dataset")
    for language, title in _TITLES.items():
        yield triple(DATASET, "dcterms:title", ox.Literal(title, language=language))
    yield triple(DATASET, "dcterms:license", CC_BY)
    yield triple(DATASET, "dcterms:rights", ox.Literal(_RIGHTS, language="en"))
    yield triple(DATASET, "dcterms:identifier", ox.Literal(release_id))
    yield triple(DATASET, "dcat:version", ox.Literal(release_id))
    yield triple(DATASET, "void:uriSpace", ox.Literal(names.ID))
    yield triple(DATASET, "void:sparqlEndpoint", ENDPOINT)
    for name in _SHOWN:
        for thing in _objects_of_type(store, name)[:1]:
            yield triple(DATASET, "void:exampleResource", thing)
    build, software = names.fragment(DATASET, "build"), names.fragment(DATASET, "software")
    yield triple(DATASET, "prov:wasGeneratedBy", build)
    yield from typed(build, "prov:Activity")
    yield triple(build, "prov:wasAssociatedWith", software)
    yield from typed(software, "prov:SoftwareAgent")
    yield triple(software, "dcterms:title", ox.Literal("meagraph"))
    yield triple(software, "dcterms:hasVersion", ox.Literal(__version__))
    dates = []
    for source in _objects_of_type(store, "SourceDocument"):
        yield triple(DATASET, "prov:wasDerivedFrom", source)
        yield triple(build, "prov:used", source)
        modified = ox.NamedNode(iri("dcterms:modified"))
        dates += [quad.object for quad in store.quads_for_pattern(source, modified, None, None)]
    if isinstance(newest := max(dates, key=str, default=None), ox.Literal):
        yield triple(DATASET, "dcterms:modified", newest)


def _graph(graph: str) -> Iterator[ox.Triple]:
    """What is said of a named graph beyond numbers."""
    holds = _HOLDS.get(graph.removeprefix(names.GRAPH), _PRINTED)
    yield triple(graph, "dcterms:description", ox.Literal(holds, language="en"))
    yield _terms(graph, restricted=graph == RESTRICTED.value)


def _itself() -> Iterator[ox.Triple]:
    """The graph of this description, and the default graph, which holds everything."""
    yield triple(DATASET, "void:subset", GRAPH)
    yield from void.named_graph(DATASET, GRAPH.value)
    yield from _graph(GRAPH.value)
    yield from typed(DEFAULT_GRAPH, "sd:Graph", "void:Dataset")
    yield triple(DEFAULT_GRAPH, "void:subset", DATASET)


def _distribution(dump: Dump) -> Iterator[ox.Triple]:
    node = names.fragment(DATASET, "dump-" + dump.name.replace("/", "-"))
    checksum = f"{node}-checksum"
    ending = next(ending for ending in _FORMATS if dump.name.endswith(ending))
    yield triple(DATASET, "dcat:distribution", node)
    yield from typed(node, "dcat:Distribution")
    yield triple(node, "dcterms:title", ox.Literal(dump.name))
    yield triple(node, "dcat:mediaType", _MEDIA + _FORMATS[ending])
    yield triple(node, "dcat:compressFormat", _MEDIA + "application/gzip")
    # DCAT asks for xsd:nonNegativeInteger, but Oxigraph keeps every integer as xsd:integer.
    yield triple(node, "dcat:byteSize", dump.size)
    yield _terms(node, restricted=dump.restricted)
    yield triple(node, "spdx:checksum", checksum)
    yield from typed(checksum, "spdx:Checksum")
    yield triple(checksum, "spdx:algorithm", iri("spdx:checksumAlgorithm_sha256"))
    digest = ox.Literal(dump.sha256, datatype=ox.NamedNode(iri("xsd:hexBinary")))
    yield triple(checksum, "spdx:checksumValue", digest)


def _terms(subject: str, *, restricted: bool) -> ox.Triple:
    if restricted:
        return triple(subject, "dcterms:rights", ox.Literal(_RESTRICTED_RIGHTS, language="en"))
    return triple(subject, "dcterms:license", CC_BY)


def _objects_of_type(store: ox.Store, name: str) -> list[ox.NamedNode]:
    class_ = ox.NamedNode(names.term(name))
    quads = store.quads_for_pattern(None, ox.NamedNode(iri("rdf:type")), class_, None)
    found = {quad.subject for quad in quads if isinstance(quad.subject, ox.NamedNode)}
    return sorted(found, key=lambda node: node.value)
