"""Buffer a result in memory, or in a file if it is long."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from meagraph.core.errors import MachineFailed, ResultTooLarge

if TYPE_CHECKING:
    from typing_extensions import Buffer

IN_MEMORY = 1_048_576
"""Maximum bytes of a result buffered in memory and sent through the connection."""

_WORTH_IT = 1024
"""Minimum size in bytes for compression."""

_LEVEL = 4
"""Compression level: higher ones cost much time for few bytes."""

_GZIP = 16 + zlib.MAX_WBITS
"""zlib's number for the gzip format (RFC 1952)."""


class _Packer(Protocol):
    """A compressor of zlib, whose own type has no public name."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class Spool:
    """A writable file for a result.

    Raises ResultTooLarge if it exceeds `most` bytes, MachineFailed if the file cannot be written.
    """

    def __init__(self, path: Path, most: int, *, compress: bool) -> None:
        self.gzipped = False
        self.length = 0
        """Bytes to send, set by `finish`."""
        self._path = path
        self._most = most
        self._compress = compress
        self._taken = 0
        self._memory = bytearray()
        self._file: IO[bytes] | None = None
        self._packer: _Packer | None = None

    def write(self, piece: Buffer, /) -> int:
        """Append a piece."""
        data = piece if isinstance(piece, bytes) else bytes(piece)
        self._taken += len(data)
        if self._taken > self._most:
            raise ResultTooLarge(
                f"The result is longer than {self._most:,} bytes; nothing of it was sent. Request "
                "less, page through it with ORDER BY, LIMIT and OFFSET, or download the dumps of "
                "the whole graph."
            )
        if self._file is None:
            self._memory += data
            if len(self._memory) > IN_MEMORY:
                with _writing():
                    self._file = self._path.open("wb")
                if self._compress:
                    self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
                self._store(bytes(self._memory))
                self._memory.clear()
        else:
            self._store(data)
        return len(data)

    def finish(self) -> bytes:
        """Finish the result; returns it, or nothing if it is in the file."""
        if self._file is None:
            body = bytes(self._memory)
            if self._compress and len(body) >= _WORTH_IT:
                self.gzipped = True
                body = gzip.compress(body, _LEVEL, mtime=0)
            self.length = len(body)
            return body
        with _writing():
            if self._packer is not None:
                self.gzipped = True
                self._file.write(self._packer.flush())
            self.length = self._file.tell()
            self._file.close()
        return b""

    def discard(self) -> None:
        """Discard the result."""
        self._memory.clear()
        if self._file is not None:
            with suppress(OSError):  # buffered data may not fit on the disk
                self._file.close()
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def flush(self) -> None:
        """Do nothing: data is buffered until the end. (Writers of files call this.)"""

    def _store(self, data: bytes) -> None:
        if self._file is None:
            raise RuntimeError("nothing is stored before there is a file")
        with _writing():
            self._file.write(data if self._packer is None else self._packer.compress(data))


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineFailed(f"a long answer cannot be written: {error}") from error
