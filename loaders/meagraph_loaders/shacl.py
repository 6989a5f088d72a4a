"""SHACL: runs the shapes of a folder over a graph with pySHACL (https://www.w3.org/TR/shacl/).

pySHACL is the most complete engine in Python and takes its time, so two things are done about it:
it is shown only what the shapes can see, and half of the shapes run in a second process
(``python -m meagraph_loaders.shacl FOLDER FILE …``, triples on stdin, results as JSON on stdout).
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from typing import Literal as OneOf

import pyoxigraph as ox
import pyshacl
from rdflib import RDF, RDFS, SH, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from meagraph.core import lifetime, names, text_files
from meagraph.core.errors import GraphError, MeagraphError
from meagraph_loaders import turtle

# What pySHACL logs to stderr it raises too, and then it is told in one line.
logging.getLogger("pyshacl-validate").disabled = True

Severity = OneOf["violation", "warning", "info"]

_SEVERITIES: dict[Node | None, Severity] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}
_ORDER = {severity: rank for rank, severity in enumerate(_SEVERITIES.values())}
CONDITIONS = "conditions.ttl"
"""The file of conditions that shapes of all files use; it reports nothing itself."""


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


def inspect(store: ox.Store, folder: Path) -> tuple[Result, ...]:
    """Everything that the shapes of a folder find in the named graphs of a store, worst first.

    Raises GraphError when the shapes cannot be run.
    """
    triples = [quad.triple for quad in store]
    if not triples:
        # SHACL calls an empty graph conformant.
        raise GraphError("the graph is empty. Look at what the map stage made")
    files = sorted(path.name for path in folder.glob("*.ttl") if path.name != CONDITIONS)
    if not files:
        raise GraphError(f"{folder}: there are no shapes. Restore the folder from the repository")
    with _Helper(triples, folder, files[1::2]) as helper:
        mine = inspect_files(triples, folder, files[0::2])
        return tuple(sorted({*mine, *helper.results()}, key=_rank))


def inspect_files(
    triples: Iterable[ox.Triple], folder: Path, files: Sequence[str]
) -> tuple[Result, ...]:
    """What the shapes of some files of a folder find, in no order.

    Raises DataError for a file that cannot be read, GraphError, naming the file if it can be told,
    when the shapes cannot be run.
    """
    triples = tuple(triples)
    try:
        return _inspected(triples, folder, files)
    except GraphError:
        for file in files if len(files) > 1 else ():
            _inspected(triples, folder, [file])  # the one at fault raises an error with its name
        raise


def _inspected(
    triples: Iterable[ox.Triple], folder: Path, files: Sequence[str]
) -> tuple[Result, ...]:
    if not files:
        return ()
    conditions = [CONDITIONS] if (folder / CONDITIONS).is_file() else []
    shapes = read_shapes(folder, (*files, *conditions))
    visible = _visible(shapes)
    data = plain_graph(triple for triple in triples if triple.predicate.value in visible)
    return run(data, shapes, folder / files[0] if len(files) == 1 else folder)


def run(data: Graph, shapes: Graph, where: Path) -> tuple[Result, ...]:
    """Run shapes over a graph. Raises GraphError when they cannot be run.

    `where` is the file or folder that the error names.
    """
    try:
        _, found, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True, advanced=False)
    except Exception as error:  # of pySHACL, rdflib and re: each fault of a shape has its own
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise GraphError(
            f"{text_files.display_name(where)}: the shapes cannot be run: {reason} "
            "Correct the shape"
        ) from None
    if not isinstance(found, Graph):
        raise GraphError(
            f"{text_files.display_name(where)}: the shapes cannot be run: {found} Correct the shape"
        )
    # Results of nested shapes are details (sh:detail) of these, not results of their own.
    return tuple(_result(found, node) for node in found.objects(None, SH.result, unique=True))


def _visible(shapes: Graph) -> frozenset[str]:
    """The predicates that the shapes can see: those they name, in SPARQL text too, and types."""
    named = {str(term) for triple in shapes for term in triple if isinstance(term, URIRef)}
    for query in shapes.objects(None, SH.select):
        named.update(re.findall(r"<([^<>]+)>", str(query)))
    return frozenset(named | {str(RDF.type), str(RDFS.subClassOf)})


class _Helper:
    """A second process that runs some of the shapes at the same time."""

    def __init__(self, triples: Sequence[ox.Triple], folder: Path, files: Sequence[str]) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stdin: IO[bytes] | None = None
        if files:
            command = [sys.executable, "-m", __name__, str(folder), *files]
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            self._triples = triples

    def __enter__(self) -> _Helper:
        if self._process is not None and self._process.stdin is not None:
            # Open until the end, since the process ends with it; `communicate` would close it.
            self._stdin, self._process.stdin = self._process.stdin, None
            triples = ox.serialize(self._triples, format=ox.RdfFormat.N_TRIPLES) or b""
            with suppress(BrokenPipeError):  # it has ended; what it said is read below
                self._stdin.write(b"%d\n%s" % (len(triples), triples))
                self._stdin.flush()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            self._process.communicate()
        if self._stdin is not None:
            with suppress(BrokenPipeError):
                self._stdin.close()

    def results(self) -> tuple[Result, ...]:
        """What it has found, once it has ended. Raises GraphError when it failed."""
        if self._process is None:
            return ()
        output, complaint = self._process.communicate()
        if self._process.returncode != 0:
            raise GraphError(complaint.decode().strip() or "the shapes could not be run")
        return tuple(Result(**result) for result in json.loads(output))


def main() -> None:
    """Run the shapes of the files named on the command line over the triples on stdin.

    Their length comes first, in a line of its own; stdin is open for as long as the parent lives.
    """
    folder, *files = sys.argv[1:]
    text = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
    lifetime.end_with_parent(sys.stdin.fileno())
    triples = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)]
    try:
        found = inspect_files(triples, Path(folder), files)
    except MeagraphError as error:
        sys.exit(str(error))
    json.dump([asdict(result) for result in found], sys.stdout)


def plain_graph(triples: Iterable[ox.Triple]) -> Graph:
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


def read_shapes(folder: Path, files: Iterable[str]) -> Graph:
    """The shapes of some files in one graph; raises DataError as `turtle.read` does."""
    return plain_graph(triple for file in files for triple in turtle.read(folder / file))


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


if __name__ == "__main__":
    main()
