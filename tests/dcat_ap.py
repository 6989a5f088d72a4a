"""Validate descriptions by DCAT-AP 3.0.1, and extract their DCAT triples."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib.namespace import DCAT

SHAPES = Path(__file__).with_name("dcat-ap.ttl")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")

# VoID statistics and examples, which are most of the description, are not part of DCAT.
_OF_DCAT = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX spdx: <http://spdx.org/rdf/terms#>
PREFIX void: <http://rdfs.org/ns/void#>
CONSTRUCT { ?s ?p ?o } WHERE {
  VALUES ?class { dcat:Catalog dcat:Dataset dcat:Distribution dcat:DataService spdx:Checksum
                  dcterms:RightsStatement foaf:Agent prov:Activity prov:SoftwareAgent prov:Entity }
  ?s a ?class ; ?p ?o
  FILTER(!STRSTARTS(STR(?p), STR(void:)))
}
"""


def part(turtle: str) -> rdflib.Graph:
    """The DCAT triples of a description in Turtle."""
    store = ox.Store()
    store.load(turtle, format=ox.RdfFormat.TURTLE)
    triples = store.query(_OF_DCAT)
    assert isinstance(triples, ox.QueryTriples)
    graph = rdflib.Graph()
    graph.parse(data=triples.serialize(format=ox.RdfFormat.N_TRIPLES), format="nt")
    # The store changes the datatype of sizes, so these are taken from the text. Source documents
    # are described in another graph; here they have only a checksum.
    written = rdflib.Graph().parse(data=turtle, format="turtle")
    graph.remove((None, DCAT.byteSize, None))
    for predicate in (DCAT.byteSize, SPDX.checksum):
        for triple in written.triples((None, predicate, None)):
            graph.add(triple)
    return graph


def problems(graph: rdflib.Graph) -> str:
    """The report of the violations; empty if there are none."""
    shapes = rdflib.Graph().parse(SHAPES)
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes, advanced=False)
    return "" if conforms else str(text)
