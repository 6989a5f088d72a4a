"""The canned queries work in grlc, which identifies parameters by the names of variables.

According to its documentation (https://grlc.readthedocs.io/), grlc reads the `#+` lines as YAML,
finds variables that begin with underscores anywhere in the file, and replaces each variable by its
value, written in the type that the suffix of the name defines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyoxigraph as ox
import pytest
import yaml

from meagraph.core.queries import CannedQuery, grlc, parameters
from tests.ready_made import QUERIES
from tests.sampling import sampled

ENDPOINT = "https://example.org/sparql"
ADDRESS = "https://example.org/mea"
VARIABLE = re.compile(r"\?(?P<marks>_{1,2})(?P<name>[A-Za-z0-9]+)(?:_(?P<type>\w+))?")
WRITTEN = {
    "iri": "<{}>",
    "literal": '"{}"',
    "integer": '"{}"^^xsd:integer',
    "xsd_boolean": '"{}"^^xsd:boolean',
    "xsd_date": '"{}"^^xsd:date',
}


def as_grlc_sends(query: CannedQuery, arguments: Mapping[str, str]) -> str:
    """The query that grlc sends for these values; those of things are IRIs."""
    text = grlc.edition(query, ENDPOINT)
    found = {match["name"]: match for match in VARIABLE.finditer(text)}
    assert {name for name, match in found.items() if match["marks"] == "_"} <= set(arguments)
    for name, value in arguments.items():
        match = found[name]
        text = text.replace(match[0], WRITTEN[match["type"]].format(value))
    return text


def values(query: CannedQuery, *names: str) -> dict[str, str]:
    """The examples of the required and of these parameters, in the form of grlc."""
    chosen = {name: declared for name, declared in query.parameters.items() if declared.required}
    chosen |= {name: query.parameters[name] for name in names}
    return {
        grlc.name_of(name): parameters.term(name, declared, declared.example or "").strip("<>")
        if declared.type == "iri"
        else declared.example or ""
        for name, declared in chosen.items()
    }


def bound(query: CannedQuery, *names: str) -> str:
    chosen = [name for name, declared in query.parameters.items() if declared.required]
    return query.bind({n: [query.parameters[n].example or ""] for n in (*chosen, *names)})


def rows(store: ox.Store, text: str) -> list[str]:
    solutions = store.query(text)
    assert isinstance(solutions, ox.QuerySolutions)
    return [str(solution) for solution in solutions]


@pytest.mark.parametrize("name", sampled(sorted(set(QUERIES) - {"passage"}), 10))
def test_without_filters_grlc_gets_the_rows_that_we_give(store: ox.Store, name: str) -> None:
    query = QUERIES[name]
    found = rows(store, as_grlc_sends(query, values(query)))
    assert found == rows(store, bound(query))
    assert found


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("measures", "country"),
        ("measures", "status"),
        ("measures", "in_period_on"),
        ("country-coverage", "basis"),
        ("country-links", "narrowed"),
        ("passage", "subject"),
        ("taxa", "taxon"),
        ("timeline", "in_year"),
        ("units", "country"),
    ],
)
def test_with_a_filter_grlc_gets_the_rows_that_we_give(
    store: ox.Store, name: str, parameter: str
) -> None:
    query = QUERIES[name]
    found = rows(store, as_grlc_sends(query, values(query, parameter)))
    assert found == rows(store, bound(query, parameter))
    assert found


@pytest.mark.parametrize("name", list(QUERIES))
def test_grlc_finds_the_parameters_that_there_are_and_no_others(name: str) -> None:
    query = QUERIES[name]
    text = grlc.edition(query, ENDPOINT)
    found = {match["name"]: match for match in VARIABLE.finditer(text)}
    taken = {
        grlc.name_of(key): declared
        for key, declared in query.parameters.items()
        if declared.type != "words" and (key != "match" or name.startswith("same-text"))
    }
    assert set(found) == set(taken)
    for key, declared in taken.items():
        assert (found[key]["marks"] == "_") == declared.required
    # grlc replaces text by values: no variable may begin with the whole of another.
    variables = {match[0] for match in found.values()}
    assert not [one for one in variables for other in variables if one != other and one in other]


@pytest.mark.parametrize("name", list(QUERIES))
def test_the_decorators_are_what_grlc_shows(name: str) -> None:
    query = QUERIES[name]
    lines = [line for line in grlc.edition(query, ENDPOINT).splitlines() if line.startswith("#+")]
    # grlc removes the marks in this way.
    header = yaml.safe_load("\n".join(line.lstrip("#+") for line in lines))
    assert header["summary"] == query.header.summary
    assert header["endpoint"] == ENDPOINT
    assert header["method"] == "GET"
    assert header["tags"] == list(query.header.tags)
    assert header["endpoint_in_url"] is False
    listed = {key: values for entry in header["enumerate"] for key, values in entry.items()}
    for key, declared in query.parameters.items():
        if declared.listed and grlc.name_of(key) in listed:
            assert listed[grlc.name_of(key)] == list(declared.listed)


def test_the_specification_lists_every_query() -> None:
    listed = yaml.safe_load(grlc.specification(QUERIES.values(), ADDRESS))
    assert listed["queries"] == [f"{ADDRESS}/queries/{name}.rq" for name in QUERIES]
    assert listed["title"]
    assert listed["contact"]["url"] == ADDRESS
