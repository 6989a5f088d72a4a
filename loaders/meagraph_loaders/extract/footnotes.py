"""Footnotes as the word processor's export prints them, in the middle of the text.

`Argali.[footnoteRef:5] [5:  Modified for relevance.]` is a mark and a body; later marks of the
same note may be bare digits behind a word (`programmes6`). Both are lifted out of the lines before
anything else reads them, and attached to what carries the mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from meagraph.core.errors import SourceError
from meagraph_loaders.extract.lines import Source, Stretch

MARK = re.compile(r"\[footnoteRef:(?P<label>\d+)\]")
BARE_MARK = re.compile(r"(?<=[a-z])(?P<label>\d+)(?!\S)")
"""A digit behind a lower-case word; `IFC1` and `IMG4` are names, not marks."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote mark at the end of a word."""

    label: str
    sign: Stretch


@dataclass(frozen=True, slots=True)
class Body:
    """A footnote body with the brackets around it; `words` is empty where it says nothing."""

    label: str
    opening: Stretch
    words: Stretch
    closing: Stretch


@dataclass(slots=True)
class Lifted:
    """The marks and bodies of a document, and what turns out to carry each label."""

    source: Source
    marks: list[Mark]
    bodies: list[Body]
    carriers: dict[str, list[str]] = field(default_factory=dict)
    _attached: set[int] = field(default_factory=set)

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """The lifted ranges of the file, in order."""
        marks = [(mark.sign.start, mark.sign.end) for mark in self.marks]
        bodies = [(body.opening.start, body.closing.end) for body in self.bodies]
        return sorted(marks + bodies)

    def attach(self, pieces: Iterable[Stretch], carrier: str) -> tuple[str, ...]:
        """The labels of the marks that stand at the end of a piece; notes who carries them."""
        ends = {piece.end for piece in pieces}
        carried = [mark for mark in self.marks if mark.sign.start in ends]
        for mark in carried:
            self._attached.add(mark.sign.start)
            self.carriers.setdefault(mark.label, []).append(carrier)
        return tuple(mark.label for mark in carried)

    def check(self) -> None:
        """Raises SourceError when a mark is carried by nothing that was read."""
        for mark in self.marks:
            if mark.sign.start not in self._attached:
                raise SourceError(
                    self.source.where(mark.sign.start),
                    f"the mark of footnote {mark.label} belongs to nothing",
                    "A mark stands directly behind a word of a measure, cell, statement or heading",
                )


def lift(source: Source, start: int, end: int, bare_marks: bool) -> Lifted:
    """Finds the footnotes between two offsets; `bare_marks` where notes are cited by mere digits.

    Raises SourceError when a mark has no body or a body does not end.
    """
    marks = [_mark(match) for match in MARK.finditer(source.text, start, end)]
    bodies = [_body(source, mark, end) for mark in marks]
    if bare_marks:
        labels = {body.label for body in bodies}
        for match in BARE_MARK.finditer(source.text, start, end):
            if any(body.opening.start <= match.start() < body.closing.end for body in bodies):
                continue
            mark = _mark(match)
            if mark.label not in labels:
                raise SourceError(
                    source.where(mark.sign.start),
                    f"the digit {mark.label} behind a word is no footnote of this document",
                    f"The footnotes here are {', '.join(sorted(labels))}",
                )
            marks.append(mark)
    return Lifted(source, sorted(marks, key=lambda mark: mark.sign.start), bodies)


def _mark(match: re.Match[str]) -> Mark:
    return Mark(match["label"], Stretch(match.start(), match[0]))


def _body(source: Source, mark: Mark, end: int) -> Body:
    """The body of a marked footnote: from `[5:` to the bracket that closes it."""
    sign = f"[{mark.label}:"
    opened = source.text.find(sign, mark.sign.end, end)
    if opened < 0:
        raise SourceError(
            source.where(mark.sign.start),
            f"footnote {mark.label} has a mark but no body",
            f"Its body stands behind the mark as {sign} …]",
        )
    depth = 0
    for at in range(opened, end):
        depth += {"[": 1, "]": -1}.get(source.text[at], 0)
        if depth == 0:
            words = Stretch(opened, source.text[opened:at]).cut(len(sign))
            return Body(mark.label, Stretch(opened, sign), words, Stretch(at, "]"))
    raise SourceError(
        source.where(opened),
        f"the body of footnote {mark.label} does not end",
        "A body ends with a closing bracket",
    )
