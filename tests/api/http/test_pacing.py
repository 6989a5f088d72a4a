"""Pacing: in one pass of the event loop begins one request of each client."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope, Send

from meagraph_api.http.language import LanguageHeaders
from meagraph_api.http.middleware import Envelope
from meagraph_api.http.pacing import Pacing
from meagraph_api.http.refusal_tracker import RefusalTracker


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


def test_every_request_is_paced_by_its_client() -> None:
    begun: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def scenario() -> None:
        envelope = Envelope(
            app, lambda _: None, LanguageHeaders("", secure=False), RefusalTracker()
        )

        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            del message

        async def request(host: str) -> None:
            more = {"method": "GET", "path": "/", "query_string": b"", "headers": []}
            await envelope({"type": "http", "client": (host, 5000), **more}, receive, send)

        many, one = "192.0.2.1", "192.0.2.2"
        await asyncio.gather(*map(request, [many, many, many, one]))

    asyncio.run(scenario())

    assert begun == ["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.1"]
