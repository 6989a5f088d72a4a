"""Extraction: the source texts become records.

One module per kind of document (`saiga`, `argali`, `ssap`, `jwp`), each a small state machine over
lines. `lines` and `ledger` hold the places of words and their accounts, `reading` ties both
together; `footnotes`, `statements`, `measure_draft`, `cells` and `scales` read what several
documents have.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders import sources
from meagraph_loaders.extract import argali, jwp, saiga, ssap
from meagraph_loaders.extract.ledger import prove_whole
from meagraph_loaders.extract.lines import Source
from meagraph_loaders.records import Document

EXTRACTORS: dict[str, Callable[[Source], Document]] = {
    names.SAIGA: saiga.extract,
    names.ARGALI: argali.extract,
    names.SSAP: ssap.extract,
    names.JWP: jwp.extract,
}


def documents(sources_folder: Path) -> tuple[Document, ...]:
    """Everything that the source texts say: saiga, argali, its annex, the joint work programme.

    Raises SourceError when a file is not the one that was checked or is not understood, DataError
    when `sources.csv` is malformed.
    """
    return tuple(
        document
        for row in sources.rows(sources_folder)
        for document in _documents_of(row, sources_folder)
    )


def _documents_of(row: sources.SourceRow, folder: Path) -> list[Document]:
    """The documents of one file, which together account for all of it."""
    unknown = [slug for slug in row.documents if slug not in EXTRACTORS]
    if unknown:
        raise DataError(
            f"{folder / sources.TABLE}",
            f"{row.file} holds {', '.join(unknown)}, which nothing here reads",
            f"The documents are: {', '.join(EXTRACTORS)}",
        )
    source = Source(row.file, sources.read(row, folder))
    found = [EXTRACTORS[slug](source) for slug in row.documents]
    prove_whole(source, (role for document in found for role in document.lines))
    return found
