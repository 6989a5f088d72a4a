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
class Asked:
    """What an answer depends on, besides the release."""

    text: str
    accepted: AcceptedFormats
    dataset: Dataset | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: QueryResult
    size: int


class Answers:
    """The answers that were asked for most recently, in so many bytes."""

    def __init__(self, most: int) -> None:
        self._longest = most // _SHARE
        self._kept: LRUCache[Asked, _Kept] = LRUCache(most, getsizeof=lambda kept: kept.size)

    @property
    def most(self) -> int:
        """The memory that they may take."""
        return int(self._kept.maxsize)

    @property
    def bytes(self) -> int:
        """The memory that the answers take."""
        return int(self._kept.currsize)

    def get(self, asked: Asked) -> QueryResult | None:
        """The answer, if it was kept."""
        found = self._kept.get(asked)
        return None if found is None else found.answer

    def keep(self, asked: Asked, answer: QueryResult) -> QueryResult:
        """Keep an answer if it lasts and is not too long; gives it, to be read from now on."""
        size = answer.length + sys.getsizeof(asked.text) + _OBJECTS
        if not answer.lasting or size > self._longest:
            return answer
        kept = answer.in_memory()
        self._kept[asked] = _Kept(kept, size)
        return kept
