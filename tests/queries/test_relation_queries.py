"""`same-text`, `carried-forward`, `related-measures` and `mandates`, on the example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Ask = Callable[..., list[dict[str, str | None]]]
Which = Callable[..., list[str]]
Filters = dict[str, list[str]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["argali 15.4", "argali 19.1"]),
        ({"match": ["near"]}, ["argali 15.4", "argali 19.1", "ssap 1.1.2"]),
        ({"match": ["near"], "unit": ["18"]}, ["argali 15.4", "argali 19.1", "ssap 1.1.2"]),
        ({"instrument": ["argali-ssap-2014-2024"]}, []),
        (
            {"instrument": ["argali-ssap-2014-2024"], "match": ["near"]},
            ["argali 15.4", "argali 19.1", "ssap 1.1.2"],
        ),
        ({"unit": ["1"]}, []),
    ],
)
def test_families_of_the_same_text_are_shown_whole(
    which: Which, filters: Filters, expected: list[str]
) -> None:
    assert which("same-text", **filters) == expected


def test_a_family_is_named_after_its_first_measure_and_shows_what_differs(ask: Ask) -> None:
    rows = ask("same-text")
    assert {row["family"] for row in rows} == {"argali-action-plan-2025-2032/15.4"}
    assert [(row["unit"], row["priority"], row["responsibility"]) for row in rows] == [
        ("14", "2", None),
        ("18", "1", "GOs, NGOs"),
    ]


def test_a_measure_is_shown_with_what_it_continues_and_both_priorities(ask: Ask) -> None:
    row, applied, reversed_row = ask("carried-forward")
    assert row == {
        "instrument": "argali-action-plan-2025-2032",
        "number": "1.2",
        "priority": "1",
        "from_instrument": "argali-ssap-2014-2024",
        "from_number": "1.1.1",
        "from_priority": "Essential",
        "kind": "continues",
        "confidence": "medium",
        "stated_by": "curation",
        "measure": "https://w3id.org/meagraph/id/measure/argali-action-plan-2025-2032/1.2",
    }
    assert [applied[name] for name in ("number", "from_number", "kind")] == [
        "15.4",
        "1.1.1",
        "applies",
    ]
    assert [reversed_row[name] for name in ("number", "from_number", "kind")] == [
        "15.4",
        "1.1.2",
        "near-same-text",
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": ["continues"]}, ["argali 1.2"]),
        ({"kind": ["applies"]}, ["argali 15.4"]),
        ({"kind": ["same-text"]}, []),
        ({"unit": ["14"]}, ["argali 15.4", "argali 15.4"]),
        ({"country": ["KAZ"]}, ["argali 15.4", "argali 15.4"]),
        ({"confidence": ["low", "high"]}, ["argali 15.4", "argali 15.4"]),
        ({"stated_by": ["document"]}, []),
        ({"instrument": ["saiga-mtiwp-2016-2020"]}, []),
    ],
)
def test_filters_choose_what_is_carried_forward(
    which: Which, filters: Filters, expected: list[str]
) -> None:
    assert which("carried-forward", **filters) == expected


def test_relations_lead_to_measures_and_to_whole_instruments(ask: Ask) -> None:
    shown = ("number", "relation", "target_instrument", "target_number", "confidence", "stated_by")
    rows = ask("related-measures")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("12.2", "refers-to", "saiga-mtiwp-2016-2020", "12.2", "low", "document"),
        ("1.2", "continues", "argali-ssap-2014-2024", "1.1.1", "medium", "curation"),
        ("15.4", "applies", "argali-ssap-2014-2024", "1.1.1", "high", "curation"),
        ("19.1", "same-text", "argali-action-plan-2025-2032", "15.4", "high", "curation"),
        ("1.1.2", "near-same-text", "argali-action-plan-2025-2032", "15.4", "low", "curation"),
        ("B2", "implements", "saiga-mtiwp-2016-2020", None, "high", "document"),
    ]
    assert rows[0]["reason"] == "the results of 12.2"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"measure": ["argali-action-plan-2025-2032/15.4"]},
         ["argali 15.4", "argali 19.1", "ssap 1.1.2"]),
        ({"measure": ["https://w3id.org/meagraph/id/measure/cms-cites-jwp-2015-2020/B2"]},
         ["jwp B2"]),
        ({"measure": ["1.1.1", "12.2"]}, ["saiga 12.2", "argali 1.2", "argali 15.4"]),
        ({"measure": ["ssap/1.1.1"]}, []),
        ({"instrument": ["argali-action-plan-2025-2032"]},
         ["argali 1.2", "argali 15.4", "argali 19.1"]),
        ({"relation": ["refers-to", "implements"]}, ["saiga 12.2", "jwp B2"]),
        ({"confidence": ["low"]}, ["saiga 12.2", "ssap 1.1.2"]),
        ({"stated_by": ["document"]}, ["saiga 12.2", "jwp B2"]),
    ],
)  # fmt: skip
def test_filters_choose_relations_and_a_measure_counts_at_either_end(
    which: Which, filters: Filters, expected: list[str]
) -> None:
    assert which("related-measures", **filters) == expected


def test_citations_are_listed_as_printed_and_with_what_they_mean(ask: Ask) -> None:
    rows = [(row["source"], row["kind"], row["cited"]) for row in ask("mandates")]
    assert rows == [
        ("title", "MemorandumOfUnderstanding", "Saiga MOU"),
        ("1.1", "MemorandumOfUnderstanding", "Saiga MOU"),
        ("par. 1", "other", "CAMI Programme of Work"),
        ("par. 1", "ActionPlan", "Argali action plan 2025–2032 (draft)"),
        ("B2", "MemorandumOfUnderstanding", "Saiga MOU"),
        ("B2", "WorkProgramme", "Saiga work programme 2016–2020"),
        ("B2", "other", "this meeting"),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"stands_in": ["mandate"]}, ["CAMI Programme of Work", "Action Plan"]),
        ({"stands_in": ["mandate"], "itself": ["false"]}, ["CAMI Programme of Work"]),
        ({"itself": ["true"]}, ["Action Plan"]),
        ({"stands_in": ["title"]}, ["MEMORANDUM OF UNDERSTANDING"]),
        ({"kind": ["other"]}, ["CAMI Programme of Work", "this meeting"]),
        ({"cited": ["saiga-mou"], "stands_in": ["measure"],
          "instrument": ["saiga-mtiwp-2016-2020"]}, ["the MOU's goal"]),
    ],
)  # fmt: skip
def test_filters_choose_citations(ask: Ask, filters: Filters, expected: list[str]) -> None:
    assert [row["phrase"] for row in ask("mandates", **filters)] == expected


def test_what_has_no_address_has_none(ask: Ask) -> None:
    named, itself = ask("mandates", stands_in=["mandate"])
    assert named["iri"] is None
    assert (itself["iri"] or "").endswith("/id/instrument/argali-action-plan-2025-2032")


def test_a_measure_that_nothing_continues_applies_or_repeats_has_no_successor(ask: Ask) -> None:
    (row,) = ask("not-carried-forward")
    assert [row[name] for name in ("section", "number", "later_instrument", "later_status")] == [
        "1.2",
        "1.2.10",
        "argali-action-plan-2025-2032",
        "draft",
    ]
    assert (row["status"], row["period_end"]) == ("not-verified", "2024")
    assert ask("not-carried-forward", instrument=["saiga-mtiwp-2016-2020"]) == []
    assert ask("not-carried-forward", section=["1.1"]) == []


def test_measures_with_the_same_text_are_paired_where_their_priorities_differ(ask: Ask) -> None:
    (row,) = ask("same-text-different-priority")
    pair = ("number", "unit", "priority", "other_number", "other_unit", "other_priority", "kind")
    assert [row[name] for name in pair] == ["15.4", "14", "2", "19.1", "18", "1", "same-text"]
    assert row["status"] == "draft"


@pytest.mark.parametrize(
    ("filters", "pairs"),
    [
        ({"unit": ["18"]}, 1),
        ({"unit": ["1"]}, 0),
        ({"instrument": ["argali-ssap-2014-2024"]}, 0),
        # The measure with nearly the same text is one of another plan, which has its own scale.
        ({"match": ["near"]}, 1),
    ],
)
def test_pairs_are_those_of_a_unit_or_plan_and_of_one_scale(
    ask: Ask, filters: Filters, pairs: int
) -> None:
    assert len(ask("same-text-different-priority", **filters)) == pairs
