"""Queries are composed with the filters of a request; no value changes their structure."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core import queries
from meagraph.core.errors import QueryFileError, RequestError
from meagraph.core.lexer import significant
from meagraph.core.queries.fragments import Filter, Fragments, compose, with_all_filters
from tests.ready_made import QUERIES

FREE = [
    (name, parameter)
    for name, query in QUERIES.items()
    for parameter, declared in query.parameters.items()
    if declared.type in ("string", "iri") and not declared.listed
]
"""Parameters that take any text, but for their choices."""
KEYS = "PREFIX e: <urn:e:>\nSELECT ?m {\n  { SELECT DISTINCT ?m {\n      ?m a e:M .\n  } }\n}"


def kinds(text: str) -> list[str]:
    """The kinds of the tokens of a query, which do not depend on the values."""
    return [token.kind for token in significant(text)]


def needed(name: str) -> dict[str, list[str]]:
    return {
        key: [declared.example or ""]
        for key, declared in QUERIES[name].parameters.items()
        if declared.required
    }


@given(chosen=st.sampled_from(FREE), value=st.text(min_size=1).filter(str.strip))
def test_no_value_changes_the_structure_of_a_composed_query(
    chosen: tuple[str, str], value: str
) -> None:
    name, parameter = chosen
    query = QUERIES[name]
    usual = query.bind({**needed(name), parameter: ["a"]})
    try:
        text = query.bind({**needed(name), parameter: [value]})
    except RequestError:
        return
    assert kinds(text) == kinds(usual)
    ox.Store().query(text)


@pytest.mark.parametrize("name", list(QUERIES))
def test_a_composed_query_holds_no_filter_that_was_not_given(name: str) -> None:
    query = QUERIES[name]
    text = query.bind(needed(name))
    there = {token.text for token in significant(text) if token.text.startswith("?_")}
    value_names = {f"?_{key}" for key in needed(name)}
    usual = {f"?_{key}" for key, declared in query.parameters.items() if declared.default}
    filters = {f"?_{key}" for key in query.header.fragments.filters}
    assert not (there & filters) - value_names - usual


def test_filters_of_one_group_share_its_head() -> None:
    fragments = Fragments(
        prefixes={"l": "urn:l:"},
        groups={"link": "?m e:link ?link ."},
        filters={
            "a": Filter(group="link", line="?link l:a ?_a ."),
            "b": Filter(group="link", line="?link l:b ?_b ."),
            "c": Filter(line="FILTER(?m IN (?_c))"),
        },
    )
    text = compose(KEYS, fragments, {"a": ["<urn:1>"], "b": ["1", "2"], "c": ["3", "4"]})
    assert text.count("?m e:link ?link .") == 1
    assert "?link l:a <urn:1> ." in text
    assert "VALUES ?_b { 1 2 }" in text
    assert "FILTER(?m IN (3, 4))" in text
    assert "PREFIX l: <urn:l:>" in text
    assert compose(KEYS, fragments, {}) == KEYS
    ox.Store().query(text)
    ox.Store().query(with_all_filters(KEYS, fragments))


def test_what_holds_in_the_absence_of_a_filter_holds_beside_the_other_alone() -> None:
    fragments = Fragments(
        groups={"link": "?m e:link ?link ."},
        filters={
            "a": Filter(group="link", line="?link e:a ?_a ."),
            "b": Filter(
                group="link", line="?link e:b ?_b .", beside="a", when_absent="?link e:usual 1 ."
            ),
        },
    )
    assert "e:usual" in compose(KEYS, fragments, {"a": ["1"]})
    assert "e:usual" not in compose(KEYS, fragments, {"a": ["1"], "b": ["2"]})
    assert "e:usual" not in compose(KEYS, fragments, {"b": ["2"]})


def test_the_value_of_another_parameter_decides_which_pattern_holds() -> None:
    one = Filter(by="how", line={"near": "?m e:near ?_a .", "far": "?m e:far ?_a ."})
    fragments = Fragments(filters={"a": one})
    assert "e:near 1" in compose(KEYS, fragments, {"a": ["1"]})
    assert "e:far 1" in compose(KEYS, fragments, {"a": ["1"], "how": ['"far"']})
    assert compose(KEYS, fragments, {"how": ['"far"']}) == KEYS


LINKS = Fragments(
    of="m",
    groups={"link": "?m e:link ?link ."},
    filters={
        "a": Filter(group="link", line="?link e:a ?_a .", each=True),
        "b": Filter(group="link", line="?link e:b ?_b ."),
        "c": Filter(line="?m e:c ?_c .", each=True),
    },
)
THINGS = """
    <urn:1> a <urn:e:M> ; <urn:e:c> 1, 2 ; <urn:e:link> <urn:x>, <urn:y> .
    <urn:2> a <urn:e:M> ; <urn:e:c> 1 ; <urn:e:link> <urn:x> .
    <urn:x> <urn:e:a> 1 ; <urn:e:b> 5 .
    <urn:y> <urn:e:a> 2 ; <urn:e:b> 6 .
