"""Parse values of the type ``words``: text typed into a search field.

Words match in any order, form and case; quotes enclose an exact phrase; a star at the end of a word
matches any ending. All words of one value must match; several values are alternatives. They are
looked up in the search index of the release (`meagraph.core.full_text`).

The syntax of other search fields (a leading star, ``-word``, ``OR``, brackets) is refused: read as
plain text it would find nothing, and some queries report what is not found.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from meagraph.core.errors import BadValue
from meagraph.core.quoting import quoted

_QUOTES = str.maketrans("“”„«»", '"""""')
_PIECE = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_ELSEWHERE = frozenset("*~^|\\")
"""Characters with a meaning in other search fields."""
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a phrase."""

    words: tuple[str, ...]
    quoted: bool
    begins: bool
    """Whether its last word is a prefix."""


def pieces(name: str, value: str) -> list[Piece]:
    """The words and phrases of a value, in order, with any characters.

    Raises BadValue if there is none, or if a quote is not closed.

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


def check(name: str, value: str) -> None:
    """Refuse a value without a word, or with unsupported syntax. Raises BadValue.

    >>> check("text", 'anti-poaching "border fenc*"')
    """
    cut = _cut(name, value)
    if not cut:
        raise _no_word(name, value)
    for phrase, _, word in cut:
        if word:
            _check_word(name, word)
        else:
            _check_phrase(name, phrase)


def _cut(name: str, value: str) -> list[tuple[str, str, str]]:
    """The phrases (and a star after the quotes) and words of a value; one of both is ''."""
    # Texts of the graph are in NFC; input from a keyboard or a file name may not be.
    plain = unicodedata.normalize("NFC", value).translate(_QUOTES)
    if plain.count('"') % 2:
        raise BadValue(f'{name}={quoted(value)} opens a quote that is never closed: "like this".')
    return _PIECE.findall(plain)


def _no_word(name: str, value: str) -> BadValue:
    return BadValue(f'{name}={quoted(value)} has no word. Give words, "a phrase" or a prefix*.')


def _check_word(name: str, word: str) -> None:
    """Refuse operators and wildcards that are not supported."""
    stem = word.removesuffix("*")
    if "*" in stem or not stem:
        raise BadValue(
            f"{name}={quoted(word)} has a star that is not at the end of a word. A star searches "
            "for a prefix, as in fenc*; other parts of words cannot be searched. Give the words "
            "in full, or the beginning of each with a star."
        )
    if word in _OPERATORS:
        raise BadValue(
            f"{name}={quoted(word)} is not an operator here. All words of one value must occur; "
            f"for alternatives, give {name} several times. To find the word itself, write "
            f'"{word.lower()}" in quotation marks.'
        )
    if (
        (stem[0] in "+-" and stem[1:])
        or not any(map(_is_letter, stem))
        or not _ELSEWHERE.isdisjoint(stem)
        or any(stem.count(opening) != stem.count(closing) for opening, closing in _BRACKETS)
    ):
        raise BadValue(
            f"{name}={quoted(word)} has unsupported marks: there is no -word or +word, there are "
            "no brackets around several words, and the only wildcard is a star at the end of a "
            "word. Remove the marks, or put quotation marks around an exact phrase: "
            '"like (this".'
        )


def _check_phrase(name: str, phrase: str) -> None:
    if "*" in phrase.rstrip().removesuffix("*"):
        raise BadValue(
            f"{name}={quoted(phrase)}: the star in this phrase is not at its end. A star searches "
            'for a prefix of the last word, as in "border fenc*".'
        )
    if not any(map(_is_letter, phrase)):
        raise BadValue(f"{name}={quoted(phrase)}: there is no word in these quotation marks.")


def _is_letter(letter: str) -> bool:
    """Whether a character is a letter, a combining mark or a number."""
    return unicodedata.category(letter)[0] in "LMN"
