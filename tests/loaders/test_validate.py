"""Results of the shapes stop the release or are published; other invariants are checked in code."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDF, SH, Graph, Literal
from rdflib.compare import isomorphic

from meagraph.core import names
from meagraph.core.errors import DataError, GraphError, ShapesViolated
from meagraph_loaders import serialise, shacl, validate

_SHAPES = """
@prefix mea: <https://w3id.org/meagraph/ontology#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/meagraph/shape/> .
shape:Measure a sh:NodeShape ; sh:targetClass mea:Measure ;
  sh:property [ sh:path mea:text ; sh:minCount 1 ; sh:message "Give the measure its words." ] ;
  sh:property [ sh:path mea:priority ; sh:minCount 1 ; sh:severity sh:Warning ;
                sh:message "No priority is printed." ] .
shape:Link a sh:NodeShape ; sh:targetObjectsOf mea:countryLink ;
  sh:property [ sh:path mea:country ; sh:maxCount 0 ; sh:severity sh:Info ; sh:message "A link." ] .
"""

MEASURE = names.thing("measure", "plan", "1.1")
PLAN = ox.NamedNode(names.graph("plan"))


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    (tmp_path / "measure.ttl").write_text(_SHAPES, encoding="utf-8")
    return tmp_path


def values(store: ox.Store, subject: str, name: str) -> list[str]:
    quads = store.quads_for_pattern(
        ox.NamedNode(subject), ox.NamedNode(names.term(name)), None, None
    )
    return [str(quad.object) for quad in quads]


def without_text(store: ox.Store) -> ox.Store:
    for quad in list(
        store.quads_for_pattern(ox.NamedNode(MEASURE), ox.NamedNode(names.term("text")), None, None)
    ):
        store.remove(quad)
    return store


def test_a_violation_stops_with_the_node_and_what_to_do(small: ox.Store, shapes: Path) -> None:
    with pytest.raises(ShapesViolated, match=r"1 violation.*\n.*id/measure/plan/1\.1 \[text\]: "):
        validate.validate(without_text(small), shapes)


def test_a_violation_publishes_nothing(small: ox.Store, shapes: Path) -> None:
    before = len(without_text(small))
    with pytest.raises(ShapesViolated, match=r"Give the measure its words\."):
        validate.validate(small, shapes)
    assert len(small) == before


def test_a_warning_becomes_a_quality_finding(small: ox.Store, shapes: Path) -> None:
    report = validate.validate(small, shapes)
    finding = MEASURE + "#finding-shape-priority-mincount"
    assert values(small, finding, "severity") == [f"<{names.thing('severity', 'warning')}>"]
    assert values(small, finding, "subject") == [f"<{MEASURE}>"]
    assert values(small, finding, "instrument") == [f"<{names.thing('instrument', 'plan')}>"]
    assert "No priority is printed." in values(small, finding, "message")[0]
    assert len(report.findings) == 3


def test_a_finding_on_a_part_of_a_page_stands_on_that_page(small: ox.Store, shapes: Path) -> None:
    validate.validate(small, shapes)
    finding = MEASURE + "#finding-shape-link-kaz-mention-country-maxcount"
    assert values(small, finding, "subject") == [f"<{MEASURE}#link-KAZ-mention>"]
    assert values(small, finding, "severity") == [f"<{names.thing('severity', 'info')}>"]
    assert values(small, finding, "instrument") == [f"<{names.thing('instrument', 'plan')}>"]


def test_findings_stand_in_the_quality_graph_alone(small: ox.Store, shapes: Path) -> None:
    before = len(small)
    validate.validate(small, shapes)
    quality = ox.NamedNode(names.graph("quality"))
    added = len(list(small.quads_for_pattern(None, None, None, quality)))
    assert len(small) == before + added
    assert added > 0


def test_two_findings_of_one_kind_on_one_page_have_two_names(small: ox.Store) -> None:
    result = shacl.Result("warning", MEASURE, "Look.", "ClassConstraintComponent", value="a")
    other = shacl.Result("warning", MEASURE, "Look.", "ClassConstraintComponent", value="b")
    quads = list(validate.findings(small, validate.Report((result, other))))
    assert {names.local_name(str(quad.subject)[1:-1]) for quad in quads} == {
        "finding-shape-class",
        "finding-shape-class-2",
    }


def test_the_report_is_a_shacl_report_and_always_the_same(small: ox.Store, shapes: Path) -> None:
    report = validate.Report(shacl.inspect(small, shapes))
    again = validate.Report(shacl.inspect(small, shapes))
    assert report.turtle() == again.turtle()
    graph = Graph().parse(data=report.turtle(), format="turtle")
    node = graph.value(None, RDF.type, SH.ValidationReport)
    assert graph.value(node, SH.conforms) == Literal(False)
    assert len(list(graph.objects(node, SH.result))) == len(report.results) == 3


def test_a_shape_file_that_is_not_turtle_is_named(small: ox.Store, shapes: Path) -> None:
    (shapes / "broken.ttl").write_text("mea:x a mea:y .\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"broken\.ttl:1: the file is not Turtle"):
        validate.validate(small, shapes)


def test_a_shape_that_cannot_be_run_is_one_clear_error(small: ox.Store, shapes: Path) -> None:
    broken = _SHAPES.replace("sh:minCount 1", "sh:minCount mea:one")
    (shapes / "measure.ttl").write_text(broken, encoding="utf-8")
    with pytest.raises(GraphError, match="the shapes cannot be run"):
        validate.validate(small, shapes)


@pytest.mark.parametrize(
    "broken",
    [
        'sh:pattern "("',
        "sh:property mea:nothing",
        'sh:sparql [ sh:select "SELECT $this WHERE {" ]',
        'sh:property [ sh:path mea:text ; sh:minCount "x" ]',
    ],
)
@pytest.mark.parametrize("name", ["a.ttl", "mf.ttl", "z.ttl"])
def test_a_shape_at_fault_among_several_is_named_with_its_file(
    small: ox.Store, shapes: Path, name: str, broken: str
) -> None:
    prefixes = _SHAPES.partition("shape:Measure")[0]
    text = f"{prefixes} shape:Broken a sh:NodeShape ; sh:targetClass mea:Measure ; {broken} .\n"
    (shapes / name).write_text(text, encoding="utf-8")
    (shapes / "more.ttl").write_text(_SHAPES.replace("\nshape:", "\nshape:More-"), encoding="utf-8")
    with pytest.raises(GraphError, match=rf"/{name}: the shapes cannot be run: ") as caught:
        validate.validate(small, shapes)
    assert "\n" not in str(caught.value)


def test_a_folder_without_shapes_conforms_to_nothing(small: ox.Store, tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="there are no shapes"):
        validate.validate(small, tmp_path)


def test_the_plain_graph_holds_what_a_parser_would_read(small: ox.Store) -> None:
    for literal in ("plain", "übung 'quoted' \\ \n"):
        node = ox.NamedNode(MEASURE)
        small.add(ox.Quad(node, node, ox.Literal(literal), PLAN))
    small.add(ox.Quad(node, node, ox.Literal("слово", language="ru"), PLAN))
    small.add(ox.Quad(node, node, ox.Literal(True), PLAN))
    small.add(ox.Quad(node, node, ox.BlankNode("b"), PLAN))
    text = serialise.as_bytes((quad.triple for quad in small), ox.RdfFormat.N_TRIPLES)
    parsed = Graph().parse(data=text, format="nt")
    assert isomorphic(shacl.plain_graph(quad.triple for quad in small), parsed)


def test_an_empty_graph_is_never_conformant(shapes: Path) -> None:
    with pytest.raises(GraphError, match="empty"):
        validate.validate(ox.Store(), shapes)


def test_a_blank_node_is_refused(small: ox.Store) -> None:
    predicate = ox.NamedNode(names.term("passage"))
    small.add(ox.Quad(ox.NamedNode(MEASURE), predicate, ox.BlankNode("b"), PLAN))
    with pytest.raises(GraphError, match=r"graph/plan: .*_:b.* has a blank node"):
        validate.check(small)


def test_a_triple_in_two_graphs_is_refused(small: ox.Store) -> None:
    quad = next(small.quads_for_pattern(ox.NamedNode(MEASURE), None, None, PLAN))
    curation = ox.NamedNode(names.graph("curation"))
    small.add(ox.Quad(quad.subject, quad.predicate, quad.object, curation))
    with pytest.raises(GraphError, match=r"two graphs, .*graph/(plan|curation)"):
        validate.check(small)


@pytest.mark.parametrize("graph", [ox.DefaultGraph(), ox.NamedNode("http://example.org/graph")])
def test_a_triple_outside_our_named_graphs_is_refused(
    small: ox.Store, graph: ox.DefaultGraph | ox.NamedNode
) -> None:
    node = ox.NamedNode(MEASURE)
    small.add(ox.Quad(node, node, node, graph))
    with pytest.raises(GraphError, match="Put every triple in a named graph"):
        validate.check(small)
