"""Turtle files of the ontology and the shapes: read whole, or refused with the line."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from meagraph import text_files
from meagraph.errors import DataError


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
    return triples
