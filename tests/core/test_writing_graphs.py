"""Other parsers read the same triples from a graph in any format, or it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import assume, example, given
from hypothesis import strategies as st

from meagraph.core import names
from meagraph.core.errors import NotAcceptable
from tests.core.rdf_terms import (
    GRAPHS_OF,
    RDF,
    RESULTS_OF,
    addresses,
    anything,
    ask,
    in_rdflib,
    names_blank,
    nodes,
    simple,
    xml_can_hold,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
]


@pytest.fixture(autouse=True, scope="module")
def _as_written() -> Iterator[None]:
    """Let rdflib keep literals as they are written."""
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    yield
    rdflib.NORMALIZE_LITERALS = before


EVERYTHING = "CONSTRUCT WHERE { ?s ?p ?o }"
READERS = {"turtle": "turtle", "ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml"}
ENGINE_READERS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}
predicates = st.sampled_from(
    ["http://example.org/says", RDF + "value", "urn:x:é", names.term("text")]
)
graphs = st.lists(
    st.builds(ox.Triple, addresses | nodes, predicates.map(ox.NamedNode), simple)
    | st.builds(ox.Triple, addresses | nodes, st.just(ox.NamedNode(RDF + "type")), addresses),
    max_size=5,
)


def store_of(triples: Sequence[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    return store


def triples_of(store: ox.Store) -> set[tuple[rdflib.term.Node | None, ...]]:
    return {
        (in_rdflib(quad.subject), rdflib.URIRef(quad.predicate.value), in_rdflib(quad.object))
        for quad in store
    }


def same_but_for_names(
    graph: rdflib.Graph, expected: set[tuple[rdflib.term.Node | None, ...]]
) -> bool:
    """Whether the graph is isomorphic to the expected triples, which have few blank nodes."""
    labels = {node for triple in graph for node in triple if isinstance(node, rdflib.BNode)}
    named = {node for triple in expected for node in triple if isinstance(node, rdflib.BNode)}
    if len(labels) != len(named):
        return False
    for order in permutations(named):
        names_: dict[Any, Any] = dict(zip(labels, order, strict=True))
        if {tuple(names_.get(node, node) for node in triple) for triple in graph} == expected:
            return True
    return False


def read_graph(body: bytes, name: str) -> rdflib.Graph:
    if name in READERS:
        return rdflib.Graph().parse(data=body, format=READERS[name])
    dataset = rdflib.Dataset()
    dataset.parse(data=body, format=name)
    default: rdflib.Graph = dataset.default_graph
    return default


@pytest.mark.parametrize("name", GRAPHS_OF)
@given(triples=graphs)
def test_another_library_reads_the_same_graph(name: str, triples: list[ox.Triple]) -> None:
    store = store_of(triples)
    if name == "rdfxml":
        assume(xml_can_hold([(quad.object,) for quad in store]))
    body, written = ask(store, EVERYTHING, GRAPHS_OF[name])
    assert same_but_for_names(read_graph(body, name), triples_of(store))
    blank = any(names_blank(quad.triple) for quad in store)
    assert (written.rows, written.blank) == (len(store), blank)


@pytest.mark.parametrize("name", ENGINE_READERS)
@given(
    triples=st.lists(
        st.builds(ox.Triple, addresses | nodes, predicates.map(ox.NamedNode), anything), max_size=4
    )
)
def test_the_graph_formats_of_rdf_1_2_hold_every_term(name: str, triples: list[ox.Triple]) -> None:
    store = store_of(triples)
    body, written = ask(store, EVERYTHING, GRAPHS_OF[name])
    read = ox.parse(body, ENGINE_READERS[name], rename_blank_nodes=False)
    assert {quad.triple for quad in read} == {quad.triple for quad in store}
    blank = any(names_blank(quad.triple) for quad in store)
    assert (written.rows, written.blank) == (len(store), blank)


@pytest.mark.parametrize("name", GRAPHS_OF)
def test_a_triple_that_is_constructed_many_times_is_there_once(name: str) -> None:
    store = store_of(
        [
            ox.Triple(ox.NamedNode(f"x:{n}"), ox.NamedNode("x:p"), ox.Literal("text" * 50))
            for n in range(2_000)
        ]
    )
    query = "CONSTRUCT { ?s ?p ?o . <x:all> a <x:Thing> } { ?s ?p ?o VALUES ?i { 1 2 } }"
    body, written = ask(store, query, GRAPHS_OF[name])
    assert (written.rows, written.blank) == (2_001, False)
    assert len(read_graph(body, name)) == 2_001
    assert body.count(b"x:1000") == 1


@pytest.mark.parametrize("name", GRAPHS_OF)
def test_an_empty_graph_reads_back_empty(name: str) -> None:
    body, written = ask(ox.Store(), "DESCRIBE <x:x>", GRAPHS_OF[name])
    assert (written.rows, written.blank) == (0, False)
    assert len(read_graph(body, name)) == 0


@pytest.mark.parametrize("name", ["turtle", "trig"])
def test_turtle_is_short_by_our_prefixes(name: str) -> None:
    body, _ = ask(
        ox.Store(), f"CONSTRUCT {{ <x:x> a <{names.term('Measure')}> }} {{}}", GRAPHS_OF[name]
    )
    assert b"@prefix mea: <https://w3id.org/meagraph/ontology#> ." in body
    assert b"<x:x> a mea:Measure ." in body


@given(
    local=st.lists(st.sampled_from([*"aZ09-_/:,;()!*'&=+~@$?é·", "%20"]), max_size=8).map("".join),
    name=st.sampled_from(["turtle", "trig"]),
)
def test_names_with_our_prefixes_read_back_the_same(local: str, name: str) -> None:
    iri = names.ONTOLOGY + local
    body, _ = ask(ox.Store(), f"CONSTRUCT {{ <{iri}> <{iri}> <{iri}> }} {{}}", GRAPHS_OF[name])
    assert {str(term) for triple in read_graph(body, name) for term in triple} == {iri}


@pytest.mark.parametrize("name", GRAPHS_OF)
@pytest.mark.parametrize("label", ["0", "7a", "a:b", "a.b", "_", "-"])
def test_blank_nodes_that_are_named_oddly_stay_the_same_nodes(name: str, label: str) -> None:
    node = f'BIND(BNODE("{label}") AS ?b) BIND(BNODE("plain") AS ?c)'
    query = f"CONSTRUCT {{ ?b <x:is> ?b, 1 . ?b <x:knows> ?c }} {{ {node} }}"
    body, written = ask(ox.Store(), query, GRAPHS_OF[name])
    if label == "-":  # no name of a blank node, so BNODE() fails
        assert (written.rows, written.blank) == (0, False)
        return
    graph = read_graph(body, name)
    assert (written.rows, written.blank) == (3, True)
    (odd,) = set(graph.subjects())
    assert graph.value(odd, rdflib.URIRef("x:knows")) != odd
    assert (odd, rdflib.URIRef("x:is"), odd) in graph
    if name == "rdfxml":
        labels = re.findall(rb'nodeID="([^"]*)"', body)
        assert all(re.fullmatch(rb"[A-Za-z_][A-Za-z0-9._-]*", name) for name in labels)


# Triples that RDF/XML cannot express.

says = "CONSTRUCT {{ <x:x> {} }} {{}}".format


@pytest.mark.parametrize(
    "predicate",
    [
        "http://example.org/",
        "http://example.org/1",
        "http://example.org/a#",
        "http://example.org/-",
        "http://example.org/·",
        "http://example.org/٠",
        "http://example.org/ª",
        "http://example.org/%20",
        "http://www.w3.org/2000/xmlns/name",
        *(RDF + name for name in ("li", "Description", "RDF", "ID", "about", "bagID", "nodeID")),
        RDF + "type-as-property",
    ],
)
def test_a_predicate_that_is_no_xml_name_is_refused(predicate: str) -> None:
    with pytest.raises(
        NotAcceptable, match=r"RDF/XML cannot express the predicate <.*Turtle"
    ) as caught:
        ask(ox.Store(), says(f"<{predicate}> 1"), GRAPHS_OF["rdfxml"])
    assert f"<{predicate}>" in str(caught.value)


@given(st.text("aZé٠·09_-.:,;()'&=%2F", min_size=1, max_size=5))
@example("a:b")
@example("9a")
@example("aé٠")
def test_a_predicate_is_refused_if_and_only_if_it_does_not_end_in_a_name(tail: str) -> None:
    iri = f"http://example.org/{tail}"
    try:
        ox.NamedNode(iri)
    except ValueError:
        assume(False)
    has_name = re.search(r"[a-zA-Zé_][a-zA-Zé0-9٠·_.-]*\Z", tail) is not None
    try:
        body, _ = ask(ox.Store(), says(f"<{iri}> 1"), GRAPHS_OF["rdfxml"])
    except NotAcceptable:
        assert not has_name or "٠" in tail  # a digit to some readers, a letter to others
        return
    assert has_name
    assert [str(read) for read in read_graph(body, "rdfxml").predicates()] == [iri]


def test_a_class_that_is_no_xml_name_is_given_by_a_property() -> None:
    classes = [f"http://example.org/kind/{n}" for n in range(500)] + [RDF + "bagID", RDF + "Seq"]
    triples = "".join(f"<x:{n}> a <{name}> . " for n, name in enumerate(classes))
    body, written = ask(ox.Store(), f"CONSTRUCT {{ {triples} }} {{}}", GRAPHS_OF["rdfxml"])
    read = read_graph(body, "rdfxml")
    assert written.rows == len(classes)
    assert {str(name) for name in read.objects(None, rdflib.RDF.type)} == set(classes)
    assert len(read) == len(classes)


@pytest.mark.parametrize(
    ("name", "rest", "why"),
    [
        ("rdfxml", '<x:p> "a\\u0000b"', "XML 1.0 cannot"),
        ("rdfxml", '<x:p> "\\u001F"@en', "XML 1.0 cannot"),
        ("rdfxml", '<x:p> "\\uFFFE"', "XML 1.0 cannot"),
        ("rdfxml", "<x:p> <<( <x:x> <x:p> 1 )>>", "no triple terms"),
        ("rdfxml", '<x:p> "x"@en--ltr', "no direction"),
        ("jsonld", "<x:p> <<( <x:x> <x:p> 1 )>>", "no triple terms"),
    ],
)
def test_what_a_graph_format_has_no_place_for_is_refused(name: str, rest: str, why: str) -> None:
    with pytest.raises(NotAcceptable, match=why + ".*Ask for Turtle"):
        ask(ox.Store(), says(rest), GRAPHS_OF[name])


@pytest.mark.parametrize("character", ["\ufffe", "\uffff"])
@pytest.mark.parametrize("padding", range(8_100, 8_200, 7))
def test_a_character_that_xml_cannot_hold_is_found_across_pieces(
    character: str, padding: int
) -> None:
    text = "a" * padding + character * 40 + "\r"
    triple = ox.Triple(ox.NamedNode("x:x"), ox.NamedNode("x:p"), ox.Literal(text))
    for query, kinds in (
        (EVERYTHING, GRAPHS_OF["rdfxml"]),
        ("SELECT * { ?s ?p ?o }", RESULTS_OF["xml"]),
    ):
        with pytest.raises(NotAcceptable, match="U\\+FFFE"):
            ask(store_of([triple]), query, kinds)
