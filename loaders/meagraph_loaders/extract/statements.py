"""Statements: passages of prose, told apart by the words they open with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meagraph_loaders.extract.lines import Pieces, filled
from meagraph_loaders.extract.reading import Reading
from meagraph_loaders.records import Statement


@dataclass(frozen=True, slots=True)
class Opening:
    """A statement that a document is known to make: its kind and its first words."""

    kind: str
    words: str
    slug: str


def split_before(pieces: Pieces, words: str) -> tuple[Pieces, Pieces] | None:
    """The pieces before and from the first occurrence of some words; None where they are not."""
    for index, piece in enumerate(pieces):
        if (at := piece.text.find(words)) >= 0:
            before = (*pieces[:index], piece.cut(0, at))
            return filled(before), filled((piece.cut(at), *pieces[index + 1 :]))
    return None


def split_statements(
    reading: Reading, pieces: Pieces, openings: Sequence[Opening]
) -> list[tuple[Opening, Pieces]]:
    """Prose cut before each opening; the first opening begins it.

    Raises SourceError when an opening is missing or words stand before the first.
    """
    found: list[tuple[Opening, Pieces]] = []
    rest = pieces
    for opening in openings:
        cut = split_before(rest, opening.words)
        if cut is None or (not found and cut[0]):
            reading.stop(
                rest[0] if rest else reading.lines[0],
                f"“{reading.words(rest)[:60]}” is not what is known to stand here",
                f"A statement ({opening.kind}) opens with “{opening.words}”",
            )
        before, rest = cut
        if found:
            found[-1] = (found[-1][0], before)
        found.append((opening, rest))
    return found


def take_statement(
    reading: Reading,
    opening: Opening,
    pieces: Pieces,
    position: int,
    *,
    number: str | None = None,
    section: str | None = None,
    carrier: str | None = None,
) -> Statement:
    """The record of a statement; `carrier` names it where footnotes say what they explain."""
    taken = reading.take(pieces, "statement")
    return Statement(
        slug=opening.slug,
        kind=opening.kind,
        text=taken.words,
        passages=taken.passages,
        position=position,
        number=number,
        section=section,
        footnotes=reading.footnotes.attach(pieces, carrier or f"statement:{opening.slug}"),
    )
