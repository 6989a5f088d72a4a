"""Asks the search index of a release; every question opens it anew, to read only.

The file is made by the build (docs/release.md, docs/search.md). Ranking is BM25
(https://www.sqlite.org/fts5.html#the_bm25_function).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meagraph.core.full_text import FullText
from meagraph.core.match_expression import Matching
from meagraph_api.search import highlighting
from meagraph_api.search.highlighting import Marked

_COLUMNS = ("label", "context", "text", "countries")
_WEIGHTS = "10, 3, 4, 1"
"""How much a find counts in each of the columns."""
_BELONGING = """
SELECT DISTINCT entry FROM belongs JOIN json_each(?) AS asked ON belongs.measure = asked.value
"""
_FINDS = {
    table: f"""
SELECT entry.id, entry.kind, entry.instrument, bm25({table}, {_WEIGHTS}) AS rank
FROM {table} JOIN entry ON entry.id = {table}.rowid WHERE {table} MATCH ?
"""  # noqa: S608 - the names of our two tables
    for table in ("stems", "exact")
}
_MARKED = {
    table: f"""
SELECT rowid, {", ".join(f"highlight({table}, {n}, ?2, ?3)" for n in range(len(_COLUMNS)))}
FROM {table} WHERE {table} MATCH ?1 AND rowid IN (SELECT value FROM json_each(?4))
"""  # noqa: S608
    for table in ("stems", "exact")
}
_ENTRIES = """
SELECT id, iri, kind, instrument, number FROM entry
WHERE id IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True)
class Within:
    """Where is searched; None where everywhere."""

    plans: frozenset[str] | None = None
    """Slugs of instruments."""
    measures: frozenset[str] | None = None
    """Addresses of measures: they, their parts and their footnotes are searched."""
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    iri: str
    kind: str
    instrument: str
    number: str
    label: Marked
    context: tuple[Marked, ...]
    text: Marked
    countries: tuple[str, ...]
    """The States of it that a word named, by the names that are shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """Some hits, the best first, how many there are, and how many of each kind in all kinds."""

    hits: tuple[Hit, ...]
    total: int
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Ranked:
    kind: str
    instrument: str
    rank: float
    """The smaller the better."""


class Index:
    """The search index of one release."""

    def __init__(self, release: Path, seconds: float) -> None:
        """Read the names of States. Raises UnknownAddress where there is no index, QueryFailed."""
        self._full_text = FullText(release, seconds)
        self.names = self._full_text.names

    def search(self, asked: Matching, within: Within, offset: int, limit: int) -> Found:
        """What is found, from one hit on. Raises QueryTimeout, QueryFailed."""
        lookups = {"stems": asked.stems, "exact": asked.exact}
        matches = {table: words for table, words in lookups.items() if words}
        with self._full_text.reading() as index:
            found = _within(index, _ranked(index, matches), within)
            kinds: dict[str, int] = {}
            for one in found.values():
                kinds[one.kind] = kinds.get(one.kind, 0) + 1
            chosen = [
                number
                for number, one in sorted(found.items(), key=lambda item: (item[1].rank, item[0]))
                if within.kinds is None or one.kind in within.kinds
            ]
            shown = chosen[offset : offset + limit]
            return Found(tuple(_hits(index, matches, shown)), len(chosen), kinds)


def _ranked(index: sqlite3.Connection, matches: Mapping[str, str]) -> dict[int, _Ranked]:
    """What is found in every table that is asked, with the sum of its ranks."""
    found: dict[int, _Ranked] | None = None
    for table, words in matches.items():
        here = {
            number: _Ranked(kind, instrument, rank)
            for number, kind, instrument, rank in index.execute(_FINDS[table], [words])
        }
        if found is None:
            found = here
        else:
            found = {
                number: _Ranked(one.kind, one.instrument, one.rank + found[number].rank)
                for number, one in here.items()
                if number in found
            }
    return found or {}


def _within(
    index: sqlite3.Connection, found: dict[int, _Ranked], within: Within
) -> dict[int, _Ranked]:
    if within.plans is not None:
        found = {n: one for n, one in found.items() if one.instrument in within.plans}
    if within.measures is not None:
        asked = json.dumps(sorted(within.measures))
        belonging = {number for (number,) in index.execute(_BELONGING, [asked])}
        found = {number: one for number, one in found.items() if number in belonging}
    return found


def _hits(index: sqlite3.Connection, matches: Mapping[str, str], shown: list[int]) -> Iterator[Hit]:
    asked = json.dumps(shown)
    marked: dict[int, list[list[Any]]] = {}
    for table, words in matches.items():
        for number, *columns in index.execute(
            _MARKED[table], [words, highlighting.BEGIN, highlighting.END, asked]
        ):
            marked.setdefault(number, []).append(columns)
    entries = {number: entry for number, *entry in index.execute(_ENTRIES, [asked])}
    for number in shown:
        iri, kind, instrument, printed = entries[number]
        label, context, text, countries = (
            _lines(versions) for versions in zip(*marked[number], strict=True)
        )
        yield Hit(
            iri,
            kind,
            instrument,
            printed,
            label[0],
            tuple(line for line in context if line.text),
            text[0],
            tuple(line.text.split(" · ")[0] for line in countries if line.ranges),
        )


def _lines(versions: tuple[str, ...]) -> list[Marked]:
    """The lines of a column with what was found in any of the tables."""
    return list(highlighting.together(map(highlighting.read, versions)).lines())
