"""Validate: hold the graph to its shapes and to the promises that shapes cannot express.

The shapes of `shapes/*.ttl` run with pySHACL over one plain rdflib graph of all named graphs. A
Violation stops the release. A Warning or Info becomes a quality finding in the graph `quality`, so
that readers see what editors should look at. SHACL: https://www.w3.org/TR/shacl/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal as OneOf
from typing import cast

import pyoxigraph as ox
import pyshacl
from pyshacl.errors import ReportableRuntimeError
from rdflib import RDF, SH, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from meagraph import files, names
from meagraph.errors import GraphError, ShapesViolated
from meagraph_loaders.serialise import as_bytes

Severity = OneOf["violation", "warning", "info"]

_SEVERITIES: dict[Node | None, Severity] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}
_ORDER = {severity: rank for rank, severity in enumerate(_SEVERITIES.values())}
_QUALITY = ox.NamedNode(names.graph("quality"))
_REPORT = names.BASE + "validation"
_TYPE = ox.NamedNode(str(RDF.type))


@dataclass(frozen=True, slots=True)
class Result:
    """One `sh:ValidationResult`: what is wrong with which node, and what an editor should do."""

    severity: Severity
    focus: str
    """The address of the node that was looked at."""
    message: str
    component: str
    """Which kind of constraint it is, e.g. `MinCountConstraintComponent`."""
    path: str | None = None
    """The property, where the constraint is about one."""
    value: str | None = None

    def __str__(self) -> str:
        """The result in one line, for a person."""
        about = f" [{names.local_name(self.path)}]" if self.path else ""
        found = f" Found: {self.value}" if self.value is not None else ""
        return f"{self.focus.removeprefix(names.BASE)}{about}: {self.message}{found}"


@dataclass(frozen=True, slots=True)
class Report:
    """What the shapes found, the most severe first."""

    results: tuple[Result, ...]

    @property
    def violations(self) -> tuple[Result, ...]:
        """What stops a release."""
        return tuple(result for result in self.results if result.severity == "violation")

    @property
    def findings(self) -> tuple[Result, ...]:
        """What is published beside the data."""
        return tuple(result for result in self.results if result.severity != "violation")

    def turtle(self) -> bytes:
        """The report as an `sh:ValidationReport` in Turtle; the same results, the same bytes."""
        prefixes = {prefix: names.PREFIXES[prefix] for prefix in ("sh", "xsd")}
        return as_bytes(_report(self), ox.RdfFormat.TURTLE, prefixes)


def validate(store: ox.Store, shapes: Path | None = None) -> Report:
    """Run the shapes and publish what is no Violation as quality findings.

    `shapes` is a folder of Turtle files, by default our `shapes/`. Raises ShapesViolated when there
    are Violations, GraphError when the graph is empty or breaks another promise.
    """
    check(store)
    report = inspect(plain_graph(store), shapes)
    if report.violations:
        raise ShapesViolated([str(result) for result in report.violations])
    store.extend(list(findings(store, report)))
    return report


def check(store: ox.Store) -> None:
    """Hold the graph to what makes it addressable and countable; raises GraphError otherwise.

    There are no blank nodes, and every triple stands in exactly one named graph of ours.
    """
    homes: dict[ox.Triple, ox.NamedNode] = {}
    for quad in store:
        triple, home = quad.triple, quad.graph_name
        if not isinstance(home, ox.NamedNode) or not home.value.startswith(names.GRAPH):
            raise GraphError(
                f"{triple} stands in {home}. "
                f"Put every triple in a named graph, whose address begins with {names.GRAPH}"
            )
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            raise GraphError(
                f"{home.value}: {triple} has a blank node. "
                "Give every node an address, e.g. a fragment of what it belongs to"
            )
        if triple in homes:
            raise GraphError(
                f"{triple} stands in two graphs, {homes[triple].value} and {home.value}. "
                "Keep it in one, or it would be counted twice"
            )
        homes[triple] = home


def plain_graph(store: ox.Store) -> Graph:
    """One rdflib graph with the triples of all named graphs; raises GraphError when it is empty.

    It must not be empty because SHACL calls an empty graph conformant.
    """
    graph = _plain_graph(quad.triple for quad in store)
    if not len(graph):
        raise GraphError("the graph is empty. Look at what the map stage made")
    return graph


def _plain_graph(triples: Iterable[ox.Triple]) -> Graph:
    """The triples as an rdflib graph.

    The terms are handed over one by one, since rdflib takes more than twice as long to parse them
    from text.
    """
    graph = Graph()
    terms: dict[object, Node] = {}
    for triple in triples:
        for term in triple:
            if term not in terms:
                terms[term] = _plain(term)
        graph.store.add(
            (terms[triple.subject], terms[triple.predicate], terms[triple.object]), graph
        )
    return graph


def _plain(term: object) -> Node:
    """The rdflib term of a pyoxigraph term."""
    match term:
        case ox.NamedNode():
            return URIRef(term.value)
        case ox.BlankNode():
            return BNode(term.value)
        case ox.Literal(language=str(language)):
            return Literal(term.value, lang=language)
        case ox.Literal() if term.datatype.value == str(XSD.string):
            return Literal(term.value)
        case ox.Literal():
            return Literal(term.value, datatype=URIRef(term.datatype.value))
    raise GraphError(f"{term}: is no term of RDF 1.1. Say it with a node of its own")


def inspect(data: Graph, shapes: Path | None = None) -> Report:
    """Run the shapes of a folder over a graph and say what they found, whatever it is."""
    folder = files.folder("shapes") if shapes is None else shapes
    wanted = _shapes(folder)
    try:
        _, found, _ = pyshacl.validate(data, shacl_graph=wanted, inplace=True, advanced=False)
    except ReportableRuntimeError as error:
        raise GraphError(f"{folder}: the shapes cannot be run: {error}") from None
    if not isinstance(found, Graph):
        raise GraphError(f"{folder}: the shapes cannot be run: {found}")
    # Results of nested shapes are details (sh:detail) of these, not results of their own.
    nodes = found.objects(None, SH.result, unique=True)
    return Report(tuple(sorted((_result(found, node) for node in nodes), key=_rank)))


def _shapes(folder: Path) -> Graph:
    """All shapes of a folder in one graph; raises GraphError for a file that is not Turtle."""
    triples: list[ox.Triple] = []
    for path in sorted(folder.glob("*.ttl")):
        try:
            quads = ox.parse(path=path, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
            triples += [quad.triple for quad in quads]
        except SyntaxError as error:
            raise GraphError(f"{path}:{error.lineno}: is not valid Turtle ({error.msg})") from None
    return _plain_graph(triples)


def _result(found: Graph, node: Node) -> Result:
    def text(predicate: URIRef) -> str | None:
        value = found.value(node, predicate)
        return None if value is None else str(value)

    path = found.value(node, SH.resultPath)
    return Result(
        severity=_SEVERITIES.get(found.value(node, SH.resultSeverity), "violation"),
        focus=text(SH.focusNode) or "",
        message=" ".join(sorted(str(m) for m in found.objects(node, SH.resultMessage))),
        component=names.local_name(text(SH.sourceConstraintComponent) or ""),
        path=str(path) if isinstance(path, URIRef) else None,
        value=text(SH.value),
    )


def _rank(result: Result) -> tuple[object, ...]:
    return (
        _ORDER[result.severity],
        result.focus,
        result.path or "",
        result.component,
        result.message,
        result.value or "",
    )


def _report(report: Report) -> Iterator[ox.Triple]:
    def triple(subject: str, predicate: URIRef, value: str, *, iri: bool) -> ox.Triple:
        object_ = ox.NamedNode(value) if iri else ox.Literal(value)
        return ox.Triple(ox.NamedNode(subject), ox.NamedNode(str(predicate)), object_)

    yield triple(_REPORT, RDF.type, str(SH.ValidationReport), iri=True)
    conforms = ox.Literal(not report.results)
    yield ox.Triple(ox.NamedNode(_REPORT), ox.NamedNode(str(SH.conforms)), conforms)
    for number, result in enumerate(report.results, start=1):
        node = names.fragment(_REPORT, f"result-{number}")
        component, severity = result.component, result.severity.capitalize()
        yield triple(_REPORT, SH.result, node, iri=True)
        yield triple(node, RDF.type, str(SH.ValidationResult), iri=True)
        yield triple(node, SH.focusNode, result.focus, iri=True)
        yield triple(node, SH.resultSeverity, str(SH[severity]), iri=True)
        yield triple(node, SH.sourceConstraintComponent, str(SH[component]), iri=True)
        yield triple(node, SH.resultMessage, result.message, iri=False)
        if result.path:
            yield triple(node, SH.resultPath, result.path, iri=True)
        if result.value is not None:
            yield triple(node, SH.value, result.value, iri=False)


def findings(store: ox.Store, report: Report) -> Iterator[ox.Quad]:
    """The quality findings (docs/model.md) that Warnings and Infos become."""
    for result, slug in zip(report.findings, _slugs(report.findings), strict=True):
        node = ox.NamedNode(f"{result.focus.split('#')[0]}#finding-shape-{slug}")
        values: dict[str, ox.NamedNode | ox.Literal] = {
            "findingKind": ox.NamedNode(names.thing("finding-kind", "shape")),
            "severity": ox.NamedNode(names.thing("severity", result.severity)),
            "message": ox.Literal(str(result), language="en"),
            "subject": ox.NamedNode(result.focus),
        }
        if instrument := _instrument(store, result.focus):
            values["instrument"] = instrument
        yield ox.Quad(node, _TYPE, ox.NamedNode(names.term("QualityFinding")), _QUALITY)
        for name, value in values.items():
            yield ox.Quad(node, ox.NamedNode(names.term(name)), value, _QUALITY)


def _slugs(results: Iterable[Result]) -> Iterator[str]:
    """A name for each finding, unique on its page: fragment, property, kind, and a count."""
    seen: Counter[str] = Counter()
    for result in results:
        page, _, fragment = result.focus.partition("#")
        words = (fragment, names.local_name(result.path or ""), result.component)
        slug = names.slug(" ".join(words).removesuffix("ConstraintComponent"))
        seen[f"{page}#{slug}"] += 1
        count = seen[f"{page}#{slug}"]
        yield slug if count == 1 else f"{slug}-{count}"


def _instrument(store: ox.Store, focus: str) -> ox.NamedNode | None:
    """The instrument that a node, or else the page it stands on, belongs to."""
    for subject in (focus, focus.split("#")[0]):
        predicate = ox.NamedNode(names.term("instrument"))
        for quad in store.quads_for_pattern(ox.NamedNode(subject), predicate, None, None):
            return cast(ox.NamedNode, quad.object)
    return None
