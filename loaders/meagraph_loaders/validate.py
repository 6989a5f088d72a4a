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
from typing import cast

import pyoxigraph as ox
from rdflib import RDF, SH, URIRef

from meagraph.core import files, names
from meagraph.core.errors import GraphError, ShapesViolated
from meagraph_loaders import shacl
from meagraph_loaders.serialise import as_bytes

_QUALITY = ox.NamedNode(names.graph("quality"))
_REPORT = names.BASE + "validation"
_TYPE = ox.NamedNode(str(RDF.type))


@dataclass(frozen=True, slots=True)
class Report:
    """What the shapes found, the most severe first."""

    results: tuple[shacl.Result, ...]

    @property
    def violations(self) -> tuple[shacl.Result, ...]:
        """What stops a release."""
        return tuple(result for result in self.results if result.severity == "violation")

    @property
    def findings(self) -> tuple[shacl.Result, ...]:
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
    report = Report(shacl.inspect(store, files.folder("shapes") if shapes is None else shapes))
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


def _slugs(results: Iterable[shacl.Result]) -> Iterator[str]:
    """A name for each finding, unique on its page: fragment, property, kind, and a count."""
    occurrences: Counter[str] = Counter()
    for result in results:
        page, _, fragment = result.focus.partition("#")
        words = (fragment, names.local_name(result.path or ""), result.component)
        slug = names.slug(" ".join(words).removesuffix("ConstraintComponent"))
        occurrences[f"{page}#{slug}"] += 1
        count = occurrences[f"{page}#{slug}"]
        yield slug if count == 1 else f"{slug}-{count}"


def _instrument(store: ox.Store, focus: str) -> ox.NamedNode | None:
    """The instrument that a node, or else the page it stands on, belongs to."""
    for subject in (focus, focus.split("#")[0]):
        predicate = ox.NamedNode(names.term("instrument"))
        for quad in store.quads_for_pattern(ox.NamedNode(subject), predicate, None, None):
            return cast(ox.NamedNode, quad.object)
    return None
