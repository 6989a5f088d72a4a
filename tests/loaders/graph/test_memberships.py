"""What countries and organisations are to the instruments, as the tables and their sources say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph import files, names
from meagraph.errors import DataError
from meagraph_loaders import graph
from tests.loaders.graph.answers import rows, values


def membership(member: str, instrument: str) -> str:
    return names.fragment(member, f"membership-{instrument}")


def country(code: str) -> str:
    return names.thing("country", code)


@pytest.mark.parametrize(
    ("code", "instrument", "role", "since", "as_of", "kind"),
    [
        ("KGZ", "cms", "party", ["2014-05-01"], ["2014-05-01"], "page"),
        ("TKM", "cms", "party", ["2021"], [], "page"),
        ("RUS", "cms", "none-found", [], ["2024-04"], "dataset"),
        ("TJK", "cites", "party", ["2016-03-30"], [], "dataset"),
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


def test_a_date_is_as_precise_as_its_source(store: ox.Store) -> None:
    query = """SELECT DISTINCT ?kind WHERE {
      ?one mea:since|mea:membershipAsOf ?date BIND(DATATYPE(?date) AS ?kind) }"""
    assert rows(store, query) == [("date",), ("gYear",), ("gYearMonth",)]


def test_not_found_in_a_source_is_not_called_no_party(store: ox.Store) -> None:
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
            ",2014-05-01,2014-05-01,",
            ",2014-05-01,May 2014,",
            "as_of is 'May 2014'. It must be a year, month or day",
        ),
        (",Party,2021,", ",Party,21,", "since is '21'. It must be a year, month or day"),
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
