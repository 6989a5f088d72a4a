r"""The type ``words``: what a person types into a search field, as regular expressions.

Whole words in any order, case-insensitive; quotes hold a phrase together; a star at the end means
"begins like this". All words of one value must occur; of several values, any. Each value is a group
with a number; each word or phrase of it is one regular expression (SPARQL ``REGEX`` with the flag
``i``; no look-around, which not every engine has).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from meagraph.errors import BadValue
from meagraph.queries.binding import Block, literal
from meagraph.quoting import quoted

_QUOTES = str.maketrans("“”„«»", '"""""')
_PIECE = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"})
_SPECIAL = re.compile(r"[\\.?*+(){}\[\]^$|]")


def rows(name: str, values: list[str]) -> dict[Block, list[str]]:
    r"""What the two data blocks of a parameter hold: group numbers, and (group, word) pairs.

    >>> rows("text", ['fence "steppe eagle"', "rail*"])[("_text_group", "_text_word")]
    ['(1 "\\\\bfence\\\\b")', '(1 "\\\\bsteppe\\\\s+eagle\\\\b")', '(2 "\\\\brail")']
    """
    pairs = [
        f"({group} {literal(pattern)})"
        for group, value in enumerate(values, 1)
        for pattern in patterns(name, value)
    ]
    groups = [str(group) for group in range(1, len(values) + 1)]
    return {(f"_{name}",): groups, (f"_{name}_group", f"_{name}_word"): pairs}


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a phrase."""

    words: tuple[str, ...]
    quoted: bool
    begins: bool
    """Whether its last word is only a beginning."""


def pieces(name: str, value: str) -> list[Piece]:
    """The words and phrases of a value, in order. Raises BadValue where there is none.

    >>> [first, _] = pieces("text", '"border fenc*" rail')
    >>> first
    Piece(words=('border', 'fenc'), quoted=True, begins=True)
    """
    plain = value.translate(_QUOTES)
    if plain.count('"') % 2:
        raise BadValue(f'{name}={quoted(value)} opens a quote that is never closed: "like this".')
    found = []
    for phrase, star, word in _PIECE.findall(plain):
        written = (phrase or word) + star
        if parts := tuple(written.rstrip("*").split()):
            found.append(Piece(parts, bool(phrase), written.endswith("*")))
    if not found:
        raise BadValue(
            f'{name}={quoted(value)} holds no word. Give words, "a phrase" or a beginn*.'
        )
    return found


def patterns(name: str, value: str) -> list[str]:
    r"""One regular expression per word or phrase. Raises BadValue where there is none.

    >>> patterns("text", 'Anti-poaching "border fenc*"')
    ['\\bAnti-poaching\\b', '\\bborder\\s+fenc']
    """
    return [_pattern(piece) for piece in pieces(name, value)]


def _pattern(piece: Piece) -> str:
    pattern = r"\s+".join(_SPECIAL.sub(r"\\\g<0>", word) for word in piece.words)
    first, last = piece.words[0][0], piece.words[-1][-1]
    return _edge(first) + pattern + ("" if piece.begins else _edge(last))


def _edge(letter: str) -> str:
    r"""``\b`` beside a letter or digit; beside a mark it would ask for a letter behind it."""
    return r"\b" if unicodedata.category(letter) in _LETTERS else ""
