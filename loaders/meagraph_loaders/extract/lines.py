"""A source text as lines and stretches of words, each with its place in the file.

Offsets count Unicode code points from the beginning of the decoded file, lines count from 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that stand together in a file; no white space at either end.

    >>> Stretch(10, "1.1 Agree").cut(4)
    Stretch(start=14, text='Agree')
    """

    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset behind the last character."""
        return self.start + len(self.text)

    def __bool__(self) -> bool:
        """Whether it holds words."""
        return bool(self.text)

    def cut(self, first: int, last: int | None = None) -> Stretch:
        """The words between two positions within this stretch, white space at the ends left out.

        Positions count from its beginning; none are negative.
        """
        inside = self.text[first:last]
        bare = inside.lstrip()
        return Stretch(self.start + first + len(inside) - len(bare), bare.rstrip())


Pieces = tuple[Stretch, ...]
"""Stretches in file order that are read as one text (a line, a cell, a sentence …)."""


def filled(pieces: Iterable[Stretch]) -> Pieces:
    """The pieces that hold words."""
    return tuple(piece for piece in pieces if piece)


@dataclass(frozen=True, slots=True)
class Line:
    """One line without what was lifted out of it (footnotes); a blank line has no pieces."""

    number: int
    pieces: Pieces
    tabbed: bool
    """Whether it begins with a tab, which is how a table cell begins."""


@dataclass(frozen=True)
class Source:
    """The decoded text of one file of `data/sources`."""

    name: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))][:-1]

    def line_at(self, offset: int) -> int:
        """The number of the line that an offset lies on.

        >>> Source("a.txt", "one\\ntwo").line_at(4)
        2
        """
        return bisect_right(self._starts, offset)

    def where(self, offset: int) -> str:
        """`file:line` of an offset, as errors name it."""
        return f"{self.name}:{self.line_at(offset)}"

    def lines(self, start: int, end: int, lifted: Sequence[tuple[int, int]] = ()) -> list[Line]:
        """The lines from one offset to another, without the lifted ranges.

        `start` is the beginning of a line; the ranges are in file order and do not overlap.
        """
        found: list[Line] = []
        ends = [after - 1 for after in (*self._starts[1:], len(self.text) + 1)]
        for number, (first, last) in enumerate(zip(self._starts, ends, strict=True), 1):
            if start <= first < end:
                kept = _outside(first, last, lifted)
                pieces = filled(Stretch(a, self.text[a:b]).cut(0) for a, b in kept)
                found.append(Line(number, pieces, self.text.startswith("\t", first)))
        return found


def _outside(start: int, end: int, ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of start–end when the ranges are taken out."""
    for first, last in ranges:
        if first < end and last > start:
            if first > start:
                yield start, first
            start = max(start, last)
    if start < end:
        yield start, end
