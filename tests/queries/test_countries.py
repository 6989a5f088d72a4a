"""`measures-by-country` and `country-links` on the example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from meagraph.core.errors import MissingParameter

Ask = Callable[..., list[dict[str, str | None]]]

Which = Callable[..., list[str]]
LINK = ("basis", "evidence", "certainty", "narrowed", "role")


def links(ask: Ask, name: str, **values: list[str]) -> list[tuple[str | None, ...]]:
    return [
        tuple(row[column] for column in ("country", "number", *LINK)) for row in ask(name, **values)
    ]


def test_the_country_must_be_given(ask: Ask) -> None:
    with pytest.raises(MissingParameter, match="country is required"):
        ask("measures-by-country", basis=["unit"])


def test_a_measure_is_listed_once_with_every_reason_why_it_touches_the_country(ask: Ask) -> None:
    assert links(ask, "measures-by-country", country=["KAZ"]) == [
        ("KAZ", "9.4", "mention", "document", "stated", "false", "place"),
        ("KAZ", "11.5", "mention; unit", "document", "stated", "false", "partner"),
        ("KAZ", "12.2", "unit", "reference", "stated", "true", None),
        ("KAZ", "3.3", "unit", "document", "stated", "true", None),
        ("KAZ", "15.4", "mention; unit", "document", "stated", "false", "addressee"),
    ]


def test_different_evidence_and_certainty_stand_in_the_order_of_the_bases(ask: Ask) -> None:
    assert links(ask, "measures-by-country", country=["UZB"]) == [
        ("UZB", "9.4", "mention", "document", "stated", "false", "place"),
        ("UZB", "12.2", "mention; unit", "document; reference", "stated", "false", "place"),
        ("UZB", "3.3", "mention; unit", "document", "stated; conflicting", "false", "place"),
    ]


def test_range_wide_links_are_shown_when_asked_for(ask: Ask) -> None:
    assert links(ask, "measures-by-country", country=["KAZ"], basis=["mention", "range-wide"]) == [
        ("KAZ", "1.1", "range-wide", "reference", "stated", "false", None),
        ("KAZ", "1.10", "range-wide", "reference", "stated", "false", None),
        ("KAZ", "9.4", "mention; range-wide", "document; reference", "stated", "false", "place"),
        ("KAZ", "11.5", "mention", "document", "stated", "false", "partner"),
        ("KAZ", "1.2", "range-wide", "document", "alternative", "false", None),
        ("KAZ", "15.4", "mention", "document", "stated", "false", "addressee"),
    ]


def test_several_countries_come_one_after_the_other(ask: Ask) -> None:
    assert links(ask, "measures-by-country", country=["TJK", "KGZ", "PAK"]) == [
        ("KGZ", "1.1.2", "applicability", "document", "stated", "false", None),
        ("PAK", "2.1", "unit", "document", "stated", "true", None),
        ("TJK", "2.1", "mention; unit", "document", "stated", "false", "place"),
        ("TJK", "1.1.2", "applicability", "document", "stated", "false", None),
    ]


def test_a_narrowed_link_beside_a_mention_does_not_mark_the_row(ask: Ask) -> None:
    chosen = {"country": ["CHN"], "unit": ["14"]}
    assert links(ask, "measures-by-country", **chosen) == [
        ("CHN", "15.4", "mention; unit", "document", "stated", "false", "context"),
    ]
    assert links(ask, "measures-by-country", **chosen, narrowed=["true"]) == [
        ("CHN", "15.4", "unit", "document", "stated", "true", None),
    ]


def test_a_row_carries_the_standing_of_the_plan_and_the_printed_cells(ask: Ask) -> None:
    (row,) = ask("measures-by-country", country=["PAK"])
    assert list(row) == [
        *("country", "instrument", "number", "status", "period_end", *LINK),
        *("priority", "timescale", "responsibility", "text", "measure"),
    ]
    assert (row["status"], row["period_end"], row["priority"]) == ("draft", "2032", "1")
    assert row["measure"] == (
        "https://w3id.org/meagraph/id/measure/argali-action-plan-2025-2032/2.1"
    )


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"instrument": ["saiga-mtiwp-2016-2020"]}, ["saiga 9.4", "saiga 11.5", "saiga 12.2"]),
        ({"section": ["3.0"]}, ["argali 3.3"]),
        ({"unit": ["ural", "14"]}, ["saiga 11.5", "argali 15.4"]),
        ({"basis": ["unit"]}, ["saiga 11.5", "saiga 12.2", "argali 3.3", "argali 15.4"]),
        ({"evidence": ["reference"]}, ["saiga 12.2"]),
        ({"certainty": ["alternative"]}, []),
        ({"certainty": ["alternative"], "basis": ["range-wide"]}, ["argali 1.2"]),
        ({"narrowed": ["true"]}, ["saiga 12.2", "argali 3.3"]),
        ({"taxon": ["ovis-ammon-collium"]}, ["argali 15.4"]),
        ({"actor_type": ["ngo"], "basis": ["range-wide"]}, ["argali 1.2"]),
        ({"priority": ["2"]}, ["saiga 9.4", "saiga 11.5", "argali 15.4"]),
        ({"priority_level": ["low"]}, ["argali 3.3"]),
        ({"timescale": ["A"]}, ["saiga 12.2"]),
        ({"applicability": ["all"]}, []),
        ({"status": ["draft"]}, ["argali 3.3", "argali 15.4"]),
        ({"in_period_on": ["2020-01-01"]}, ["saiga 9.4", "saiga 11.5", "saiga 12.2"]),
        ({"text": ["reserve", "hunting"]}, ["saiga 12.2", "argali 15.4"]),
    ],
)
def test_every_filter_of_measures_applies_to_a_country_too(
    which: Which, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert which("measures-by-country", country=["KAZ"], **filters) == expected


def test_all_links_of_measures_are_there_and_none_of_units(ask: Ask) -> None:
    rows = ask("country-links")
    assert len(rows) == 30
    assert len({(row["measure"], row["country"], row["basis"]) for row in rows}) == 30


def test_a_link_is_shown_with_where_it_stands(ask: Ask) -> None:
    (row,) = ask("country-links", country=["CHN"], instrument=["saiga-mtiwp-2016-2020"])
    assert row == {
        "instrument": "saiga-mtiwp-2016-2020",
        "number": "9.4",
        "country": "CHN",
        "basis": "mention",
        "evidence": "document",
        "certainty": "stated",
        "narrowed": "false",
        "role": "place",
        "stated_in": "text",
        "note": "an existing facility is to be supported there",
        "measure": "https://w3id.org/meagraph/id/measure/saiga-mtiwp-2016-2020/9.4",
    }


def test_links_of_one_measure_come_by_country_and_basis(ask: Ask) -> None:
    assert links(ask, "country-links", text=["breeding"]) == [
        ("CHN", "9.4", "mention", "document", "stated", "false", "place"),
        ("KAZ", "9.4", "mention", "document", "stated", "false", "place"),
        ("KAZ", "9.4", "range-wide", "reference", "stated", "false", None),
        ("UZB", "9.4", "mention", "document", "stated", "false", "place"),
    ]


def test_every_basis_counts_among_links_even_where_a_country_is_given(ask: Ask) -> None:
    found = [(row["number"], row["basis"]) for row in ask("country-links", country=["KAZ"])]
    assert found == [
        ("1.1", "range-wide"),
        ("1.10", "range-wide"),
        ("9.4", "mention"),
        ("9.4", "range-wide"),
        ("11.5", "mention"),
        ("11.5", "unit"),
        ("12.2", "unit"),
        ("1.2", "range-wide"),
        ("3.3", "unit"),
        ("15.4", "mention"),
        ("15.4", "unit"),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"basis": ["applicability"]}, ["ssap 1.1.2", "ssap 1.1.2"]),
        ({"evidence": ["reference"], "basis": ["unit"]}, ["saiga 12.2", "saiga 12.2"]),
        ({"certainty": ["bracketed", "conflicting"]}, ["argali 3.3", "argali 19.1"]),
        ({"narrowed": ["true"]}, ["saiga 12.2", "argali 2.1", "argali 3.3", "argali 15.4"]),
        ({"country": ["MNG", "RUS"]}, ["saiga 11.5", "argali 19.1"]),
        ({"unit": ["18"]}, ["argali 19.1", "argali 19.1"]),
        ({"taxon": ["saiga"], "country": ["UZB"]}, ["saiga 1.1", "saiga 9.4", *["saiga 12.2"] * 2]),
        ({"priority": ["Essential"]}, ["ssap 1.1.1", "ssap 1.1.2", "ssap 1.1.2"]),
        ({"status": ["not-verified"], "country": ["TJK"]}, ["ssap 1.1.1", "ssap 1.1.2"]),
        ({"section": ["A"]}, []),
    ],
)
def test_the_filters_of_measures_and_links_choose_the_links(
    which: Which, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert which("country-links", **filters) == expected
