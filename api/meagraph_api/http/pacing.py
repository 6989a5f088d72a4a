"""Pace requests: start one request per client in each pass of the event loop.

The event loop runs everything that is ready before it polls again. A client with many connections
always has many requests ready, even if each is cheap, and another client's request would wait for
all of them at each of its steps. Pacing causes no idle time: without other requests the next pass
follows at once.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Pacing:
    """Queues the requests of each client."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    async def turn(self, client: str) -> None:
        """Wait until a request of a client may start."""
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
        """Start the next request of a client, and schedule the one after it for the next pass."""
        queue = self._queues[client]
        while queue:
            place = queue.popleft()
            if not place.done():
                place.set_result(None)
                asyncio.get_running_loop().call_soon(self._next, client)
                return
        del self._queues[client]
