"""A hostile client, run in a separate process of low priority.

It keeps a number of connections busy for some seconds, and counts the responses.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.attacks import Attack
from benchmarks.clients import Connection

NICENESS = 19
_A_WHILE = 0.05
"""Seconds between two bytes of a slow sender, and between two attempts to connect."""


@dataclass(slots=True)
class Load:
    """The outcome of one attack."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    """Answers by status."""
    broken: int = 0
    """Connections that the server closed or refused."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.statuses.total() / self.seconds if self.seconds else 0.0


def begin() -> None:
    """Prepare the process."""
    os.nice(NICENESS)


def run(attack: Attack, port: int, source: str, seconds: float) -> Load:
    """Attack a local port from a local IP address for some seconds."""
    return asyncio.run(_run(attack, port, source, seconds))


async def _run(attack: Attack, port: int, source: str, seconds: float) -> Load:
    load = Load()
    begun = time.perf_counter()
    numbers = count()
    client = _CLIENTS[attack.kind]
    tasks = [
        asyncio.create_task(client(attack, port, source, numbers, load))
        for _ in range(attack.connections)
    ]
    await asyncio.wait(tasks, timeout=seconds)
    load.seconds = time.perf_counter() - begun
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
    return load


async def _requests(
    attack: Attack, port: int, source: str, numbers: Iterator[int], load: Load
) -> None:
    """Send one request after another over one connection."""
    connection = Connection(port, "", source)
    try:
        for number in numbers:
            try:
                reply = await connection.exchange(attack.request(number))
                load.statuses[reply.status] += 1
            except (OSError, EOFError):
                load.broken += 1
                connection.close()
                await asyncio.sleep(_A_WHILE)
    finally:
        connection.close()


async def _hold(attack: Attack, port: int, source: str, numbers: Iterator[int], load: Load) -> None:
    """Occupy a connection, and open it again if it is closed."""
    while True:
        try:
            _, writer = await asyncio.open_connection(
                "127.0.0.1", port, limit=2**12, local_addr=(source, 0)
            )
        except OSError:
            load.broken += 1
            await asyncio.sleep(_A_WHILE)
            continue
        try:
            await _PARTS[attack.kind](attack.request(next(numbers)), writer)
        except OSError:
            load.broken += 1
        finally:
            writer.close()


async def _send_one_byte(request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(request[:1])
    await _until_closed(writer)


async def _send_and_never_read(request: bytes, writer: asyncio.StreamWriter) -> None:
    # Beyond its limit asyncio's reader reads nothing more from the connection.
    writer.write(request)
    await _until_closed(writer)


async def _send_many(request: bytes, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(request * _MANY)
        await writer.drain()


async def _send_slowly(request: bytes, writer: asyncio.StreamWriter) -> None:
    for place in range(len(request)):
        writer.write(request[place : place + 1])
        await writer.drain()
        await asyncio.sleep(_A_WHILE)


async def _send_body_slowly(request: bytes, writer: asyncio.StreamWriter) -> None:
    head, ending, body = request.partition(b"\r\n\r\n")
    writer.write(head + ending)
    await _send_slowly(body, writer)


async def _until_closed(writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        await asyncio.sleep(_A_WHILE)
    raise ConnectionResetError


_MANY = 1000
"""Requests sent at once."""
_PARTS: Mapping[str, Callable[[bytes, asyncio.StreamWriter], Coroutine[Any, Any, None]]] = {
    "pipelined": _send_many,
    "one byte": _send_one_byte,
    "unread": _send_and_never_read,
    "slow head": _send_slowly,
    "slow body": _send_body_slowly,
}
_CLIENTS = {"requests": _requests, **dict.fromkeys(_PARTS, _hold)}
