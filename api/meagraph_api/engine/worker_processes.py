"""Control the fork server and its workers from the service.

See `forkserver` and `worker` for the code that runs in those processes.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, cast

from meagraph_api.engine import frames

_PROGRAM = (
    "import sys; sys.path += sys.argv[6:]; "
    "from meagraph_api.engine.forkserver import main; main(sys.argv[1:6])"
)

_INHERITED = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
"""Environment variables passed to workers, none with a secret of the service."""

_PATIENCE = 30.0
"""Seconds within which a process must start or exit."""


class WorkerLost(Exception):
    """The worker ended before it replied."""


class Worker(asyncio.Protocol):
    """A worker process, which runs one query at a time."""

    def __init__(self, key: int, server: ForkServer) -> None:
        loop = asyncio.get_running_loop()
        self.key = key
        self.grown = 0
        """Bytes by which its peak memory has grown since it started."""
        self.answers = 0
        """Number of replies received."""
        self.reason = ""
        """Why it was killed, if it was."""
        self.ended: asyncio.Future[int] = loop.create_future()
        """Its exit code once it has ended, the negative signal number if killed by a signal."""
        self.spool = server.spool / str(key)
        """The file for its long results."""
        self._server = server
        self._reader = frames.Reader()
        self._transport: asyncio.WriteTransport | None = None
        self._first_peak: int | None = None
        self._reply: asyncio.Future[tuple[frames.Header, bytes]] = loop.create_future()

    async def ready(self) -> None:
        """Wait until it has opened the release. Raises OSError if that fails."""
        try:
            header, _ = await asyncio.wait_for(self._reply, _PATIENCE)
        except (WorkerLost, TimeoutError):
            raise OSError("a worker process ended before it had started") from None
        if "failed" in header:
            raise OSError(header["failed"])

    def send_query(
        self, options: frames.Header, query: bytes
    ) -> asyncio.Future[tuple[frames.Header, bytes]]:
        """Send a query; the future gets the reply, or WorkerLost."""
        self._reply = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            self._reply.set_exception(WorkerLost())
        else:
            self._transport.write(frames.frame(options, query))
        return self._reply

    def kill(self, reason: str) -> None:
        """Kill it now."""
        self.reason = self.reason or reason
        self._server.send({"kill": self.key})

    def disconnect(self) -> None:
        """Close the connection, so that it exits even without its parent."""
        if self._transport is not None:
            self._transport.abort()

    def slow_down(self) -> None:
        """Lower its priority below all other processes."""
        self._server.send({"slow": self.key})

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self._transport = cast(asyncio.WriteTransport, transport)  # that of uvloop is no subclass

    def data_received(self, data: bytes) -> None:
        """Receive replies."""
        for header, body in self._reader.feed(data):
            self._note_memory(header)
            if not self._reply.done():
                self.answers += 1
                self._reply.set_result((header, body))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail a pending reply, since the process has ended."""
        if not self._reply.done():
            self._reply.set_exception(WorkerLost())
            self._reply.exception()  # mark as retrieved: there may be no waiter

    def _note_memory(self, header: frames.Header) -> None:
        if (peak := header.get("peak")) is not None:
            if self._first_peak is None:
                self._first_peak = peak
            self.grown = max(self.grown, peak - self._first_peak)


class ForkServer:
    """The process that starts and kills workers on one release."""

    def __init__(self, folder: Path, *, in_memory: bool, memory: int) -> None:
        self.network = ""
        """What blocks the network for workers: seccomp, namespace or nothing."""
        self.spool = Path(tempfile.mkdtemp(prefix="meagraph-engine-"))
        """The folder for long results of workers."""
        self._folder, self._in_memory, self._memory = folder, in_memory, memory
        self._keys = count()
        self._workers: dict[int, Worker] = {}
        self._unread = b""
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        try:
            with theirs:
                self._process = self._spawn(theirs)
        except OSError:
            self._control.close()
            self.spool.rmdir()
            raise
        self._loop.add_reader(self._control.fileno(), self._receive)

    @property
    def alive(self) -> bool:
        """Whether it is connected."""
        return self._control.fileno() >= 0

    async def ready(self) -> None:
        """Wait until it can start workers. Raises OSError if it fails."""
        message = await self._ready
        if "failed" in message:
            raise OSError(message["failed"])
        self.network = message["network"]

    async def make_worker(self) -> Worker:
        """Start a worker. Raises OSError if it cannot open the release."""
        ours, theirs = socket.socketpair()
        worker = Worker(next(self._keys), self)
        self._workers[worker.key] = worker
        with theirs:
            await self._loop.create_unix_connection(lambda: worker, sock=ours)
            self.send({"fork": worker.key}, theirs.fileno())
        await worker.ready()
        return worker

    def send(self, message: dict[str, int], *descriptors: int) -> None:
        """Send it a message, unless it has ended."""
        if not self.alive:
            return
        try:
            socket.send_fds(self._control, [json.dumps(message).encode() + b"\n"], descriptors)
        except OSError:
            self._disconnect()

    async def close(self) -> None:
        """Stop it and all its workers."""
        self._disconnect()
        try:
            await asyncio.to_thread(self._process.wait, _PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        shutil.rmtree(self.spool, ignore_errors=True)

    def _spawn(self, control: socket.socket) -> subprocess.Popen[bytes]:
        in_memory = "memory" if self._in_memory else "disk"
        arguments = [control.fileno(), self._folder, self.spool, self._memory, in_memory, *sys.path]
        # In a session of its own, so that Ctrl-C does not reach it directly.
        return subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-I", "-c", _PROGRAM, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[control.fileno()],
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            start_new_session=True,
        )

    def _receive(self) -> None:
        try:
            data = self._control.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._disconnect()
            return
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            match json.loads(line):
                case {"ended": key, "status": status}:
                    worker = self._workers.pop(key)
                    with suppress(OSError):
                        worker.spool.unlink(missing_ok=True)
                    if not worker.ended.done():
                        worker.ended.set_result(status)
                case message if not self._ready.done():
                    self._ready.set_result(message)

    def _disconnect(self) -> None:
        """Close the connection, at which it exits with all workers."""
        if not self.alive:
            return
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        if not self._ready.done():
            self._ready.set_result({"failed": "the fork server has ended"})
        for worker in self._workers.values():
            worker.disconnect()
            if not worker.ended.done():
                worker.ended.set_result(0)
        self._workers.clear()
