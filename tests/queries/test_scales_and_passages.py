"""Scales, years, places, taxa and passages, on the example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Ask = Callable[..., list[dict[str, str | None]]]
Which = Callable[..., list[str]]
Filters = dict[str, list[str]]


def test_each_plan_has_its_own_scale_and_definitions(ask: Ask) -> None:
    rows = ask("priority-by-plan")
    assert [(row["priority"], row["priority_level"], row["measures"]) for row in rows] == [
        ("1", "high", "3"),
        ("2", "medium", "3"),
        ("1", "high", "3"),
        ("2", "medium", "1"),
        ("3", "low", "1"),
        ("Essential", "high", "2"),
        ("Medium", "medium", "1"),
        (None, None, "2"),
    ]
    assert rows[0]["definition"] == "crucial for preventing population extirpation"
    assert rows[2]["definition"] is None
    assert rows[-1]["instrument"] == "cms-cites-jwp-2015-2020"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"country": ["KAZ"]}, ["1", "2", "0", "1", "1", "0", "0"]),
        ({"country": ["KAZ"], "basis": ["range-wide"]}, ["2", "1", "1", "0", "0", "0", "0"]),
        ({"priority_level": ["high"]}, ["3", "3", "2"]),
        ({"instrument": ["cms-cites-jwp-2015-2020"]}, ["2"]),
    ],
)
def test_steps_count_the_measures_that_are_chosen(
    ask: Ask, filters: Filters, expected: list[str]
) -> None:
    assert [row["measures"] for row in ask("priority-by-plan", **filters)] == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["1.1", "12.2", "1.10", "4.5", "9.4", "11.5"]),
        ({"in_year": ["2018"]}, ["1.10", "4.5", "9.4", "11.5"]),
        ({"in_year": ["2017", "2021"]}, ["1.1", "12.2", "1.10", "4.5", "9.4", "11.5"]),
        ({"in_year": ["2021"]}, []),
        ({"country": ["KAZ"]}, ["12.2", "9.4", "11.5"]),
        ({"country": ["KAZ"], "basis": ["mention"]}, ["9.4", "11.5"]),
        ({"priority_level": ["high"]}, ["1.1", "12.2", "1.10"]),
        ({"instrument": ["argali-ssap-2014-2024"]}, []),
    ],
)
def test_only_defined_steps_have_years(ask: Ask, filters: Filters, expected: list[str]) -> None:
    assert [row["number"] for row in ask("timeline", **filters)] == expected


def test_the_years_are_those_of_the_step(ask: Ask) -> None:
    (row,) = ask("timeline", country=["KAZ"], basis=["unit"], in_year=["2020"])
    assert (row["number"], row["envisaged_from"], row["envisaged_by"]) == ("11.5", "2016", "2020")


def test_a_place_has_a_row_for_each_mention_and_coordinates_only_from_its_source(ask: Ask) -> None:
    shown = ("place", "as_printed", "named_in", "number", "unit", "country", "lat", "lon")
    assert [tuple(row[name] for name in shown) for row in ask("places")] == [
        ("Khovd", "Khovd", "unit", None, "18", "MNG", "48.0", "91.64"),
        ("Tarbagatay", "Tarbagatay", "statement", None, None, None, None, None),
        ("Tarbagatay", "Tarbagatay Range", "measure", "15.4", "14", None, None, None),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"place": ["khovd"]}, ["Khovd"]),
        ({"kind": ["mountains"]}, ["Tarbagatay", "Tarbagatay Range"]),
        ({"kind": ["protected-area"]}, []),
        ({"named_in": ["measure"]}, ["Tarbagatay Range"]),
        ({"named_in": ["unit", "statement"]}, ["Khovd", "Tarbagatay"]),
        ({"country": ["MNG"]}, ["Khovd"]),
        ({"with_coordinates": ["true"]}, ["Khovd"]),
        ({"with_coordinates": ["false"]}, ["Tarbagatay", "Tarbagatay Range"]),
        ({"instrument": ["saiga-mtiwp-2016-2020"]}, []),
    ],
)
def test_filters_choose_places(ask: Ask, filters: Filters, expected: list[str]) -> None:
    assert [row["as_printed"] for row in ask("places", **filters)] == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["5", "1"]),
        ({"taxon_scope": ["exact"]}, ["0", "1"]),
        ({"taxon_scope": ["species-wide"]}, ["5", "1"]),
        ({"role": ["also-mentioned"]}, ["0", "0"]),
    ],
)
def test_units_of_a_taxon_are_counted_with_those_below_it(
    ask: Ask, filters: Filters, expected: list[str]
) -> None:
    rows = {row["taxon"]: row for row in ask("taxa", **filters)}
    assert [rows[name]["units"] for name in ("Ovis ammon", "Ovis ammon polii")] == expected


def test_only_certain_taxa_count_if_wanted(ask: Ask) -> None:
    def counted(**filters: list[str]) -> list[tuple[str | None, str | None]]:
        rows = {row["taxon"]: row for row in ask("taxa", taxon=["ovis-ammon"], **filters)}
        karelini, collium = rows["Ovis ammon karelini"], rows["Ovis ammon collium"]
        return [(row["units"], row["measures"]) for row in (karelini, collium)]

    assert counted() == [("2", "2"), ("2", "1")]
    assert counted(taxon_certainty=["stated"]) == [("1", "1"), ("1", "0")]


@pytest.mark.parametrize(
    ("filters", "units"),
    [
        ({}, ["1", "14", "18"]),
        ({"country": ["CHN"], "instrument": ["cms"], "role": ["none-found"]}, ["1", "14", "18"]),
        ({"role": ["not-a-party"]}, []),
        ({"country": ["KAZ"]}, []),  # a Party
        ({"instrument": ["cites"]}, []),
    ],
)
def test_units_are_listed_for_states_that_a_source_does_not_name_as_parties(
    ask: Ask, filters: Filters, units: list[str]
) -> None:
    assert [row["unit"] for row in ask("non-parties", **filters)] == units


def test_a_state_that_is_not_party_is_shown_with_the_words_and_day_of_the_source(ask: Ask) -> None:
    row = ask("non-parties")[2]
    shown = ("country", "role", "source_status", "as_of", "certainty", "status")
    assert [row[name] for name in shown] == [
        *("CHN", "none-found", "none found in that source", "2024-04", "bracketed", "draft"),
    ]


def test_the_views_of_both_conventions_stand_side_by_side(ask: Ask) -> None:
    rows = {row["taxon"]: row for row in ask("taxa", taxon=["ovis-ammon"])}
    assert len(rows) == 5
    species, polii = rows["Ovis ammon"], rows["Ovis ammon polii"]
    assert (species["as_printed"], species["cms_appendix"], species["cites_appendix"]) == (
        "ARGALI",
        "II",
        None,
    )
    assert (polii["rank"], polii["cites_name"], polii["cites_since"]) == (
        "subspecies",
        "Ovis polii",
        "2019-11-26",
    )


def test_what_is_only_mentioned_counts_when_it_is_asked_for(ask: Ask) -> None:
    (row,) = ask("taxa", taxon=["panthera-uncia"])
    (mentioned,) = ask("taxa", taxon=["panthera-uncia"], role=["also-mentioned"])
    assert (row["measures"], mentioned["measures"]) == ("0", "1")


def test_passages_show_file_lines_characters_and_words(ask: Ask) -> None:
    shown = ("source", "lines", "start", "end", "quote")
    assert [tuple(row[name] for name in shown) for row in ask("passage")] == [
        ("argali.txt", "201", "6255", "6258", "2.1"),
        ("argali.txt", "202-203", "6260", "6300", "Remove or reconstruct"),
        ("argali.txt", "202", "6340", "6350", "Tajikistan"),
        ("saiga.txt", "30", "1100", "1103", "1.1"),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"subject": ["measure/argali-action-plan-2025-2032/2.1"]}, ["6255", "6260"]),
        (
            {"subject": ["https://w3id.org/meagraph/id/measure/argali-action-plan-2025-2032/2.1"],
             "with_parts": ["true"]},
            ["6255", "6260", "6340"],
        ),
        ({"subject": ["measure/argali-action-plan-2025-2032/2.1#link-TJK-mention"]}, ["6340"]),
        ({"subject": ["measure/argali-action-plan-2025-2032/2"], "with_parts": ["true"]}, []),
        ({"source": ["saiga.txt"]}, ["1100"]),
    ],
)  # fmt: skip
def test_passages_of_a_thing_come_with_those_of_its_parts_when_asked(
    ask: Ask, filters: Filters, expected: list[str]
) -> None:
    assert [row["start"] for row in ask("passage", **filters)] == expected
