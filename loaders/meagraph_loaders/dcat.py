"""DCAT: the catalogue, its datasets, their distributions and the services that answer for them.

https://www.w3.org/TR/vocab-dcat-3/, with what https://semiceu.github.io/DCAT-AP/releases/3.0.1/
asks for beyond it, and checksums in the words of SPDX, as DCAT recommends. The whole is a dataset,
each named graph is one too, and each comes as one distribution per format. Codes of the European
authority tables stand in `data/reference/ontology_terms.csv`, with where they were seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import pyoxigraph as ox

from meagraph.core import names
from meagraph_loaders.dumps import RESTRICTED, Dump
from meagraph_loaders.interfaces import INTERFACES, Interface
from meagraph_loaders.triples import iri, triple, typed

Triples: TypeAlias = Iterator[ox.Triple]

DATASET = names.thing("dataset", "meagraph")
CATALOG = names.thing("catalog", "meagraph")
PUBLISHER = names.fragment(CATALOG, "publisher")
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
_RIGHTS_NODE = names.fragment(DATASET, "rights")
_RESTRICTED_RIGHTS_NODE = names.fragment(DATASET, "rights-restricted")

_PUBLISHER = "The meagraph developers"
_TITLES = {
    "en": "meagraph: the action plans of environmental agreements as one knowledge graph",
    "ru": "meagraph: планы действий природоохранных соглашений в одном графе знаний",
}
_DESCRIPTION = (
    "The measures, conservation units, responsibilities and statements of action plans under "
    "multilateral environmental agreements, in the words of their documents and with the passages "
    "they come from; beside them, marked as such, what is read from them, judged by us, or known "
    "from elsewhere."
)
_CATALOG_TITLE = "meagraph: the catalogue of its datasets and services"
_RIGHTS = (
    "The structure, the curation, what rules infer, and the ontology are ours, under CC BY 4.0. "
    "The quoted words of the source documents remain those of the secretariats that issued them."
)
_RESTRICTED_RIGHTS = (
    "Facts from sources that are not known to allow redistribution, or that have a licence of "
    "their own; each row names its source. Common names of taxa come from OpenFauna contributors "
    "(CC BY-SA 4.0), the IOC World Bird List (CC BY 3.0), the Open Multilingual Wordnet (a licence "
    "for each language), Wiktionary and Wikipedia contributors (CC BY-SA); mea:sourceTerms states "
    "the terms of each name. They are not under CC BY 4.0 and in none of the CC BY dumps."
)
_HOLDS = {
    "reference": "Facts from elsewhere, each with its source, whose terms let them be passed on.",
    "reference-restricted": (
        "Facts from elsewhere, of sources whose terms are not known or not those of CC BY."
    ),
    "curation": "Our own judgements, each with its reason.",
    "inferred": "What rules make of the documents: cells read, links, the ontology's closure.",
    "quality": "Points to check in the documents.",
    "ontology": "The ontology and the concept schemes.",
    "dataset": "The description of this release: numbers, dumps, prefixes and example queries.",
}
"""What a graph holds, by its name."""
_PRINTED = "What the document prints, and where; nothing else."
_KEYWORDS = (
    "multilateral environmental agreements",
    "action plans",
    "conservation measures",
    "knowledge graph",
    "linked data",
    "saiga",
    "argali",
)
_MEDIA = "https://www.iana.org/assignments/media-types/"
_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_ENVIRONMENT = _AUTHORITY + "data-theme/ENVI"
_ENGLISH = _AUTHORITY + "language/ENG"


def catalog(modified: ox.Literal | None) -> Triples:
    """The catalogue, its publisher and its services; the newest date in the sources, if any."""
    yield from typed(CATALOG, "dcat:Catalog")
    yield triple(CATALOG, "dcterms:title", _english(_CATALOG_TITLE))
    yield triple(CATALOG, "dcterms:description", _english(_DESCRIPTION))
    yield triple(CATALOG, "foaf:homepage", names.BASE)
    yield triple(CATALOG, "dcat:themeTaxonomy", names.thing("scheme", "topic"))
    yield triple(CATALOG, "dcat:dataset", DATASET)
    yield from _published(CATALOG, modified)
    yield triple(CATALOG, "dcterms:license", CC_BY)
    yield from typed(PUBLISHER, "foaf:Agent")
    yield triple(PUBLISHER, "foaf:name", ox.Literal(_PUBLISHER))
    for interface in INTERFACES:
        yield triple(CATALOG, "dcat:service", service_node(interface))
        yield from _service(interface)


def dataset(release_id: str, modified: ox.Literal | None) -> Triples:
    """The whole, as this release has it."""
    yield from typed(DATASET, "dcat:Dataset")
    for language, title in _TITLES.items():
        yield triple(DATASET, "dcterms:title", ox.Literal(title, language=language))
    yield triple(DATASET, "dcterms:description", _english(_DESCRIPTION))
    yield triple(DATASET, "dcterms:license", CC_BY)
    yield triple(DATASET, "dcterms:rights", _RIGHTS_NODE)
    yield from _rights(_RIGHTS_NODE, _RIGHTS)
    yield from _rights(_RESTRICTED_RIGHTS_NODE, _RESTRICTED_RIGHTS)
    yield triple(DATASET, "dcterms:identifier", ox.Literal(DATASET))
    yield triple(DATASET, "dcat:version", ox.Literal(release_id))
    yield triple(DATASET, "dcat:landingPage", names.BASE + "dataset")
    yield triple(DATASET, "dcat:theme", _ENVIRONMENT)
    for keyword in _KEYWORDS:
        yield triple(DATASET, "dcat:keyword", _english(keyword))
    yield triple(DATASET, "dcterms:conformsTo", names.ONTOLOGY.rstrip("#"))
    yield from _published(DATASET, modified)


def graph(address: str, modified: ox.Literal | None) -> Triples:
    """A named graph as a dataset of its own, a part of the whole."""
    name = address.removeprefix(names.GRAPH)
    yield from typed(address, "dcat:Dataset")
    yield triple(CATALOG, "dcat:dataset", address)
    yield triple(DATASET, "dcterms:hasPart", address)
    yield triple(address, "dcterms:isPartOf", DATASET)
    yield triple(address, "dcterms:title", _english(f"meagraph: the named graph “{name}”"))
    yield triple(address, "dcterms:description", _english(_HOLDS.get(name, _PRINTED)))
    yield triple(address, "dcterms:identifier", ox.Literal(address))
    yield _terms(address, restricted=address == RESTRICTED.value)
    yield from _published(address, modified)


def distributions(release_id: str, dumps: Iterable[Dump]) -> Triples:
    """The dumps as distributions of the whole or of their graphs.

    What may not be passed on is no distribution: it can only be asked for, at the endpoint.
    """
    for dump in dumps:
        if not dump.restricted:
            of = dump.graph.value if dump.graph else DATASET
            yield from _distribution(of, release_id, dump)
    yield from _endpoint_distribution(RESTRICTED.value)


def checksum(of: str, node: str, sha256: str) -> Triples:
    """What says that a file has a SHA-256."""
    yield triple(of, "spdx:checksum", node)
    yield from typed(node, "spdx:Checksum")
    yield triple(node, "spdx:algorithm", iri("spdx:checksumAlgorithm_sha256"))
    digest = ox.Literal(sha256, datatype=ox.NamedNode(iri("xsd:hexBinary")))
    yield triple(node, "spdx:checksumValue", digest)


def service_node(interface: Interface) -> str:
    """The address of what describes an interface."""
    return names.fragment(CATALOG, f"service-{interface.key}")


def dump_address(release_id: str, name: str) -> str:
    """The lasting address of a dump of a release, wherever the service runs.

    >>> dump_address("25cc659e00490538", "curation.nq.gz")
    'https://w3id.org/meagraph/releases/25cc659e00490538/dumps/curation.nq.gz'
    """
    return f"{names.BASE}releases/{release_id}/dumps/{name}"


def _service(interface: Interface) -> Triples:
    node = service_node(interface)
    yield from typed(node, "dcat:DataService")
    yield triple(node, "dcterms:title", _english(interface.title))
    yield triple(node, "dcterms:description", _english(interface.description))
    yield triple(node, "dcat:endpointURL", names.BASE + interface.endpoint)
    yield triple(node, "dcat:endpointDescription", names.BASE + interface.described_at)
    yield triple(node, "dcat:servesDataset", DATASET)
    yield triple(node, "dcterms:publisher", PUBLISHER)
    for standard in interface.conforms_to:
        yield triple(node, "dcterms:conformsTo", standard)


def _distribution(of: str, release_id: str, dump: Dump) -> Triples:
    node = names.fragment(DATASET, "dump-" + dump.name.replace("/", "-"))
    address = dump_address(release_id, dump.name)
    what = names.local_name(of) if dump.graph else "all graphs under CC BY"
    yield triple(of, "dcat:distribution", node)
    yield from typed(node, "dcat:Distribution")
    yield triple(node, "dcterms:title", ox.Literal(dump.name))
    yield triple(
        node, "dcterms:description", _english(f"{dump.format.title}, packed with gzip: {what}.")
    )
    yield triple(node, "dcat:accessURL", address)
    yield triple(node, "dcat:downloadURL", address)
    yield triple(node, "dcat:mediaType", _MEDIA + dump.format.media_type)
    yield triple(node, "dcterms:format", f"{_AUTHORITY}file-type/{dump.format.file_type}")
    yield triple(node, "dcat:compressFormat", _MEDIA + "application/gzip")
    size = ox.Literal(str(dump.size), datatype=ox.NamedNode(iri("xsd:nonNegativeInteger")))
    yield triple(node, "dcat:byteSize", size)
    yield _terms(node, restricted=False)
    yield from checksum(node, f"{node}-checksum", dump.sha256)


def _endpoint_distribution(graph: str) -> Triples:
    """The distribution of what may not be passed on as a file."""
    node = names.fragment(DATASET, f"asked-{names.local_name(graph)}")
    endpoint = next(one for one in INTERFACES if one.key == "sparql")
    yield triple(graph, "dcat:distribution", node)
    yield from typed(node, "dcat:Distribution")
    yield triple(node, "dcterms:title", _english("Answers of the SPARQL endpoint"))
    yield triple(node, "dcat:accessURL", names.BASE + endpoint.endpoint)
    yield triple(node, "dcat:accessService", service_node(endpoint))
    yield _terms(node, restricted=True)


def _published(of: str, modified: ox.Literal | None) -> Triples:
    yield triple(of, "dcterms:publisher", PUBLISHER)
    yield triple(of, "dcterms:language", _ENGLISH)
    if modified is not None:
        yield triple(of, "dcterms:modified", modified)


def _terms(subject: str, *, restricted: bool) -> ox.Triple:
    if restricted:
        return triple(subject, "dcterms:rights", _RESTRICTED_RIGHTS_NODE)
    return triple(subject, "dcterms:license", CC_BY)


def _rights(node: str, text: str) -> Triples:
    """A statement of rights, which DCAT-AP wants as a thing and not as text."""
    yield from typed(node, "dcterms:RightsStatement")
    yield triple(node, "rdfs:label", _english(text))


def _english(text: str) -> ox.Literal:
    return ox.Literal(text, language="en")
