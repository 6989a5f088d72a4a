"""Translate search words into FTS5 match expressions, with every word quoted.

All pieces must match. A plain word is looked up by its stem, a quoted phrase or a prefix (`fenc*`)
literally. The name of a State matches all of its names.

https://www.sqlite.org/fts5.html#full_text_query_syntax
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from meagraph.core.errors import BadValue
from meagraph.core.queries.text_search import Piece, pieces
from meagraph.core.quoting import quoted

MAX_CHARACTERS = 200
"""The maximum length of the value, in characters."""
MAX_WORDS = 20
"""The maximum number of words."""

Names = Mapping[str, Sequence[str]]
"""All names of a State by each of them, folded."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Match expressions for the two tables of the index, '' if there is nothing to look up."""

    stems: str
    exact: str


def matching(words: str, names: Names, parameter: str = "q") -> Matching:
    """Match expressions for search words, the value of `parameter`. Raises BadValue.

    >>> matching('fences "border fence" rail*', {})
    Matching(stems='("fences")', exact='("border fence") AND ("rail" *)')
    >>> matching("Казахстан", {"казахстан": ("Kazakhstan", "Казахстан")}).stems
    '("Kazakhstan" OR "Казахстан")'
    """
    stems: list[str] = []
    exact: list[str] = []
    for piece in _read(words, parameter):
        as_it_is = piece.quoted or piece.begins
        (exact if as_it_is else stems).append(f"({' OR '.join(_phrases(piece, names))})")
    return Matching(" AND ".join(stems), " AND ".join(exact))


def folded(text: str) -> str:
    """Text without case and diacritics, for comparison.

    >>> folded("Fédération de Russie")
    'federation de russie'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _read(words: str, parameter: str) -> list[Piece]:
    """The pieces with a letter or a digit. Raises BadValue if there are none or too many."""
    if len(words) > MAX_CHARACTERS:
        raise BadValue(f"{parameter} has {len(words)} characters; give at most {MAX_CHARACTERS}.")
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    found = [piece for piece in pieces(parameter, plain) if _is_searchable(" ".join(piece.words))]
    if not found:
        raise BadValue(
            f"{parameter}={quoted(words)} has no letter or digit. Give words to search for."
        )
    if (number := sum(len(piece.words) for piece in found)) > MAX_WORDS:
        raise BadValue(f"{parameter} has {number} words; give at most {MAX_WORDS}.")
    return found


def _is_searchable(text: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LN" for letter in text)


def _phrases(piece: Piece, names: Names) -> Iterator[str]:
    text = " ".join(piece.words)
    if piece.begins:
        yield f'"{text}" *'
    else:
        # In a quoted string only the quotation mark has a meaning, and no piece has one.
        alike = names.get(folded(text), (text,))
        yield from (f'"{name.replace(chr(34), " ")}"' for name in alike)
