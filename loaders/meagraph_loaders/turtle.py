"""Turtle files of the ontology and the shapes: read whole, or refused with the line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from rdflib import OWL, RDF, RDFS, SH, SKOS

from meagraph.core import text_files
from meagraph.core.errors import DataError

_CLOSED = (OWL, RDF, RDFS, SH, SKOS)
"""Vocabularies of the W3C whose terms are all known."""


def read(path: Path) -> list[ox.Triple]:
    """The triples of a file; blank nodes get labels of their own.

    Raises DataError for a file that is unreadable, no Turtle, or without any triple.
    """
    name, text = text_files.display_name(path), text_files.read(path)
    try:
        quads = ox.parse(text, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
        triples = [quad.triple for quad in quads]
    except SyntaxError as error:
        raise DataError(
            f"{name}:{error.lineno}", f"the file is not Turtle ({error.msg})", "Correct the syntax"
        ) from None
    if not triples:
        raise DataError(name, "the file states nothing", "Restore the file from the repository")
    for term in sorted({term.value for triple in triples for term in _terms(triple)}):
        if _is_misspelt(term):
            raise DataError(name, f"<{term}> is no term of that vocabulary", "Correct the term")
    return triples


def _terms(triple: ox.Triple) -> Iterator[ox.NamedNode]:
    parts = (triple.subject, triple.predicate, triple.object)
    return (part for part in parts if isinstance(part, ox.NamedNode))


def _is_misspelt(term: str) -> bool:
    """Whether a term lies in a vocabulary of the W3C that does not define it.

    >>> OWL = "http://www.w3.org/2002/07/owl#"
    >>> _is_misspelt(f"{OWL}Klass"), _is_misspelt(f"{OWL}Class"), _is_misspelt(OWL)
    (True, False, False)
    """
    return any(
        term.startswith(str(vocabulary)) and term != str(vocabulary) and term not in vocabulary
        for vocabulary in _CLOSED
    )
