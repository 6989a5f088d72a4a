"""The shapes, a small valid graph, and copies of it with one fault each.

pySHACL takes 0.2 s to run all shapes even on the smallest graph. So all copies are in one graph,
each with its own IRIs, and the shapes run once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pyshacl
from rdflib import RDF, SH, Graph, URIRef
from rdflib.namespace import NamespaceManager
from rdflib.term import Node
from rdflib.util import from_n3

from meagraph.core import files, names

HERE = Path(__file__).parent
SHAPES = "https://w3id.org/meagraph/shapes#"
TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
NO_CONSTRAINTS = {RDF.type, SH.path, SH.message, SH.severity, *TARGETS}

Found = Mapping[int | None, frozenset[str]]
"""Violated constraints by copy, as "shape constraint"; None for results outside all copies."""


@dataclass(frozen=True)
class Broken:
    """One fault and the constraint that must report it."""

    shape: str
    constraint: str
    node: str
    predicate: str
    instead: str
    also: str = ""

    @property
    def expected(self) -> frozenset[str]:
        also = filter(None, self.also.split(", "))
        return frozenset([f"{self.shape} {self.constraint}", *also])


@cache
def shapes() -> Graph:
    """All shapes."""
    return _read(*sorted(files.folder("shapes").glob("*.ttl")))


@cache
def ontology() -> Graph:
    """The ontology and the concept schemes, which the shapes refer to."""
    return _read(*sorted(files.folder("ontology").glob("*.ttl")))


@cache
def good() -> Graph:
    """A small graph with every kind of thing that conforms to the shapes."""
    return _read(HERE / "good.ttl")


def breaks() -> list[Broken]:
    """All rows of breaks/, in file order."""
    return [
        Broken(*(cell.strip() for cell in line.split(" |")))
        for path in sorted((HERE / "breaks").glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def reporting() -> list[URIRef]:
    """The shapes that report results: those with a target."""
    found = {node for target in TARGETS for node in shapes().subjects(target)}
    return sorted(node for node in found if isinstance(node, URIRef))


def constraints(shape: URIRef) -> set[str]:
    """The constraints of a shape, e.g. ``Measure-text MinCount``."""
    parameters = {p for p in shapes().predicates(shape) if p not in NO_CONSTRAINTS}
    kinds = {_capital(names.local_name(str(parameter))) for parameter in parameters}
    return {f"{shape.removeprefix(SHAPES)} {kind}" for kind in kinds}


def what_fires(cases: Iterable[Broken]) -> Found:
    """Run the shapes once over one faulty copy of the good graph per case.

    Return the violated constraints by copy.
    """
    data = ontology() + good()
    for number, case in enumerate(cases):
        _add_copy(data, number, case)
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes(), inference="none", advanced=False)
    assert isinstance(report, Graph)
    found: dict[int | None, set[str]] = defaultdict(set)
    for result in report.objects(None, SH.result):
        found[_copy_of(report, result)].add(_constraint(report, result))
    return {number: frozenset(fired) for number, fired in found.items()}


def _add_copy(data: Graph, number: int, case: Broken) -> None:
    """Add a copy with one property of one node replaced or removed.

    The copy contains the page of the node (with all its fragments), the pages that link to it, and
    the pages whose parts become its values; the rest is shared with the good graph.
    """
    node, property_ = _term(f"<{case.node}>"), _term(case.predicate)
    instead = [_term(value) for value in case.instead.split(" , ") if value]
    home = _page(node)
    assert home in _pages(), f"{case.node} is not in good.ttl"
    taken_from = {_page(value) for value in instead if "#" in str(value)}
    pages = ({home} | _links_to()[home] | taken_from) & _pages().keys()
    kept = [t for page in pages for t in _pages()[page] if t[0] != node or t[1] != property_]

    def renamed(term: Node) -> Node:
        """The term as named in the copy; IRIs that are described nowhere belong to the copy."""
        page = _page(term)
        shared = page not in pages and (page in _pages() or page in _coded())
        if shared or not page.startswith(names.ID):
            return term
        return URIRef(str(term).replace("/id/", f"/copy-{number}/id/", 1))

    for triple in chain(kept, ((node, property_, value) for value in instead)):
        subject, predicate, value = map(renamed, triple)
        data.add((subject, predicate, value))


@cache
def _pages() -> dict[str, list[tuple[Node, Node, Node]]]:
    """The good graph page by page: a node and all fragments of it."""
    pages: dict[str, list[tuple[Node, Node, Node]]] = defaultdict(list)
    for triple in good():
        pages[_page(triple[0])].append(triple)
    return dict(pages)


@cache
def _links_to() -> Mapping[str, set[str]]:
    """Which pages link to a page."""
    links: dict[str, set[str]] = defaultdict(set)
    for subject, _, value in good():
        links[_page(value)].add(_page(subject))
    return links


def _page(term: Node) -> str:
    return str(term).split("#")[0] if isinstance(term, URIRef) else ""


def _term(written: str) -> Node:
    """Parse a term of a row: Turtle, with IRIs relative to id/."""
    term = from_n3(written, nsm=_prefixes())
    assert isinstance(term, Node)
    relative = isinstance(term, URIRef) and ":" not in str(term)
    return URIRef(names.ID + str(term)) if relative else term


@cache
def _prefixes() -> NamespaceManager:
    manager = NamespaceManager(Graph(), bind_namespaces="none")
    for prefix, iri in names.PREFIXES.items():
        manager.bind(prefix, iri)
    return manager


def _read(*paths: Path) -> Graph:
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@cache
def _coded() -> frozenset[str]:
    """The IRIs that the ontology and the schemes describe."""
    return frozenset(map(str, ontology().subjects()))


def _copy_of(report: Graph, result: Node) -> int | None:
    """The copy that a result belongs to, by its focus node or else its value."""
    for of in (SH.focusNode, SH.value):
        if match := re.search(r"/copy-(\d+)/", str(report.value(result, of))):
            return int(match[1])
    return None


def _constraint(report: Graph, result: Node) -> str:
    shape = str(report.value(result, SH.sourceShape)).removeprefix(SHAPES)
    component = names.local_name(str(report.value(result, SH.sourceConstraintComponent)))
    return f"{shape} {component.removesuffix('ConstraintComponent')}"


def _capital(word: str) -> str:
    """The constraint of a parameter, e.g. MinCount for sh:minCount and SPARQL for sh:sparql."""
    return word.upper() if word == "sparql" else word[0].upper() + word[1:]
