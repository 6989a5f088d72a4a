"""Dataset: the description of a release, in the graph `dataset`.

It is made last, from the finished graphs and dumps, and is therefore in no dump of graphs and
outside the release id. `dcat`, `provenance`, `void` and `examples` say each what theirs can say.
There is no clock in it: the date is the newest one in `data/sources.csv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox

from meagraph.core import files, names
from meagraph_loaders import dcat, examples, provenance, void
from meagraph_loaders.dcat import DATASET
from meagraph_loaders.dumps import RESTRICTED, Dump
from meagraph_loaders.provenance import Input
from meagraph_loaders.serialise import PREFIXES
from meagraph_loaders.triples import iri, triple, typed

__all__ = ["DATASET", "DEFAULT_GRAPH", "ENDPOINT", "GRAPH", "RESTRICTED", "describe"]

GRAPH = ox.NamedNode(names.graph("dataset"))
DEFAULT_GRAPH = names.fragment(DATASET, "default-graph")
"""What the default graph of the store is called: the dataset and its description."""
ENDPOINT = names.BASE + "sparql"
"""The lasting address of the SPARQL endpoint, wherever it runs."""

_SHOWN = ("Instrument", "Measure", "ConservationUnit", "Country", "Taxon")
"""Classes of which the first thing is given as an example."""


def describe(
    store: ox.Store,
    release_id: str,
    graphs: Mapping[ox.NamedNode, Sequence[bytes]],
    dumps: Iterable[Dump],
    inputs: Iterable[Input] = (),
) -> tuple[ox.Quad, ...]:
    """The quads that describe a release: what it holds, from what it was made, its dumps, examples.

    `graphs` are the N-Triples of its named graphs, which `store` holds too; `inputs` are the files
    that the build has read beside the source documents.
    """
    lines = {graph.value: graphs[graph] for graph in graphs}
    sources = _of_each(store, names.term("sha256"))
    modified = _newest(store, sources)
    triples = {
        *dcat.catalog(modified),
        *dcat.dataset(release_id, modified),
        *dcat.distributions(release_id, dumps),
        *(t for graph in (*lines, GRAPH.value) for t in dcat.graph(graph, modified)),
        *provenance.describe(DATASET, sources, inputs),
        *_shown(store),
        *void.describe(lines, DATASET),
        *examples.catalogue(
            examples.examples(files.folder("queries")), PREFIXES, DATASET, ENDPOINT
        ),
        *_itself(),
    }
    # The description says how long it is; these two triples count as well.
    length = len(triples) + 2
    triples.add(triple(GRAPH.value, "void:triples", length))
    triples.add(triple(DEFAULT_GRAPH, "void:triples", sum(map(len, lines.values())) + length))
    return tuple(ox.Quad(t.subject, t.predicate, t.object, GRAPH) for t in triples)


def _shown(store: ox.Store) -> Iterator[ox.Triple]:
    """Where those begin who want to look at things."""
    yield triple(DATASET, "void:uriSpace", ox.Literal(names.ID))
    yield triple(DATASET, "void:sparqlEndpoint", ENDPOINT)
    type_ = ox.NamedNode(iri("rdf:type"))
    for name in _SHOWN:
        quads = store.quads_for_pattern(None, type_, ox.NamedNode(names.term(name)), None)
        found = {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}
        if found:
            yield triple(DATASET, "void:exampleResource", min(found))


def _itself() -> Iterator[ox.Triple]:
    """The graph of this description, and the default graph, which holds everything."""
    yield triple(DATASET, "void:subset", GRAPH)
    yield from void.named_graph(DATASET, GRAPH.value)
    yield from typed(DEFAULT_GRAPH, "sd:Graph", "void:Dataset")
    yield triple(DEFAULT_GRAPH, "void:subset", DATASET)


def _newest(store: ox.Store, sources: Iterable[str]) -> ox.Literal | None:
    """The newest date on which a source document was modified, None where none is known."""
    dates = _of_each(store, iri("dcterms:modified"))
    known = [dates[source] for source in sources if source in dates]
    date = ox.NamedNode(iri("xsd:date"))
    return ox.Literal(max(known), datatype=date) if known else None


def _of_each(store: ox.Store, property_: str) -> dict[str, str]:
    """The values of a property whose values are literals, by what they are said of, sorted."""
    quads = store.quads_for_pattern(None, ox.NamedNode(property_), None, None)
    found = {
        quad.subject.value: quad.object.value
        for quad in quads
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal)
    }
    return dict(sorted(found.items()))
