"""Labels of the ontology are the terms of the glossary, where it has them."""

from __future__ import annotations

from functools import cache

import pytest
from rdflib import RDFS, SKOS, Graph, URIRef

from meagraph.core import files, names
from meagraph.core.glossary import glossary, term
from meagraph.core.names import SOURCE
from meagraph_api.http.language import languages

CLASSES_AND_PROPERTIES = {
    "Instrument": "document",
    "instrument": "document",
    "Measure": "measure",
    "Section": "section",
    "Statement": "statement",
    "Footnote": "footnote",
    "Country": "country",
    "ConservationUnit": "unit",
    "unit": "unit",
    "TransboundaryHotspot": "hotspot",
    "hotspotId": "units.hotspot",
    "Passage": "passage",
    "QualityFinding": "finding",
    "findingKind": "finding_kind",
    "severity": "severity",
    "priority": "priority",
    "timescale": "timescale",
    "harmonisedPriority": "priority_level",
    "responsibilityText": "responsibility",
    "ActorType": "actor_type",
    "Actor": "actor",
    "basis": "basis",
    "evidence": "evidence",
    "certainty": "certainty",
    "narrowed": "narrowed",
    "topic": "topic",
    "topicWeight": "weight",
    "adoptionStatus": "adoption_status",
    "legalNature": "legal_nature",
    "extent": "extent",
    "periodStart": "period_start",
    "periodEnd": "period_end",
    "confidenceLevel": "confidence",
}
"""The term of a class or property, by its local name."""


@cache
def ontology() -> Graph:
    graph = Graph()
    for path in sorted(files.folder("ontology").glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


def coded_values() -> list[str]:
    """The keys that name a scheme and a code, and are not values of a column or parameter."""
    keys = [key for key in glossary(SOURCE).terms if "/" in key]
    return [key for key in keys if (concept(key), None, None) in ontology()]


def concept(key: str) -> URIRef:
    """The concept of a scheme and a code."""
    scheme, code = key.split("/")
    return URIRef(names.thing(scheme, code))


def label(thing: URIRef, language: str) -> str:
    """The label of a class, property or concept in a language."""
    found = [*ontology().objects(thing, RDFS.label), *ontology().objects(thing, SKOS.prefLabel)]
    (one,) = [str(each) for each in found if getattr(each, "language", None) == language]
    return one


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", coded_values())
def test_a_coded_value_has_the_label_of_the_glossary(key: str, language: str) -> None:
    assert label(concept(key), language) == term(key, language, capital=False)


def test_the_glossary_has_the_coded_values_of_links_and_plans() -> None:
    schemes = {key.partition("/")[0] for key in coded_values()}
    assert {"link-basis", "adoption-status", "extent"} <= schemes


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", CLASSES_AND_PROPERTIES)
def test_a_class_or_property_has_the_label_of_the_glossary(name: str, language: str) -> None:
    expected = term(CLASSES_AND_PROPERTIES[name], language, capital=False)
    assert label(URIRef(names.term(name)), language) == expected
