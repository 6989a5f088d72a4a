"""Text with highlighted matches, and snippets of long texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

BEGIN, END = "\x02", "\x03"
"""Markers that the index puts around matches; its texts do not contain them."""

_AROUND = 60
"""Characters of a snippet before the first match."""
_CUT = "…"

Range = tuple[int, int]
"""Start and end of a match in code points, from 0; the end is exclusive."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the ranges of its matches, sorted and disjoint."""

    text: str
    ranges: tuple[Range, ...] = ()

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """Split the text; each piece comes with whether it is a match.

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
        """A snippet of about that length around the first match, in whole words.

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
        r"""Split into lines; a match across the end of a line is in both.

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
        """The text and its ranges for JSON."""
        return {"text": self.text, "marks": [list(found) for found in self.ranges]}


def read(text: str) -> Marked:
    r"""Parse a text with the markers of the index.

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


def merged(found: Iterable[Marked]) -> Marked:
    """Merge the matches of several lookups in the same text.

    >>> merged([Marked("a fence", ((2, 7),)), Marked("a fence", ((0, 1), (2, 4)))])
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
    """The start of the word at a position."""
    return text.rfind(" ", 0, position) + 1 if position else 0


def _word_end(text: str, position: int) -> int:
    """The end of the word at a position."""
    found = text.find(" ", position)
    return len(text) if found < 0 else found
