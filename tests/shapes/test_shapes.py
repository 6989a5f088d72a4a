"""The shapes are well formed, named, complete, and have helpful messages."""

from __future__ import annotations

import re
from itertools import chain

import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SH, Graph, URIRef
from rdflib.term import Node

from meagraph.core import names
from tests.shapes.graphs import HERE, SHAPES, good, ontology, reporting, shapes

PLACES_TO_LOOK = (
    "data/",
    "ontology/",
    "queries/",
    "loaders/",
    "the document's text",
    "source file",
)


def test_the_shapes_are_well_formed_shacl() -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=shapes(), meta_shacl=True)
    assert conforms, text


def test_every_shape_has_an_address_so_that_a_report_can_name_it() -> None:
    kinds = (SH.NodeShape, SH.PropertyShape)
    nodes = set(chain.from_iterable(shapes().subjects(RDF.type, kind) for kind in kinds))
    assert {node for node in nodes if not str(node).startswith(SHAPES)} == set()


def test_no_shape_is_left_without_a_type_or_a_use() -> None:
    named = {s for s in shapes().subjects() if isinstance(s, URIRef) and s.startswith(SHAPES)}
    used = set(reporting()) | set(shapes().objects())
    assert named - set(shapes().subjects(RDF.type)) == set()
    assert named - used == set()


@pytest.mark.parametrize("shape", reporting(), ids=names.local_name)
def test_every_shape_tells_an_editor_what_to_do_and_where(shape: URIRef) -> None:
    holder = shapes().value(shape, SH.sparql) or shape
    [message] = map(str, shapes().objects(holder, SH.message))
    assert any(place in message for place in PLACES_TO_LOOK)
    assert len(re.findall(r"[.;:] ", message)) >= 1, "says what is right, then what to do"


@pytest.mark.parametrize("shape", reporting(), ids=names.local_name)
def test_the_name_of_a_shape_says_which_class_it_is_about(shape: URIRef) -> None:
    described = names.local_name(shape).split("-")[0]
    targets = set(shapes().objects(shape, SH.targetClass))
    assert {names.local_name(str(target)) for target in targets} <= {described}


def test_a_message_names_only_files_and_folders_that_exist() -> None:
    words = " ".join(str(message) for message in shapes().objects(None, SH.message))
    named = set(re.findall(r"\b(?:data|queries|ontology|loaders)/[\w/.-]*\w", words))
    assert {name for name in named if not (HERE.parents[1] / name).exists()} == set()


def test_every_class_of_the_ontology_is_under_a_shape() -> None:
    targets = set(shapes().objects(None, SH.targetClass))
    assert {c for c in _classes() if not targets & _with_superclasses(c)} == set()


def test_the_good_graph_holds_something_of_every_class_under_a_shape() -> None:
    targets = {c for c in shapes().objects(None, SH.targetClass) if c in set(_classes())}
    present = set(chain.from_iterable(map(_with_superclasses, good().objects(None, RDF.type))))
    present |= set(ontology().objects(None, RDF.type))
    assert targets - present == set()


def test_every_property_of_the_good_graph_is_declared() -> None:
    used = {p for p in good().predicates() if str(p).startswith(names.ONTOLOGY)}
    assert used - set(ontology().subjects(RDF.type)) == set()


def _classes() -> list[Node]:
    classes = ontology().subjects(RDF.type, OWL.Class)
    return [node for node in classes if str(node).startswith(names.ONTOLOGY)]


def _with_superclasses(node: Node) -> set[Node | None]:
    return set(ontology().transitive_objects(node, RDFS.subClassOf))
