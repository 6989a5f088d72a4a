"""Pace requests: in one pass of the event loop begins one request of each client.

The event loop serves everything that is ready before it looks for more. A client with many
connections always has many requests ready, even if each is cheap, and the request of another client
would wait for all of them at every step that it takes. Nothing is idle meanwhile: where nobody else
has a request, the next pass follows at once.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Pacing:
    """Queues the requests of each client."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    async def turn(self, client: str) -> None:
        """Wait until a request of a client may begin."""
        loop = asyncio.get_running_loop()
        queue = self._queues.get(client)
        if queue is None:
            self._queues[client] = deque()
            loop.call_soon(self._next, client)
            return
        place = loop.create_future()
        queue.append(place)
        await place

    def _next(self, client: str) -> None:
        """Let the next request of a client begin, and the one after it in the next pass."""
        queue = self._queues[client]
        while queue:
            place = queue.popleft()
            if not place.done():
                place.set_result(None)
                asyncio.get_running_loop().call_soon(self._next, client)
                return
        del self._queues[client]
