"""The canned queries on the real release: no row is missing or duplicated."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import full_text
from meagraph.core.queries import CannedQuery
from tests.nonempty import nonempty

Queries = dict[str, CannedQuery]
Table = list[dict[str, str | None]]
Real = Callable[..., Table]


@pytest.fixture(scope="module")
def real(queries: Queries, release: Path, store: ox.Store) -> Real:
    """Run a canned query on the real release."""

    def answers(name: str, **values: list[str]) -> Table:
        return table(store, queries[name].bind(values, look_up=partial(full_text.found, release)))

    return answers


def table(store: ox.Store, query: str) -> Table:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return [
        {name: getattr(term, "value", None) for name, term in zip(names, row, strict=True)}
        for row in solutions
    ]


def count(store: ox.Store, pattern: str) -> int:
    (row,) = table(
        store,
        "PREFIX mea: <https://w3id.org/meagraph/ontology#>"
        f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT * {{ {pattern} }} }}",
    )
    return int(row["n"] or 0)


@pytest.mark.parametrize(
    ("query", "pattern"),
    [
        ("measures", "?x a mea:Measure"),
        ("country-links", "?measure a mea:Measure ; mea:countryLink ?link"),
        ("units", "?x a mea:ConservationUnit OPTIONAL { ?x mea:countryLink ?link }"),
        ("responsibilities", "?measure mea:responsibility ?x"),
        ("cross-references", "?x a mea:CrossReference OPTIONAL { ?x mea:target ?target }"),
        ("quality-findings", "?x a mea:QualityFinding"),
        ("instruments", "?x a mea:Instrument"),
        (
            "statements",
            "VALUES ?class { mea:Statement mea:ListedSpecies mea:Footnote } "
            "?x a ?class ; mea:text ?text",
        ),
        ("memberships", "?x a mea:Membership"),
        (
            "places",
            "?x a mea:PlaceNaming ; mea:site ?site OPTIONAL { ?site mea:siteCountry ?state }",
        ),
        ("taxa", "?x a mea:Taxon"),
        ("passage", "?x mea:passage ?passage"),
        ("timeline", "?x mea:timescale/mea:envisagedBy ?year"),
        ("topic-assignments", "?subject mea:topicAssignment ?x"),
        ("measures-flat", "?x a mea:Measure"),
    ],
)
def test_every_thing_has_its_row_and_only_one(
    real: Real, store: ox.Store, query: str, pattern: str
) -> None:
    rows = real(query)
    assert len(rows) == count(store, pattern) > 0
    assert len({tuple(row.values()) for row in rows}) == len(rows)


def test_every_measure_of_a_family_and_every_relation_has_its_row(
    real: Real, store: ox.Store
) -> None:
    same = count(store, "?measure mea:sameTextAs ?other")
    families = real("same-text")
    assert len({row["measure"] for row in families}) == len(families) > 0
    sizes = [
        sum(row["family"] == family for row in families)
        for family in {row["family"] for row in families}
    ]
    assert sum(size * (size - 1) for size in sizes) == same
    relations = count(store, "?measure mea:measureRelation ?relation")
    between = count(
        store, "?m a mea:Measure ; mea:reference ?x . ?x mea:target ?t . ?t a mea:Measure"
    )
    assert len(real("related-measures")) == relations + between


def test_measures_of_shared_units_are_counted_alike_by_unit_and_by_pair(real: Real) -> None:
    for pair in nonempty(real("country-pairs")):
        countries = [pair["country_a"] or "", pair["country_b"] or ""]
        rows = real("shared-units", country=countries, certainty=["stated", "bracketed"])
        assert len({row["unit"] for row in rows}) == int(pair["units"] or "")
        assert sum(row["number"] is not None for row in rows) == int(pair["measures"] or "")


def test_the_table_of_coverage_counts_the_rows_of_each_country(real: Real) -> None:
    for country in ("KAZ", "TJK", "BTN"):
        counted = sum(
            int(row["measures"] or "") for row in real("country-coverage", country=[country])
        )
        assert counted == len(real("measures-by-country", country=[country]))


def test_the_main_topics_of_the_matrix_add_up_to_all_measures(real: Real, store: ox.Store) -> None:
    rows = real("topic-matrix", topic_weight=["main"], level=["narrow"])
    assert sum(int(row["measures"] or "") for row in rows) == count(store, "?x a mea:Measure")


def test_priorities_add_up_to_all_measures(real: Real, store: ox.Store) -> None:
    rows = real("priority-by-plan")
    assert sum(int(row["measures"] or "") for row in rows) == count(store, "?x a mea:Measure")


def test_every_link_is_behind_one_row_of_measures_by_country(real: Real, store: ox.Store) -> None:
    links = real("country-links")
    countries = sorted({row["country"] or "" for row in links})
    bases = ["mention", "unit", "applicability", "range-wide"]
    rows = real("measures-by-country", country=countries, basis=bases)
    behind = {
        (row["measure"], row["country"], basis)
        for row in rows
        for basis in (row["basis"] or "").split("; ")
    }
    assert behind == {(row["measure"], row["country"], row["basis"]) for row in links}
    assert len({(row["measure"], row["country"]) for row in rows}) == len(rows)


def test_the_rows_of_a_country_are_the_measures_that_a_country_filters(real: Real) -> None:
    for country in ("KAZ", "UZB", "CHN"):
        rows = real("measures-by-country", country=[country])
        assert [row["measure"] for row in rows] == [
            row["measure"] for row in real("measures", country=[country])
        ]


def test_every_choice_of_every_filter_of_measures_can_be_asked(
    real: Real, queries: Queries, store: ox.Store
) -> None:
    everything = len(real("measures"))
    for name in ("instrument", "section", "priority", "timescale", "unit", "applicability"):
        parameter = queries["measures"].parameters[name]
        values = [
            (row["value"] or "").rpartition("/")[2] if parameter.iri else row["value"] or ""
            for row in table(store, parameter.choices_query or "")
        ]
        found = [len(real("measures", **{name: [value]})) for value in values]
        assert sum(found) <= everything
        if name in ("instrument", "section"):
            assert sum(found) == everything


@pytest.mark.parametrize(
    "printed", ["Argali WG", "argali working group", "Argali Working Group", "argali-working-group"]
)
def test_every_name_of_an_organisation_finds_what_any_of_them_finds(
    real: Real, printed: str
) -> None:
    found = {row["number"] for row in real("measures-by-actor", actor=[printed])}
    assert len(found) == 12


def test_units_by_country_counts_the_rows_of_units(real: Real) -> None:
    rows = real("units")
    for counted in nonempty(real("units-by-country")):
        of_both = [
            (row["unit"] or "", row["status"])
            for row in rows
            if (row["country"], row["instrument"]) == (counted["country"], counted["instrument"])
        ]
        sure = [unit for unit, status in of_both if status != "conflicting"]
        doubtful = [unit for unit, status in of_both if status == "conflicting"]
        assert counted["units"] == str(len(sure))
        assert (counted["unit_numbers"] or "") == "; ".join(sure)
        assert (counted["conflicting_units"] or "") == "; ".join(doubtful)


def test_every_earlier_measure_is_carried_forward_or_not(real: Real) -> None:
    earlier = [row["measure"] for row in real("measures", instrument=["argali-ssap-2014-2024"])]
    begin = "https://w3id.org/meagraph/id/measure/argali-ssap-2014-2024/"
    carried = {f"{begin}{row['from_number']}" for row in real("carried-forward")}
    left = [row["measure"] for row in real("not-carried-forward")]
    assert carried.isdisjoint(left)
    assert len(carried) + len(left) == len(earlier)
    assert [one for one in earlier if one not in carried] == left


def test_the_words_that_decide_on_a_topic_stand_in_the_text(real: Real) -> None:
    def plain(text: str | None) -> str:
        return " ".join((text or "").lower().split())

    rows = real("topic-assignments")
    assert sum(row["words"] is None for row in rows) < 5
    for row in rows:
        for words in (row["words"] or "").split("; "):
            assert plain(words) in plain(row["text"]), row["reason"]


def test_pairs_with_other_priorities_are_of_one_family(real: Real) -> None:
    family = {row["measure"]: row["family"] for row in real("same-text")}
    pairs = real("same-text-different-priority")
    assert all(family[row["measure"]] == family[row["other"]] for row in pairs)
    assert all(row["priority"] != row["other_priority"] for row in pairs)
