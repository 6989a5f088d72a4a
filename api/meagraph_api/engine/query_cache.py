"""Answers to repeated queries, kept in memory as long as their release is served."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from cachetools import LRUCache

from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph_api.engine.protocol import Dataset

_SHARE = 8
"""No answer takes more than this part of the memory, so that one does not push out all others."""

_OBJECTS = 1024
"""Bytes that an entry takes beside its text and its answer, about."""


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What an answer depends on, besides the release."""

    text: str
    accepted: AcceptedFormats
    dataset: Dataset | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: QueryResult
    size: int


class QueryCache:
    """The answers that were asked for most recently, in so many bytes."""

    def __init__(self, most: int) -> None:
        self._longest = most // _SHARE
        self._entries: LRUCache[CacheKey, _Entry] = LRUCache(
            most, getsizeof=lambda entry: entry.size
        )

    @property
    def most(self) -> int:
        """The memory that they may take."""
        return int(self._entries.maxsize)

    @property
    def bytes(self) -> int:
        """The memory that the answers take."""
        return int(self._entries.currsize)

    def get(self, key: CacheKey) -> QueryResult | None:
        """The answer, if it was kept."""
        found = self._entries.get(key)
        return None if found is None else found.answer

    def keep(self, key: CacheKey, answer: QueryResult) -> QueryResult:
        """Keep an answer if it lasts and is not too long; gives it, to be read from now on."""
        size = answer.length + sys.getsizeof(key.text) + _OBJECTS
        if not answer.lasting or size > self._longest:
            return answer
        entry = answer.in_memory()
        self._entries[key] = _Entry(entry, size)
        return entry
