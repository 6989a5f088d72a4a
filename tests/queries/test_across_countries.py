"""Shared units, pairs, coverage, profiles, checklists and memberships of countries."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
import pytest

from meagraph.core.queries import CannedQuery

Ask = Callable[..., list[dict[str, str | None]]]
Which = Callable[..., list[str]]
Filters = dict[str, list[str]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["ural", "1", "2", "14", "18"]),
        ({"country": ["KAZ"]}, ["ural", "2", "14"]),
        ({"country": ["CHN", "KAZ"]}, ["14"]),
        ({"country": ["CHN", "KAZ", "CHN"]}, ["14"]),
        ({"country": ["KAZ", "UZB"]}, ["2"]),
        ({"country": ["KAZ", "UZB"], "certainty": ["stated", "bracketed"]}, []),
        ({"country": ["CHN", "PAK"]}, ["1"]),
        ({"country": ["CHN", "PAK"], "only": ["true"]}, []),
        ({"country": ["CHN", "PAK", "TJK"], "only": ["true"]}, ["1"]),
        ({"country": ["CHN", "PAK"], "only": ["false"]}, ["1"]),
        ({"topic": ["trade-and-use"]}, ["2", "14"]),
        ({"country": ["CHN", "PAK"], "narrowed": ["true"]}, ["1"]),
        ({"country": ["CHN", "TJK"], "narrowed": ["true"]}, []),
        ({"country": ["CHN", "TJK"], "basis": ["mention"]}, ["1"]),
        ({"instrument": ["saiga-mtiwp-2016-2020"]}, ["ural"]),
        ({"unit": ["14", "22"]}, ["14"]),
        ({"priority_level": ["high"]}, ["1", "18"]),
    ],
)
def test_all_given_countries_must_share_the_unit(
    ask: Ask, filters: Filters, expected: list[str]
) -> None:
    assert [row["unit"] for row in ask("shared-units", **filters)] == expected


def test_every_country_of_a_shared_unit_has_its_certainty(ask: Ask) -> None:
    (row,) = ask("shared-units", country=["KAZ", "UZB"])
    assert (row["countries"], row["certainty"]) == ("KAZ; UZB", "stated; conflicting")
    assert (row["number"], row["priority"], row["name"]) == ("3.3", "3", "Western Tien Shan")


def test_a_shared_unit_without_a_measure_is_shown_until_measures_are_chosen(
    queries: dict[str, CannedQuery], example: ox.Store
) -> None:
    unit = "https://w3id.org/meagraph/id/unit/argali-action-plan-2025-2032/22"
    store = ox.Store()
    store.extend(list(example))
    store.update(
        "PREFIX mea: <https://w3id.org/meagraph/ontology#>"
        f"INSERT DATA {{ <{unit}> mea:countryLink <{unit}#link-CHN> . <{unit}#link-CHN>"
        " mea:country <https://w3id.org/meagraph/id/country/CHN> ;"
        " mea:evidence <https://w3id.org/meagraph/id/evidence/document> ;"
        " mea:certainty <https://w3id.org/meagraph/id/certainty/stated> }"
    )

    def units(**values: list[str]) -> list[tuple[str, str | None]]:
        solutions = store.query(queries["shared-units"].bind(values))
        assert isinstance(solutions, ox.QuerySolutions)
        return [(row["unit"].value, getattr(row["number"], "value", None)) for row in solutions]

    assert units(country=["CHN", "KAZ"]) == [("14", "15.4"), ("22", None)]
    assert units(unit=["22"]) == [("22", None)]
    assert units(country=["CHN", "KAZ"], topic=["trade-and-use"]) == [("14", "15.4")]


def test_pairs_count_units_and_keep_contradicted_ones_apart(ask: Ask) -> None:
    assert [tuple(row.values()) for row in ask("country-pairs")] == [
        ("CHN", "KAZ", "1", "14", None, "1"),
        ("CHN", "MNG", "1", "18", None, "1"),
        ("CHN", "PAK", "1", "1", None, "1"),
        ("CHN", "TJK", "1", "1", None, "1"),
        ("KAZ", "RUS", "1", "ural", None, "1"),
        ("KAZ", "UZB", "0", None, "2", "0"),
        ("PAK", "TJK", "1", "1", None, "1"),
    ]


def test_the_other_reading_counts_measures_that_concern_both_countries(ask: Ask) -> None:
    rows = ask("country-pairs", counting=["both-countries"])
    counted = {(row["country_a"], row["country_b"]): row["measures"] for row in rows}
    assert counted == {
        ("CHN", "KAZ"): "2",
        ("CHN", "MNG"): "0",
        ("CHN", "PAK"): "0",
        ("CHN", "TJK"): "0",
        ("CHN", "UZB"): "1",
        ("KAZ", "RUS"): "0",
        ("KAZ", "UZB"): "1",
        ("PAK", "TJK"): "0",
    }


def test_pairs_of_one_country_or_plan_can_be_chosen(ask: Ask) -> None:
    rows = ask("country-pairs", country=["KAZ"], instrument=["saiga-mtiwp-2016-2020"])
    assert [(row["country_a"], row["country_b"]) for row in rows] == [("KAZ", "RUS")]


def test_coverage_counts_each_reason_and_each_measure_once(ask: Ask) -> None:
    assert [tuple(row.values()) for row in ask("country-coverage", country=["KAZ"])] == [
        ("KAZ", "saiga-mtiwp-2016-2020", "2", "2", "0", "3", "3"),
        ("KAZ", "argali-action-plan-2025-2032", "1", "2", "0", "1", "2"),
        ("KAZ", "argali-ssap-2014-2024", "0", "0", "0", "0", "0"),
        ("KAZ", "cms-cites-jwp-2015-2020", "0", "0", "0", "0", "0"),
    ]
    assert len(ask("country-coverage")) == 40


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"narrowed": ["false"]}, ("2", "1", "3", "2")),
        ({"basis": ["range-wide", "unit"]}, ("2", "2", "3", "5")),
        ({"evidence": ["reference"]}, ("0", "1", "3", "1")),
        ({"certainty": ["conflicting"]}, ("0", "0", "0", "0")),
    ],
)
def test_filters_of_a_link_choose_what_coverage_counts(
    ask: Ask, filters: Filters, expected: tuple[str, ...]
) -> None:
    (row,) = ask(
        "country-coverage", country=["KAZ"], instrument=["saiga-mtiwp-2016-2020"], **filters
    )
    assert (row["mention"], row["unit"], row["range_wide"], row["measures"]) == expected


def test_a_profile_tells_part_by_part_what_is_held_about_a_country(ask: Ask) -> None:
    rows = ask("country-profile", country=["KAZ"])
    saiga, argali = "saiga-mtiwp-2016-2020", "argali-action-plan-2025-2032"
    assert [(row["section"], row["item"], row["value"], row["instrument"]) for row in rows] == [
        ("name", "name (en)", "Kazakhstan", None),
        ("name", "name (ru)", "Казахстан", None),
        ("memberships", "Party", "since 2006-05-01", "cms"),
        ("range (from references)", "rangeState", "ovis ammon", None),
        *[
            ("conservation unit or population", unit, f"{name} (stated)", plan)
            for unit, name, plan in (
                ("ural", "Ural population", saiga),
                ("2", "Western Tien Shan", argali),
                ("14", "Tarbagatay and Saur Ranges", argali),
                ("22", "Kazakhstan argali O.a.collium in the hill-lands of Kazakhstan", argali),
            )
        ],
        *[
            ("measures, by why listed", item, value, plan)
            for item, value, plan in (
                ("mention", "2", saiga),
                ("unit", "2", saiga),
                ("any but range-wide", "3", saiga),
                ("range-wide", "3", saiga),
                ("mention", "1", argali),
                ("unit", "2", argali),
                ("any but range-wide", "2", argali),
                ("range-wide", "1", argali),
            )
        ],
        *[
            ("measures, by harmonised priority", item, value, plan)
            for item, value, plan in (
                ("high", "1", saiga),
                ("medium", "2", saiga),
                ("medium", "1", argali),
                ("low", "1", argali),
            )
        ],
        *[
            ("measures, by broad topic", item, value, None)
            for item, value in (
                ("barriers-and-infrastructure", "1"),
                ("captive-breeding-and-reintroduction", "1"),
                ("protected-areas-and-corridors", "1"),
                ("trade-and-use", "2"),
            )
        ],
    ]


def test_parts_of_a_profile_can_be_chosen(ask: Ask) -> None:
    rows = ask("country-profile", country=["MNG"], section=["place", "membership"])
    assert [(row["item"], row["value"]) for row in rows] == [("populated place", "Khovd")]


def test_a_checklist_is_the_measures_of_a_country_and_four_empty_columns(ask: Ask) -> None:
    rows = ask("national-checklist", country=["UZB"])
    assert [(row["number"], row["basis"], row["narrowed"]) for row in rows] == [
        ("9.4", "mention", "false"),
        ("12.2", "mention; unit", "false"),
        ("3.3", "mention; unit", "false"),
    ]
    for row in rows:
        assert [row[name] for name in ("national_lead", "status", "evidence", "date")] == [None] * 4
    assert (rows[0]["plan_status"], rows[0]["section_title"]) == ("adopted", "Captive breeding")
    assert rows[2]["certainty"] == "stated; conflicting"


def test_a_checklist_has_the_measures_of_the_country_table(which: Which) -> None:
    for filters in ({}, {"basis": ["range-wide"]}, {"topic": ["border-fence"]}):
        assert which("national-checklist", country=["KAZ", "CHN"], **filters) == which(
            "measures-by-country", country=["KAZ", "CHN"], **filters
        )


def test_memberships_say_what_a_source_says_and_never_that_a_country_is_no_party(ask: Ask) -> None:
    rows = ask("memberships")
    shown = ("country", "instrument", "role", "status", "since", "as_of", "source_kind", "note")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("CHN", "cms", "none-found", "none found in that source", None, "2024-04", "dataset",
         "no row in the dataset"),
        ("KAZ", "cms", "party", "Party", "2006-05-01", None, "dataset",
         "a date differs | no. 97 on a page"),
        (None, "saiga-mou", "cooperating-organisation", "Cooperating organisation", None, None,
         "page", None),
    ]  # fmt: skip
    assert (rows[2]["iri"] or "").startswith("https://w3id.org/meagraph/id/actor/")
    added = ("ratified", "party_number", "source")
    assert [tuple(row[name] for name in added) for row in rows] == [
        (None, None, None),
        ("2005-12", "97", "IEADB; Page of CMS"),
        (None, None, None),
    ]
    assert [row["country"] for row in ask("memberships", role=["party"])] == ["KAZ"]
    assert [row["country"] for row in ask("memberships", instrument=["saiga-mou"])] == [None]
