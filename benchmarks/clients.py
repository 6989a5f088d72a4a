"""A minimal HTTP client for benchmarks, with many connections in one process.

A client library would take longer than the servers under test.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its status, the length of its body, and its time in seconds."""

    status: int
    length: int
    seconds: float


class Connection:
    """A persistent connection to a SPARQL endpoint."""

    def __init__(self, port: int, path: str, source: str = "127.0.0.1") -> None:
        """Prepare a connection; `source` is a local IP address, which identifies the client."""
        self._port = port
        self._source = source
        self._path = path
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, query: str) -> Reply:
        """Send a query by GET and read the whole response."""
        # Not every server supports a list of formats.
        accepted = "text/turtle" if "DESCRIBE" in query else "application/sparql-results+json"
        lines = (
            f"GET {self._path}?query={quote(query)} HTTP/1.1",
            "Host: localhost",
            f"Accept: {accepted}",
        )
        return await self.exchange("\r\n".join((*lines, "", "")).encode())

    async def exchange(self, request: bytes) -> Reply:
        """Send a raw request and read the whole response."""
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
        """Close the connection; the next request opens it again."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _body(reader: asyncio.StreamReader, head: bytes) -> int:
    """Read a body; return its length."""
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
