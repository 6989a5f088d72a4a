"""The ontology: OWL Lite, in two languages, and in step with docs/model.md."""

from __future__ import annotations

import re
from functools import cache

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, XSD, BNode, Graph, Namespace, URIRef

from meagraph.core import files, names
from meagraph.core.version import __version__
from meagraph_loaders import dcat
from tests.nonempty import nonempty

ONTOLOGY = URIRef(names.BASE + "ontology")

OWL_LITE = {
    OWL.Ontology,
    OWL.Class,
    OWL.Restriction,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.FunctionalProperty,
    OWL.InverseFunctionalProperty,
    OWL.SymmetricProperty,
    OWL.TransitiveProperty,
    OWL.inverseOf,
    OWL.equivalentClass,
    OWL.equivalentProperty,
    OWL.intersectionOf,
    OWL.onProperty,
    OWL.allValuesFrom,
    OWL.someValuesFrom,
    OWL.minCardinality,
    OWL.maxCardinality,
    OWL.cardinality,
    OWL.versionInfo,
    OWL.versionIRI,
}
"""The terms of OWL Lite that an ontology may use (https://www.w3.org/TR/owl-features/#s2.1), and
the version IRI of OWL 2: https://www.w3.org/TR/owl2-syntax/#Ontology_IRI_and_Version_IRI"""

KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)


@cache
def ontology() -> Graph:
    return Graph().parse(files.folder("ontology") / "meagraph.ttl", format="turtle")


@cache
def model() -> str:
    return (files.root() / "docs" / "model.md").read_text(encoding="utf-8")


def terms() -> list[URIRef]:
    """All terms of our namespace in the ontology."""
    found = {node for triple in ontology() for node in triple if isinstance(node, URIRef)}
    return sorted(node for node in found if node.startswith(names.ONTOLOGY))


def test_it_uses_no_word_of_owl_beyond_owl_lite() -> None:
    used = {node for triple in ontology() for node in triple if str(node).startswith(str(OWL))}
    assert used - OWL_LITE == set()


def test_it_has_no_blank_nodes() -> None:
    assert not [node for triple in ontology() for node in triple if isinstance(node, BNode)]


@pytest.mark.parametrize("term", terms(), ids=names.local_name)
def test_every_term_is_declared_and_says_in_two_languages_what_it_is(term: URIRef) -> None:
    kinds = [kind for kind in KINDS if (term, RDF.type, kind) in ontology()]
    assert len(kinds) == 1
    labels = {getattr(label, "language", None) for label in ontology().objects(term, RDFS.label)}
    assert labels == {"en", "ru"}
    [comment] = ontology().objects(term, RDFS.comment)
    assert getattr(comment, "language", None) == "en"
    assert str(comment).endswith((".", "…"))


@pytest.mark.parametrize("term", terms(), ids=names.local_name)
def test_a_class_begins_with_a_capital_and_a_property_does_not(term: URIRef) -> None:
    is_class = (term, RDF.type, OWL.Class) in ontology()
    assert names.local_name(term)[0].isupper() == is_class


def test_it_declares_exactly_the_terms_of_the_model() -> None:
    described = set(re.findall(r"`mea:(\w+)`", model()))
    assert {names.local_name(term) for term in terms()} == described


def test_what_a_property_leads_to_fits_its_kind() -> None:
    for property_, range_ in nonempty(ontology().subject_objects(RDFS.range)):
        is_data = str(range_).startswith(str(XSD)) or range_ == RDFS.Literal
        kind = OWL.DatatypeProperty if is_data else OWL.ObjectProperty
        assert (property_, RDF.type, kind) in ontology(), property_


def test_inverse_symmetric_and_transitive_properties_lead_to_things() -> None:
    kinds = (OWL.SymmetricProperty, OWL.TransitiveProperty)
    turned = {p for kind in kinds for p in ontology().subjects(RDF.type, kind)}
    for pair in ontology().subject_objects(OWL.inverseOf):
        turned |= set(pair)
    assert {p for p in turned if (p, RDF.type, OWL.ObjectProperty) not in ontology()} == set()


def test_a_term_of_another_vocabulary_that_ours_stands_under_is_declared() -> None:
    under = set(ontology().objects(None, RDFS.subClassOf))
    under |= set(ontology().objects(None, RDFS.subPropertyOf))
    assert under - set(ontology().subjects(RDF.type)) == set()


def test_it_says_what_it_is_and_under_which_terms_it_may_be_used() -> None:
    assert (ONTOLOGY, RDF.type, OWL.Ontology) in ontology()
    assert ontology().value(ONTOLOGY, DCTERMS.license) == URIRef(
        "https://creativecommons.org/licenses/by/4.0/"
    )
    for about in (DCTERMS.title, DCTERMS.description):
        assert ontology().value(ONTOLOGY, about)


def test_its_version_is_that_of_the_program() -> None:
    assert str(ontology().value(ONTOLOGY, OWL.versionInfo)) == __version__
    assert ontology().value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{__version__}")


def test_it_names_its_creator_its_dates_and_its_namespace() -> None:
    assert ontology().value(ONTOLOGY, DCTERMS.creator) == URIRef(dcat.PUBLISHER)
    for date in (DCTERMS.created, DCTERMS.modified):
        assert getattr(ontology().value(ONTOLOGY, date), "datatype", None) == XSD.date
    vann = Namespace("http://purl.org/vocab/vann/")
    assert str(ontology().value(ONTOLOGY, vann.preferredNamespacePrefix)) == "mea"
    assert str(ontology().value(ONTOLOGY, vann.preferredNamespaceUri)) == names.ONTOLOGY


def test_no_range_is_a_datatype_that_owl_2_lacks() -> None:
    # https://www.w3.org/TR/owl2-syntax/#Datatype_Maps has no years and no dates without time.
    ranges = set(ontology().objects(None, RDFS.range))
    assert not ranges & {XSD.gYear, XSD.date, XSD.gYearMonth, XSD.time}
