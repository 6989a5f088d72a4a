"""Write query results: complete and correct in the format, or refused with the reason.

Oxigraph serialises. Its faults in a format (an empty line that is a row, a carriage return in XML,
a predicate that is not an XML name) are corrected if possible; otherwise the error is 406 and names
suitable formats. A result is never in memory as a whole, except the texts of the triples of a
graph, which are needed to write each triple once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, cast

import pyoxigraph as ox

from meagraph.core import names
from meagraph.core.errors import NotAcceptable
from meagraph.core.results import formats, rdfxml, scanners
from meagraph.core.results.formats import AcceptedFormats

_RESULTS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
_OF_TABLES_ONLY = (ox.QueryResultsFormat.CSV, ox.QueryResultsFormat.TSV)

_GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/trig": ox.RdfFormat.TRIG,
}
_OF_LINES = (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)


@dataclass(frozen=True, slots=True)
class Written:
    """Properties of a written result."""

    media_type: str
    """The accepted media type in which it was written."""
    rows: int | None
    """Rows of a table, triples of a graph, None for ASK."""
    blank: bool
    """Whether it has a blank node."""


def write(
    result: ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple],
    accepted: AcceptedFormats,
    sink: IO[bytes],
) -> Written:
    """Write a result to a sink, piece by piece; the sink may raise an exception to stop.

    Triples need not come from a query.

    Raises NotAcceptable if no format is accepted for this kind of result, or if the format cannot
    express it; discard the content of the sink then.
    """
    match result:
        case ox.QuerySolutions():
            return _write_table(result, accepted.results, sink)
        case ox.QueryBoolean():
            return _write_truth(result, accepted, sink)
        case _:
            return _write_graph(result, accepted.graph, sink)


def _results_format(media_type: str | None) -> tuple[str, ox.QueryResultsFormat]:
    if media_type is None:
        raise NotAcceptable(
            f"Results of SELECT and ASK are available as {formats.listed(formats.RESULTS)}."
        )
    return media_type, _RESULTS[formats.own_media_type(formats.RESULTS, media_type)]


def _write_truth(result: ox.QueryBoolean, accepted: AcceptedFormats, sink: IO[bytes]) -> Written:
    media_type, own = _results_format(accepted.results)
    if own in _OF_TABLES_ONLY:
        if (others := accepted.without_best(graph=False)) is not None:
            return _write_truth(result, others, sink)
        raise NotAcceptable(
            "CSV and TSV are defined for SELECT only "
            "(https://www.w3.org/TR/sparql11-results-csv-tsv/). For ASK ask for JSON or XML."
        )
    result.serialize(sink, format=own)
    return Written(media_type, None, False)


def _write_table(result: ox.QuerySolutions, accepted: str | None, sink: IO[bytes]) -> Written:
    media_type, own = _results_format(accepted)
    passing = _scanner(own, [variable.value for variable in result.variables], sink)
    result.serialize(cast(IO[bytes], passing), format=own)
    passing.finish()
    return Written(media_type, passing.rows, passing.blank)


def _scanner(
    own: ox.QueryResultsFormat, columns: Sequence[str], sink: IO[bytes]
) -> scanners.Scanner:
    if own == ox.QueryResultsFormat.JSON:
        return scanners.Json(sink, columns)
    if own == ox.QueryResultsFormat.XML:
        return scanners.Xml(sink)
    if own == ox.QueryResultsFormat.CSV:
        return scanners.Csv(sink, len(columns))
    return scanners.Tsv(sink)


def _write_graph(result: Iterable[ox.Triple], media_type: str | None, sink: IO[bytes]) -> Written:
    if media_type is None:
        raise NotAcceptable(
            f"Results of CONSTRUCT and DESCRIBE are available as {formats.listed(formats.GRAPHS)}."
        )
    own = _GRAPHS[formats.own_media_type(formats.GRAPHS, media_type)]
    if own in _OF_LINES:
        passing = scanners.Triples(sink)
        if isinstance(result, ox.QueryTriples):
            result.serialize(cast(IO[bytes], passing), format=own)
        else:
            ox.serialize(result, cast(IO[bytes], passing), format=own)
        return Written(media_type, passing.rows, passing.blank)
    if own == ox.RdfFormat.RDF_XML:
        triples = _DistinctTriples(result, rdfxml.expressible)
        readable = rdfxml.Sink(sink)
        ox.serialize(triples, cast(IO[bytes], readable), format=own)
        readable.finish()
    elif own == ox.RdfFormat.JSON_LD:
        triples = _DistinctTriples(result, _expressible_in_json)
        ox.serialize(triples, sink, format=own)
    else:
        triples = _DistinctTriples(result)
        ox.serialize(triples, sink, format=own, prefixes=names.PREFIXES)
    return Written(media_type, triples.count, triples.blank)


def _expressible_in_json(triple: ox.Triple, text: str) -> ox.Triple:
    if "<<(" in text and text.split(" ", 2)[2].startswith("<<("):
        raise NotAcceptable("JSON-LD has no triple terms. Ask for Turtle or N-Triples.")
    return triple


_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""A blank node label that every format can express."""


class _DistinctTriples:
    """Iterates over distinct triples, since Oxigraph may yield duplicates, and counts them.

    It keeps the texts of triples, which take a quarter of the memory. `adapt` adapts a triple to
    a format; its arguments are the triple and its text in N-Triples.
    """

    def __init__(
        self,
        triples: Iterable[ox.Triple],
        adapt: Callable[[ox.Triple, str], ox.Triple] | None = None,
    ) -> None:
        self.count = 0
        self.blank = False
        self._triples = triples
        self._adapt = adapt
        self._names: dict[str, ox.BlankNode] = {}

    def __iter__(self) -> Iterator[ox.Triple]:
        texts: set[str] = set()
        for original in self._triples:
            text = str(original)
            texts.add(text)
            if len(texts) == self.count:
                continue
            self.count += 1
            triple = self._with_valid_labels(original) if "_:" in text else original
            yield self._adapt(triple, text) if self._adapt else triple

    def _with_valid_labels(self, triple: ox.Triple) -> ox.Triple:
        """Replace blank node labels that not every format can express: BNODE() takes any text."""
        subject, value = triple.subject, triple.object
        if isinstance(subject, ox.BlankNode):
            subject = self._valid_label(subject)
        if isinstance(value, ox.BlankNode):
            value = self._valid_label(value)
        elif isinstance(value, ox.Triple):
            value = self._with_valid_labels(value)
        return ox.Triple(subject, triple.predicate, value)

    def _valid_label(self, node: ox.BlankNode) -> ox.BlankNode:
        self.blank = True
        if _LABEL.fullmatch(node.value):
            return node
        return self._names.setdefault(node.value, ox.BlankNode())
