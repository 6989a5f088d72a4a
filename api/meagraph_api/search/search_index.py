"""Asks the search index of a release; every question opens it anew, to read only.

The file is made by the build (docs/release.md, docs/search.md). Ranking is BM25
(https://www.sqlite.org/fts5.html#the_bm25_function).
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meagraph.core import files
from meagraph.core.errors import QueryFailed, QueryTimeout, UnknownAddress
from meagraph_api.search import highlighting
from meagraph_api.search.highlighting import Marked
from meagraph_api.search.match_expression import Matching, folded

_log = logging.getLogger("uvicorn.error")

_COLUMNS = ("label", "context", "text", "countries")
_WEIGHTS = "10, 3, 4, 1"
"""How much a find counts in each of the columns."""
_INSTRUCTIONS = 1000
"""Instructions of SQLite between two looks at the clock."""

_NAMES = "SELECT iri, name FROM state ORDER BY iri, name"
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
        self._path = release / files.SEARCH
        self._seconds = seconds
        if not self._path.is_file():
            raise UnknownAddress(_MISSING)
        with self._reading() as index:
            (layout,) = index.execute("PRAGMA user_version").fetchone()
            if layout != files.SEARCH_LAYOUT:
                raise UnknownAddress(_MISSING)
            self.names = _names(index)

    def search(self, asked: Matching, within: Within, offset: int, limit: int) -> Found:
        """What is found, from one hit on. Raises QueryTimeout, QueryFailed."""
        lookups = {"stems": asked.stems, "exact": asked.exact}
        wanted = {table: words for table, words in lookups.items() if words}
        with self._reading() as index:
            found = _within(index, _ranked(index, wanted), within)
            kinds: dict[str, int] = {}
            for one in found.values():
                kinds[one.kind] = kinds.get(one.kind, 0) + 1
            chosen = [
                number
                for number, one in sorted(found.items(), key=lambda item: (item[1].rank, item[0]))
                if within.kinds is None or one.kind in within.kinds
            ]
            shown = chosen[offset : offset + limit]
            return Found(tuple(_hits(index, wanted, shown)), len(chosen), kinds)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        until = time.monotonic() + self._seconds
        try:
            # A release never changes, so that SQLite needs no locks.
            address = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(address, uri=True)) as index:
                index.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
                yield index
        except sqlite3.Error as error:
            if time.monotonic() > until:
                raise QueryTimeout(
                    f"The search took longer than {self._seconds:g} s. Look for rarer words."
                ) from None
            _log.error("%s: the search index cannot be read: %s", self._path, error)
            raise QueryFailed(f"The search index cannot be read ({error}).") from None


_MISSING = (
    "What is served has no search index. Releases made by meagraph build have one; data served "
    "with --data have none. SPARQL is answered at /sparql."
)


def _names(index: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """All names of a State, by each of them folded; a name of two States stands for both."""
    states: dict[str, list[str]] = {}
    for iri, name in index.execute(_NAMES):
        states.setdefault(iri, []).append(name)
    found: dict[str, tuple[str, ...]] = {}
    for names in states.values():
        for name in names:
            known = found.get(folded(name), ())
            found[folded(name)] = tuple(dict.fromkeys((*known, *names)))
    return found


def _ranked(index: sqlite3.Connection, wanted: Mapping[str, str]) -> dict[int, _Ranked]:
    """What is found in every table that is asked, with the sum of its ranks."""
    found: dict[int, _Ranked] | None = None
    for table, words in wanted.items():
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


def _hits(index: sqlite3.Connection, wanted: Mapping[str, str], shown: list[int]) -> Iterator[Hit]:
    asked = json.dumps(shown)
    marked: dict[int, list[list[Any]]] = {}
    for table, words in wanted.items():
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
