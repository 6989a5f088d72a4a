"""The concept schemes: every code of docs/model.md, in two languages."""

from __future__ import annotations

import re
from functools import cache

import pytest
from rdflib import RDF, SKOS, BNode, Graph, URIRef

from meagraph.core import files, names
from tests.nonempty import nonempty

FILES = ("schemes.ttl", "actor-types.ttl", "topics.ttl")


@cache
def schemes() -> Graph:
    graph = Graph()
    for name in FILES:
        graph.parse(files.folder("ontology") / name, format="turtle")
    return graph


def kinds() -> dict[str, set[str]]:
    """The codes of each kind in docs/model.md; empty for a kind listed in a file of its own."""
    text = (files.root() / "docs" / "model.md").read_text(encoding="utf-8")
    table = text[text.index("| kind | codes |") :].split("\n\n")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines()[2:]]
    return {
        kind.strip(" `"): set() if "see `" in codes else set(re.findall(r"`([\w-]+)`", codes))
        for kind, codes in rows
    }


def concepts() -> list[URIRef]:
    found = schemes().subjects(RDF.type, SKOS.Concept)
    return sorted(node for node in found if isinstance(node, URIRef))


def test_the_schemes_are_those_of_the_model() -> None:
    found = schemes().subjects(RDF.type, SKOS.ConceptScheme)
    assert {str(scheme) for scheme in found} == {names.thing("scheme", kind) for kind in kinds()}


@pytest.mark.parametrize("kind", [kind for kind, codes in kinds().items() if codes])
def test_a_scheme_holds_exactly_the_codes_of_the_model(kind: str) -> None:
    members = schemes().subjects(SKOS.inScheme, URIRef(names.thing("scheme", kind)))
    assert {str(concept) for concept in members} == {names.thing(kind, c) for c in kinds()[kind]}


@pytest.mark.parametrize("concept", concepts(), ids=names.local_name)
def test_a_concept_has_a_code_a_scheme_and_words_in_two_languages(concept: URIRef) -> None:
    kind, code = str(concept).removeprefix(names.ID).split("/")
    assert [str(notation) for notation in schemes().objects(concept, SKOS.notation)] == [code]
    assert list(schemes().objects(concept, SKOS.inScheme)) == [URIRef(names.thing("scheme", kind))]
    labels = [
        getattr(label, "language", None) for label in schemes().objects(concept, SKOS.prefLabel)
    ]
    assert sorted(map(str, labels)) == ["en", "ru"]
    definitions = schemes().objects(concept, SKOS.definition)
    assert "en" in [getattr(definition, "language", None) for definition in definitions]


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_no_two_concepts_of_a_scheme_have_the_same_label(kind: str) -> None:
    members = list(schemes().subjects(SKOS.inScheme, URIRef(names.thing("scheme", kind))))
    labels = [label for concept in members for label in schemes().objects(concept, SKOS.prefLabel)]
    assert len(labels) == len(set(labels)) > 0


def test_every_scheme_is_named_in_two_languages() -> None:
    for scheme in nonempty(schemes().subjects(RDF.type, SKOS.ConceptScheme)):
        labels = schemes().objects(scheme, SKOS.prefLabel)
        assert {getattr(label, "language", None) for label in labels} == {"en", "ru"}, scheme


@pytest.mark.parametrize("kind", ["actor-type", "topic"])
def test_a_hierarchy_leads_from_each_concept_to_a_top(kind: str) -> None:
    scheme = URIRef(names.thing("scheme", kind))
    tops = set(schemes().subjects(SKOS.topConceptOf, scheme))
    for concept in nonempty(schemes().subjects(SKOS.inScheme, scheme)):
        assert tops & set(schemes().transitive_objects(concept, SKOS.broader)), concept
        assert (concept in tops) == (schemes().value(concept, SKOS.broader) is None), concept


def test_an_actor_type_lies_under_one_top_type_only() -> None:
    for concept in nonempty(schemes().subjects(RDF.type, URIRef(names.term("ActorType")))):
        assert len(list(schemes().objects(concept, SKOS.broader))) <= 1, concept


def test_the_top_types_of_actors_are_those_that_plans_are_compared_by() -> None:
    scheme = URIRef(names.thing("scheme", "actor-type"))
    assert {
        names.local_name(str(top)) for top in schemes().subjects(SKOS.topConceptOf, scheme)
    } == {
        "government",
        "legislature",
        "national-focal-points-and-authorities",
        "intergovernmental",
        "finance-institutions",
        "development-cooperation",
        "ngo",
        "science",
        "expert-groups",
        "protected-area-management",
        "hunting-sector",
        "local-communities",
        "private-sector",
    }


def test_there_are_no_blank_nodes() -> None:
    assert not [node for triple in schemes() for node in triple if isinstance(node, BNode)]
