"""Formats of query results: names, media types and specifications.

The first media type of a format is its registered one; older clients request the others, and a
response has the media type that was requested. The first format is used for clients that accept
any format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import IO


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the name for ``?format=``, its media types (registered one first), other names."""

    name: str
    media_types: tuple[str, ...]
    also: tuple[str, ...] = ()
    lossless: bool = True
    """Whether it can express every result of its kind."""

    @property
    def media_type(self) -> str:
        """Its registered media type."""
        return self.media_types[0]


RESULTS = (
    # https://www.w3.org/TR/sparql11-results-json/
    Format("json", ("application/sparql-results+json", "application/json"), ("srj",)),
    # https://www.w3.org/TR/rdf-sparql-XMLres/
    Format(
        "xml", ("application/sparql-results+xml", "application/xml", "text/xml"), ("srx",), False
    ),
    # https://www.w3.org/TR/sparql11-results-csv-tsv/
    Format("csv", ("text/csv",), lossless=False),
    Format("tsv", ("text/tab-separated-values", "text/tsv"), lossless=False),
)
"""Formats of SELECT and ASK."""

FOR_SELECT_ONLY = frozenset({"csv", "tsv"})
"""Names of formats that cannot express the result of ASK."""

GRAPHS = (
    # https://www.w3.org/TR/turtle/
    # Turtle is a part of N3, whose names many clients use for it.
    Format(
        "turtle",
        (
            "text/turtle",
            "application/x-turtle",
            "application/turtle",
            "text/n3",
            "text/rdf+n3",
            "application/n3",
            "application/rdf+n3",
        ),
        ("ttl", "n3"),
    ),
    # https://www.w3.org/TR/n-triples/
    Format(
        "ntriples",
        (
            "application/n-triples",
            "text/plain",
            "application/ntriples",
            "application/x-ntriples",
            "text/ntriples",
        ),
        ("nt", "n-triples"),
    ),
    # https://www.w3.org/TR/json-ld11/
    Format(
        "jsonld",
        ("application/ld+json", "application/json", "application/x-json+ld"),
        ("json-ld", "json"),
        lossless=False,
    ),
    # https://www.w3.org/TR/rdf-syntax-grammar/
    Format(
        "rdfxml",
        ("application/rdf+xml", "application/xml", "text/xml"),
        ("rdf", "xml", "rdf+xml"),
        lossless=False,
    ),
    # https://www.w3.org/TR/n-quads/
    Format("nquads", ("application/n-quads", "text/x-nquads", "text/nquads"), ("nq", "n-quads")),
    # https://www.w3.org/TR/trig/
    Format("trig", ("application/trig", "application/x-trig")),
)
"""Formats of CONSTRUCT and DESCRIBE."""


def listed(formats: Sequence[Format]) -> str:
    """The formats for a message, e.g. ``csv (text/csv)``."""
    return ", ".join(f"{entry.name} ({entry.media_type})" for entry in formats)


@cache
def own_media_type(formats: tuple[Format, ...], media_type: str) -> str:
    """The registered media type of the format with this media type.

    >>> own_media_type(RESULTS, "text/xml")
    'application/sparql-results+xml'
    """
    return next(entry.media_type for entry in formats if media_type in entry.media_types)


@dataclass(frozen=True, slots=True)
class AcceptedFormats:
    """The media types that a client accepts for each kind of result, None if it accepts none.

    The kind is known only when the query is parsed.
    """

    results: str | None
    """For SELECT and ASK."""
    graph: str | None
    """For CONSTRUCT and DESCRIBE."""
    gzip: bool = False
    """Whether the client accepts a compressed result; a short one is not compressed."""
    other_results: tuple[str, ...] = ()
    """Other media types for SELECT and ASK, best first, if `results` cannot express the result."""
    other_graphs: tuple[str, ...] = ()
    """Other media types for CONSTRUCT and DESCRIBE, if `graph` cannot express the result."""

    def without_best(self, *, graph: bool) -> AcceptedFormats | None:
        """The same without the best media type for one kind of result; None if it is the last.

        >>> accepted = AcceptedFormats("text/csv", None, other_results=("application/json",))
        >>> accepted.without_best(graph=False) == AcceptedFormats("application/json", None)
        True
        """
        if graph:
            if not self.other_graphs:
                return None
            return replace(self, graph=self.other_graphs[0], other_graphs=self.other_graphs[1:])
        if not self.other_results:
            return None
        return replace(self, results=self.other_results[0], other_results=self.other_results[1:])


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A complete result."""

    media_type: str
    content: bytes | IO[bytes]
    """The serialised result; a long one is in an unnamed file, to be read from its beginning."""
    length: int
    """Length of the content in bytes."""
    gzipped: bool = False
    """Whether the content is compressed."""
    rows: int | None = None
    """Rows of a table, triples of a graph, None for ASK."""
    lasting: bool = False
    """Whether the same query has the same result on the same release: not if it uses the time or
    random values, or if the result has blank nodes."""
    notes: tuple[str, ...] = ()
    """Notes for the client about the result; each is one line of ASCII."""

    @property
    def body(self) -> bytes:
        """The whole content."""
        if isinstance(self.content, bytes):
            return self.content
        self.content.seek(0)
        return self.content.read()

    def in_memory(self) -> QueryResult:
        """The same with its content in memory; its file is closed."""
        if isinstance(self.content, bytes):
            return self
        with self.content:
            return replace(self, content=self.body)
