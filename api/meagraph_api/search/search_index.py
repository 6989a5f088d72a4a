"""Query the search index of a release. Each search opens it anew, read-only.

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
"""BM25 weights of the columns."""
_BELONGING = """
SELECT DISTINCT entry FROM belongs JOIN json_each(?) AS scope ON belongs.measure = scope.value
"""
_FINDS = {
    table: f"""
SELECT entry.id, entry.kind, entry.instrument, bm25({table}, {_WEIGHTS}) AS rank
FROM {table} JOIN entry ON entry.id = {table}.rowid WHERE {table} MATCH ?
"""  # noqa: S608 - two fixed table names
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
class Scope:
    """The scope of a search; None is no restriction."""

    plans: frozenset[str] | None = None
    """Slugs of instruments."""
    measures: frozenset[str] | None = None
    """IRIs of measures, which are searched with their parts and footnotes."""
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing found."""

    iri: str
    kind: str
    instrument: str
    number: str
    label: Marked
    context: tuple[Marked, ...]
    text: Marked
    countries: tuple[str, ...]
    """Labels of its States that a search word matches."""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Some hits, the best first, their total, and the number of each kind if all were searched."""

    hits: tuple[Hit, ...]
    total: int
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Ranked:
    kind: str
    instrument: str
    rank: float
    """Lower is better."""


class Index:
    """The search index of one release."""

    def __init__(self, release: Path, seconds: float) -> None:
        """Read the names of States. Raises QueryFailed, or UnknownAddress if there is no index."""
        self._full_text = FullText(release, seconds)
        self.names = self._full_text.names

    def search(self, expression: Matching, scope: Scope, offset: int, limit: int) -> SearchResults:
        """Find up to `limit` hits from `offset` on. Raises QueryTimeout, QueryFailed."""
        lookups = {"stems": expression.stems, "exact": expression.exact}
        matches = {table: words for table, words in lookups.items() if words}
        with self._full_text.reading() as index:
            found = _in_scope(index, _ranked(index, matches), scope)
            kinds: dict[str, int] = {}
            for one in found.values():
                kinds[one.kind] = kinds.get(one.kind, 0) + 1
            chosen = [
                number
                for number, one in sorted(found.items(), key=lambda item: (item[1].rank, item[0]))
                if scope.kinds is None or one.kind in scope.kinds
            ]
            shown = chosen[offset : offset + limit]
            return SearchResults(tuple(_hits(index, matches, shown)), len(chosen), kinds)


def _ranked(index: sqlite3.Connection, matches: Mapping[str, str]) -> dict[int, _Ranked]:
    """Entries that match in all tables, with the sum of their ranks."""
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


def _in_scope(
    index: sqlite3.Connection, found: dict[int, _Ranked], scope: Scope
) -> dict[int, _Ranked]:
    if scope.plans is not None:
        found = {n: one for n, one in found.items() if one.instrument in scope.plans}
    if scope.measures is not None:
        measures = json.dumps(sorted(scope.measures))
        belonging = {number for (number,) in index.execute(_BELONGING, [measures])}
        found = {number: one for number, one in found.items() if number in belonging}
    return found


def _hits(index: sqlite3.Connection, matches: Mapping[str, str], shown: list[int]) -> Iterator[Hit]:
    ids = json.dumps(shown)
    marked: dict[int, list[list[Any]]] = {}
    for table, words in matches.items():
        for number, *columns in index.execute(
            _MARKED[table], [words, highlighting.BEGIN, highlighting.END, ids]
        ):
            marked.setdefault(number, []).append(columns)
    entries = {number: entry for number, *entry in index.execute(_ENTRIES, [ids])}
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
    """The lines of a column, with the matches in all tables."""
    return list(highlighting.merged(map(highlighting.read, versions)).lines())
