"""What is computed of a release is computed once, also where the first one fails or goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from meagraph.core.errors import Busy
from meagraph_api.engine.release_cache import Key, ReleaseCache

LABELS = Key[str]()
COUNTS = Key[int]()


def waiting(*coroutines: Coroutine[Any, Any, str]) -> list[asyncio.Task[str]]:
    """Tasks for what several requests need."""
    return [asyncio.create_task(one) for one in coroutines]


async def begun() -> None:
    """Let every task go on until it waits."""
    for _ in range(4):
        await asyncio.sleep(0)


class Labels:
    """Makes labels: every time as the next of some functions does."""

    def __init__(self, *ways: Callable[[], Awaitable[str]]) -> None:
        self._ways = list(ways)
        self.made = 0

    async def __call__(self) -> str:
        """Make them."""
        way = self._ways[self.made]
        self.made += 1
        return await way()


async def good() -> str:
    await asyncio.sleep(0)
    return "labels"


async def busy() -> str:
    await asyncio.sleep(0)
    raise Busy("No process was free.")


async def endless() -> str:
    await asyncio.Event().wait()
    return "never"


def test_a_value_is_computed_once_however_many_requests_wait() -> None:
    async def scenario() -> None:
        cache, labels = ReleaseCache(), Labels(good)
        tasks = waiting(*(cache.once(LABELS, labels) for _ in range(8)))
        assert await asyncio.gather(*tasks) == ["labels"] * 8
        assert await cache.once(LABELS, labels) == "labels"

    asyncio.run(scenario())


def test_a_first_computation_that_fails_is_tried_again_by_the_next_request() -> None:
    async def scenario() -> None:
        cache, labels = ReleaseCache(), Labels(busy, good)
        first, *others = waiting(*(cache.once(LABELS, labels) for _ in range(8)))
        with pytest.raises(Busy):
            await first
        assert await asyncio.gather(*others) == ["labels"] * 7
        assert labels.made == 2

    asyncio.run(scenario())


def test_a_first_request_that_is_cancelled_leaves_the_computation_to_the_next() -> None:
    async def scenario() -> None:
        cache, labels = ReleaseCache(), Labels(endless, good)
        first, *others = waiting(*(cache.once(LABELS, labels) for _ in range(8)))
        await begun()
        first.cancel()
        assert await asyncio.gather(*others) == ["labels"] * 7
        assert labels.made == 2
        assert first.cancelled()

    asyncio.run(scenario())


def test_a_request_that_waits_and_is_cancelled_changes_nothing_for_the_others() -> None:
    async def scenario() -> None:
        cache, labels = ReleaseCache(), Labels(good)
        first, second, third = waiting(*(cache.once(LABELS, labels) for _ in range(3)))
        await asyncio.sleep(0)
        second.cancel()
        assert [await first, await third] == ["labels", "labels"]

    asyncio.run(scenario())


def test_each_key_and_each_argument_has_a_value_of_its_own() -> None:
    async def scenario() -> None:
        cache = ReleaseCache()

        async def count() -> int:
            return 3

        assert await cache.once(LABELS, good, "en") == "labels"
        assert await cache.once(COUNTS, count, "en") == 3
        assert await cache.once(Key[int](), count, "en") == 3
        assert await cache.once(LABELS, Labels(good), "ru") == "labels"

    asyncio.run(scenario())
