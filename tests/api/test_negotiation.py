"""Which format a caller gets, as one table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph_api.formats import GRAPHS, RESULTS
from meagraph_api.negotiation import media_type

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("*", JSON),
        ("application/*", JSON),
        ("text/*", "text/xml"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/csv;charset=utf-8", "text/csv"),
        ("text/csv;q=0.2, application/sparql-results+xml;q=0.7", XML),
        ("application/sparql-results+json;q=0, */*", "application/json"),
        ("text/csv, */*", "text/csv"),
        ("*/*;q=0.1, text/tab-separated-values;q=0.2", "text/tab-separated-values"),
        ("application/json", "application/json"),
        ("text/html, nonsense, text/csv;q=0.1", "text/csv"),
        ("text/html", None),
        ("text/csv;q=0", None),
        ("*/*;q=0", None),
        ("image/*", None),
        (",,,", None),
    ],
)
def test_accept_chooses_among_the_formats(accept: str | None, chosen: str | None) -> None:
    assert media_type(accept, None, RESULTS) == chosen


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ("json", JSON),
        ("CSV", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("turtle", None),
        ("pdf", None),
    ],
)
def test_format_overrides_accept(asked: str, chosen: str | None) -> None:
    assert media_type("application/sparql-results+xml", asked, RESULTS) == chosen


def test_graph_formats_have_the_names_that_people_use() -> None:
    names = ("turtle", "ttl", "nt", "ntriples", "jsonld", "json-ld", "rdf", "rdfxml", "xml", "json")
    chosen = [media_type(None, name, GRAPHS) for name in names]
    assert None not in chosen
    assert len(set(chosen)) == 4


@given(st.text())
def test_no_header_is_too_strange(accept: str) -> None:
    offered = {offer for entry in RESULTS for offer in entry.media_types}
    assert media_type(accept, None, RESULTS) in {None, *offered}
