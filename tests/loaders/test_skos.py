"""The concept schemes are valid SKOS that thesaurus browsers (Skosmos) can load."""

from __future__ import annotations

import logging

import pyoxigraph as ox
import pytest
import rdflib
import skosify
from rdflib.namespace import DCTERMS, RDF, RDFS, SKOS

from meagraph.core import names
from meagraph_loaders.dumps import RESTRICTED
from meagraph_loaders.graph.facts import LEO_SCHEME
from meagraph_loaders.shacl import plain_graph
from tests.nonempty import nonempty

# Integrity conditions of https://www.w3.org/TR/skos-reference/, each as a query for violations.
BROKEN = {
    "S9: a concept is no concept scheme": "?x a skos:Concept, skos:ConceptScheme",
    "S13: labels of different kinds are different": """
      { ?x skos:prefLabel ?l ; skos:altLabel ?l }
      UNION { ?x skos:prefLabel|skos:altLabel ?l ; skos:hiddenLabel ?l }""",
    "S14: one preferred label in each language": """
      ?x skos:prefLabel ?one, ?other FILTER(?one != ?other && LANG(?one) = LANG(?other))""",
    "S27: what is related is not broader": """
      ?x skos:related ?y . { ?x skos:broader+ ?y } UNION { ?y skos:broader+ ?x }""",
    "S37: a collection is no concept": """
      ?x a skos:Collection . { ?x a skos:Concept } UNION { ?x a skos:ConceptScheme }""",
    "S46: an exact match is no broader or related one": """
      ?x skos:exactMatch ?y .
      { ?x skos:broadMatch ?y } UNION { ?x skos:narrowMatch ?y } UNION { ?x skos:relatedMatch ?y }
      UNION { ?y skos:broadMatch ?x }""",
    "no concept lies below itself": "?x skos:broader+ ?x",
    "labels are plain or in a language": """
      { ?x skos:prefLabel ?l } UNION { ?x skos:altLabel ?l } UNION { ?x skos:definition ?l }
      FILTER(!isLITERAL(?l))""",
    "notations are literals": "?x skos:notation ?l FILTER(!isLITERAL(?l))",
    "no two concepts of a scheme have the same notation": """
      ?x skos:inScheme ?s ; skos:notation ?n . ?y skos:inScheme ?s ; skos:notation ?n
      FILTER(?x != ?y)""",
    "no two concepts of a scheme have the same preferred label": """
      ?x skos:inScheme ?s ; skos:prefLabel ?n . ?y skos:inScheme ?s ; skos:prefLabel ?n
      FILTER(?x != ?y)""",
    "every concept is in a scheme": """
      ?x a skos:Concept FILTER NOT EXISTS { ?x skos:inScheme ?s }""",
    "every scheme has top concepts": """
      ?x a skos:ConceptScheme FILTER NOT EXISTS { ?x skos:hasTopConcept ?c }""",
    "a top concept lies below none of its scheme": """
      ?x skos:topConceptOf ?s ; skos:broader/skos:inScheme ?s""",
    "what is said of the hierarchy is said both ways": """
      { ?x skos:broader ?y FILTER NOT EXISTS { ?y skos:narrower ?x } }
      UNION { ?x skos:narrower ?y FILTER NOT EXISTS { ?y skos:broader ?x } }
      UNION { ?x skos:topConceptOf ?y FILTER NOT EXISTS { ?y skos:hasTopConcept ?x } }
      UNION { ?x skos:hasTopConcept ?y FILTER NOT EXISTS { ?y skos:topConceptOf ?x } }""",
}


@pytest.fixture(scope="module")
def schemes(store: ox.Store) -> rdflib.Graph:
    """All statements about our concepts and schemes outside the restricted graph."""
    ours = {SKOS.Concept, SKOS.ConceptScheme}
    described = {
        quad.subject
        for class_ in ours
        for quad in store.quads_for_pattern(
            None, ox.NamedNode(str(RDF.type)), ox.NamedNode(str(class_)), None
        )
        if quad.graph_name not in (ox.DefaultGraph(), RESTRICTED)
    }
    return plain_graph(
        quad.triple
        for quad in store
        if quad.subject in described and quad.graph_name not in (ox.DefaultGraph(), RESTRICTED)
    )


