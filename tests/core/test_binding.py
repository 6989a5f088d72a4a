"""Whatever a caller sends, a canned query stays the same query."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core import files, queries
from meagraph.core.errors import BadValue, MissingParameter, RequestError, UnknownParameter
from meagraph.core.lexer import significant
from meagraph.core.queries.composition import literal, place, places

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


USUAL = {
    "iri": "KAZ",
    "string": "a",
    "words": "a",
    "integer": "1",
    "boolean": "true",
    "date": "2026-03-31",
}


def outside_the_places(text: str) -> list[str]:
    """The tokens of a query without what stands in the data blocks of its parameters."""
    emptied = place(text, dict.fromkeys(places(text), ()))
    return [token.text for token in significant(emptied)]


@pytest.mark.parametrize("name", list(QUERY.parameters))
@given(value=VALUES)
def test_no_value_changes_the_query_around_it(name: str, value: str) -> None:
    if not value.strip():  # which counts as not given
        return
    try:
        bound = QUERY.bind({name: [value]})
    except RequestError:
        return
    usual = QUERY.bind({name: [USUAL[QUERY.parameters[name].type]]})
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
    assert f"VALUES ?_{name} {{ {term} }}" in QUERY.bind({name: [value]})


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
        QUERY.bind({name: [value]})


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
    """Else the empty answer would say that there are no gaps."""
    gaps = queries.load(files.folder("queries"))["gaps"]
    with pytest.raises(MissingParameter, match="kind=unit-without-topic needs topic or text: give"):
        gaps.bind({"kind": ["unit-without-topic"]})
    with pytest.raises(MissingParameter, match="measure-without-actor-type needs actor_type"):
        gaps.bind({"kind": ["unit-without-measure", "measure-without-actor-type"]})
    assert gaps.bind({"kind": ["unit-without-topic"], "text": ["fence"]})
    assert gaps.bind({"kind": ["unit-without-measure"]})


def test_numbers_are_written_in_one_way() -> None:
    assert QUERY.bind({"position": ["+2", "007"]}) == QUERY.bind({"position": ["2", "7"]})


def test_empty_values_count_as_not_given() -> None:
    assert QUERY.bind({"country": [""], "text": ["  "]}) == QUERY.bind({})


def test_several_values_are_any_of_them() -> None:
    bound = QUERY.bind({"country": ["KAZ", "UZB", "KAZ"]})
    assert "country/KAZ> <https://w3id.org/meagraph/id/country/UZB> }" in bound


def matching(texts: list[str], *values: str) -> list[str]:
    """Those of some texts that a search for words finds in Oxigraph."""
    store = ox.Store()
    mea = "https://w3id.org/meagraph/ontology#"
    for index, text in enumerate(texts):
        measure = ox.NamedNode(f"https://example.org/{index}")
        kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
        for predicate, value in (
            (kind, ox.NamedNode(f"{mea}Measure")),
            (ox.NamedNode(f"{mea}instrument"), ox.NamedNode("https://example.org/plan")),
            (ox.NamedNode(f"{mea}number"), ox.Literal(str(index))),
            (ox.NamedNode(f"{mea}position"), ox.Literal(index)),
            (ox.NamedNode(f"{mea}text"), ox.Literal(text)),
        ):
            store.add(ox.Quad(measure, predicate, value))
    result = store.query(QUERY.bind({"text": list(values)}))
    assert isinstance(result, ox.QuerySolutions)
    body = result.serialize(format=ox.QueryResultsFormat.JSON)
    assert body is not None
    return [row["text"]["value"] for row in json.loads(body)["results"]["bindings"]]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["FENCE"], {"Border fence (new)", "A fence; a border"}),
        (["fenc*"], {"Border fence (new)", "A fence; a border", "Fences everywhere"}),
        (["fence border"], {"Border fence (new)", "A fence; a border"}),
        (['"border fence"'], {"Border fence (new)"}),
        (["“border fen*”"], {"Border fence (new)"}),
        (["everywhere", "saiga"], {"Fences everywhere", "Saiga: 100% (САЙГАК)"}),
        (["сайгак"], {"Saiga: 100% (САЙГАК)"}),
        (["100%"], {"Saiga: 100% (САЙГАК)"}),
        (["(new)"], {"Border fence (new)"}),
        (["f.nce"], set()),
        (["fen"], set()),
    ],
)
def test_words_find_whole_words_phrases_and_beginnings(values: list[str], found: set[str]) -> None:
    texts = ["Border fence (new)", "A fence; a border", "Fences everywhere", "Saiga: 100% (САЙГАК)"]
    assert set(matching(texts, *values)) == found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("*poach*", "star"),
        ("*poach", "star"),
        ("po*ch", "star"),
        ("poach**", "star"),
        ("fence *", "star"),
        ('"*border fence"', "star"),
        ('"border* fence"', "star"),
        ("fence OR rail", "OR' is no operator.*give text several times"),
        ("fence AND rail", "AND' is no operator"),
        ("NOT fence", "NOT' is no operator"),
        ("-fence", "no -word"),
        ("fence +rail", "no -word"),
        ("fence - rail", "no -word"),
        ("(fence rail)", "no brackets around several words"),
        ("[fence", "no brackets around several words"),
        ("fence|rail", "no wildcard"),
        ("fence~2", "no wildcard"),
        ('"" fence', "these quotation marks hold no word"),
        ('fence "...', "never closed"),
    ],
)
def test_syntax_of_other_search_fields_is_refused_and_never_read_as_letters(
    value: str, said: str
) -> None:
    """It would match nothing, which some queries report as a finding."""
    with pytest.raises(BadValue, match=said):
        QUERY.bind({"text": [value]})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"fence OR rail"', "a fence or rail here"),
        ("and or", "this and that or another"),
        ('"(some fence"', "see (some fence"),
        ("and/or", "trade and/or use"),
        ("measure(s)", "the measure(s) taken"),
        ("range-wide", "range-wide measures"),
        ("d'une", "l'appui d'une mesure"),
        ("No. 5", "Resolution No. 5"),
        ("why?", "and why? here"),
        ("cafe\u0301", "the caf\u00e9"),
    ],
)
def test_marks_within_words_and_quotation_marks_are_found_as_they_are_written(
    value: str, text: str
) -> None:
    assert matching([text], value) == [text]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1))
def test_a_word_finds_the_text_that_it_is_or_is_refused(word: str) -> None:
    plain = unicodedata.normalize(
        "NFC", word.replace("*", "").translate(str.maketrans(dict.fromkeys('"“”„«»')))
    )
    if not plain:
        return
    text = f"before {plain} behind"
    try:
        assert matching([text], plain) == [text]
    except BadValue:
        assert not plain.isalnum() or plain in ("AND", "OR", "NOT")
        if any(letter.isalnum() for letter in plain):
            assert matching([text], f'"{plain}"') == [text]
