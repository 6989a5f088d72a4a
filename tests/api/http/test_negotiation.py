"""Which format a caller gets, as one table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core.results.formats import GRAPHS, RESULTS, Format
from meagraph_api.http.negotiation import acceptable, media_type

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
TSV = "text/tab-separated-values"


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
    ("named", "chosen"),
    [
        ("json", JSON),
        ("CSV", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("turtle", None),
        ("pdf", None),
    ],
)
def test_format_overrides_accept(named: str, chosen: str | None) -> None:
    assert media_type("application/sparql-results+xml", named, RESULTS) == chosen


def test_graph_formats_have_the_names_that_people_use() -> None:
    names = ("turtle", "ttl", "nt", "ntriples", "jsonld", "json-ld", "rdf", "rdfxml", "xml", "json")
    chosen = [media_type(None, name, GRAPHS) for name in names]
    assert None not in chosen
    assert len(set(chosen)) == 4


@given(st.text())
def test_no_header_is_too_strange(accept: str) -> None:
    offered = {offer for entry in RESULTS for offer in entry.media_types}
    assert media_type(accept, None, RESULTS) in {None, *offered}
    assert set(acceptable(accept, RESULTS)) <= offered


@pytest.mark.parametrize(
    ("accept", "formats", "in_order"),
    [
        (None, RESULTS, (JSON,)),
        ("text/csv", RESULTS, ("text/csv",)),
        ("text/csv, */*;q=0.1", RESULTS, ("text/csv", JSON)),
        ("text/csv, text/tab-separated-values;q=0.5", RESULTS, ("text/csv", TSV)),
        ("text/csv;q=0.1, application/xml;q=0.5", RESULTS, ("application/xml", "text/csv")),
        ("text/csv, application/json;q=0.5, */*;q=0.1", RESULTS, ("text/csv", "application/json")),
        ("application/rdf+xml, */*;q=0.1", GRAPHS, ("application/rdf+xml", "text/turtle")),
        ("text/rdf+n3, */*;q=0.1", GRAPHS, ("text/rdf+n3",)),
        ("image/png", GRAPHS, ()),
    ],
)
def test_acceptable_formats_come_best_first_up_to_one_that_holds_any_answer(
    accept: str | None, formats: tuple[Format, ...], in_order: tuple[str, ...]
) -> None:
    assert acceptable(accept, formats) == in_order


LEGACY = {
    "Jena": ("text/turtle,application/n-triples;q=0.9,*/*;q=0.3", "turtle"),
    "RDF4J": ("application/x-binary-rdf, text/rdf+n3;q=0.5, application/rdf+xml;q=0.3", "turtle"),
    "EasyRdf": ("text/ntriples, application/x-ntriples;q=0.9", "ntriples"),
    "SPARQLWrapper N3": ("application/turtle,text/turtle,text/rdf+n3,text/n3", "turtle"),
    "SPARQLWrapper JSON-LD": ("application/ld+json,application/x-json+ld", "jsonld"),
    "Virtuoso's JSON-LD": ("application/x-json+ld", "jsonld"),
    "RDF4J's N-Quads": ("text/x-nquads", "nquads"),
    "Notation 3": ("text/n3", "turtle"),
}


@pytest.mark.parametrize(("accept", "name"), LEGACY.values(), ids=list(LEGACY))
def test_names_of_older_clients_are_known(accept: str, name: str) -> None:
    chosen = media_type(accept, None, GRAPHS)
    assert chosen is not None
    (found,) = [entry.name for entry in GRAPHS if chosen in entry.media_types]
    assert found == name
