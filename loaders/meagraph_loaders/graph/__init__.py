"""Maps records, facts and judgements to triples, one named graph each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import NamedNode, Quad, Store

from meagraph.core import files, names
from meagraph_loaders import curation_tables, reference, sources, turtle
from meagraph_loaders.curation_tables import Curation
from meagraph_loaders.graph.cell_readings import (
    ActorNames,
    write_responsibilities,
    write_unit_countries,
)
from meagraph_loaders.graph.curation import write_curation
from meagraph_loaders.graph.documents import write_document
from meagraph_loaders.graph.facts import FactGraphs
from meagraph_loaders.graph.graph_builder import GraphBuilder
from meagraph_loaders.graph.passages import Source
from meagraph_loaders.graph.withdrawn import write_withdrawn
from meagraph_loaders.records import Document
from meagraph_loaders.reference import Countries, Reference


def load_graphs(documents: tuple[Document, ...], data: Path | None = None) -> Store:
    """All graphs before inference, in memory.

    `data` is the folder with `sources/`, `reference/` and `curation/` (default: the
    installation's). Raises DataError for a row that does not fit the documents.
    """
    folder = data or files.folder("data")
    curation = curation_tables.load(folder / "curation")
    facts = reference.load(folder / "reference", folder / "reference-restricted")
    store = Store()
    for graph in _graphs(documents, folder, curation, facts):
        store.extend(graph)
    _load_ontology(store)
    store.extend(write_withdrawn(curation.withdrawn, store))
    return store


def _graphs(
    documents: tuple[Document, ...], folder: Path, curation: Curation, facts: Reference
) -> Iterable[GraphBuilder]:
    by_slug = {document.slug: document for document in documents}
    rows = {row.file: row for row in sources.rows(folder / "sources")}
    texts = {
        document.slug: Source(
            document.source, sources.read(rows[document.source], folder / "sources")
        )
        for document in documents
    }
    inferred = GraphBuilder("inferred")
    countries = Countries(facts.countries)
    known = ActorNames(curation)
    for document in documents:
        yield write_document(document, texts[document.slug])
        write_responsibilities(inferred, document, known)
        write_unit_countries(inferred, document, texts[document.slug], countries)
    yield inferred
    yield _describe_sources(rows.values())
    yield from FactGraphs(facts, curation.instruments, curation.actors).write()
    yield from write_curation(by_slug, texts, curation, facts)


def _describe_sources(rows: Iterable[sources.SourceRow]) -> GraphBuilder:
    """The source files themselves: title, language, checksum, day of the last check."""
    graph = GraphBuilder("reference")
    for row in rows:
        thing = graph.thing(names.thing("source", row.file), "mea:SourceDocument")
        thing.add("dcterms:title", row.title, language=row.language)
        thing.add("dcterms:language", row.language).add("mea:sha256", row.sha256)
        thing.add("dcterms:modified", row.modified, datatype="xsd:date")
        thing.add("skos:note", row.note).add("mea:receivedAs", row.received_format)
    return graph


def _load_ontology(store: Store) -> None:
    graph = NamedNode(names.graph("ontology"))
    for path in sorted(files.folder("ontology").glob("*.ttl")):
        store.extend(
            Quad(triple.subject, triple.predicate, triple.object, graph)
            for triple in turtle.read(path)
        )
    # Said of every term alike, so it is written here and not beside each of them.
    defined_by = NamedNode(names.PREFIXES["rdfs"] + "isDefinedBy")
    ontology = NamedNode(names.BASE + "ontology")
    subjects = {quad.subject for quad in store.quads_for_pattern(None, None, None, graph)}
    store.extend(
        Quad(subject, defined_by, ontology, graph)
        for subject in subjects
        if isinstance(subject, NamedNode) and subject.value.startswith(names.ONTOLOGY)
    )
