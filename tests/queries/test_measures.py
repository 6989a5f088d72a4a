"""`measures`: every filter alone and combined, on the small example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Ask = Callable[..., list[dict[str, str | None]]]
Which = Callable[..., list[str]]

SAIGA = ["saiga 1.1", "saiga 1.10", "saiga 4.5", "saiga 9.4", "saiga 11.5", "saiga 12.2"]
ARGALI = ["argali 1.2", "argali 2.1", "argali 3.3", "argali 15.4", "argali 19.1"]
SSAP = ["ssap 1.1.1", "ssap 1.1.2", "ssap 1.2.10"]
JWP = ["jwp A2", "jwp B2"]


def test_all_measures_come_in_document_order(which: Which) -> None:
    assert which("measures") == SAIGA + ARGALI + SSAP + JWP


def test_a_row_shows_the_measure_as_printed_and_how_its_plan_stands(ask: Ask) -> None:
    (row,) = ask("measures", unit=["1"])
    assert row == {
        "instrument": "argali-action-plan-2025-2032",
        "number": "2.1",
        "part": "Specific measures for conservation units",
        "section": "2.0",
        "section_title": "1) High Pamirs (Afghanistan, China, Pakistan, Tajikistan)",
        "text": "Remove or reconstruct in a wildlife-friendly manner the border fences between "
        "Tajikistan-Afghanistan and Tajikistan-China",
        "priority": "1",
        "timescale": None,
        "responsibility": "GOs (border authorities, environmental protection authorities), "
        "advice by scientific institutions, NGOs",
        "applicability": None,
        "status": "draft",
        "period_end": "2032",
        "measure": "https://w3id.org/meagraph/id/measure/argali-action-plan-2025-2032/2.1",
    }


def test_the_section_of_the_ssap_is_the_result_and_its_part_the_objective(ask: Ask) -> None:
    (row,) = ask("measures", applicability=["all"])
    assert (row["part"], row["section"], row["section_title"]) == (
        "Objective 1: To stabilize argali numbers and range",
        "1.1",
        "Poaching and other human induced mortality are reduced",
    )
    assert (row["priority"], row["timescale"], row["applicability"]) == (
        "Essential",
        "On-going",
        "All",
    )


def test_what_is_not_printed_is_empty(ask: Ask) -> None:
    (row,) = ask("measures", section=["A"])
    empty = {name for name, value in row.items() if value is None}
    assert empty == {"priority", "timescale", "responsibility", "applicability"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"instrument": ["argali-ssap-2014-2024"]}, SSAP),
        ({"instrument": ["cms-cites-jwp-2015-2020", "argali-ssap-2014-2024"]}, SSAP + JWP),
        ({"section": ["1.0"]}, ["saiga 1.1", "saiga 1.10", "argali 1.2"]),
        ({"section": ["work-with-local-people"]}, ["saiga 4.5"]),
        ({"section": ["1.2", "A"]}, ["ssap 1.2.10", "jwp A2"]),
        ({"unit": ["ural"]}, ["saiga 11.5"]),
        ({"unit": ["1", "ustiurt"]}, ["saiga 12.2", "argali 2.1"]),
        (
            {"priority": ["1"]},
            [*SAIGA[:2], "saiga 12.2", "argali 1.2", "argali 2.1", "argali 19.1"],
        ),
        ({"priority": ["Essential", "3"]}, ["argali 3.3", "ssap 1.1.1", "ssap 1.1.2"]),
        ({"priority": ["Medium"]}, ["ssap 1.2.10"]),
        ({"priority_level": ["low", "medium"]}, [*SAIGA[2:5], *ARGALI[2:4], "ssap 1.2.10"]),
        ({"timescale": ["A"]}, ["saiga 1.1", "saiga 12.2"]),
        ({"timescale": ["A", "Medium"]}, ["saiga 1.1", "saiga 12.2", "ssap 1.2.10"]),
        ({"applicability": ["all"]}, ["ssap 1.1.1"]),
        ({"applicability": ["countries-with-trophy-hunting-programmes", "all"]}, SSAP[:2]),
        ({"status": ["draft"]}, ARGALI),
        ({"status": ["draft", "adopted"]}, SAIGA + ARGALI),
    ],
)
def test_a_filter_keeps_the_measures_with_any_of_its_values(
    which: Which, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert which("measures", **filters) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"country": ["KAZ"]}, [*SAIGA[3:], "argali 3.3", "argali 15.4"]),
        ({"country": ["KGZ", "RUS"]}, ["saiga 11.5", "ssap 1.1.2"]),
        ({"country": ["KAZ"], "basis": ["range-wide"]}, [*SAIGA[:2], "saiga 9.4", "argali 1.2"]),
        ({"country": ["KAZ"], "basis": ["mention"]}, ["saiga 9.4", "saiga 11.5", "argali 15.4"]),
        ({"country": ["TJK"], "basis": ["mention", "range-wide"]}, ["argali 2.1", "ssap 1.1.1"]),
        ({"basis": ["applicability"]}, ["ssap 1.1.2"]),
        ({"basis": ["range-wide"]}, [*SAIGA[:2], "saiga 9.4", "argali 1.2", "ssap 1.1.1"]),
        ({"evidence": ["reference"]}, [*SAIGA[:2], "saiga 9.4", "saiga 12.2"]),
        ({"certainty": ["bracketed", "alternative"]}, ["argali 1.2", "argali 19.1"]),
        ({"narrowed": ["true"]}, ["saiga 12.2", "argali 2.1", "argali 3.3", "argali 15.4"]),
    ],
)
def test_a_country_counts_by_every_basis_but_range_wide_unless_one_is_asked_for(
    which: Which, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert which("measures", **filters) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"country": ["KAZ"], "evidence": ["reference"]}, ["saiga 12.2"]),
        ({"country": ["KAZ"], "certainty": ["alternative"]}, []),
        ({"country": ["KAZ"], "narrowed": ["true"]}, ["saiga 12.2", "argali 3.3"]),
        ({"country": ["KAZ"], "narrowed": ["false"]}, ["saiga 9.4", "saiga 11.5", "argali 15.4"]),
        ({"country": ["UZB"], "certainty": ["conflicting"]}, ["argali 3.3"]),
        ({"country": ["KAZ"], "certainty": ["conflicting"]}, []),
        ({"basis": ["unit"], "evidence": ["reference"]}, ["saiga 12.2"]),
        ({"basis": ["mention"], "narrowed": ["true"]}, []),
    ],
)
def test_the_filters_of_a_link_must_hold_for_one_and_the_same_link(
    which: Which, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert which("measures", **filters) == expected


@pytest.mark.parametrize(
    ("taxa", "expected"),
    [
        (["ovis-ammon"], ARGALI + SSAP),
        (["ovis-ammon-karelini"], ["argali 3.3", "argali 15.4"]),
        (["ovis-ammon-polii", "ovis-ammon-darwini"], ["argali 2.1", "argali 19.1"]),
        (["saiga"], [*SAIGA, "jwp B2"]),
        (["saiga-tatarica"], ["jwp B2"]),
        (["panthera-uncia"], []),
    ],
)
def test_a_taxon_takes_its_subspecies_along_and_counts_as_target_only(
    which: Which, taxa: list[str], expected: list[str]
) -> None:
    assert which("measures", taxon=taxa) == expected


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["ngo"], ["argali 1.2"]),
        (["government"], ["argali 1.2", "argali 2.1", "ssap 1.1.1"]),
        (["border-authorities", "intergovernmental"], ["argali 2.1", "jwp B2"]),
        (["hunting-sector"], ["argali 1.2", "ssap 1.1.2"]),
    ],
)
def test_a_type_of_actor_takes_narrower_types_along_and_leaves_addressees_out(
    which: Which, types: list[str], expected: list[str]
) -> None:
    assert which("measures", actor_type=types) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2013-12-31", []),
        ("2014-01-01", SSAP),
        ("2020-12-31", SAIGA + SSAP + JWP),
        ("2021-01-01", SSAP),
        ("2025-01-01", ARGALI),
        ("2032-12-31", ARGALI),
    ],
)
def test_a_period_counts_from_its_first_day_to_its_last(
    which: Which, day: str, expected: list[str]
) -> None:
    assert which("measures", in_period_on=[day]) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["anti-poaching"], ["argali 1.2", "ssap 1.1.1"]),
        (["hunt"], ["argali 15.4", "ssap 1.1.1", "ssap 1.1.2", "ssap 1.2.10"]),
        (["hunt*"], ["argali 15.4", "ssap 1.1.1", "ssap 1.1.2", "ssap 1.2.10"]),
        (['"trophy hunting"'], ["ssap 1.1.2"]),
        (['"hunting trophy"'], []),
        (["KAZAKHSTAN breeding"], ["saiga 9.4"]),
        (["breeding fences"], []),
        (["grazing", "hunting zones"], ["argali 19.1", "ssap 1.1.2"]),
        (
            ["hunting", "argali"],
            ["argali 3.3", "argali 15.4", "ssap 1.1.1", "ssap 1.1.2", "ssap 1.2.10"],
        ),
    ],
)
def test_all_words_of_one_search_must_occur_and_any_of_several_searches(
    which: Which, texts: list[str], expected: list[str]
) -> None:
    assert which("measures", text=texts) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            {"country": ["KAZ"], "instrument": ["argali-action-plan-2025-2032"]},
            ["argali 3.3", "argali 15.4"],
        ),
        ({"country": ["KAZ"], "priority": ["2"]}, ["saiga 9.4", "saiga 11.5", "argali 15.4"]),
        ({"text": ["hunting"], "taxon": ["ovis-ammon-collium"]}, ["argali 15.4"]),
        ({"country": ["KAZ", "CHN"], "unit": ["14", "18"], "narrowed": ["true"]}, ["argali 15.4"]),
        ({"actor_type": ["government"], "priority_level": ["high"], "unit": ["1"]}, ["argali 2.1"]),
        ({"section": ["1.0"], "timescale": ["B"], "status": ["adopted"]}, ["saiga 1.10"]),
        ({"in_period_on": ["2016-06-30"], "text": ["conventions"]}, ["jwp A2"]),
        ({"status": ["adopted"], "taxon": ["ovis-ammon"]}, []),
    ],
)
def test_different_filters_must_all_hold(
    which: Which, filters: dict[str, list[str]], expected: list[str]
) -> None:
    assert which("measures", **filters) == expected


def test_many_values_in_many_filters_neither_repeat_a_measure_nor_take_long(which: Which) -> None:
    found = which(
        "measures",
        instrument=["argali-action-plan-2025-2032", "saiga-mtiwp-2016-2020"],
        section=["1.0", "2.0", "3.0", "15.0", "19.0"],
        unit=["1", "2", "14", "18", "22", "ural", "ustiurt"],
        country=["AFG", "CHN", "KAZ", "KGZ", "MNG", "PAK", "RUS", "TJK", "UZB"],
        basis=["mention", "unit", "applicability", "range-wide"],
        evidence=["document", "reference"],
        certainty=["stated", "bracketed", "alternative", "conflicting"],
        taxon=["ovis-ammon", "ovis-ammon-polii", "ovis-ammon-karelini", "saiga"],
        priority=["1", "2", "3", "Essential", "Medium"],
        priority_level=["high", "medium", "low"],
        status=["draft", "adopted", "not-verified"],
        text=["argali", "grazing", "border fences", "trans*"],
    )
    assert found == ARGALI[1:]


def test_the_flat_table_has_all_values_of_a_measure_in_one_row(ask: Ask) -> None:
    lists = ("topics", "taxa", "countries", "actors")
    rows = {row["number"]: row for row in ask("measures-flat")}
    assert [rows["12.2"][name] for name in lists] == [
        "protected-areas-and-corridors; border-fence",  # the main topic first
        "saiga",
        None,
        None,
    ]
    assert [rows["1.2"][name] for name in lists] == [
        None,
        "ovis-ammon",
        None,
        "GOs; NGOs; holders of game management areas",
    ]
    assert rows["9.4"]["countries"] == "CHN; KAZ; UZB"
    assert [rows["2.1"][name] for name in ("unit", "priority", "status", "period_end")] == [
        *("1", "1", "draft", "2032"),
    ]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"instrument": ["argali-ssap-2014-2024"]},
        {"country": ["KAZ"], "basis": ["unit"]},
        {"topic": ["border-fence"]},
        {"actor_type": ["ngo"], "priority": ["1"]},
        {"text": ["graz*"]},
    ],
)
def test_the_flat_table_lists_the_same_measures(
    which: Which, filters: dict[str, list[str]]
) -> None:
    assert which("measures-flat", **filters) == which("measures", **filters)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("country", ["KAZ", "UZB"]),
        ("topic", ["enforcement-and-anti-poaching", "capacity"]),
        ("topic", ["barriers-and-infrastructure", "border-fence"]),
        ("taxon", ["ovis-ammon", "ovis-ammon-karelini"]),
        ("actor_type", ["government", "ngo"]),
        ("unit", ["1", "2"]),
    ],
)
def test_measures_with_all_values_are_those_with_each(
    which: Which, name: str, values: list[str]
) -> None:
    of_each = [which("measures", **{name: [value]}) for value in values]
    common = [one for one in of_each[0] if all(one in of for of in of_each)]
    assert which("measures", **{name: values}, match=["all"]) == common
    assert set(which("measures", **{name: values})) == {one for of in of_each for one in of}
    assert any(of_each)
