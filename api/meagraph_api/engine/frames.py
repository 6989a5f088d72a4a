"""The wire format between the service and its worker processes.

A frame is the length of the header (four bytes, big-endian), the header (a JSON object), and, if
the header has a ``length``, that many bytes of content.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from socket import socket
from typing import Any

Header = dict[str, Any]

_COUNT = struct.Struct(">I")


def frame(header: Header, content: bytes = b"") -> bytes:
    """Encode a frame.

    >>> frame({"length": 2}, b"ok")
    b'\\x00\\x00\\x00\\x0c{"length":2}ok'
    """
    encoded = json.dumps(header, separators=(",", ":")).encode()
    return b"".join([_COUNT.pack(len(encoded)), encoded, content])


class Reader:
    """Decodes frames from arriving pieces.

    >>> reader = Reader()
    >>> list(reader.feed(frame({"a": 1})[:7]))
    []
    >>> list(reader.feed(frame({"a": 1})[7:] + frame({"length": 1}, b"x")))
    [({'a': 1}, b''), ({'length': 1}, b'x')]
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._header: Header | None = None
        self._needed = _COUNT.size

    def feed(self, piece: bytes) -> Iterator[tuple[Header, bytes]]:
        """The frames that the next piece completes."""
        self._buffer += piece
        while len(self._buffer) >= self._needed:
            if self._header is not None:
                header, self._header = self._header, None
                yield header, self._cut(self._needed)
                self._needed = _COUNT.size
                continue
            end = _COUNT.size + _COUNT.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                self._needed = end
                continue
            self._header = json.loads(self._cut(end)[_COUNT.size :])
            self._needed = self._header.get("length", 0) if self._header else 0

    def _cut(self, end: int) -> bytes:
        piece = bytes(self._buffer[:end])
        del self._buffer[:end]
        return piece


def read(connection: socket) -> tuple[Header, bytes] | None:
    """Wait for the next frame; None if the connection was closed."""
    count = _exactly(connection, _COUNT.size)
    if count is None:
        return None
    encoded = _exactly(connection, _COUNT.unpack(count)[0])
    if encoded is None:
        return None
    header: Header = json.loads(encoded)
    content = _exactly(connection, header.get("length", 0))
    return None if content is None else (header, content)


def _exactly(connection: socket, count: int) -> bytes | None:
    received = bytearray()
    while len(received) < count:
        piece = connection.recv(count - len(received))
        if not piece:
            return None
        received += piece
    return bytes(received)
