"""Cache query results in memory while their release is served."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from cachetools import LRUCache

from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph_api.engine.protocol import Dataset

_SHARE = 8
"""Maximum size of a result (cache size / this), so that one result cannot evict all others."""

_OBJECTS = 1024
"""Approximate overhead of an entry in bytes."""


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What a result depends on, besides the release."""

    text: str
    accepted: AcceptedFormats
    dataset: Dataset | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: QueryResult
    size: int


class QueryCache:
    """An LRU cache of query results, limited in bytes."""

    def __init__(self, most: int) -> None:
        self._longest = most // _SHARE
        self._entries: LRUCache[CacheKey, _Entry] = LRUCache(
            most, getsizeof=lambda entry: entry.size
        )

    @property
    def most(self) -> int:
        """The maximum size in bytes."""
        return int(self._entries.maxsize)

    @property
    def bytes(self) -> int:
        """The current size in bytes."""
        return int(self._entries.currsize)

    def get(self, key: CacheKey) -> QueryResult | None:
        """The cached result, if there is one."""
        found = self._entries.get(key)
        return None if found is None else found.answer

    def keep(self, key: CacheKey, answer: QueryResult) -> QueryResult:
        """Cache a result if it is deterministic and not too large; returns the one to send."""
        size = answer.length + sys.getsizeof(key.text) + _OBJECTS
        if not answer.lasting or size > self._longest:
            return answer
        entry = answer.in_memory()
        self._entries[key] = _Entry(entry, size)
        return entry
