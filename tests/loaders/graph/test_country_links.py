"""Country links of measures and their basis, worked out by hand from the documents."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from meagraph.core import names
from tests.loaders.graph.graph_queries import rows

Link = tuple[str, str, str, str, str, bool]
"""(State, basis, evidence, certainty, stated in, narrowed)."""

LINKS = """
PREFIX mea: <https://w3id.org/meagraph/ontology#>
SELECT ?country ?basis ?evidence ?certainty ?in ?narrowed ?measure WHERE {
  ?measure mea:countryLink ?link .
  ?link mea:country ?country ; mea:basis ?basis ; mea:evidence ?evidence ;
    mea:certainty ?certainty ; mea:statedIn ?in ; mea:narrowed ?narrowed .
}
"""


def links(store: ox.Store, instrument: str, number: str, *bases: str) -> set[Link]:
    measure = ox.NamedNode(names.thing("measure", instrument, number))
    rows = store.query(LINKS, substitutions={ox.Variable("measure"): measure})
    assert isinstance(rows, ox.QuerySolutions)
    found = set()
    for row in rows:
        country, basis, evidence, certainty, stated_in, narrowed = (
            names.local_name(row[column].value) for column in range(6)
        )
        if not bases or basis in bases:
            found.add((country, basis, evidence, certainty, stated_in, narrowed == "true"))
    return found


def states(store: ox.Store, instrument: str, number: str) -> set[str]:
    """The values of `mea:touchesCountry` of a measure."""
    query = """
    PREFIX mea: <https://w3id.org/meagraph/ontology#>
    SELECT ?country ?measure WHERE { ?measure mea:touchesCountry ?country }"""
    measure = ox.NamedNode(names.thing("measure", instrument, number))
    rows = store.query(query, substitutions={ox.Variable("measure"): measure})
    assert isinstance(rows, ox.QuerySolutions)
    return {names.local_name(row[0].value) for row in rows}


def unit(country: str, certainty: str = "stated", narrowed: bool = False) -> Link:
    stated_in = "heading" if certainty == "conflicting" else "table"
    return (country, "unit", "document", certainty, stated_in, narrowed)


def test_a_measure_for_a_unit_concerns_the_states_of_the_table(store: ox.Store) -> None:
    assert links(store, names.ARGALI, "2.3") == {unit(c) for c in ("AFG", "CHN", "PAK", "TJK")}


def test_a_text_that_names_some_states_of_the_unit_narrows_the_links_to_the_others(
    store: ox.Store,
) -> None:
    assert links(store, names.ARGALI, "2.1", "unit") == {
        unit("AFG"),
        unit("CHN"),
        unit("TJK"),
        unit("PAK", narrowed=True),
    }
    assert links(store, names.ARGALI, "15.4", "unit") == {unit("KAZ"), unit("CHN", narrowed=True)}


@pytest.mark.parametrize(
    ("instrument", "number", "narrowed"),
    [
        (names.ARGALI, "2.2", set()),
        (names.ARGALI, "3.3", {"KAZ", "KGZ"}),
        (names.ARGALI, "5.2", set()),
        (names.ARGALI, "10.5", {"CHN", "KAZ", "MNG"}),
        (names.ARGALI, "10.6", {"CHN", "KAZ", "MNG"}),
        (names.ARGALI, "17.1", set()),
        (names.ARGALI, "20.6", {"MNG"}),
        (names.ARGALI, "20.7", {"MNG"}),
        (names.SAIGA, "11.5", set()),
        (names.SAIGA, "12.1", {"TKM"}),
        (names.SAIGA, "12.2", set()),
        (names.SAIGA, "12.3", set()),
        (names.SAIGA, "12.4", set()),
    ],
)
def test_only_the_text_narrows_and_an_emphasis_does_not(
    store: ox.Store, instrument: str, number: str, narrowed: set[str]
) -> None:
    assert {link[0] for link in links(store, instrument, number) if link[5]} == narrowed


def test_a_state_that_only_the_heading_adds_is_conflicting_and_not_touched(store: ox.Store) -> None:
    assert links(store, names.ARGALI, "8.1") == {
        unit("KGZ"),
        unit("TJK"),
        unit("UZB", certainty="conflicting"),
    }
    assert states(store, names.ARGALI, "8.1") == {"KGZ", "TJK"}


def test_a_state_in_brackets_is_bracketed_and_touched(store: ox.Store) -> None:
    assert links(store, names.ARGALI, "19.1") == {unit("CHN", certainty="bracketed"), unit("MNG")}
    assert states(store, names.ARGALI, "19.1") == {"CHN", "MNG"}


def test_a_national_unit_concerns_the_state_of_its_list_line(store: ox.Store) -> None:
    assert links(store, names.ARGALI, "23.1") == {
        ("KAZ", "unit", "document", "stated", "list", False)
    }


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("10.1", {("RUS", "document", "text")}),
        ("11.1", {("RUS", "document", "text"), ("KAZ", "document", "text")}),
        (
            "12.6",
            {
                ("KAZ", "document", "text"),
                ("UZB", "document", "text"),
                ("TKM", "document", "text"),
            },
        ),
        ("13.1", {("KAZ", "reference", "reference")}),
        ("14.1", {("MNG", "document", "heading")}),
    ],
)
def test_a_population_concerns_the_states_that_its_section_names_or_a_reference_gives(
    store: ox.Store, number: str, expected: set[tuple[str, str, str]]
) -> None:
    found = links(store, names.SAIGA, number, "unit")
    assert {(link[0], link[2], link[4]) for link in found} == expected


def test_range_wide_measures_of_the_saiga_rest_on_a_reference_and_touch_no_state(
    store: ox.Store,
) -> None:
    assert links(store, names.SAIGA, "4.1") == {
        (country, "range-wide", "reference", "stated", "heading", False)
        for country in ("KAZ", "MNG", "RUS", "TKM", "UZB")
    }
    assert states(store, names.SAIGA, "4.1") == set()


RANGE = {"AFG", "BTN", "CHN", "IND", "KAZ", "KGZ", "MNG", "NPL", "PAK", "RUS", "TJK", "UZB"}
HUNTING = {"KGZ", "MNG", "TJK", "UZB"}


def test_applicable_to_all_is_range_wide_by_the_table_of_the_same_file(store: ox.Store) -> None:
    assert links(store, names.SSAP, "1.1.1") == {
        (country, "range-wide", "document", "stated", "applicability", False) for country in RANGE
    }


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1.1.2", HUNTING),
        ("1.2.5", HUNTING),
        ("1.2.10", RANGE - HUNTING),
        ("2.5.3", RANGE),
    ],
)
def test_applicability_resolves_to_the_states_that_the_document_enumerates(
    store: ox.Store, number: str, expected: set[str]
) -> None:
    assert links(store, names.SSAP, number) == {
        (country, "applicability", "document", "stated", "applicability", False)
        for country in expected
    }


def test_a_state_that_the_applicability_names_in_particular_is_a_mention(store: ox.Store) -> None:
    assert links(store, names.SSAP, "2.2.1", "mention") == {
        ("TJK", "mention", "document", "stated", "applicability", False)
    }
    assert states(store, names.SSAP, "2.2.1") == {"TJK"}


def test_measures_for_several_or_all_units_say_so_in_their_certainty(store: ox.Store) -> None:
    for number, certainty in (("1.1", "stated"), ("1.2", "alternative"), ("1.4", "stated")):
        found = links(store, names.ARGALI, number)
        assert {link[0] for link in found} == RANGE
        assert {link[3] for link in found} == {certainty}


def test_joint_activities_concern_states_only_for_the_argali_and_the_saiga(store: ox.Store) -> None:
    query = """
    PREFIX mea: <https://w3id.org/meagraph/ontology#>
    SELECT DISTINCT ?number WHERE {
      ?measure mea:instrument <https://w3id.org/meagraph/id/instrument/cms-cites-jwp-2015-2020> ;
        mea:number ?number ; mea:countryLink ?link } ORDER BY ?number"""
    rows = store.query(query)
    assert isinstance(rows, ox.QuerySolutions)
    assert [row[0].value for row in rows] == ["B1", "B2", "B3", "B4"]


def test_a_state_named_as_context_is_a_mention_with_that_role(store: ox.Store) -> None:
    query = """
    PREFIX mea: <https://w3id.org/meagraph/ontology#>
    SELECT ?number WHERE {
      ?measure mea:countryLink ?link ; mea:number ?number ; mea:position ?position .
      ?link mea:mentionRole <https://w3id.org/meagraph/id/mention-role/context> }
    ORDER BY ?number"""
    rows = store.query(query)
    assert isinstance(rows, ox.QuerySolutions)
    assert [row[0].value for row in rows] == ["17.1", "20.7", "3.5"]


def test_there_is_one_link_per_measure_state_and_basis(store: ox.Store) -> None:
    query = """
    PREFIX mea: <https://w3id.org/meagraph/ontology#>
    ASK { ?measure mea:countryLink ?a , ?b .
      ?a mea:country ?country ; mea:basis ?basis .
      ?b mea:country ?country ; mea:basis ?basis .
      FILTER(?a != ?b) }"""
    assert not bool(store.query(query))


UNREACHED = {
    "on the databases, nomenclature, Appendices and work of the two Conventions": (
        "A1 A2 B20 B21 C1 C2 C3 C4 C5 D1 D2 D3 D4 D5"
    ),
    "on species or groups of species whose range States no document and no reference here lists": (
        "B5 B6 B7 B8 B9 B10 B11 B12 B13 B14 B15 B16 B17 B18 B19"
    ),
}
"""Activities of the joint work programme without country links, by reason."""


def test_every_other_measure_is_met_from_some_state_or_range(store: ox.Store) -> None:
    query = """SELECT ?plan ?number WHERE {
      ?measure a mea:Measure ; mea:number ?number ; mea:instrument ?plan
      FILTER NOT EXISTS { ?measure mea:countryLink ?link } }"""
    known = {number for numbers in UNREACHED.values() for number in numbers.split()}
    assert set(rows(store, query)) == {(names.JWP, number) for number in known}


def test_an_action_for_countries_that_are_not_listed_is_linked_to_all_as_alternatives(
    store: ox.Store,
) -> None:
    assert links(store, names.SSAP, "1.2.8") == {
        (country, "range-wide", "document", "alternative", "text", False) for country in RANGE
    }
    assert states(store, names.SSAP, "1.2.8") == set()
