"""Cache the most recently used pages and documents of a release in memory.

The key is the entity tag, which covers everything a page depends on: release, URL, language and
encoding.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

from cachetools import LRUCache

_SHARE = 16
"""Maximum size of a page (cache size / this), so that one page cannot evict all others."""
_OBJECTS = 1024
"""Approximate overhead of an entry in bytes."""


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """A complete response: encoded body, headers and media type."""

    body: bytes
    headers: Mapping[str, str]
    media_type: str

    @property
    def size(self) -> int:
        """Memory use in bytes."""
        return len(self.body) + _OBJECTS


class PageCache:
    """An LRU cache of the pages of a release, limited in bytes."""

    def __init__(self, most: int = 0, release: str = "") -> None:
        """Cache pages of the release with an id, or by default those that depend on none."""
        self.release = release
        self._longest = most // _SHARE
        self._pages: LRUCache[str, FinishedPage] = LRUCache(most, getsizeof=lambda one: one.size)
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @property
    def bytes(self) -> int:
        """Memory use of all pages in bytes."""
        return int(self._pages.currsize)

    def get(self, tag: str) -> FinishedPage | None:
        """The page with an entity tag, if it is cached."""
        return self._pages.get(tag)

    def keep(self, tag: str, page: FinishedPage) -> None:
        """Cache a page, unless it is too large."""
        if page.size <= self._longest:
            self._pages[tag] = page

    def lock(self, tag: str, client: str) -> asyncio.Lock:
        """The lock for rendering a page for a client, so that it is not rendered twice at a time.

        Each client has its own, because a page for a heavy client may be rendered later.
        """
        return self._locks.setdefault((tag, client), asyncio.Lock())
