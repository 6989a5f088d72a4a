"""Topics, actors and related taxa in queries across all plans."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from meagraph.core.errors import MissingParameter

Ask = Callable[..., list[dict[str, str | None]]]
Which = Callable[..., list[str]]
Filters = dict[str, list[str]]

ARGALI = ["argali 1.2", "argali 2.1", "argali 3.3", "argali 15.4", "argali 19.1"]
SSAP = ["ssap 1.1.1", "ssap 1.1.2", "ssap 1.2.10"]
SAIGA = ["saiga 1.1", "saiga 1.10", "saiga 4.5", "saiga 9.4", "saiga 11.5", "saiga 12.2"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"topic": ["border-fence"]}, ["saiga 12.2", "argali 2.1"]),
        ({"topic": ["border-fence"], "topic_weight": ["main"]}, ["argali 2.1"]),
        ({"topic": ["barriers-and-infrastructure"]}, ["saiga 12.2", "argali 2.1"]),
        # Of a measure, or of an item of its list; illegal trade has two broader topics.
        ({"topic": ["trade-and-use"]}, ["argali 3.3", "argali 15.4", "ssap 1.1.1"]),
        (
            {"topic": ["trade-and-use"], "topic_weight": ["main"]},
            ["argali 15.4", "ssap 1.1.1"],
        ),
        ({"topic": ["enforcement-and-anti-poaching", "disease"]}, ["ssap 1.1.1"]),
        ({"topic": ["trade-and-use"], "country": ["UZB"]}, ["argali 3.3"]),
        ({"actor": ["ngos"]}, ["argali 1.2"]),
        ({"actor": ["international-council-for-game"]}, ["ssap 1.1.2"]),
        ({"actor": ["range States"]}, ["jwp B2"]),
        ({"actor_type": ["science"]}, ["argali 2.1"]),
        # Addressed only: neither responsible nor adviser.
        ({"actor_type": ["range-states"]}, []),
        ({"actor_type": ["range-states"], "actor_role": ["addressee"]}, ["jwp B2"]),
        ({"actor_role": ["beneficiary", "adviser"]}, ["argali 2.1", "argali 15.4"]),
        # The scientists advise in 2.1, the GOs do not.
        ({"actor": ["GOs"], "actor_role": ["adviser"]}, []),
        ({"taxon": ["ovis-ammon-polii"]}, ["argali 2.1"]),
        ({"taxon": ["ovis-ammon-polii"], "taxon_scope": ["exact"]}, ["argali 2.1"]),
        ({"taxon": ["ovis-ammon-polii"], "taxon_scope": ["species-wide"]}, ARGALI + SSAP),
        ({"taxon": ["saiga"]}, [*SAIGA, "jwp B2"]),
        ({"taxon": ["saiga"], "taxon_scope": ["exact"]}, SAIGA),
        ({"taxon": ["saiga-tatarica"]}, ["jwp B2"]),
        ({"taxon": ["saiga-tatarica"], "taxon_scope": ["species-wide"]}, [*SAIGA, "jwp B2"]),
    ],
)
def test_measures_are_chosen_by_topic_actor_and_reach_of_the_taxon(
    which: Which, filters: Filters, expected: list[str]
) -> None:
    assert which("measures", **filters) == expected


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("measures-by-topic", {"topic": ["trade-and-use"], "topic_weight": ["main"]}),
        ("measures-by-actor", {"actor": ["CIC", "NGOs"]}),
        ("measures-by-taxon", {"taxon": ["ovis-ammon-polii"], "taxon_scope": ["species-wide"]}),
        ("measures-by-unit", {"unit": ["14", "ural"]}),
    ],
)
def test_a_form_of_measures_answers_as_measures_do(ask: Ask, query: str, filters: Filters) -> None:
    assert ask(query, **filters) == ask("measures", **filters) != []
    (required,) = set(filters) - {"topic_weight", "taxon_scope"}
    with pytest.raises(MissingParameter, match=f"{required} is required"):
        ask(query)


def test_the_matrix_counts_measures_by_broad_topic_and_plan(ask: Ask) -> None:
    assert [tuple(row.values()) for row in ask("topic-matrix")] == [
        ("barriers-and-infrastructure", "saiga-mtiwp-2016-2020", "1", "1"),
        ("barriers-and-infrastructure", "argali-action-plan-2025-2032", "1", "1"),
        ("captive-breeding-and-reintroduction", "argali-action-plan-2025-2032", "1", "0"),
        ("enforcement-and-anti-poaching", "argali-ssap-2014-2024", "1", "1"),
        ("protected-areas-and-corridors", "saiga-mtiwp-2016-2020", "1", "1"),
        ("trade-and-use", "argali-action-plan-2025-2032", "2", "0"),
        ("trade-and-use", "argali-ssap-2014-2024", "1", "1"),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            {"by": ["country"], "level": ["narrow"], "topic": ["border-fence"]},
            [(code, "1") for code in ("CHN", "KAZ", "PAK", "TJK", "UZB")],
        ),
        ({"by": ["country"], "basis": ["mention"], "topic": ["border-fence"]},
         [("TJK", "1"), ("UZB", "1")]),
        ({"by": ["unit"], "topic": ["trade-and-use"]}, [("2", "1"), ("14", "1")]),
        ({"by": ["taxon"], "topic": ["border-fence"], "topic_weight": ["main"]},
         [("ovis-ammon", "1"), ("ovis-ammon-polii", "1")]),
        ({"topic": ["trade-and-use"], "topic_weight": ["main"]},
         [("argali-ssap-2014-2024", "1"), ("argali-action-plan-2025-2032", "1"),
          ("argali-ssap-2014-2024", "1")]),
        ({"country": ["PAK"]}, [("argali-action-plan-2025-2032", "1")]),
    ],
)  # fmt: skip
def test_the_columns_of_the_matrix_are_plans_countries_units_or_taxa(
    ask: Ask, filters: Filters, expected: list[tuple[str, str]]
) -> None:
    rows = ask("topic-matrix", **filters)
    assert [(row["column"], row["measures"]) for row in rows] == expected


def gap(ask: Ask, **filters: list[str]) -> list[tuple[str | None, ...]]:
    return [(row["kind"], row["subject"], row["note"]) for row in ask("gaps", **filters)]


def test_without_a_kind_all_gaps_are_listed_that_need_no_more(ask: Ask) -> None:
    few = "measures printed for this unit: "
    assert gap(ask) == [
        ("unit-without-measure", "betpak-dala", "nothing printed for this unit"),
        ("unit-without-measure", "22", "nothing printed for this unit"),
        *[
            ("unit-with-few-measures", unit, few + many)
            for unit, many in zip(
                ("ural", "ustiurt", "betpak-dala", "1", "2", "14", "18", "22"),
                "11011110",
                strict=True,
            )
        ],
        ("measure-with-one-actor-type", None, "not printed in this plan"),
        ("measure-with-one-actor-type", "1.1.1", "only government"),
        ("measure-with-one-actor-type", "1.1.2", "only hunting-sector"),
        ("measure-with-one-actor-type", None, "not printed in this plan"),
        (
            "range-state-without-unit",
            "AFG",
            "no unit of this range State is printed; source: A list",
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": ["unit-without-measure"], "unit_kind": ["national"]}, ["22"]),
        ({"kind": ["unit-with-few-measures"], "n": ["0"]}, ["betpak-dala", "22"]),
        (
            {"topic": ["trade-and-use"], "kind": ["unit-without-topic"]},
            ["ural", "ustiurt", "betpak-dala", "1", "18", "22"],
        ),
        (
            {"topic": ["trade-and-use"], "topic_weight": ["main"], "unit_kind": ["hotspot"],
             "kind": ["unit-without-topic"]},
            ["1", "2", "18"],
        ),
        (
            {"text": ["hunting"], "unit_kind": ["hotspot"], "kind": ["unit-without-topic"]},
            ["1", "2", "18"],
        ),
        # Words and topic must match the same measure: only 3.3 of unit 2 has both.
        (
            {"text": ["reintroduction"], "topic": ["trade-and-use"], "unit_kind": ["hotspot"],
             "kind": ["unit-without-topic"]},
            ["1", "14", "18"],
        ),
        (
            {"kind": ["measure-without-actor-type"], "actor_type": ["ngo"]},
            [None, "2.1", "19.1", "1.1.1", "1.1.2", None],
        ),
        (
            {"kind": ["measure-without-actor-type"], "actor_type": ["hunting-sector"],
             "instrument": ["argali-ssap-2014-2024"]},
            ["1.1.1"],
        ),
        (
            {"kind": ["measure-with-one-actor-type"], "actor_level": ["narrow"]},
            [None, "1.1.1", None],
        ),
        (
            {"kind": ["measure-with-one-actor-type"], "actor_type": ["hunting-sector"],
             "instrument": ["argali-ssap-2014-2024"]},
            ["1.1.2"],
        ),
        ({"country": ["MNG"]}, ["18", None, None]),
    ],
)  # fmt: skip
def test_gaps_are_of_the_kind_that_is_asked(
    ask: Ask, filters: Filters, expected: list[str | None]
) -> None:
    assert [row["subject"] for row in ask("gaps", **filters)] == expected


def test_a_topic_is_shown_with_its_weight_and_the_words_that_decide(ask: Ask) -> None:
    shown = ("number", "item", "topic", "weight", "words", "reason")
    rows = ask("topic-assignments", instrument=["saiga-mtiwp-2016-2020"])
    assert [[row[name] for name in shown] for row in rows] == [
        [
            *("12.2", None, "protected-areas-and-corridors", "main"),
            *("protected areas", "'protected areas'"),
        ],
        ["12.2", None, "border-fence", "other", None, "as if fences were named"],
    ]
    assert {(row["status"], row["period_end"]) for row in rows} == {("adopted", "2020")}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"weight": ["other"]}, ["12.2 None border-fence"]),
        (
            {"topic": ["barriers-and-infrastructure"]},
            ["12.2 None border-fence", "2.1 None border-fence"],
        ),
        (
            {"topic": ["trade-and-use"]},
            [
                "3.3 a hunting-and-quotas",
                "15.4 None hunting-and-quotas",
                "1.1.1 None illegal-trade",
            ],
        ),
        ({"country": ["KAZ"], "topic": ["hunting-and-quotas"]}, ["3.3 a", "15.4 None"]),
    ],
)
def test_assignments_are_found_by_topic_and_weight_and_those_of_items_too(
    ask: Ask, filters: Filters, expected: list[str]
) -> None:
    rows = ask("topic-assignments", **filters)
    found = [f"{row['number']} {row['item']} {row['topic']}" for row in rows]
    assert len(found) == len(expected)
    assert all(one.startswith(other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("query", "filters", "expected"),
    [
        ("measures-by-cmp-action", {"cmp_action": ["2.2"]}, ["argali 3.3"]),
        ("measures-by-cmp-action", {"cmp_action": ["2"]}, ["argali 3.3"]),
        # Only a topic that is wider than the action corresponds to it.
        ("measures-by-cmp-action", {"cmp_action": ["2.3"]}, []),
        ("measures-by-cmp-action", {"cmp_action": ["2.2"], "priority": ["1"]}, []),
        # The topic is broader than that of the measures.
        ("measures-by-leo-term", {"leo_term": ["infrastructure"]}, ["saiga 12.2", "argali 2.1"]),
        # An item of the list of 3.3 has the topic.
        ("measures-by-leo-term", {"leo_term": ["hunting"]}, ["argali 3.3", "argali 15.4"]),
        (
            "measures-by-leo-term",
            {"leo_term": ["hunting", "infrastructure"]},
            ["saiga 12.2", "argali 2.1", "argali 3.3", "argali 15.4"],
        ),
        ("measures-flat", {"leo_term": ["hunting"], "cmp_action": ["2.2"]}, ["argali 3.3"]),
    ],
)
def test_measures_are_found_by_terms_that_correspond_to_their_topics(
    which: Which, query: str, filters: Filters, expected: list[str]
) -> None:
    assert which(query, **filters) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"taxon": ["ovis-ammon-collium"]}, ["argali 15.4"]),
        ({"taxon": ["ovis-ammon-collium"], "taxon_certainty": ["stated"]}, []),
        ({"taxon": ["ovis-ammon-collium"], "taxon_certainty": ["alternative"]}, ["argali 15.4"]),
        (
            {"taxon": ["ovis-ammon-karelini"], "taxon_certainty": ["stated"]},
            ["argali 3.3"],
        ),
        # The species is certain for 15.4, where only the subspecies is not.
        (
            {"taxon": ["ovis-ammon"], "taxon_scope": ["exact"], "taxon_certainty": ["stated"]},
            ARGALI + SSAP,
        ),
        (
            {"taxon": ["ovis-ammon"], "taxon_certainty": ["alternative"]},
            ["argali 15.4"],
        ),
    ],
)
def test_the_certainty_is_that_of_the_taxon_that_is_chosen(
    which: Which, filters: Filters, expected: list[str]
) -> None:
    assert which("measures-by-taxon", **filters) == expected
    assert which("measures-flat", **filters) == expected
