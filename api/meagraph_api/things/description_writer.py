"""Write statements in the RDF formats. All formats contain the same triples."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyoxigraph as ox

from meagraph.core.results import rdfxml
from meagraph.core.results.formats import Format
from meagraph.core.results.terms import Term
from meagraph_api.http.urls import SUFFIXES
from meagraph_api.things import jsonld
from meagraph_api.things.description import Statement
from meagraph_api.things.jsonld import Context
from meagraph_api.things.linked_data import PREFIXES


def write(statements: Sequence[Statement], format_: Format, context: Context) -> bytes:
    """The statements in a format; `context` is for JSON-LD.

    Raises NotAcceptable if RDF/XML cannot express a predicate (possible only in foreign data).
    """
    if format_ == SUFFIXES["jsonld"]:
        return jsonld.write(statements, context)
    triples = [_triple(statement) for statement in statements]
    if format_ == SUFFIXES["nt"]:
        return b"".join(sorted(f"{triple} .\n".encode() for triple in triples))
    if format_ == SUFFIXES["rdf"]:
        document = io.BytesIO()
        sink = rdfxml.Sink(document)
        writable = [rdfxml.expressible(triple, str(triple)) for triple in triples]
        ox.serialize(writable, sink, ox.RdfFormat.RDF_XML)  # type: ignore[arg-type]
        sink.finish()
        return document.getvalue()
    turtle = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""
    return _with_used_prefixes(turtle)


def _with_used_prefixes(turtle: bytes) -> bytes:
    """Turtle with only the used prefixes, sorted: Oxigraph writes all, in any order."""
    lines = turtle.splitlines(keepends=True)
    body = next((n for n, line in enumerate(lines) if not line.startswith(b"@prefix ")), len(lines))
    text = b"".join(lines[body:])
    used = (line for line in sorted(lines[:body]) if line.split(b" ", 2)[1] in text)
    return b"".join([*used, text])


def _triple(statement: Statement) -> ox.Triple:
    subject = _node(statement.subject)
    assert not isinstance(subject, ox.Literal)  # noqa: S101 (no subject is one)
    return ox.Triple(subject, ox.NamedNode(statement.predicate), _node(statement.object))


def _node(term: Term) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    match term.kind:
        case "uri":
            return ox.NamedNode(term.value)
        case "bnode":
            return ox.BlankNode(term.value)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    if term.datatype:
        return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))
    return ox.Literal(term.value)
