r"""The type ``words``: what a person types into a search field, as regular expressions.

Whole words in any order, case-insensitive; quotes hold a phrase together; a star at the end means
"begins like this". All words of one value must occur; of several values, any. Each value is a group
with a number; each word or phrase of it is one regular expression (SPARQL ``REGEX`` with the flag
``i``; no look-around, which not every engine has).

The syntax of other search fields (a star in front, ``-word``, ``OR``, brackets) is refused: read as
ordinary letters it would match nothing, and "nothing" is what some queries look for.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from meagraph.core.errors import BadValue
from meagraph.core.queries.composition import Block, literal
from meagraph.core.quoting import quoted

_QUOTES = str.maketrans("“”„«»", '"""""')
_PIECE = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"})
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_ELSEWHERE = frozenset("*~^|\\")
"""Marks that have a meaning in other search fields."""
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
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
    """The words and phrases of a value, in order, whatever marks they hold.

    Raises BadValue where there is none, or a quote is never closed.

    >>> [first, _] = pieces("text", '"border fenc*" rail')
    >>> first
    Piece(words=('border', 'fenc'), quoted=True, begins=True)
    """
    found = []
    for phrase, star, word in _cut(name, value):
        written = (phrase or word) + star
        if parts := tuple(written.rstrip("*").split()):
            found.append(Piece(parts, bool(phrase), written.endswith("*")))
    if not found:
        raise _no_word(name, value)
    return found


def patterns(name: str, value: str) -> list[str]:
    r"""One regular expression per word or phrase.

    Raises BadValue where there is none, and for syntax that has no meaning here.

    >>> patterns("text", 'Anti-poaching "border fenc*"')
    ['\\bAnti-poaching\\b', '\\bborder\\s+fenc']
    """
    cut = _cut(name, value)
    if not cut:
        raise _no_word(name, value)
    for phrase, _, word in cut:
        if word:
            _check_word(name, word)
        else:
            _check_phrase(name, phrase)
    return [_pattern(piece) for piece in pieces(name, value)]


def _cut(name: str, value: str) -> list[tuple[str, str, str]]:
    """The phrases (with a star after the quotes) and words of a value, one of both being ''."""
    # Texts of the graph are composed; what a keyboard or a file name gives may not be.
    plain = unicodedata.normalize("NFC", value).translate(_QUOTES)
    if plain.count('"') % 2:
        raise BadValue(f'{name}={quoted(value)} opens a quote that is never closed: "like this".')
    return _PIECE.findall(plain)


def _no_word(name: str, value: str) -> BadValue:
    return BadValue(f'{name}={quoted(value)} holds no word. Give words, "a phrase" or a beginn*.')


def _check_word(name: str, word: str) -> None:
    """Refuse what would be read as letters, though it is meant otherwise."""
    stem = word.removesuffix("*")
    if "*" in stem or not stem:
        raise BadValue(
            f"{name}={quoted(word)} has a star that is not at the end of a word. A star finds "
            "beginnings, as in fenc*; endings and middles cannot be searched. Give the words "
            "in full, or the beginning of each with a star."
        )
    if word in _OPERATORS:
        raise BadValue(
            f"{name}={quoted(word)} is no operator. All words of one value must occur; for any "
            f"of several, give {name} several times. To find the word itself, write "
            f'"{word.lower()}" in quotation marks.'
        )
    if (
        (stem[0] in "+-" and stem[1:])
        or not any(map(_is_letter, stem))
        or not _ELSEWHERE.isdisjoint(stem)
        or any(stem.count(opening) != stem.count(closing) for opening, closing in _BRACKETS)
    ):
        raise BadValue(
            f"{name}={quoted(word)} holds marks that have no meaning here: there is no -word and "
            "+word, no brackets around several words, and no wildcard but a star at the end of a "
            "word. Leave the marks out, or put quotation marks around what is to be found as it "
            'is written: "like (this".'
        )


def _check_phrase(name: str, phrase: str) -> None:
    if "*" in phrase.rstrip().removesuffix("*"):
        raise BadValue(
            f"{name}={quoted(phrase)}: the star in this phrase is not at its end. A star finds "
            'beginnings of the last word, as in "border fenc*".'
        )
    if not any(map(_is_letter, phrase)):
        raise BadValue(f"{name}={quoted(phrase)}: these quotation marks hold no word.")


def _is_letter(letter: str) -> bool:
    """Whether it is a letter, a mark on one, or a number."""
    return unicodedata.category(letter)[0] in "LMN"


def _pattern(piece: Piece) -> str:
    pattern = r"\s+".join(_SPECIAL.sub(r"\\\g<0>", word) for word in piece.words)
    first, last = piece.words[0][0], piece.words[-1][-1]
    return _edge(first) + pattern + ("" if piece.begins else _edge(last))


def _edge(letter: str) -> str:
    r"""``\b`` beside a letter or digit; beside a mark it would ask for a letter behind it."""
    return r"\b" if unicodedata.category(letter) in _LETTERS else ""
