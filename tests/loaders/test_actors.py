"""Responsibility cells become one actor per name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core import files
from meagraph_loaders import actors, curation_tables

KNOWN = frozenset(
    row.printed.lower() for row in curation_tables.load(files.folder("data") / "curation").actors
)

CELLS: list[tuple[list[str], list[str]]] = [
    (["GOs"], ["GOs"]),
    (["GOs, NGOs scientific institutions"], ["GOs", "NGOs", "scientific institutions"]),
    (["Government agencies,"], ["Government agencies"]),
    (
        ["Government agencies, Herder associations,, scientific institutions NGOs"],
        ["Government agencies", "Herder associations", "scientific institutions", "NGOs"],
    ),
    (
        ["Government agencies. , Border agencies, customs agencies, NGOs"],
        ["Government agencies", "Border agencies", "customs agencies", "NGOs"],
    ),
    (
        ["Government agencies, INGOs, CMS. TRAFFIC"],
        ["Government agencies", "INGOs", "CMS", "TRAFFIC"],
    ),
    (["Argali WG, GIZ", "CMS"], ["Argali WG", "GIZ", "CMS"]),
    (
        ["Government agencies, Hunting area managers/concessions", "NGOs"],
        ["Government agencies", "Hunting area managers/concessions", "NGOs"],
    ),
    (
        [
            "scientific monitors, CITES Secretariat and argali contact points, "
            "national CITES authorities"
        ],
        [
            "scientific monitors",
            "CITES Secretariat",
            "argali contact points",
            "national CITES authorities",
        ],
    ),
    (
        ["INTERPOL, International and national NGOs"],
        ["INTERPOL", "International and national NGOs"],
    ),
    (
        ["Herder and community associations, development cooperation organizations"],
        ["Herder and community associations", "development cooperation organizations"],
    ),
    (["Hunting associations, CITES etc."], ["Hunting associations", "CITES etc."]),
    (
        ["Argali WG,", "IUCN SSC Caprinae SG, Universities, scientific institutions"],
        ["Argali WG", "IUCN SSC Caprinae SG", "Universities", "scientific institutions"],
    ),
]


@pytest.mark.parametrize(("lines", "names"), CELLS)
def test_a_cell_gives_one_actor_per_printed_name(lines: list[str], names: list[str]) -> None:
    assert [actor.name for actor in actors.split(lines, KNOWN)] == names


def test_parentheses_become_the_qualifier_whatever_separators_they_hold() -> None:
    (actor,) = actors.split(
        ["GOs (border authorities, environmental protection authorities)"], KNOWN
    )
    assert actor == actors.Actor("GOs", "border authorities, environmental protection authorities")


def test_a_qualifier_belongs_to_the_name_before_it() -> None:
    found = actors.split(
        ["CIC", "NGOs (independent monitoring), Development cooperation organizations"], KNOWN
    )
    assert [(actor.name, actor.qualifier) for actor in found] == [
        ("CIC", None),
        ("NGOs", "independent monitoring"),
        ("Development cooperation organizations", None),
    ]


def test_advice_by_makes_advisers_of_the_rest_of_the_cell() -> None:
    found = actors.split(["GOs, advice by scientific institutions, NGOs"], KNOWN)
    assert [(actor.name, actor.role) for actor in found] == [
        ("GOs", "responsible"),
        ("scientific institutions", "adviser"),
        ("NGOs", "adviser"),
    ]


@given(st.lists(st.text(alphabet="abc ,;.()/", max_size=40), max_size=3))
def test_any_cell_can_be_read_and_no_letter_is_lost(lines: list[str]) -> None:
    found = actors.split(lines, KNOWN)
    kept = "".join(actor.name + (actor.qualifier or "") for actor in found)
    letters = [c for c in "".join(lines) if c.isalpha()]
    assert [c for c in kept if c.isalpha()] == letters
