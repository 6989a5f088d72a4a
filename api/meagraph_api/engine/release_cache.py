"""What was computed of a release, for as long as the release is served."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Key(Generic[T]):
    """Names what is computed of a release, and says of which type it is.

    Each is like no other, and made once, by the module that computes the values.
    """


class ReleaseCache:
    """The values of a release: one for a key, or one for each use of a key with some arguments."""

    def __init__(self) -> None:
        self._values: dict[tuple[Hashable, ...], Any] = {}
        self._locks: dict[tuple[Hashable, ...], asyncio.Lock] = {}

    async def once(self, key: Key[T], make: Callable[[], Awaitable[T]], *arguments: Hashable) -> T:
        """The value of a key, which only the first one who needs it makes.

        However many clients wait for it: their number must not decide how many queries of the
        service itself run. Raises what `make` raises; where that fails, or is cancelled with the
        request that it is for, the next one who waits makes the value.
        """
        place = (key, *arguments)
        if place not in self._values:
            async with self._locks.setdefault(place, asyncio.Lock()):
                if place not in self._values:
                    self._values[place] = await make()
        value: T = self._values[place]
        return value
