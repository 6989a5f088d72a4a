r"""The type ``words``: what a person types into a search field, as regular expressions.

Whole words in any order, case-insensitive; quotes hold a phrase together; a star at the end means
"begins like this". All words of one value must occur; of several values, any. Each value is a group
with a number; each word or phrase of it is one regular expression (SPARQL ``REGEX`` with the flag
``i``; no look-around, which not every engine has).
"""

from __future__ import annotations

import re
import unicodedata

from meagraph.errors import BadValue
from meagraph.queries.binding import Block, literal

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


def patterns(name: str, value: str) -> list[str]:
    r"""One regular expression per word or phrase. Raises BadValue where there is none.

    >>> patterns("text", 'Anti-poaching "border fenc*"')
    ['\\bAnti-poaching\\b', '\\bborder\\s+fenc']
    """
    plain = value.translate(_QUOTES)
    if plain.count('"') % 2:
        raise BadValue(f'{name}={value!r} opens a quote that is never closed: "like this".')
    found = []
    for phrase, star, word in _PIECE.findall(plain):
        pattern = _pattern((phrase or word) + star)
        if pattern:
            found.append(pattern)
    if not found:
        raise BadValue(f'{name}={value!r} holds no word. Give words, "a phrase" or a beginn*.')
    return found


def _pattern(piece: str) -> str:
    begins = piece.endswith("*")
    parts = piece.rstrip("*").split()
    if not parts:
        return ""
    pattern = r"\s+".join(_SPECIAL.sub(r"\\\g<0>", part) for part in parts)
    return _edge(parts[0][0]) + pattern + ("" if begins else _edge(parts[-1][-1]))


def _edge(letter: str) -> str:
    r"""``\b`` beside a letter or digit; beside a mark it would ask for a letter behind it."""
    return r"\b" if unicodedata.category(letter) in _LETTERS else ""
