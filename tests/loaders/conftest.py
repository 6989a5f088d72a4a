"""A small graph that tests of the later stages may modify."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

_SMALL = """
@prefix mea: <https://w3id.org/meagraph/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix id: <https://w3id.org/meagraph/id/> .
@prefix graph: <https://w3id.org/meagraph/graph/> .
@prefix measure: <https://w3id.org/meagraph/id/measure/plan/> .
@prefix instrument: <https://w3id.org/meagraph/id/instrument/> .
@prefix country: <https://w3id.org/meagraph/id/country/> .

graph:ontology {
  mea:ActionPlan rdfs:subClassOf mea:Instrument .
  mea:Instrument rdfs:subClassOf owl:Thing .
  mea:TransboundaryHotspot rdfs:subClassOf mea:ConservationUnit .
  mea:position a owl:DatatypeProperty ; rdfs:range xsd:integer .
  mea:message rdfs:subPropertyOf oa:bodyValue .
  mea:priority rdfs:subPropertyOf dcterms:relation .
  mea:countryLink rdfs:range mea:CountryLink .
  mea:measurePart owl:inverseOf mea:partOf .
  mea:neighbour a owl:SymmetricProperty .
  mea:within a owl:TransitiveProperty ; rdfs:domain mea:Site .
}
graph:plan {
  instrument:plan a mea:ActionPlan ; dcterms:source <https://w3id.org/meagraph/id/source/plan.txt> .
  <https://w3id.org/meagraph/id/source/plan.txt> a mea:SourceDocument ;
    mea:sha256 "00ff" ; dcterms:modified "2026-11-20"^^xsd:date .
  measure:1.1 a mea:Measure ; mea:instrument instrument:plan ; mea:number "1.1" ;
    mea:text "Protect the steppe."@en ; mea:position 1 .
  measure:1.2 a mea:Measure ; mea:instrument instrument:plan ; mea:number "1.2" ;
    mea:text "Count the herds, “all” of them."@en ; mea:position 2 ;
    mea:measurePart <https://w3id.org/meagraph/id/part/plan/1.2/a> .
  <https://w3id.org/meagraph/id/unit/plan/1> a mea:TransboundaryHotspot ;
    mea:instrument instrument:plan .
}
graph:curation {
  measure:1.1 mea:countryLink <https://w3id.org/meagraph/id/measure/plan/1.1#link-KAZ-mention> .
  <https://w3id.org/meagraph/id/measure/plan/1.1#link-KAZ-mention> mea:country country:KAZ .
  <https://w3id.org/meagraph/id/site/inner> mea:within <https://w3id.org/meagraph/id/site/middle> .
  <https://w3id.org/meagraph/id/site/middle> mea:within <https://w3id.org/meagraph/id/site/outer> .
}
graph:reference { country:KAZ a mea:Country ; mea:neighbour country:UZB . }
graph:reference-restricted { country:KAZ mea:note "not to be passed on" . }
"""


def small_graph() -> ox.Store:
    """A plan with two measures, a unit, a country link and the axioms about them."""
    store = ox.Store()
    store.load(_SMALL, ox.RdfFormat.TRIG)
    return store


@pytest.fixture
def small() -> ox.Store:
    """The small graph, for one test."""
    return small_graph()
