"""Pacing: in one pass of the event loop begins one request of each client."""

from __future__ import annotations

import asyncio

from meagraph_api.pacing import Pacing


def test_a_client_with_many_requests_lets_another_one_in_between() -> None:
    begun: list[str] = []

    async def scenario() -> None:
        pacing = Pacing()

        async def request(client: str) -> None:
            await pacing.turn(client)
            begun.append(client)

        await asyncio.gather(*map(request, ["many", "many", "many", "many", "one"]))

    asyncio.run(scenario())

    assert begun == ["many", "one", "many", "many", "many"]


def test_one_request_of_a_client_begins_in_a_pass() -> None:
    async def scenario() -> None:
        pacing = Pacing()
        begun: list[int] = []

        async def request(number: int) -> None:
            await pacing.turn("many")
            begun.append(number)

        tasks = [asyncio.create_task(request(number)) for number in range(5)]
        passes = []
        while len(begun) < len(tasks):
            before = len(begun)
            await asyncio.sleep(0)
            passes.append(len(begun) - before)
        assert begun == [0, 1, 2, 3, 4]
        assert max(passes) == 1

    asyncio.run(scenario())


def test_a_request_that_ends_while_it_waits_stops_no_other() -> None:
    async def scenario() -> None:
        pacing = Pacing()
        tasks = [asyncio.create_task(pacing.turn("many")) for _ in range(3)]
        _, first, second = tasks
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait(tasks)
        assert first.cancelled()
        assert second.done()

    asyncio.run(scenario())
