"""Finished pages and documents of one release, kept in memory: those that were read most recently.

A page is kept by its entity tag, which names everything that it depends on: release, URL, language
and encoding.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

from cachetools import LRUCache

_SHARE = 16
"""No page takes more than this part of the memory, so that one does not push out all others."""
_OBJECTS = 1024
"""Bytes that an entry takes beside its body, about."""


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """The body of a response as it is sent, with its headers and its media type."""

    body: bytes
    headers: Mapping[str, str]
    media_type: str

    @property
    def size(self) -> int:
        """The memory that it takes, in bytes."""
        return len(self.body) + _OBJECTS


class PageCache:
    """The finished pages of a release, in at most so many bytes."""

    def __init__(self, most: int = 0, release: str = "") -> None:
        """Keep pages of the release with an id, or by default those that depend on no release."""
        self.release = release
        self._longest = most // _SHARE
        self._pages: LRUCache[str, FinishedPage] = LRUCache(most, getsizeof=lambda one: one.size)
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @property
    def bytes(self) -> int:
        """The memory that the pages take."""
        return int(self._pages.currsize)

    def get(self, tag: str) -> FinishedPage | None:
        """The page with an entity tag, if it was kept."""
        return self._pages.get(tag)

    def keep(self, tag: str, page: FinishedPage) -> None:
        """Keep a page, unless it is too long."""
        if page.size <= self._longest:
            self._pages[tag] = page

    def lock(self, tag: str, client: str) -> asyncio.Lock:
        """Held while a page is made for a client, who does not have it made twice at a time.

        Clients do not wait for each other: a busy one may have to wait longer for its turn.
        """
        return self._locks.setdefault((tag, client), asyncio.Lock())
