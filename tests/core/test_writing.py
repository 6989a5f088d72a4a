"""Other parsers read the same terms from a table in any format, or it is refused with a reason."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import assume, example, given
from hypothesis import strategies as st
from rdflib.query import Result

from meagraph.core.errors import NotAcceptable, ResultTooLarge
from meagraph.core.results import scanners
from meagraph.core.results.formats import AcceptedFormats
from meagraph.core.results.writer import write
from tests.core.rdf_terms import (
    GRAPHS_OF,
    RESULTS_OF,
    Row,
    Sink,
    Term,
    accepting,
    any_blank,
    anything,
    ask,
    in_rdflib,
    rows_of,
    simple,
    table,
    tables,
    triple_terms,
    xml_can_hold,
)


@pytest.fixture(autouse=True, scope="module")
def _as_written() -> Iterator[None]:
    """Let rdflib keep literals as they are written."""
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    yield
    rdflib.NORMALIZE_LITERALS = before


def read_by_rdflib(body: bytes, name: str) -> list[list[rdflib.term.Node | None]]:
    result = Result.parse(io.BytesIO(body), format=name)
    assert result.vars is not None
    return [[row.get(variable) for variable in result.vars] for row in result.bindings]


@given(tables(simple))
def test_another_library_reads_the_same_terms_in_json_and_xml(rows: list[Row]) -> None:
    store, query = table(rows)
    expected = rows_of(store, query)
    for name in ("json", "xml"):
        if name == "xml" and not xml_can_hold(expected):
            continue
        body, written = ask(store, query, RESULTS_OF[name])
        assert read_by_rdflib(body, name) == [[in_rdflib(term) for term in row] for row in expected]
        assert (written.rows, written.blank) == (len(rows), any_blank(expected))


@given(tables(simple))
def test_tsv_holds_the_terms_as_turtle_writes_them(rows: list[Row]) -> None:
    store, query = table(rows)
    expected = rows_of(store, query)
    body, written = ask(store, query, RESULTS_OF["tsv"])
    _, *lines, end = body.decode().split("\n")
    assert end == ""
    cells = [line.split("\t") for line in lines]
    assert [[cell != "" for cell in line] for line in cells] == [
        [term is not None for term in row] for row in expected
    ]
    flat = [cell for line in cells for cell in line if cell]
    turtle = "".join(f"<cell:{n}> <cell:is> {cell} .\n" for n, cell in enumerate(flat))
    graph = rdflib.Graph().parse(data=turtle, format="turtle")
    terms = [term for row in expected for term in row if term is not None]
    for n, term in enumerate(terms):
        read = graph.value(rdflib.URIRef(f"cell:{n}"), rdflib.URIRef("cell:is"))
        if isinstance(term, ox.BlankNode):
            assert (flat[n], type(read)) == (f"_:{term.value}", rdflib.BNode)
        else:
            assert read == in_rdflib(term)
    assert (written.rows, written.blank) == (len(rows), any_blank(expected))


@given(tables(simple))
def test_csv_holds_the_values(rows: list[Row]) -> None:
    store, query = table(rows)
    expected = rows_of(store, query)
    if any(
        isinstance(term, ox.NamedNode) and "," in term.value for row in expected for term in row
    ):
        with pytest.raises(NotAcceptable, match="an IRI with a comma in it"):
            ask(store, query, RESULTS_OF["csv"])
        return
    body, written = ask(store, query, RESULTS_OF["csv"])
    assert body.endswith(b"\r\n")
    header, *lines = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
    assert header == [f"c{column}" for column in range(len(rows[0]) if rows else 1)]
    shown = [
        [f"_:{term.value}" if isinstance(term, ox.BlankNode) else plain(term) for term in row]
        for row in expected
    ]
    assert lines == shown
    assert written.rows == len(rows)
    assert written.blank or not any_blank(expected)


def plain(term: Term | None) -> str:
    return "" if term is None or isinstance(term, ox.Triple) else term.value


@given(tables(anything))
def test_json_and_tsv_hold_every_term_of_rdf_1_2(rows: list[Row]) -> None:
    store, query = table(rows)
    expected = rows_of(store, query)
    body, written = ask(store, query, RESULTS_OF["json"])
    answer = json.loads(body)
    assert [
        tuple(from_json(row[name]) if name in row else None for name in answer["head"]["vars"])
        for row in answer["results"]["bindings"]
    ] == expected
    assert (written.rows, written.blank) == (len(rows), any_blank(expected))
    body, written = ask(store, query, RESULTS_OF["tsv"])
    assert [
        tuple(from_turtle(cell) if cell else None for cell in line.split("\t"))
        for line in body.decode().split("\n")[1:-1]
    ] == expected
    assert (written.rows, written.blank) == (len(rows), any_blank(expected))


def from_json(term: Any) -> Term:
    match term["type"]:
        case "uri":
            return ox.NamedNode(term["value"])
        case "bnode":
            return ox.BlankNode(term["value"])
        case "triple":
            expected = term["value"]
            return triple_of(
                *(from_json(expected[part]) for part in ("subject", "predicate", "object"))
            )
    return from_parts(
        term["value"], term.get("xml:lang"), term.get("its:dir"), term.get("datatype")
    )


def triple_of(*terms: Any) -> ox.Triple:
    return ox.Triple(*terms)


def from_parts(value: str, tag: str | None, way: str | None, datatype: str | None) -> ox.Literal:
    if way:
        direction = ox.BaseDirection.LTR if way == "ltr" else ox.BaseDirection.RTL
        return ox.Literal(value, language=tag, direction=direction)
    return ox.Literal(value, language=tag, datatype=ox.NamedNode(datatype) if datatype else None)


def from_turtle(cell: str) -> Term:
    turtle = f"VERSION '1.2' <x:x> <x:x> {cell} ."
    (quad,) = ox.parse(turtle, ox.RdfFormat.TURTLE, rename_blank_nodes=False)
    value: Term = quad.triple.object
    return value


SPACE = "{http://www.w3.org/2005/sparql-results#}"
ITS = "{http://www.w3.org/2005/11/its}"
XML = "{http://www.w3.org/XML/1998/namespace}"


@given(tables(anything))
def test_xml_is_well_formed_and_holds_every_term_or_is_refused(rows: list[Row]) -> None:
    store, query = table(rows)
    expected = rows_of(store, query)
    if not xml_can_hold(expected):
        with pytest.raises(NotAcceptable, match=r"XML 1\.0 cannot.*JSON, CSV or TSV"):
            ask(store, query, RESULTS_OF["xml"])
        return
    body, written = ask(store, query, RESULTS_OF["xml"])
    document = ElementTree.fromstring(body)
    columns = [entry.get("name") for entry in document.findall(f"{SPACE}head/{SPACE}variable")]
    read = []
    for result in document.findall(f"{SPACE}results/{SPACE}result"):
        bound = {entry.get("name"): from_xml(entry[0]) for entry in result}
        read.append(tuple(bound.get(column) for column in columns))
    assert read == expected
    assert (written.rows, written.blank) == (len(rows), any_blank(expected))


def from_xml(element: ElementTree.Element) -> Term:
    text = element.text or ""
    match element.tag.removeprefix(SPACE):
        case "uri":
            return ox.NamedNode(text)
        case "bnode":
            return ox.BlankNode(text)
        case "triple":
            return triple_of(*(from_xml(part[0]) for part in element))
    return from_parts(
        text, element.get(f"{XML}lang"), element.get(f"{ITS}dir"), element.get("datatype")
    )


@given(tables(triple_terms))
def test_csv_of_triple_terms_has_as_many_fields_as_columns_or_is_refused(rows: list[Row]) -> None:
    store, query = table(rows)
    expected = rows_of(store, query)
    needs_quotes = re.compile('[",\r\n]')
    if any(needs_quotes.search(text) for row in expected for term in row for text in parts(term)):
        with pytest.raises(NotAcceptable, match="JSON, XML or TSV"):
            ask(store, query, RESULTS_OF["csv"])
        return
    body, written = ask(store, query, RESULTS_OF["csv"])
    lines = list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
    assert {len(line) for line in lines} == {len(rows[0]) if rows else 1}
    assert written.rows == len(rows) == len(lines) - 1
    assert written.blank or not any_blank(expected)


def parts(term: Term | None) -> Iterator[str]:
    if isinstance(term, ox.Triple):
        yield from (*parts(term.subject), *parts(term.predicate), *parts(term.object))
    else:
        yield plain(term)


def scanner(name: str, columns: list[str]) -> tuple[scanners.Scanner, Sink]:
    sink = Sink()
    match name:
        case "json":
            return scanners.Json(sink, columns), sink
        case "xml":
            return scanners.Xml(sink), sink
        case "csv":
            return scanners.Csv(sink, len(columns)), sink
    return scanners.Tsv(sink), sink


ENGINES = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}


@pytest.mark.parametrize("name", ENGINES)
@given(
    rows=tables(simple),
    copies=st.sampled_from([1, 1, 40]),
    sizes=st.lists(st.integers(1, 70), min_size=1),
)
@example(rows=[(None,)], copies=40, sizes=[1])
@example(rows=[(ox.Literal("{},{},{}]}}"),), (None,)], copies=3, sizes=[7])
def test_the_cut_between_pieces_changes_nothing(
    name: str, rows: list[Row], copies: int, sizes: list[int]
) -> None:
    store, query = table(rows * copies)
    expected = rows_of(store, query)
    if name == "xml":
        assume(xml_can_hold(expected))
    if name == "csv":
        assume(
            not any(isinstance(t, ox.NamedNode) and "," in t.value for row in expected for t in row)
        )
    result = store.query(query)
    assert isinstance(result, ox.QuerySolutions)
    columns = [variable.value for variable in result.variables]
    body = result.serialize(format=ENGINES[name])
    assert body is not None
    passing, sink = scanner(name, columns)
    whole, at, turn = ask(store, query, RESULTS_OF[name]), 0, 0
    while at < len(body):
        size = sizes[turn % len(sizes)]
        passing.write(body[at : at + size])
        at, turn = at + size, turn + 1
    passing.finish()
    assert passing.rows == len(expected) == whole[1].rows
    assert passing.blank == whole[1].blank
    assert sink.getvalue() == whole[0]


@pytest.mark.parametrize("name", RESULTS_OF)
@pytest.mark.parametrize("rows", [0, 1, 3, 50_000])
def test_rows_without_columns_or_values_are_counted(name: str, rows: int) -> None:
    many = f"{{ VALUES ?x {{ {'0 ' * rows} }} }}"
    for query in (
        f"SELECT ?never {many}",
        f"SELECT (1 AS ?a) ?never {many}",
        f"SELECT * {{ {{ SELECT ?never {many} }} OPTIONAL {{ ?never ?p ?o }} }}",
    ):
        _, written = ask(ox.Store(), query, RESULTS_OF[name])
        assert (written.rows, written.blank) == (rows, False)
    _, written = ask(ox.Store(), f"SELECT * {{ VALUES () {{ {'() ' * rows} }} }}", RESULTS_OF[name])
    assert written.rows == rows


@pytest.mark.parametrize("name", RESULTS_OF)
def test_a_long_answer_is_counted_exactly(name: str) -> None:
    store = ox.Store()
    cells = ["},{", "{},{}", 'a,b\r\n"c"\n', "<result>", "\t_:", "", '"}},{"x":']
    for n in range(20_000):
        store.add(ox.Quad(ox.NamedNode(f"x:{n}"), ox.NamedNode("x:p"), ox.Literal(cells[n % 7])))
    store.add(ox.Quad(ox.BlankNode("b"), ox.NamedNode("x:q"), ox.Literal("only one")))
    body, written = ask(store, "SELECT ?t ?s { ?s <x:p> ?t }", RESULTS_OF[name])
    assert len(body) > 300_000
    assert (written.rows, written.blank) == (20_000, name == "csv")
    _, written = ask(store, "SELECT ?t ?s { ?s ?p ?t }", RESULTS_OF[name])
    assert (written.rows, written.blank) == (20_001, True)


def test_readers_see_the_rows_whose_only_column_is_empty() -> None:
    query = 'SELECT ?x { VALUES ?x { "" UNDEF "a\\n\\r\\n" UNDEF UNDEF } }'
    body, _ = ask(ox.Store(), query, RESULTS_OF["csv"])
    assert body == b'x\r\n""\r\n""\r\n"a\n\r\n"\r\n""\r\n""\r\n'


@pytest.mark.parametrize(("query", "truth"), [("ASK {}", True), ("ASK { <x:x> ?p ?o }", False)])
def test_the_answer_to_ask_is_json_or_xml(query: str, truth: bool) -> None:
    body, written = ask(ox.Store(), query, RESULTS_OF["json"])
    assert json.loads(body) == {"head": {}, "boolean": truth}
    assert (written.rows, written.blank) == (None, False)
    body, _ = ask(ox.Store(), query, RESULTS_OF["xml"])
    assert ElementTree.fromstring(body).findtext(f"{SPACE}boolean") == str(truth).lower()
    for name in ("csv", "tsv"):
        with pytest.raises(NotAcceptable, match=r"SELECT only.*JSON or XML"):
            ask(ox.Store(), query, RESULTS_OF[name])


def test_an_answer_of_a_kind_that_is_not_wanted_is_refused() -> None:
    for query, media_type in (("SELECT * {}", "text/csv"), ("DESCRIBE <x:x>", "application/trig")):
        with pytest.raises(NotAcceptable, match=media_type):
            write(ox.Store().query(query), AcceptedFormats(None, None), Sink())


class Full(Sink):
    """Accepts a limited number of bytes."""

    def write(self, piece: Any, /) -> int:
        if self.tell() > 10_000:
            raise ResultTooLarge("enough")
        return super().write(piece)


@pytest.fixture(scope="module")
def long() -> ox.Store:
    """A store whose triples no full sink takes."""
    store = ox.Store()
    store.extend(
        ox.Quad(ox.NamedNode(f"x:{n}"), ox.NamedNode("x:p"), ox.Literal(n)) for n in range(50_000)
    )
    return store


@pytest.mark.parametrize("media_type", [*RESULTS_OF.values(), *GRAPHS_OF.values()])
def test_a_sink_that_is_full_ends_the_writing(long: ox.Store, media_type: str) -> None:
    form = "SELECT *" if media_type in RESULTS_OF.values() else "CONSTRUCT { ?s ?p ?o }"
    sink = Full()
    with pytest.raises(ResultTooLarge, match="enough"):
        write(long.query(form + " WHERE { ?s ?p ?o }"), accepting(media_type), sink)
    assert len(sink.getvalue()) < 30_000
