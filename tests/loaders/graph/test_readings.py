"""Responsibilities, taxa and status of plans, worked out by hand from the documents."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from meagraph.core import names
from tests.loaders.graph.graph_queries import measure, rows, values

PREFIX = f"PREFIX mea: <{names.ONTOLOGY}> "


def test_every_actor_of_every_cell_has_a_type(store: ox.Store) -> None:
    query = (
        PREFIX
        + """SELECT ?text WHERE {
      ?responsibility a mea:Responsibility ; mea:actorText ?text
      FILTER NOT EXISTS { ?responsibility mea:actorType ?type } }"""
    )
    rows = store.query(query)
    assert isinstance(rows, ox.QuerySolutions)
    assert [row[0].value for row in rows] == []


def test_authorities_in_parentheses_add_their_types(store: ox.Store) -> None:
    subject = names.fragment(measure(names.ARGALI, "2.1"), "responsibility-1")
    assert values(store, subject, "mea:actorText") == ["GOs"]
    assert values(store, subject, "mea:actorType") == [
        "border-authorities",
        "environmental-authorities",
        "government",
    ]


def test_whoever_advises_is_an_adviser(store: ox.Store) -> None:
    for position, role in ((1, "responsible"), (2, "adviser"), (3, "adviser")):
        subject = names.fragment(measure(names.ARGALI, "2.3"), f"responsibility-{position}")
        assert values(store, subject, "mea:responsibilityRole") == [role]


def test_named_organisations_are_actors_and_kinds_are_not(store: ox.Store) -> None:
    path = "mea:responsibility/mea:actor"
    assert values(store, measure(names.SSAP, "1.1.3"), path) == [
        "international-ranger-federation",
        "interpol",
        "traffic",
    ]
    assert values(store, measure(names.ARGALI, "1.1"), path) == []


def test_the_joint_programme_says_that_the_secretariats_act(store: ox.Store) -> None:
    for number in ("A1", "B1", "C1", "D1"):
        subject = names.fragment(measure(names.JWP, number), "responsibility-document-1")
        assert values(store, subject, "mea:actorText") == ["The Secretariats"]
        assert values(store, subject, "mea:responsibilitySource") == ["document"]
        assert values(store, subject, "mea:actor") == ["cites-secretariat", "cms-secretariat"]


@pytest.mark.parametrize(
    ("instrument", "number", "taxa"),
    [
        (names.SAIGA, "1.1", ["saiga"]),
        (names.SAIGA, "14.1", ["saiga"]),
        (names.ARGALI, "1.1", ["ovis-ammon"]),
        (names.ARGALI, "2.1", ["ovis-ammon-polii"]),
        (names.ARGALI, "15.1", ["ovis-ammon-collium", "ovis-ammon-karelini"]),
        (names.ARGALI, "20.6", ["ovis-ammon-ammon"]),
        (names.SSAP, "1.1.1", ["ovis-ammon"]),
        (names.JWP, "B5", ["acinonyx-jubatus", "panthera-uncia"]),
        (names.JWP, "B19", []),
        (names.JWP, "C1", []),
    ],
)
def test_measures_target_the_taxa_that_the_document_names_for_them(
    store: ox.Store, instrument: str, number: str, taxa: list[str]
) -> None:
    assert values(store, measure(instrument, number), "mea:targetTaxon") == taxa


def test_a_species_that_only_gives_its_name_to_a_strategy_is_also_mentioned(
    store: ox.Store,
) -> None:
    link = names.fragment(measure(names.ARGALI, "10.5"), "taxon-panthera-uncia")
    assert values(store, link, "mea:taxonRole") == ["also-mentioned"]


@pytest.mark.parametrize(
    ("instrument", "status", "nature", "extent"),
    [
        (names.SAIGA, "adopted", "non-binding", "complete"),
        (names.ARGALI, "draft", "not-verified", "complete"),
        (names.SSAP, "not-verified", "not-verified", "excerpt"),
        (names.JWP, "not-verified", "secretariat-programme", "complete"),
        ("cites", "not-verified", "binding", "not-held"),
    ],
)
def test_every_instrument_says_what_it_is_and_what_is_not_verified(
    store: ox.Store, instrument: str, status: str, nature: str, extent: str
) -> None:
    subject = names.thing("instrument", instrument)
    assert values(store, subject, "mea:adoptionStatus") == [status]
    assert values(store, subject, "mea:legalNature") == [nature]
    assert values(store, subject, "mea:extent") == [extent]


def test_printed_values_have_the_documents_own_definition_and_a_harmonised_level(
    store: ox.Store,
) -> None:
    subject = measure(names.SAIGA, "1.1")
    definition = "<http://www.w3.org/2004/02/skos/core#definition>"
    assert values(store, subject, f"mea:priority/{definition}") == [
        "crucial for preventing population extirpation"
    ]
    assert values(store, subject, "mea:harmonisedPriority") == ["high"]
    assert values(store, measure(names.SSAP, "1.1.1"), f"mea:priority/{definition}") == []
    assert values(store, measure(names.SSAP, "1.1.1"), "mea:harmonisedPriority") == ["high"]
    assert values(store, measure(names.JWP, "A1"), "mea:harmonisedPriority") == []


def test_the_documents_graphs_hold_no_reading_of_ours(store: ox.Store) -> None:
    ours = ("countryLink", "responsibility", "touchesCountry", "unit", "topic", "taxonLink")
    for slug in (names.SAIGA, names.ARGALI, names.SSAP, names.JWP):
        graph = ox.NamedNode(names.graph(slug))
        printed = {
            quad.predicate.value for quad in store.quads_for_pattern(None, None, None, graph)
        }
        assert printed
        assert not printed & {names.term(name) for name in ours}


def test_a_convention_that_acts_is_found_under_its_secretariat_too(store: ox.Store) -> None:
    query = f"""SELECT DISTINCT ?number WHERE {{
      ?measure mea:instrument <{names.thing("instrument", names.SSAP)}> ; mea:number ?number ;
        mea:responsibility/mea:actor <{names.thing("actor", "cms-secretariat")}> }}"""
    assert [row[0] for row in rows(store, query)] == [
        *("2.5.3", "3.1.7", "4.1.2", "4.1.3", "4.1.4", "4.1.5", "4.1.6", "4.1.7", "4.1.8", "4.1.9")
    ]
