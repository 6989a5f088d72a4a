"""Cache values computed from a release while it is served."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Key(Generic[T]):
    """A typed key of a cached value.

    Keys compare by identity; the module that computes the values creates each key once.
    """


class ReleaseCache:
    """The cached values of a release, by key and arguments."""

    def __init__(self) -> None:
        self._values: dict[tuple[Hashable, ...], Any] = {}
        self._locks: dict[tuple[Hashable, ...], asyncio.Lock] = {}

    async def once(self, key: Key[T], make: Callable[[], Awaitable[T]], *arguments: Hashable) -> T:
        """The value of a key, computed once however many clients wait for it.

        So the number of clients does not determine the number of queries that the service runs.
        Raises what `make` raises; if it fails, or is cancelled with its request, the next waiting
        caller computes the value.
        """
        place = (key, *arguments)
        if place not in self._values:
            async with self._locks.setdefault(place, asyncio.Lock()):
                if place not in self._values:
                    self._values[place] = await make()
        value: T = self._values[place]
        return value
