"""`units` on the example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Ask = Callable[..., list[dict[str, str | None]]]
POPULATIONS = ["ural KAZ", "ural RUS", "ustiurt UZB", "betpak-dala None"]
HOTSPOTS = [
    *("1 CHN", "1 PAK", "1 TJK", "2 KAZ", "2 UZB"),
    *("14 CHN", "14 KAZ", "18 CHN", "18 MNG"),
]


def units(ask: Ask, **values: list[str]) -> list[str]:
    return [f"{row['unit']} {row['country']}" for row in ask("units", **values)]


def test_units_come_in_document_order_then_by_country(ask: Ask) -> None:
    assert units(ask) == [*POPULATIONS, *HOTSPOTS, "22 KAZ"]


def test_a_row_shows_the_unit_as_printed_with_one_country(ask: Ask) -> None:
    row = ask("units", unit=["1"], country=["PAK"])
    assert row == [
        {
            "instrument": "argali-action-plan-2025-2032",
            "unit": "1",
            "kind": "hotspot",
            "hotspot": "1",
            "name": "High Pamirs",
            "taxa": "Ovis ammon polii",
            "taxa_certainty": "stated",
            "area": "South-eastern Tajik Pamirs, Great and Little Pamir",
            "country": "PAK",
            "status": "stated",
            "stated_in": "table",
            "measures": "1",
            "iri": "https://w3id.org/meagraph/id/unit/argali-action-plan-2025-2032/1",
        }
    ]


def test_alternative_taxa_stand_side_by_side_in_alphabetical_order(ask: Ask) -> None:
    rows = ask("units", unit=["14"])
    assert {(row["taxa"], row["taxa_certainty"]) for row in rows} == {
        ("Ovis ammon collium; Ovis ammon karelini", "alternative")
    }


def test_a_unit_without_country_has_one_row_with_an_empty_country(ask: Ask) -> None:
    (row,) = ask("units", unit=["betpak-dala"])
    empty = {name for name, value in row.items() if value is None}
    assert empty == {
        *("hotspot", "taxa", "taxa_certainty", "area"),
        *("country", "status", "stated_in"),
    }
    assert row["measures"] == "0"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"instrument": ["saiga-mtiwp-2016-2020"]}, POPULATIONS),
        ({"unit": ["ustiurt", "22"]}, ["ustiurt UZB", "22 KAZ"]),
        ({"kind": ["population"]}, POPULATIONS),
        ({"kind": ["hotspot"]}, HOTSPOTS),
        ({"kind": ["national", "population"]}, [*POPULATIONS, "22 KAZ"]),
        ({"country": ["KAZ"]}, ["ural KAZ", "2 KAZ", "14 KAZ", "22 KAZ"]),
        ({"country": ["MNG", "RUS"]}, ["ural RUS", "18 MNG"]),
        ({"status": ["bracketed", "conflicting"]}, ["2 UZB", "18 CHN"]),
        ({"country": ["CHN"], "status": ["stated"]}, ["1 CHN", "14 CHN"]),
        ({"taxon": ["ovis-ammon-karelini"]}, ["2 KAZ", "2 UZB", "14 CHN", "14 KAZ"]),
        ({"taxon": ["ovis-ammon"]}, [*HOTSPOTS, "22 KAZ"]),
        ({"taxon": ["ovis-ammon-collium"], "country": ["KAZ"]}, ["14 KAZ", "22 KAZ"]),
        ({"taxon": ["saiga"]}, []),
    ],
)
def test_filters_choose_units_and_rows(
    ask: Ask, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert units(ask, **filters) == expected


def by_country(ask: Ask, **values: list[str]) -> list[str]:
    return [
        f"{row['country']} {row['units']}: {row['unit_numbers']}, {row['conflicting_units']}"
        for row in ask("units-by-country", **values)
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            {"instrument": ["argali-action-plan-2025-2032"]},
            [
                "CHN 3: 1; 14; 18, None",
                "KAZ 3: 2; 14; 22, None",
                "MNG 1: 18, None",
                "PAK 1: 1, None",
                "TJK 1: 1, None",
                "UZB 0: None, 2",
            ],
        ),
        ({"country": ["KAZ"]}, ["KAZ 1: ural, None", "KAZ 3: 2; 14; 22, None"]),
        ({"country": ["KAZ"], "kind": ["national"]}, ["KAZ 1: 22, None"]),
        ({"certainty": ["bracketed"]}, ["CHN 1: 18, None"]),
        ({"certainty": ["conflicting"]}, ["UZB 0: None, 2"]),
    ],
)
def test_units_are_counted_by_country_and_plan_those_that_a_plan_contradicts_apart(
    ask: Ask, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert by_country(ask, **filters) == expected


def test_a_number_of_units_stands_beside_the_status_of_the_plan(ask: Ask) -> None:
    rows = ask("units-by-country", country=["KAZ"])
    assert [(row["status"], row["period_end"]) for row in rows] == [
        ("adopted", "2020"),
        ("draft", "2032"),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"taxon_certainty": ["alternative"]}, ["14 CHN", "14 KAZ"]),
        (
            {"taxon": ["ovis-ammon-collium"], "taxon_certainty": ["stated"]},
            ["22 KAZ"],
        ),
        ({"taxon": ["ovis-ammon-polii"], "taxon_certainty": ["alternative"]}, []),
    ],
)
def test_units_are_found_by_the_certainty_of_their_taxon(
    ask: Ask, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert units(ask, **filters) == expected
