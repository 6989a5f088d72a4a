"""The real graph conforms, and a fault in it is reported at its node."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef

from meagraph.core import files, names
from meagraph_loaders import pipeline, shacl
from meagraph_loaders.validate import Report

MEA = Namespace(names.ONTOLOGY)
ID = Namespace(names.ID)

TEXTLESS = ID["measure/saiga-mtiwp-2016-2020/1.1"]
URGENT_TWICE = ID["measure/saiga-mtiwp-2016-2020/1.2"]
TEXT_AS_NUMBER = ID["measure/saiga-mtiwp-2016-2020/1.3"]
DANGLING_UNIT = ID["measure/argali-action-plan-2025-2032/2.1"]
UNKNOWN_COUNTRY = ID["measure/argali-action-plan-2025-2032/2.1#link-TJK-unit"]
BASELESS = ID["measure/argali-action-plan-2025-2032/2.2#link-TJK-unit"]
LOST_TARGET = ID["measure/saiga-mtiwp-2016-2020/12.3"]
NOWHERE = ID["nowhere"]


@pytest.fixture(scope="module")
def broken(store: ox.Store) -> Report:
    """The validation report of a copy of the real graph with seven faults."""
    graph = shacl.plain_graph(quad.triple for quad in store)
    for node in (UNKNOWN_COUNTRY, BASELESS):
        assert (node, RDF.type, MEA.CountryLink) in graph
    graph.remove((TEXTLESS, MEA.text, None))
    graph.add((URGENT_TWICE, MEA.priority, _another_priority(graph)))
    graph.set((TEXT_AS_NUMBER, MEA.number, Literal("Count the herds.", lang="en")))
    graph.set((DANGLING_UNIT, MEA.unit, NOWHERE))
    graph.set((UNKNOWN_COUNTRY, MEA.country, NOWHERE))
    graph.remove((BASELESS, MEA.basis, None))
    graph.set((LOST_TARGET, MEA.refersTo, NOWHERE))
    folder = files.folder("shapes")
    shapes = shacl.read_shapes(folder, [path.name for path in folder.glob("*.ttl")])
    return Report(shacl.run(graph, shapes, folder))


def test_the_real_graph_conforms(summary: pipeline.Summary) -> None:
    assert summary.report.violations == ()


@pytest.mark.full  # on the small graph, test_breaks.py breaks every constraint
def test_each_fault_in_the_real_graph_is_found_where_it_is(broken: Report) -> None:
    assert set(_found(broken)) == {
        (str(TEXTLESS), "text", "MinCount"),
        (str(URGENT_TWICE), "priority", "MaxCount"),
        (str(TEXT_AS_NUMBER), "number", "Datatype"),
        (str(TEXT_AS_NUMBER), "number", "Pattern"),
        (str(DANGLING_UNIT), "unit", "Class"),
        (str(UNKNOWN_COUNTRY), "country", "Class"),
        (str(BASELESS), "", "MinCount"),
        (str(LOST_TARGET), "refersTo", "Node"),
    }


@pytest.mark.full
def test_a_fault_is_reported_once_and_says_what_to_do(broken: Report) -> None:
    assert len(broken.results) == len(set(broken.results)) == 8
    [textless] = [result for result in broken.results if result.focus == str(TEXTLESS)]
    assert "Look for cut, merged or displaced cells" in textless.message


def _another_priority(graph: Graph) -> URIRef:
    """Another priority of the Saiga programme."""
    mine = graph.value(URGENT_TWICE, MEA.priority)
    steps = [ID[f"priority/{names.SAIGA}/{step}"] for step in (1, 2)]
    [other] = [step for step in steps if step != mine]
    return other


def _found(report: Report) -> Iterator[tuple[str, str, str]]:
    for result in report.violations:
        kind = result.component.removesuffix("ConstraintComponent")
        yield result.focus, names.local_name(result.path or ""), kind
