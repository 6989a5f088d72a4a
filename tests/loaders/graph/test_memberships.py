"""Memberships of countries and organisations in instruments, with role, dates and source."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from meagraph.core.errors import DataError
from meagraph_loaders import graph
from tests.loaders.graph.graph_queries import rows, values
from tests.nonempty import nonempty


def membership(member: str, instrument: str) -> str:
    return names.fragment(member, f"membership-{instrument}")


def country(code: str) -> str:
    return names.thing("country", code)


@pytest.mark.parametrize(
    ("code", "instrument", "role", "since", "as_of", "kind"),
    [
        ("KGZ", "cms", "party", ["2014-05-01"], ["2014-05-01"], "page"),
        ("TKM", "cms", "party", [], [], "page"),
        ("RUS", "cms", "not-a-party", [], [], "page"),
        ("CHN", "cms", "none-found", [], ["2025-10-01"], "dataset"),
        ("TJK", "cites", "party", ["2016-03-30"], [], "page"),
        ("AFG", "cms", "party", ["2015-08-01"], [], "dataset and page"),
        ("KAZ", "saiga-mou", "signatory", ["2006-09-24"], [], "page"),
        ("MNG", "gslep", "range-state", ["2013-10-23"], [], "page"),
    ],
)
def test_a_membership_has_its_role_and_dates_and_the_kind_of_its_source(
    store: ox.Store,
    code: str,
    instrument: str,
    role: str,
    since: list[str],
    as_of: list[str],
    kind: str,
) -> None:
    subject = membership(country(code), instrument)
    assert values(store, subject, "mea:membershipRole") == [role]
    assert values(store, subject, "mea:since") == since
    assert values(store, subject, "mea:membershipAsOf") == as_of
    assert values(store, subject, "mea:sourceKind") == [kind]


def test_dates_that_differ_stand_side_by_side(store: ox.Store) -> None:
    subject = membership(country("KGZ"), "cms")
    [note] = values(store, subject, "skos:note")
    assert values(store, subject, "mea:since") == ["2014-05-01"]
    assert "2014-08-01" in note


def test_a_settled_conflict_says_what_was_ratified_and_when_it_entered_into_force(
    store: ox.Store,
) -> None:
    subject = membership(country("KGZ"), "cms")
    assert values(store, subject, "mea:ratified") == ["2014-02-20"]
    assert values(store, subject, "mea:since") == ["2014-05-01"]
    assert values(store, subject, "mea:partyNumber") == ["120"]
    [note] = values(store, subject, "skos:note")
    assert note.startswith("settled: ratified 2014-02-20, in force 2014-05-01")


@pytest.mark.parametrize(
    ("code", "instrument", "ratified", "number"),
    [
        ("AFG", "cms", ["2015-05-19"], ["121"]),
        ("TKM", "cms", ["2021"], ["132"]),
        ("KAZ", "cms", [], ["97"]),
        ("UZB", "cms", ["1998-06-12"], ["55"]),
        ("CHN", "cites", ["1981-01-08"], []),
        ("KGZ", "cites", ["2007-06-04"], ["172"]),
    ],
)
def test_a_membership_has_the_day_of_its_ratification_and_its_number_where_a_source_gives_them(
    store: ox.Store, code: str, instrument: str, ratified: list[str], number: list[str]
) -> None:
    subject = membership(country(code), instrument)
    assert values(store, subject, "mea:ratified") == ratified
    assert values(store, subject, "mea:partyNumber") == number


def test_only_an_explicit_statement_of_a_source_makes_a_state_not_a_party(store: ox.Store) -> None:
    query = """SELECT ?country ?instrument ?status WHERE { ?one mea:membershipStatus ?status ;
      mea:country ?country ; mea:instrument ?instrument ;
      mea:membershipRole <https://w3id.org/meagraph/id/membership-role/not-a-party> }"""
    assert rows(store, query) == [("RUS", "cms", "not a Party (AM: party to agreements/MOUs only)")]


def test_open_facts_alone_say_who_is_a_party_where_a_page_says_so(store: ox.Store) -> None:
    home = ox.NamedNode(names.graph("reference"))
    for code, instrument in (("KGZ", "cms"), ("KGZ", "cites"), ("TJK", "cites"), ("TKM", "cms")):
        subject = ox.NamedNode(membership(country(code), instrument))
        role = ox.NamedNode(names.term("membershipRole"))
        assert list(store.quads_for_pattern(subject, role, None, home)) != []


def test_dates_of_data_sets_with_unclear_terms_stay_out_of_the_open_facts(store: ox.Store) -> None:
    source = ox.NamedNode(names.PREFIXES["dcterms"] + "source")
    open_facts = ox.NamedNode(names.graph("reference"))
    quads = store.quads_for_pattern(None, source, None, open_facts)
    for quad in nonempty(quad for quad in quads if "#membership-" in str(quad.subject)):
        assert "github:globalgov" not in str(quad.object), quad


def test_a_date_is_as_precise_as_its_source(store: ox.Store) -> None:
    query = """SELECT DISTINCT ?kind WHERE {
      ?one mea:since|mea:ratified|mea:membershipAsOf ?date BIND(DATATYPE(?date) AS ?kind) }"""
    assert rows(store, query) == [("date",), ("gYear",)]


def test_absence_from_a_source_makes_no_state_not_a_party(store: ox.Store) -> None:
    query = """SELECT DISTINCT ?status WHERE { ?one mea:membershipStatus ?status ;
      mea:membershipRole <https://w3id.org/meagraph/id/membership-role/none-found> }"""
    assert rows(store, query) == [("none found in that source",)]


def test_every_membership_has_a_role_and_a_kind_of_source(store: ox.Store) -> None:
    query = """SELECT ?one WHERE { ?one a mea:Membership
      FILTER NOT EXISTS { ?one mea:membershipRole ?role ; mea:sourceKind ?kind } }"""
    assert rows(store, query) == []


def test_the_cooperating_organisations_of_the_saiga_mou_are_members_too(store: ox.Store) -> None:
    query = """SELECT ?name ?since ?type WHERE {
      ?actor a mea:Actor ; mea:membership ?one ; skos:prefLabel ?name ; mea:actorType ?type .
      ?one mea:instrument <https://w3id.org/meagraph/id/instrument/saiga-mou> ;
        mea:membershipStatus "Cooperating organisation" ; mea:since ?since }"""
    assert rows(store, query) == [
        ("CIC", "2005-11-23", "hunting-sector"),
        ("CIC", "2005-11-23", "ngo"),
        ("CMS Secretariat", "2005-11-23", "intergovernmental"),
        ("Fauna and Flora International", "2006-09-24", "international-ngo"),
        ("Frankfurt Zoological Society", "2006-09-24", "international-ngo"),
        ("IUCN/SSC", "2005-11-23", "expert-groups"),
        (
            "Ministry of Nature and Environment of Mongolia",
            "2005-11-23",
            "environmental-authorities",
        ),
        ("WWF International", "2005-11-23", "international-ngo"),
        ("Wildlife Conservation Society", "2006-09-24", "international-ngo"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            ",120,2014-05-01,",
            ",120,May 2014,",
            "as_of is 'May 2014'. It must be a year, month or day",
        ),
        (",2007-09-02,", ",2007-9-2,", "since is '2007-9-2'. It must be a year, month or day"),
        (",2021,132,", ",21,132,", "ratified is '21'. It must be a year, month or day"),
        ("KG,cms", "XX,cms", "'XX' is no State of countries.csv"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    data = Path(shutil.copytree(files.folder("data"), tmp_path / "data"))
    path = data / "reference" / "memberships.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"memberships\.csv:\d+: ") as caught:
        graph.load_graphs((), data)
    assert message in str(caught.value)
