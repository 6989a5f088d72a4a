"""From a person's words to what FTS5 looks up: every word is quoted, none is ever its syntax.

All pieces must be found. A plain word is looked up by its stem; a phrase in quotes and a beginning
(`fenc*`) as they are. The name of a State stands for all of its names.

https://www.sqlite.org/fts5.html#full_text_query_syntax
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from meagraph.core.errors import BadValue
from meagraph.core.queries.text_search import Piece, pieces
from meagraph.core.quoting import quoted

MOST_LETTERS = 200
"""Letters that are read at most."""
MOST_WORDS = 20
"""Words that are looked up at most."""

Names = Mapping[str, Sequence[str]]
"""All names of a State by each of them, folded."""


@dataclass(frozen=True, slots=True)
class Matching:
    """What is looked up in the two tables of the index, '' where nothing is."""

    stems: str
    exact: str


def matching(words: str, names: Names, parameter: str = "q") -> Matching:
    """What a person's words, the value of a parameter, look up. Raises BadValue.

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
    """Text as words are compared: without case and diacritics.

    >>> folded("Fédération de Russie")
    'federation de russie'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _read(words: str, parameter: str) -> list[Piece]:
    """The pieces that hold a letter or a digit."""
    if len(words) > MOST_LETTERS:
        raise BadValue(f"{parameter} holds {len(words)} letters; give at most {MOST_LETTERS}.")
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    found = [piece for piece in pieces(parameter, plain) if _is_searchable(" ".join(piece.words))]
    if not found:
        raise BadValue(
            f"{parameter}={quoted(words)} holds no letter and no digit. Give words to look for."
        )
    if (number := sum(len(piece.words) for piece in found)) > MOST_WORDS:
        raise BadValue(f"{parameter} holds {number} words; give at most {MOST_WORDS}.")
    return found


def _is_searchable(text: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LN" for letter in text)


def _phrases(piece: Piece, names: Names) -> Iterator[str]:
    text = " ".join(piece.words)
    if piece.begins:
        yield f'"{text}" *'
    else:
        # What the grammar gives a meaning is a quotation mark alone, which no piece holds.
        alike = names.get(folded(text), (text,))
        yield from (f'"{name.replace(chr(34), " ")}"' for name in alike)