def broken(graph: rdflib.Graph, pattern: str) -> list[str]:
    found = graph.query(f"SELECT DISTINCT ?x WHERE {{ {pattern} }}", initNs={"skos": SKOS})
    return [str(row) for row in found]


@pytest.mark.parametrize("rule", list(BROKEN))
def test_the_schemes_keep_to_skos(schemes: rdflib.Graph, rule: str) -> None:
    assert broken(schemes, BROKEN[rule]) == []


BAD = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://example.org/> .
:a a skos:Concept, skos:ConceptScheme, skos:Collection ; skos:inScheme :s ; skos:notation :n, "1" ;
  skos:prefLabel "A"@en, "B"@en, :l ; skos:altLabel "A"@en ; skos:related :b ; skos:broader :b ;
  skos:exactMatch :c ; skos:broadMatch :c ; skos:topConceptOf :s .
:b skos:broader :a ; skos:inScheme :s ; skos:notation "1" ; skos:prefLabel "A"@en .
:x a skos:Concept .
"""


@pytest.mark.parametrize("rule", list(BROKEN))
def test_what_breaks_skos_is_found(rule: str) -> None:
    assert broken(rdflib.Graph().parse(data=BAD, format="turtle"), BROKEN[rule])


def test_every_scheme_and_concept_has_a_name_that_people_can_read(schemes: rdflib.Graph) -> None:
    for scheme in nonempty(schemes.subjects(RDF.type, SKOS.ConceptScheme)):
        named = [*schemes.objects(scheme, DCTERMS.title), *schemes.objects(scheme, RDFS.label)]
        assert named or list(schemes.objects(scheme, SKOS.prefLabel)), scheme
    for concept in nonempty(schemes.subjects(RDF.type, SKOS.Concept)):
        assert list(schemes.objects(concept, SKOS.prefLabel)), concept


def test_skosify_finds_nothing_to_mend(
    schemes: rdflib.Graph, caplog: pytest.LogCaptureFixture
) -> None:
    before = {triple for triple in schemes if names.ID in str(triple[0])}
    copied = rdflib.Graph()
    for triple in before:
        copied.add(triple)
    with caplog.at_level(logging.WARNING):
        mended = skosify.skosify(
            copied,
            default_language="en",
            mark_top_concepts=True,
            narrower=True,
            transitive=False,
            set_modified=False,
        )
    assert set(mended) == before
    # Its only warning is that there is more than one scheme.
    messages = [record.getMessage() for record in caplog.records]
    assert all(text.startswith("Multiple concept schemes found") for text in messages), messages


@pytest.mark.parametrize("scheme", [names.thing("scheme", "cmp-action"), LEO_SCHEME])
def test_schemes_of_others_have_top_concepts_too(store: ox.Store, scheme: str) -> None:
    top = ox.NamedNode(str(SKOS.hasTopConcept))
    found = list(store.quads_for_pattern(ox.NamedNode(scheme), top, None, RESTRICTED))
    assert found
    broader = ox.NamedNode(str(SKOS.broader))
    for quad in found:
        assert isinstance(quad.object, ox.NamedNode)
        assert not list(store.quads_for_pattern(quad.object, broader, None, RESTRICTED))


def test_every_term_of_the_ontology_says_where_it_is_defined(store: ox.Store) -> None:
    defined = ox.NamedNode(str(RDFS.isDefinedBy))
    for name in ("Measure", "applies", "siteKind"):
        (quad,) = store.quads_for_pattern(
            ox.NamedNode(names.term(name)), defined, None, ox.DefaultGraph()
        )
        assert quad.object == ox.NamedNode(names.BASE + "ontology")


def test_every_country_has_preferred_labels(store: ox.Store) -> None:
    query = """PREFIX mea: <https://w3id.org/meagraph/ontology#>
      PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
      SELECT ?country WHERE { ?country a mea:Country
        FILTER NOT EXISTS { ?country skos:prefLabel ?label FILTER(LANG(?label) = "en") } }"""
    assert list(store.query(query)) == []  # type: ignore[arg-type]
