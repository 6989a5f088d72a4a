"""Reading one document: its lines, its footnotes, its accounts.

The four readers are small state machines over `lines`. Whatever they put into a record they take
through `take`, which gives the words their role, so that the accounts and the records cannot
differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn

from meagraph.core.errors import SourceError
from meagraph_loaders.extract.footnotes import Body, lift
from meagraph_loaders.extract.ledger import Ledger
from meagraph_loaders.extract.lines import Line, Pieces, Source, Stretch, filled
from meagraph_loaders.extract.text import collapse
from meagraph_loaders.records import Footnote, LineRole, Passage, PassageRole, Role


@dataclass(frozen=True, slots=True)
class Taken:
    """Words read as one text, and where they stand."""

    words: str
    passages: tuple[Passage, ...]


class Reading:
    """One document being read out of a source, from one offset to another.

    `joined` lists the words that a line break splits behind their own hyphen.
    """

    def __init__(
        self,
        source: Source,
        start: int = 0,
        end: int | None = None,
        *,
        joined: Sequence[str] = (),
        bare_marks: bool = False,
    ) -> None:
        self.source = source
        self._start, self._end = start, len(source.text) if end is None else end
        self._joined = joined
        self._ledger = Ledger(source)
        self.footnotes = lift(source, self._start, self._end, bare_marks)
        for sign in chain(
            (mark.sign for mark in self.footnotes.marks),
            (body.opening for body in self.footnotes.bodies),
            (body.closing for body in self.footnotes.bodies),
        ):
            self._ledger.claim(sign, "footnote mark")
        self.lines = source.lines(self._start, self._end, self.footnotes.ranges)
        if not any(line.pieces for line in self.lines):
            raise SourceError(source.name, "holds no words", "A source holds its document's text")

    def find_line(self, beginning: str) -> int:
        """The index of the first line that begins with some words.

        Raises SourceError when there is none.
        """
        for index, line in enumerate(self.lines):
            if line.pieces and line.pieces[0].text.startswith(beginning):
                return index
        raise SourceError(
            self.source.name,
            f"no line begins with “{beginning}”",
            "This document has one, which tells where its next stretch begins",
        )

    def take(self, pieces: Iterable[Stretch], role: Role, shown_as: PassageRole = "text") -> Taken:
        """The words of the pieces, which from now on have this role in the accounts."""
        pieces = tuple(pieces)
        for piece in pieces:
            self._ledger.claim(piece, role)
        return self.quote(pieces, shown_as)

    def quote(self, pieces: Iterable[Stretch], shown_as: PassageRole = "text") -> Taken:
        """The words of the pieces without a role: for words that a second record cites too."""
        pieces = tuple(pieces)
        return Taken(self.words(pieces), self._passages(pieces, shown_as))

    def words(self, pieces: Iterable[Stretch]) -> str:
        """The pieces as one text, white space collapsed.

        Pieces that a lifted footnote mark parted are joined as the text around the mark is.
        """
        text, end = "", 0
        for piece in pieces:
            gap = self.source.text[end : piece.start] if text else ""
            glue = " " if gap[:1].isspace() or gap[-1:].isspace() else ""
            if "\n" in gap and text.endswith("-") and text[-2:-1].isalnum():
                self._check_hyphen(text, piece)
                glue = ""
            text, end = text + glue + piece.text, piece.end
        return collapse(text)

    def _check_hyphen(self, text: str, piece: Stretch) -> None:
        word = text.split()[-1] + piece.text.split()[0]
        if word.rstrip(".,;:") not in self._joined:
            self.stop(
                piece,
                f"a line break behind a hyphen makes “{word}”",
                "Whether the break belongs to the word is a person's judgement: "
                "list the word as joined in the reader of this document",
            )

    def _passages(self, pieces: Pieces, role: PassageRole) -> tuple[Passage, ...]:
        """One passage for each run of pieces that only white space parts."""
        runs: list[tuple[int, int]] = []
        for piece in filled(pieces):
            if runs and not self.source.text[runs[-1][1] : piece.start].strip():
                runs[-1] = (runs[-1][0], piece.end)
            else:
                runs.append((piece.start, piece.end))
        line_at, text = self.source.line_at, self.source.text
        return tuple(
            Passage(line_at(start), line_at(end - 1), start, end, text[start:end], role)
            for start, end in runs
        )

    def footnote_records(self) -> tuple[Footnote, ...]:
        """The inline footnotes, with what carries their marks. Asked for once, at the end."""
        self.footnotes.check()
        return tuple(self._footnote(body) for body in self.footnotes.bodies)

    def _footnote(self, body: Body) -> Footnote:
        taken = self.take((body.words,), "footnote", "footnote")
        brackets = self.quote((body.opening, body.closing), "footnote")
        carriers = tuple(self.footnotes.carriers.get(body.label, ()))
        return Footnote(body.label, taken.words, taken.passages or brackets.passages, carriers)

    def close(self) -> tuple[LineRole, ...]:
        """The accounts. Raises SourceError when a word of the document has no role."""
        return self._ledger.close(self._start, self._end)

    def expect_count(self, what: str, found: int, right: int) -> None:
        """Raises SourceError when the document holds another number of things than is known."""
        if found != right:
            raise SourceError(
                self.source.name,
                f"{found} {what} were read",
                f"This document has {right}: some are missing, or the text is another version",
            )

    def stop(self, at: Line | Stretch, what: str, right: str) -> NoReturn:
        """Raises SourceError at a line."""
        line = at.number if isinstance(at, Line) else self.source.line_at(at.start)
        raise SourceError(f"{self.source.name}:{line}", what, right)


def pieces_of(lines: Iterable[Line]) -> Pieces:
    """The pieces of several lines as one text."""
    return tuple(piece for line in lines for piece in line.pieces)
