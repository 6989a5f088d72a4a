"""Clients that measure: many connections in one process, which does little but wait.

A client library would take longer than the servers that are to be measured.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status, the length of its body, and how long it took in seconds."""

    status: int
    length: int
    seconds: float


class Connection:
    """One connection to a SPARQL endpoint, kept open."""

    def __init__(self, port: int, path: str, source: str = "127.0.0.1") -> None:
        """A connection from an address of this machine, which tells clients apart."""
        self._port = port
        self._source = source
        self._path = path
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, query: str) -> Reply:
        """Send a query by GET and read the answer to its end."""
        # Not every server takes a list of formats.
        accepted = "text/turtle" if "DESCRIBE" in query else "application/sparql-results+json"
        lines = (
            f"GET {self._path}?query={quote(query)} HTTP/1.1",
            "Host: localhost",
            f"Accept: {accepted}",
        )
        return await self.exchange("\r\n".join((*lines, "", "")).encode())

    async def exchange(self, request: bytes) -> Reply:
        """Send a request as it is and read the answer to its end."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", self._port, limit=2**20, local_addr=(self._source, 0)
            )
        reader, writer = self._streams
        begun = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        is_empty = status in (204, 304) or request.startswith(b"HEAD ")
        length = 0 if is_empty else await _body(reader, head)
        seconds = time.perf_counter() - begun
        if b"connection: close" in head:
            self.close()
        return Reply(status, length, seconds)

    def close(self) -> None:
        """Close it; it is opened again where that is needed."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _body(reader: asyncio.StreamReader, head: bytes) -> int:
    """Read a body to its end; its length."""
    if b"\r\ncontent-length: " in head:
        length = int(head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        return length
    length = 0
    while chunk := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(chunk + 2)
        length += chunk
    await reader.readexactly(2)
    return length