"""


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"c": ["1", "2"]}, {"urn:1", "urn:2"}),
        ({"c": ["1", "2"], "match": ['"any"']}, {"urn:1", "urn:2"}),
        ({"c": ["1", "2"], "match": ['"all"']}, {"urn:1"}),
        ({"c": ["1"], "match": ['"all"']}, {"urn:1", "urn:2"}),
        ({"a": ["1", "2"], "match": ['"all"']}, {"urn:1"}),
        ({"a": ["1", "2"], "b": ["5", "6"], "match": ['"all"']}, {"urn:1"}),
        ({"a": ["1", "2"], "b": ["5"], "match": ['"all"']}, set()),
    ],
)
def test_all_values_are_met_by_one_thing_each_in_a_group_of_its_own(
    arguments: dict[str, list[str]], found: set[str]
) -> None:
    store = ox.Store()
    store.load(THINGS.encode(), ox.RdfFormat.TURTLE)
    rows = store.query(compose(KEYS, LINKS, arguments))
    assert isinstance(rows, ox.QuerySolutions)
    assert {row["m"].value for row in rows} == found


HEADER = "#+ summary: Things\n#+ params: {a: {type: string, label: A, example: x}}\n"
BODY = "\nPREFIX e: <urn:e:>\nSELECT ?m WHERE { { SELECT DISTINCT ?m WHERE { ?m a e:M . } } }\n"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("#+ filters: {a: {line: {x: '?m e:a ?_a .'}}}", "needs the key by"),
        ("#+ filters: {a: {line: '?m e:a ?_a .', beside: b}}", "need each other"),
        ("#+ filters: {a: {line: '?m e:a ?_a .', group: g}}", "the group g, which has no head"),
        ("#+ filters: {a: {line: '?m e:a ?_a .', each: true}}", "need the key of"),
        ("#+ filters_of: nothing", "there is no such file"),
        ("#+ params: {b: }", r"things\.rq: params: b is not declared\. Declare it in param"),
        ("#+ extends: nothing", "there is no such file"),
    ],
)
def test_what_is_wrong_with_a_filter_is_said(extra: str, message: str) -> None:
    with pytest.raises(QueryFileError, match=message):
        queries.read("things", f"{HEADER}{extra}\n{BODY}")


def test_a_query_that_extends_another_may_have_a_body_of_its_own() -> None:
    flat, base = QUERIES["measures-flat"], QUERIES["measures"]
    assert flat.parameters.items() >= base.parameters.items()
    assert flat.header.fragments.filters.items() >= base.header.fragments.filters.items()
    assert flat.columns != base.columns
    assert "GROUP_CONCAT" in flat.text


def test_a_query_without_keys_takes_no_filters() -> None:
    body = "\nPREFIX e: <urn:e:>\nSELECT ?m WHERE { ?m a e:M }\n"
    with pytest.raises(QueryFileError, match="SELECT DISTINCT"):
        queries.read("things", f"{HEADER}#+ filters: {{a: {{line: '?m e:a ?_a .'}}}}\n{body}")
