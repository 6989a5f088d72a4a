"""Terms of every kind, for the tests of formats.

The texts look like the structure of some format.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyoxigraph as ox
import rdflib
from hypothesis import strategies as st

from meagraph.core.results.formats import GRAPHS, RESULTS, AcceptedFormats
from meagraph.core.results.writer import Written, write

RESULTS_OF = {entry.name: entry.media_type for entry in RESULTS}
GRAPHS_OF = {entry.name: entry.media_type for entry in GRAPHS}
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = tuple[Term | None, ...]


PIECES = [*'{}[],:"<>&;\\ \t\n\r', "},{", "{},", ',{"', "{}]}}", '"}},{"a":{"type":"literal"']
PIECES += ["<result>", "</result>", "<bnode>", '{"type":"bnode"', "_:", " _:b ", "<<( _:b ", ")>>"]
PIECES += ["\r\n", "]]>", "é", "\u2028", "\u0085", "😀", "\ufffd", "\uffff", "\x00", "\x1b", "\x7f"]

texts = st.text(max_size=12) | st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
addresses = st.text("abzAZ019-_.,:;'&=()é·", max_size=6).map(
    lambda name: ox.NamedNode(f"http://example.org/x{name}")
)
tags = st.sampled_from(["en", "de-at", "zh-hant", "x-own"])
datatypes = addresses | st.sampled_from(
    [XSD + name for name in ("integer", "decimal", "double", "boolean", "date")]
    + [RDF + name for name in ("XMLLiteral", "JSON", "HTML")]
).map(ox.NamedNode)
numbers = st.sampled_from(["1", "-1.5", ".5", "1.", "1e5", "1E-5", "INF", "NaN", "true", "+ 1", ""])
literals = st.one_of(
    st.builds(ox.Literal, texts),
    st.builds(ox.Literal, texts, language=tags),
    st.builds(ox.Literal, numbers | texts, datatype=datatypes),
)
directed = st.builds(
    ox.Literal,
    texts,
    language=tags,
    direction=st.sampled_from([ox.BaseDirection.LTR, ox.BaseDirection.RTL]),
)
nodes = st.sampled_from(["b0", "b1", "aF-3"]).map(ox.BlankNode)
simple = addresses | literals | nodes
triple_terms = st.recursive(
    st.builds(ox.Triple, addresses | nodes, addresses, simple | directed),
    lambda inner: st.builds(ox.Triple, addresses | nodes, addresses, inner),
    max_leaves=3,
)
anything = simple | directed | triple_terms


def tables(terms: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    """Tables of one to three columns, with unbound cells and empty rows."""
    return st.integers(1, 3).flatmap(
        lambda columns: st.lists(
            st.tuples(*[st.none() | terms] * columns) | st.just((None,) * columns), max_size=6
        )
    )


class Sink(io.BytesIO):
    """Collects the written bytes."""


def accepting(media_type: str) -> AcceptedFormats:
    return AcceptedFormats(media_type, media_type)


def table(rows: Sequence[Row]) -> tuple[ox.Store, str]:
    """A store, and a query with these rows as its result."""
    columns = range(len(rows[0]) if rows else 1)
    store = ox.Store()
    for number, row in enumerate(rows):
        subject = ox.NamedNode(f"row:{number}")
        store.add(ox.Quad(subject, ox.NamedNode("row:number"), ox.Literal(number)))
        for column, term in enumerate(row):
            if term is not None:
                store.add(ox.Quad(subject, ox.NamedNode(f"column:{column}"), term))
    optional = " ".join(f"OPTIONAL {{ ?row <column:{column}> ?c{column} }}" for column in columns)
    names_ = " ".join(f"?c{column}" for column in columns)
    return store, f"SELECT {names_} {{ ?row <row:number> ?n {optional} }} ORDER BY ?n"


def ask(store: ox.Store, query: str, media_type: str) -> tuple[bytes, Written]:
    sink = Sink()
    written = write(store.query(query), accepting(media_type), sink)
    assert written.media_type == media_type
    return sink.getvalue(), written


def rows_of(store: ox.Store, query: str) -> list[Row]:
    result = store.query(query)
    assert isinstance(result, ox.QuerySolutions)
    return [tuple(row) for row in result]


def names_blank(term: Term | None) -> bool:
    if isinstance(term, ox.Triple):
        return names_blank(term.subject) or names_blank(term.object)
    return isinstance(term, ox.BlankNode)


def any_blank(rows: Sequence[Row]) -> bool:
    return any(names_blank(term) for row in rows for term in row)


def in_rdflib(term: Term | None) -> rdflib.term.Node | None:
    match term:
        case ox.NamedNode():
            return rdflib.URIRef(term.value)
        case ox.BlankNode():
            return rdflib.BNode(term.value)
        case ox.Literal():
            typed = (
                None if term.language or term.datatype.value == XSD + "string" else term.datatype
            )
            return rdflib.Literal(
                term.value, term.language, rdflib.URIRef(typed.value) if typed else None
            )
    assert term is None
    return None


NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def values(term: Term | None) -> Iterator[str]:
    if isinstance(term, ox.Triple):
        yield from values(term.subject)
        yield from values(term.object)
    elif isinstance(term, ox.Literal):
        yield term.value


def xml_can_hold(rows: Sequence[Row]) -> bool:
    found = (value for row in rows for term in row for value in values(term))
    return not any(NOT_IN_XML.search(value) for value in found)
