"""No parameter value changes the structure of a canned query."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core import queries
from meagraph.core.errors import BadValue, MissingParameter, RequestError, UnknownParameter
from meagraph.core.lexer import significant
from meagraph.core.queries.composition import fill, literal, parameter_blocks
from tests.ready_made import QUERIES

QUERY = queries.load(Path(__file__).parents[1] / "api" / "data" / "queries")["measures"]

VALUES = st.one_of(
    st.text(min_size=1),
    st.sampled_from(
        [
            '" } SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } #',
            "> } INSERT DATA { <a:a> <a:b> 1 } #",
            "\\",
            '\\"',
            "'''",
            "}} #",
            "KAZ> <http://e/",
            "\x00",
            "{value}",
            "$&",
        ]
    ),
)


def nothing(*_: object) -> tuple[str, ...]:
    """A lookup that finds nothing."""
    return ()


USUAL = {
    "iri": "KAZ",
    "string": "a",
    "words": "a",
    "integer": "1",
    "boolean": "true",
    "date": "2026-03-31",
}


def outside_the_places(text: str) -> list[str]:
    """The tokens of a query without the content of the data blocks of its parameters."""
    emptied = fill(text, dict.fromkeys(parameter_blocks(text), ()))
    return [token.text for token in significant(emptied)]


@pytest.mark.parametrize("name", list(QUERY.parameters))
@given(value=VALUES)
def test_no_value_changes_the_query_around_it(name: str, value: str) -> None:
    if not value.strip():  # which is ignored
        return
    try:
        bound = QUERY.bind({name: [value]}, look_up=nothing)
    except RequestError:
        return
    declared = QUERY.parameters[name]
    usual_value = (declared.listed or [USUAL[declared.type]])[0]
    usual = QUERY.bind({name: [usual_value]}, look_up=nothing)
    assert outside_the_places(bound) == outside_the_places(usual)
    ox.Store().query(bound)


@given(st.text())
def test_a_literal_reads_back_as_the_text_it_was_made_of(text: str) -> None:
    result = ox.Store().query(f"SELECT ?x {{ VALUES ?x {{ {literal(text)} }} }}")
    assert isinstance(result, ox.QuerySolutions)
    [solution] = result
    term = solution["x"]
    assert isinstance(term, ox.Literal)
    assert term.value == text


@pytest.mark.parametrize(
    ("name", "value", "term"),
    [
        ("country", "KAZ", "<https://w3id.org/meagraph/id/country/KAZ>"),
        ("country", "a b/c", "<https://w3id.org/meagraph/id/country/a%20b%2Fc>"),
        ("number", '1.1"', '"1.1\\""'),
        ("narrowed", "true", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        ("position", "-2", '"-2"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("day", "2024-02-29", '"2024-02-29"^^<http://www.w3.org/2001/XMLSchema#date>'),
    ],
)
def test_each_type_makes_its_term(name: str, value: str, term: str) -> None:
    assert f"VALUES ?_{name} {{ {term} }}" in QUERY.bind({name: [value]}, look_up=nothing)


@given(st.dates())
def test_every_day_of_the_calendar_is_a_date(day: date) -> None:
    assert f'"{day.isoformat()}"^^' in QUERY.bind({"day": [day.isoformat()]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("narrowed", "yes"),
        ("narrowed", "True"),
        ("position", "1.5"),
        ("position", "٣"),
        ("position", "9" * 40),
        ("day", "2023-02-29"),
        ("day", "2023-2-1"),
        ("day", "20230201"),
        ("text", "*"),
        ("text", '""'),
        ("text", '"open'),
        ("number", "\ud800"),
        ("number", " 1.1"),
        ("number", "1.1\t"),
        ("country", "KAZ "),
        ("priority", "high"),
        ("position", " 2"),
    ],
)
def test_a_wrong_value_is_named_and_refused(name: str, value: str) -> None:
    with pytest.raises(BadValue, match=f"^{name}="):
        QUERY.bind({name: [value]}, look_up=nothing)


def test_a_value_that_is_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(BadValue, match=r"Did you mean High\? The values are: 1, High\."):
        QUERY.bind({"priority": ["high"]})
    with pytest.raises(BadValue, match="Did you mean KAZ"):
        QUERY.bind({"country": ["kaz"]}, {"country": ("KAZ", "UZB")})


def test_an_unknown_parameter_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UnknownParameter, match=r"Did you mean country\? There are: country, numb"):
        QUERY.bind({"contry": ["KAZ"]})


def test_a_parameter_for_one_value_takes_no_two() -> None:
    with pytest.raises(BadValue, match="takes one value; 2 were given"):
        QUERY.bind({"priority": ["1", "High"]})


def test_a_required_parameter_must_be_given() -> None:
    query = queries.load(Path(__file__).parents[1] / "api" / "data" / "queries")["by-country"]
    with pytest.raises(MissingParameter, match=r"country is required: give one, e\.g\. country=KA"):
        query.bind({"country": [""]})


def test_a_value_that_finds_nothing_without_another_parameter_asks_for_it() -> None:
    """Otherwise the empty result would mean that there are no gaps."""
    gaps = QUERIES["gaps"]
    with pytest.raises(MissingParameter, match="kind=unit-without-topic needs topic or text: give"):
        gaps.bind({"kind": ["unit-without-topic"]})
    with pytest.raises(MissingParameter, match="measure-without-actor-type needs actor_type"):
        gaps.bind({"kind": ["unit-without-measure", "measure-without-actor-type"]})
    assert gaps.bind({"kind": ["unit-without-topic"], "text": ["fence"]}, look_up=nothing)
    assert gaps.bind({"kind": ["unit-without-measure"]})


def test_numbers_are_written_in_one_way() -> None:
    assert QUERY.bind({"position": ["+2", "007"]}) == QUERY.bind({"position": ["2", "7"]})


def test_empty_values_count_as_not_given() -> None:
    assert QUERY.bind({"country": [""], "text": ["  "]}) == QUERY.bind({})


def test_several_values_are_any_of_them() -> None:
    bound = QUERY.bind({"country": ["KAZ", "UZB", "KAZ"]})
    assert "country/KAZ> <https://w3id.org/meagraph/id/country/UZB> }" in bound


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("*poach*", "star"),
        ("*poach", "star"),
        ("po*ch", "star"),
        ("poach**", "star"),
        ("fence *", "star"),
        ('"*border fence"', "star"),
        ('"border* fence"', "star"),
        ("fence OR rail", "OR' is not an operator.*give text several times"),
        ("fence AND rail", "AND' is not an operator"),
        ("NOT fence", "NOT' is not an operator"),
        ("-fence", "no -word"),
        ("fence +rail", "no -word"),
        ("fence - rail", "no -word"),
        ("(fence rail)", "no brackets around several words"),
        ("[fence", "no brackets around several words"),
        ("fence|rail", "the only wildcard is a star"),
        ("fence~2", "the only wildcard is a star"),
        ('"" fence', "no word in these quotation marks"),
        ('fence "...', "never closed"),
    ],
)
def test_syntax_of_other_search_fields_is_refused_and_never_read_as_letters(
    value: str, message: str
) -> None:
    """They would match nothing, which some queries report as a finding."""
    with pytest.raises(BadValue, match=message):
        QUERY.bind({"text": [value]}, look_up=nothing)
