"""Rules and closure: the triples they add, their graph, and the errors they raise."""

from __future__ import annotations

from pathlib import Path

import owlrl
import pyoxigraph as ox
import pytest
import rdflib
import reasonable
from rdflib import OWL, RDF, RDFS

from meagraph.core import names
from meagraph.core.errors import QueryFileError
from meagraph_loaders import infer, shacl, validate

RULE = """#+ summary: A measure touches the countries of its links, so that one hop finds them.
PREFIX mea: <https://w3id.org/meagraph/ontology#>
CONSTRUCT { ?measure mea:touchesCountry ?country }
WHERE { ?measure a mea:Measure ; mea:countryLink ?link . ?link mea:country ?country }
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "10-touches.rq").write_text(RULE, encoding="utf-8")
    return tmp_path


def inferred(store: ox.Store) -> set[ox.Triple]:
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, infer.INFERRED)}


def triple(subject: str, predicate: str, object_: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(object_))


def without_noise(graph: rdflib.Graph) -> set[tuple[str, str, str]]:
    """The instance triples of a reasoner: those about our things, without OWL and RDFS terms."""
    logic = (str(OWL), str(RDF), str(RDFS), names.PREFIXES["xsd"])
    return {
        (str(s), str(p), str(o))
        for s, p, o in graph
        if str(s).startswith(names.ID)
        and not (p == RDF.type and str(o).startswith(logic))
        and p not in (OWL.sameAs, OWL.differentFrom)
    }


def test_a_rule_writes_into_the_inferred_graph(small: ox.Store, rules: Path) -> None:
    infer.infer(small, rules)
    made = triple(
        names.thing("measure", "plan", "1.1"),
        names.term("touchesCountry"),
        names.thing("country", "KAZ"),
    )
    assert made in inferred(small)


def test_the_number_of_new_triples_is_what_stands_in_the_inferred_graph(
    small: ox.Store, rules: Path
) -> None:
    before = len(small)
    assert infer.infer(small, rules) == len(inferred(small)) == len(small) - before > 0


def test_inferring_again_adds_nothing(small: ox.Store, rules: Path) -> None:
    infer.infer(small, rules)
    assert infer.infer(small, rules) == 0


def test_every_triple_still_stands_in_exactly_one_graph(small: ox.Store, rules: Path) -> None:
    infer.infer(small, rules)
    validate.check(small)


def test_a_rule_that_needs_what_a_later_rule_makes_still_fires(
    small: ox.Store, rules: Path
) -> None:
    (rules / "05-early.rq").write_text(
        "#+ summary: Marks measures with a country, to show that order does not matter.\n"
        f"CONSTRUCT {{ ?m <{names.term('hasCountry')}> ?c }}"
        f" WHERE {{ ?m <{names.term('touchesCountry')}> ?c }}",
        encoding="utf-8",
    )
    infer.infer(small, rules)
    assert any(t.predicate.value == names.term("hasCountry") for t in inferred(small))


def test_the_closure_is_what_an_owl_rl_reasoner_makes(small: ox.Store) -> None:
    reasoner = reasonable.PyReasoner()
    reasoner.from_graph(shacl.plain_graph(quad.triple for quad in small))
    expected = rdflib.Graph()
    for statement in reasoner.reason():
        expected.add(statement)
    infer.close(small)
    assert without_noise(shacl.plain_graph(quad.triple for quad in small)) == without_noise(
        expected
    )


def test_the_closure_is_what_the_reference_implementation_of_owl_rl_makes(small: ox.Store) -> None:
    expected = shacl.plain_graph(quad.triple for quad in small)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(expected)
    infer.close(small)
    assert without_noise(shacl.plain_graph(quad.triple for quad in small)) == without_noise(
        expected
    )


def test_nothing_is_typed_as_a_thing_and_no_literal_gets_a_type(small: ox.Store) -> None:
    infer.close(small)
    types = {t for t in inferred(small) if t.predicate.value == str(RDF.type)}
    assert types
    assert not {t for t in types if str(t.object).startswith(f"<{OWL}")}
    assert not {t for t in types if str(t.object).startswith(f"<{names.PREFIXES['xsd']}")}


def test_a_restriction_is_no_type(small: ox.Store) -> None:
    ontology = ox.NamedNode(names.graph("ontology"))
    restriction = names.term("Measure-number")
    for axiom in (
        triple(names.term("Measure"), str(RDFS.subClassOf), restriction),
        triple(restriction, str(RDF.type), str(OWL.Restriction)),
    ):
        small.add(ox.Quad(axiom.subject, axiom.predicate, axiom.object, ontology))
    infer.close(small)
    assert ox.NamedNode(restriction) not in {t.object for t in inferred(small)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", r"05-bad\.rq:1: .*#\+ summary:"),
        ("#+ summary: x\nCONSTRUCT { ?s ?p } WHERE {}", r"05-bad\.rq: not valid SPARQL \(.*2:"),
        ("#+ summary: x\nSELECT * { ?s ?p ?o }", r"05-bad\.rq: not a CONSTRUCT query"),
        ("#+ summary: x\nASK " + "{" * 5000, r"05-bad\.rq: Brackets are nested more than 200"),
        ("#+ summary: x\nASK { ?s ?p ?o }", r"05-bad\.rq: not a CONSTRUCT query"),
        (
            "#+ summary: x\nCONSTRUCT { ?s <p:p> [] } WHERE { ?s ?p ?o }",
            r"05-bad\.rq: makes a blank node",
        ),
    ],
)
def test_a_file_that_is_no_rule_is_refused_with_its_name(
    small: ox.Store, rules: Path, text: str, says: str
) -> None:
    (rules / "05-bad.rq").write_text(text, encoding="utf-8")
    with pytest.raises(QueryFileError, match=says):
        infer.infer(small, rules)


def test_our_own_rules_are_all_valid(small: ox.Store) -> None:
    infer.infer(small)
    assert infer.infer(small) == 0
