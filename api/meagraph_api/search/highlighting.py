"""Marked text: which letters of a text were found, and the part of a long text that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

BEGIN, END = "\x02", "\x03"
"""What the index puts around what it has found; no text of it holds them."""

_AROUND = 60
"""Letters that a part shows before what was found."""
_CUT = "…"

Range = tuple[int, int]
"""The first letter of what was found and the one behind its last, counted in code points from 0."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the ranges that were found in it, in order and apart."""

    text: str
    ranges: tuple[Range, ...] = ()

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The text in pieces, and whether each was found.

        >>> list(Marked("a fence", ((2, 7),)).pieces())
        [('a ', False), ('fence', True)]
        """
        done = 0
        for start, end in self.ranges:
            yield self.text[done:start], False
            yield self.text[start:end], True
            done = end
        if done < len(self.text):
            yield self.text[done:], False

    def cut(self, length: int) -> Marked:
        """A part of about that length that shows the first finds, in whole words.

        >>> Marked("one two three four five", ((4, 7),)).cut(12)
        Marked(text='one two three…', ranges=((4, 7),))
        """
        if len(self.text) <= length:
            return self
        first = self.ranges[0][0] if self.ranges else 0
        start = _word_start(self.text, min(max(0, first - _AROUND), len(self.text) - length))
        end = _word_end(self.text, start + length)
        before = _CUT if start else ""
        shift = len(before) - start
        return Marked(
            before + self.text[start:end] + (_CUT if end < len(self.text) else ""),
            tuple((a + shift, b + shift) for a, b in self.ranges if start <= a and b <= end),
        )

    def lines(self) -> Iterator[Marked]:
        r"""Its lines; what was found across the end of a line is marked in both.

        >>> list(Marked("a fence\nb", ((2, 9),)).lines())
        [Marked(text='a fence', ranges=((2, 7),)), Marked(text='b', ranges=((0, 1),))]
        """
        start = 0
        for line in self.text.split("\n"):
            end = start + len(line)
            inside = ((max(a, start) - start, min(b, end) - start) for a, b in self.ranges)
            yield Marked(line, tuple((a, b) for a, b in inside if a < b))
            start = end + 1

    def as_json(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"text": self.text, "marks": [list(found) for found in self.ranges]}


def read(text: str) -> Marked:
    r"""A text with the marks of the index in it.

    >>> read("a \x02fence\x03")
    Marked(text='a fence', ranges=((2, 7),))
    """
    plain, ranges, start = "", [], 0
    for number, piece in enumerate(text.replace(END, BEGIN).split(BEGIN)):
        start = len(plain)
        plain += piece
        if number % 2:
            ranges.append((start, len(plain)))
    return Marked(plain, tuple(ranges))


def together(found: Iterable[Marked]) -> Marked:
    """The same text with the ranges of several finds.

    >>> together([Marked("a fence", ((2, 7),)), Marked("a fence", ((0, 1), (2, 4)))])
    Marked(text='a fence', ranges=((0, 1), (2, 7)))
    """
    text = ""
    ranges: list[Range] = []
    for marked in found:
        text = marked.text
        ranges += marked.ranges
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return Marked(text, tuple(joined))


def _word_start(text: str, position: int) -> int:
    """Where the word begins that a position is in."""
    return text.rfind(" ", 0, position) + 1 if position else 0


def _word_end(text: str, position: int) -> int:
    """Where the word ends that a position is in."""
    found = text.find(" ", position)
    return len(text) if found < 0 else found
