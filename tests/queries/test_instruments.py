"""`instruments` on the example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Ask = Callable[..., list[dict[str, str | None]]]
WITH_TEXT = [
    "saiga-mtiwp-2016-2020",
    "argali-action-plan-2025-2032",
    "argali-ssap-2014-2024",
    "cms-cites-jwp-2015-2020",
]
CITED = [
    "bishkek-declaration-2013",
    "cami",
    "cites",
    "cms",
    "saiga-mou",
    "saiga-mtiwp-2021-2025",
]


def slugs(ask: Ask, **values: list[str]) -> list[str | None]:
    return [row["instrument"] for row in ask("instruments", **values)]


def test_the_plans_held_here_come_first_then_the_others_by_name(ask: Ask) -> None:
    assert slugs(ask) == WITH_TEXT + CITED


def test_a_row_says_how_the_instrument_stands(ask: Ask) -> None:
    (row,) = ask("instruments", status=["adopted"], as_of=["2026-03-31"])
    assert row == {
        "instrument": "saiga-mtiwp-2016-2020",
        "title": "MEDIUM-TERM INTERNATIONAL WORK PROGRAMME FOR THE SAIGA ANTELOPE (2016-2020)",
        "type": "WorkProgramme",
        "status": "adopted",
        "legal_nature": "non-binding",
        "extent": "complete",
        "period_start": "2016",
        "period_end": "2020",
        "ended": "true",
        "replaced_by": "saiga-mtiwp-2021-2025",
        "parents": "saiga-mou",
        "measures": "6",
        "units": "3",
        "iri": "https://w3id.org/meagraph/id/instrument/saiga-mtiwp-2016-2020",
    }


def test_what_is_not_known_of_an_instrument_stays_empty(ask: Ask) -> None:
    row = ask("instruments", type=["Instrument"])[0]
    assert {name: value for name, value in row.items() if value is not None} == {
        "instrument": "bishkek-declaration-2013",
        "title": "Bishkek Declaration (2013)",
        "type": "Instrument",
        "extent": "not-held",
        "measures": "0",
        "units": "0",
        "iri": "https://w3id.org/meagraph/id/instrument/bishkek-declaration-2013",
    }


def test_an_official_title_goes_before_the_short_name(ask: Ask) -> None:
    titles = [row["title"] for row in ask("instruments", type=["Convention"])]
    assert titles == [
        "Convention on International Trade in Endangered Species of Wild Fauna and Flora",
        "Convention on the Conservation of Migratory Species of Wild Animals",
    ]


def test_parents_and_successors_are_joined_whichever_side_says_so(ask: Ask) -> None:
    rows = {row["instrument"]: row for row in ask("instruments")}
    assert rows["argali-action-plan-2025-2032"]["parents"] == "cami; cms"
    assert rows["argali-ssap-2014-2024"]["replaced_by"] == "argali-action-plan-2025-2032"


@pytest.mark.parametrize(
    ("day", "ended"),
    [
        ("2020-12-31", {}),
        ("2021-01-01", {"saiga-mtiwp-2016-2020", "cms-cites-jwp-2015-2020"}),
        ("2033-01-01", set(WITH_TEXT)),
    ],
)
def test_a_period_has_ended_when_its_last_year_is_over(ask: Ask, day: str, ended: set[str]) -> None:
    rows = ask("instruments", as_of=[day])
    assert {row["instrument"] for row in rows if row["ended"] == "true"} == set(ended)
    assert {row["instrument"] for row in rows if row["ended"] is None} == set(CITED)


def test_without_a_day_today_counts(ask: Ask) -> None:
    rows = {row["instrument"]: row["ended"] for row in ask("instruments")}
    assert rows["argali-ssap-2014-2024"] == "true"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type": ["ActionPlan"]}, WITH_TEXT[1:3]),
        ({"type": ["Initiative", "MemorandumOfUnderstanding"]}, ["cami", "saiga-mou"]),
        ({"status": ["draft", "not-verified"]}, WITH_TEXT[1:]),
        ({"extent": ["excerpt"]}, ["argali-ssap-2014-2024"]),
        ({"extent": ["not-held"], "type": ["WorkProgramme"]}, ["saiga-mtiwp-2021-2025"]),
    ],
)
def test_filters_choose_instruments(
    ask: Ask, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert slugs(ask, **filters) == expected
