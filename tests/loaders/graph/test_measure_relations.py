"""Relations between measures, and the years of timescales, worked out by hand."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core import names
from meagraph_loaders.graph.curation.relations import plain
from tests.loaders.graph.graph_queries import measure, rows, values


def relations(store: ox.Store, instrument: str, number: str, kind: str) -> list[tuple[str, ...]]:
    """The relations of one kind: instrument, measure, confidence and `mea:statedBy`."""
    query = f"""SELECT ?instrument ?other ?confidence ?by WHERE {{
      <{measure(instrument, number)}> mea:measureRelation ?relation .
      ?relation mea:relationKind <{names.thing("relation-kind", kind)}> ;
        mea:relatedInstrument ?instrument ; mea:confidenceLevel ?confidence ; mea:statedBy ?by .
      OPTIONAL {{ ?relation mea:relatedMeasure ?measure }}
      BIND(COALESCE(?measure, "") AS ?other) }}"""
    return rows(store, query)


@pytest.mark.parametrize(
    ("number", "family"),
    [
        ("8.2", ["10.2", "17.3", "20.3", "9.2"]),
        ("20.3", ["10.2", "17.3", "8.2", "9.2"]),
        ("3.6", ["4.4", "6.6", "7.7", "8.6"]),
        ("12.2", ["13.2"]),
        ("2.1", []),
    ],
)
def test_the_same_text_is_known_from_every_member_of_its_family(
    store: ox.Store, number: str, family: list[str]
) -> None:
    assert values(store, measure(names.ARGALI, number), "mea:sameTextAs") == family


def test_families_are_complete_and_no_measure_is_its_own_double(store: ox.Store) -> None:
    query = """SELECT ?one ?third WHERE {
      ?one mea:sameTextAs/mea:sameTextAs ?third
      FILTER(?one != ?third) FILTER NOT EXISTS { ?one mea:sameTextAs ?third } }"""
    assert rows(store, query) == []
    assert rows(store, "SELECT ?one WHERE { ?one mea:sameTextAs|mea:nearSameTextAs ?one }") == []


def test_nearly_the_same_text_is_found_across_plans_and_from_both_sides(store: ox.Store) -> None:
    older, newer = measure(names.SSAP, "2.1.1"), measure(names.ARGALI, "1.1")
    assert values(store, older, "mea:nearSameTextAs") == ["1.1"]
    assert values(store, newer, "mea:nearSameTextAs") == ["2.1.1"]
    assert values(store, measure(names.SSAP, "1.2.9"), "mea:nearSameTextAs") == ["3.6"]


def test_no_pair_is_both_the_same_and_nearly_the_same(store: ox.Store) -> None:
    query = "SELECT ?one ?other WHERE { ?one mea:sameTextAs ?other ; mea:nearSameTextAs ?other }"
    assert rows(store, query) == []


def test_what_a_plan_carries_forward_comes_from_the_plan_before(store: ox.Store) -> None:
    assert relations(store, names.ARGALI, "1.1", "continues") == [
        (names.SSAP, "2.1.1", "high", "curation")
    ]
    query = """SELECT DISTINCT ?new ?old WHERE {
      ?one mea:continues ?other . ?one mea:instrument ?new . ?other mea:instrument ?old }"""
    assert rows(store, query) == [(names.ARGALI, names.SSAP)]


def test_only_general_measures_continue_and_those_for_one_unit_apply(store: ox.Store) -> None:
    assert values(store, measure(names.ARGALI, "3.2"), "mea:continues") == []
    assert values(store, measure(names.ARGALI, "3.2"), "mea:applies") == ["1.1.3", "2.5.1"]
    assert values(store, measure(names.SAIGA, "12.3"), "mea:applies") == ["6.1"]
    for kind, has_unit in (("continues", False), ("applies", True)):
        query = f"SELECT DISTINCT ?measure WHERE {{ ?measure mea:{kind} ?other }}"
        subjects = [row[0] for row in rows(store, query)]
        assert subjects
        units = "SELECT DISTINCT ?measure WHERE { ?measure mea:unit ?unit }"
        with_units = {row[0] for row in rows(store, units)}
        assert {subject in with_units for subject in subjects} == {has_unit}


def test_closest_actions_of_plans_for_different_species_are_related(store: ox.Store) -> None:
    closest = {"6.1": "2.4.3", "6.2": "2.4.2", "4.4": "2.1.2", "2.4": "1.1.3"}
    for saiga, argali in closest.items():
        assert argali in values(store, measure(names.SAIGA, saiga), "mea:nearSameTextAs")


def test_the_document_says_where_the_general_activities_go(store: ox.Store) -> None:
    assert values(store, names.thing("instrument", names.SSAP), "mea:integratedIn") == [
        "cami-pow-2026-2032"
    ]


def test_printed_priorities_of_both_plans_stand_side_by_side(store: ox.Store) -> None:
    subject = measure(names.ARGALI, "1.1")
    assert values(store, subject, "mea:priority/skos:notation") == ["1"]
    assert values(store, subject, "mea:continues/mea:priority/skos:notation") == ["High"]


def test_the_joint_programme_works_towards_the_plans_that_it_speaks_of(store: ox.Store) -> None:
    assert relations(store, names.JWP, "B2", "implements") == [
        (names.SAIGA, "", "high", "document"),
        (names.SAIGA, "2.2", "low", "curation"),
        ("saiga-mtiwp-2021-2025", "", "low", "curation"),
    ]
    assert values(store, measure(names.JWP, "B2"), "mea:implements") == [
        "2.2",
        names.SAIGA,
        "saiga-mtiwp-2021-2025",
    ]


def test_what_sets_the_rules_for_a_measure_frames_it(store: ox.Store) -> None:
    assert values(store, measure(names.SAIGA, "6.1"), "mea:framedBy") == ["cms-res-11-24"]
    assert values(store, measure(names.SAIGA, "6.2"), "mea:framedBy") == ["ifc-ps1", "ifc-ps6"]
    assert values(store, measure(names.SAIGA, "6.1"), "mea:implements") == []


def test_only_timescales_that_a_document_defines_have_years(store: ox.Store) -> None:
    query = """SELECT ?instrument ?notation ?from ?by WHERE {
      ?step mea:envisagedFrom ?from ; mea:envisagedBy ?by ; mea:instrument ?instrument ;
        skos:notation ?notation ; skos:definition ?definition ; mea:reason ?reason }"""
    assert rows(store, query) == [
        (names.SAIGA, "A", "2016", "2017"),
        (names.SAIGA, "B", "2016", "2020"),
    ]
    assert rows(store, "SELECT ?step WHERE { ?step mea:envisagedBy ?by }") == [("a",), ("b",)]


@given(st.text(alphabet="abc Wd.,;: \n\t", max_size=40))
def test_only_white_space_capitals_and_the_end_do_not_count(text: str) -> None:
    assert plain(f"  {text.upper()} .;") == plain(text)
    assert plain(f"x {text}") != plain(f"y {text}")
