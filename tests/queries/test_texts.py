"""`responsibilities`, `cross-references`, `quality-findings` and `statements` on the example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Ask = Callable[..., list[dict[str, str | None]]]
Filters = dict[str, list[str]]


def column(ask: Ask, query: str, name: str, **values: list[str]) -> list[str | None]:
    return [row[name] for row in ask(query, **values)]


# ── Responsibilities ─────────────────────────────────────────────────────────────────────────────


def test_actors_come_by_measure_then_by_where_they_stand(ask: Ask) -> None:
    rows = ask("responsibilities")
    assert [(row["number"], row["source"], row["position"], row["actor"]) for row in rows] == [
        ("4.5", "text", "1", "national contact points"),
        ("1.2", "cell", "1", "GOs"),
        ("1.2", "cell", "2", "NGOs"),
        ("1.2", "cell", "3", "holders of game management areas"),
        ("2.1", "cell", "1", "GOs"),
        ("2.1", "cell", "2", "scientific institutions"),
        ("15.4", "text", "1", "local communities"),
        ("1.1.1", "cell", "1", "Government agencies"),
        ("1.1.2", "cell", "1", "Hunting area managers"),
        ("1.1.2", "cell", "2", "CIC"),
        ("B2", "text", "1", "range States"),
        ("B2", "document", "1", "The Secretariats"),
    ]


def test_a_row_shows_the_name_its_qualifier_and_our_reading_of_it(ask: Ask) -> None:
    assert ask("responsibilities", number=["2.1"], actor=["GOs"]) == [
        {
            "instrument": "argali-action-plan-2025-2032",
            "number": "2.1",
            "position": "1",
            "actor": "GOs",
            "qualifier": "border authorities, environmental protection authorities",
            "role": "responsible",
            "actor_type": "border-authorities; environmental-authorities",
            "source": "cell",
            "measure": "https://w3id.org/meagraph/id/measure/argali-action-plan-2025-2032/2.1",
        }
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            {"instrument": ["argali-ssap-2014-2024"]},
            ["Government agencies", "Hunting area managers", "CIC"],
        ),
        ({"number": ["1.2"]}, ["GOs", "NGOs", "holders of game management areas"]),
        ({"number": ["1.1"]}, []),
        (
            {"number": ["4.5", "B2"], "source": ["text"]},
            ["national contact points", "range States"],
        ),
        ({"actor": ["gos"]}, ["GOs", "GOs"]),
        ({"actor": ["GO"]}, []),
        ({"actor": ["international-council-for-game"]}, ["CIC"]),
        ({"actor": ["cic", "the secretariats"]}, ["CIC", "The Secretariats"]),
        ({"actor_type": ["government"]}, ["GOs", "GOs", "Government agencies", "range States"]),
        ({"actor_type": ["border-authorities", "ngo"]}, ["NGOs", "GOs"]),
        ({"role": ["adviser", "addressee"]}, ["scientific institutions", "range States"]),
        ({"source": ["document"]}, ["The Secretariats"]),
        ({"actor_type": ["government"], "source": ["cell"], "number": ["2.1"]}, ["GOs"]),
    ],
)
def test_filters_choose_actors(ask: Ask, filters: Filters, expected: list[str]) -> None:
    assert column(ask, "responsibilities", "actor", **filters) == expected


# ── References ───────────────────────────────────────────────────────────────────────────────────


def test_references_come_in_the_order_of_the_texts_one_row_per_target(ask: Ask) -> None:
    rows = ask("cross-references")
    shown = ("source", "target_instrument", "target_number")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("title", "saiga-mou", None),
        ("1.1", "saiga-mou", None),
        ("12.2", "saiga-mtiwp-2016-2020", "12.2"),
        ("par. 1", None, None),
        ("par. 1", "argali-action-plan-2025-2032", None),
        ("B2", "saiga-mou", None),
        ("B2", "saiga-mtiwp-2016-2020", None),
        ("B2", "argali-action-plan-2025-2032", "2"),
        ("B2", "argali-action-plan-2025-2032", "14"),
        ("B2", None, None),
    ]


def test_a_reference_that_cannot_be_right_keeps_its_target_and_says_the_likely_one(
    ask: Ask,
) -> None:
    itself = "https://w3id.org/meagraph/id/measure/saiga-mtiwp-2016-2020/12.2"
    assert ask("cross-references", suspect=["true"]) == [
        {
            "instrument": "saiga-mtiwp-2016-2020",
            "source": "12.2",
            "phrase": "the results of 12.2",
            "kind": "measure",
            "target": itself,
            "target_instrument": "saiga-mtiwp-2016-2020",
            "target_number": "12.2",
            "suspect": "true",
            "likely_target": "1.10",
            "subject": itself,
        }
    ]


def test_a_target_that_is_not_ours_is_shown_by_its_name(ask: Ask) -> None:
    assert column(ask, "cross-references", "target", kind=["other"]) == [
        "CAMI Programme of Work",
        "this meeting",
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"instrument": ["saiga-mtiwp-2016-2020"]}, ["title", "1.1", "12.2"]),
        ({"kind": ["measure", "unit"]}, ["12.2", "B2", "B2"]),
        ({"target_instrument": ["saiga-mou"]}, ["title", "1.1", "B2"]),
        ({"target_instrument": ["saiga-mou"], "instrument": ["cms-cites-jwp-2015-2020"]}, ["B2"]),
        ({"suspect": ["false"], "kind": ["measure"]}, []),
    ],
)
def test_filters_choose_references(ask: Ask, filters: Filters, expected: list[str]) -> None:
    assert column(ask, "cross-references", "source", **filters) == expected


# ── Findings ─────────────────────────────────────────────────────────────────────────────────────


def test_findings_come_in_document_order(ask: Ask) -> None:
    assert column(ask, "quality-findings", "finding") == [
        "no-country-named",
        "self-reference",
        "period",
    ]


def test_a_finding_quotes_every_place_that_it_speaks_of(ask: Ask) -> None:
    plan = "https://w3id.org/meagraph/id/instrument/argali-action-plan-2025-2032"
    assert ask("quality-findings", kind=["conflict"]) == [
        {
            "finding": "period",
            "severity": "warning",
            "kind": "conflict",
            "instrument": "argali-action-plan-2025-2032",
            "subject": plan,
            "message": "The title and the second paragraph give different periods.",
            "quote": "2024-2032; 2025-2032",
            "iri": f"{plan}#finding-period",
        }
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"instrument": ["saiga-mtiwp-2016-2020"]}, ["no-country-named", "self-reference"]),
        ({"kind": ["gap", "conflict"]}, ["no-country-named", "period"]),
        ({"severity": ["warning"]}, ["self-reference", "period"]),
        ({"severity": ["warning"], "instrument": ["saiga-mtiwp-2016-2020"]}, ["self-reference"]),
    ],
)
def test_filters_choose_findings(ask: Ask, filters: Filters, expected: list[str]) -> None:
    assert column(ask, "quality-findings", "finding", **filters) == expected


# ── Statements ───────────────────────────────────────────────────────────────────────────────────


def test_a_statement_is_shown_as_printed(ask: Ask) -> None:
    assert ask("statements", kind=["introduction"]) == [
        {
            "instrument": "cms-cites-jwp-2015-2020",
            "kind": "introduction",
            "text": "The CMS/CITES Joint Work Programme comprises a non-exhaustive list of "
            "joint activities.",
            "iri": "https://w3id.org/meagraph/id/statement/cms-cites-jwp-2015-2020/introduction",
        }
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["vision", "goal", "mandate", "goal", "introduction"]),
        ({"instrument": ["argali-action-plan-2025-2032"]}, ["mandate", "goal"]),
        ({"kind": ["goal"]}, ["goal", "goal"]),
        ({"text": ["saiga populations"]}, ["vision", "goal"]),
        ({"text": ["CMS", "status"]}, ["mandate", "goal", "introduction"]),
        ({"kind": ["goal"], "text": ["argali"]}, ["goal"]),
    ],
)
def test_filters_choose_statements(ask: Ask, filters: Filters, expected: list[str]) -> None:
    assert column(ask, "statements", "kind", **filters) == expected
