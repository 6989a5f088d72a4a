"""Look up words in the search index of a release (docs/search.md).

Every lookup opens the file again, read-only.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from meagraph.core import files
from meagraph.core.errors import BadValue, QueryFailed, QueryTimeout, UnknownAddress
from meagraph.core.match_expression import folded, matching

_log = logging.getLogger("uvicorn.error")

SECONDS = 30.0
"""The default timeout of a lookup, in seconds."""
_INSTRUCTIONS = 1000
"""Instructions of SQLite between two checks of the timeout."""

_NAMES = "SELECT iri, name FROM state ORDER BY iri, name"
_FOUND = """
SELECT iri FROM entry WHERE kind IN (SELECT value FROM json_each(?3))
AND (?1 = '' OR id IN (SELECT rowid FROM stems WHERE stems MATCH ?1))
AND (?2 = '' OR id IN (SELECT rowid FROM exact WHERE exact MATCH ?2))
ORDER BY id
"""


def found(release: Path, parameter: str, words: str, kinds: Collection[str]) -> tuple[str, ...]:
    """Look up words in a release, see `FullText.found`. Raises BadValue if there is no index."""
    try:
        index = FullText(release)
    except UnknownAddress as error:
        raise BadValue(f"{parameter} cannot be looked up. {error}") from None
    return index.found(parameter, words, kinds)


class FullText:
    """The search index of one release."""

    def __init__(self, release: Path, seconds: float = SECONDS) -> None:
        """Read the names of States. Raises UnknownAddress if there is no index, or QueryFailed."""
        self._path = release / files.SEARCH
        self._seconds = seconds
        if not self._path.is_file():
            raise UnknownAddress(_MISSING)
        with self.reading() as index:
            (layout,) = index.execute("PRAGMA user_version").fetchone()
            if layout != files.SEARCH_LAYOUT:
                raise UnknownAddress(_MISSING)
            self.names = _names(index)

    def found(self, parameter: str, words: str, kinds: Collection[str]) -> tuple[str, ...]:
        """The IRIs of matching things of some kinds, in the order of the documents.

        `words` is the value of `parameter`, which messages name. Raises BadValue for words that
        cannot be looked up, QueryTimeout, QueryFailed.
        """
        looked_up = matching(words, self.names, parameter)
        with self.reading() as index:
            arguments = [looked_up.stems, looked_up.exact, json.dumps(list(kinds))]
            return tuple(iri for (iri,) in index.execute(_FOUND, arguments))

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The open index. Raises QueryTimeout, QueryFailed."""
        until = time.monotonic() + self._seconds
        try:
            # A release never changes, so SQLite needs no locks.
            address = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(address, uri=True)) as index:
                index.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
                yield index
        except sqlite3.Error as error:
            if time.monotonic() > until:
                raise QueryTimeout(
                    f"The search took longer than {self._seconds:g} s. Use rarer words."
                ) from None
            _log.error("%s: the search index cannot be read: %s", self._path, error)
            raise QueryFailed(f"The search index cannot be read ({error}).") from None


_MISSING = (
    "The served data has no search index. Releases made by meagraph build have one; data served "
    "with --data has none. Send SPARQL queries to /sparql."
)


def _names(index: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """All names of a State by each folded name; a name shared by two States has those of both."""
    states: dict[str, list[str]] = {}
    for iri, name in index.execute(_NAMES):
        states.setdefault(iri, []).append(name)
    found: dict[str, tuple[str, ...]] = {}
    for names in states.values():
        for name in names:
            known = found.get(folded(name), ())
            found[folded(name)] = tuple(dict.fromkeys((*known, *names)))
    return found
