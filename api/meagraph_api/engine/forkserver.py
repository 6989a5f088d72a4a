"""The fork server: the parent process of the workers, which it forks within milliseconds.

It is a small single-threaded process that loads a small release into memory (each worker opens a
large one itself), drops network access and core dumps, and forks workers on request. Only the
parent can kill a worker by process id safely, since the id is not reused before the parent has
waited for its child.

`worker_processes.ForkServer` runs it as ``python -I -c … CONTROL FOLDER SPOOL MEMORY WHERE``, where
WHERE is ``memory`` or ``disk``. They exchange lines of JSON on the connection CONTROL. Requests are
``fork`` (with the worker's connection), ``kill`` and ``slow``, each with the worker's key; replies
are ``ready`` or ``failed``, and ``ended`` for every worker. When the connection closes, it exits
with all workers and removes the folder SPOOL, which contains their long results.
"""

from __future__ import annotations

import gzip
import json
import os
import select
import shutil
import signal
import socket
import sys
import zlib
from pathlib import Path
from typing import IO, Any, NoReturn, cast

import pyoxigraph as ox

from meagraph.core import files
from meagraph_api.engine import sandbox, worker

_SLOWER = 15
"""Added to the niceness (-20 to 19) of a worker in the slow lane."""

_LONGEST = 65536
"""Maximum bytes per read."""


def main(arguments: list[str]) -> None:
    """Serve until the connection closes."""
    control, folder, spool, memory, in_memory = arguments
    connection = socket.socket(fileno=int(control))
    server = _ForkServer(connection, Path(folder), int(memory))
    try:
        server.prepare(in_memory=in_memory == "memory")
        server.run()
    finally:
        shutil.rmtree(spool, ignore_errors=True)


class _ForkServer:
    def __init__(self, connection: socket.socket, folder: Path, memory: int) -> None:
        self._connection = connection
        self._folder = folder
        self._memory = memory
        self._store: ox.Store | None = None
        self._workers: dict[int, int] = {}
        """Process ids by worker key."""
        self._unread = b""
        self._received: list[int] = []

    def prepare(self, *, in_memory: bool) -> None:
        """Drop privileges that queries must not have, and load the release if `in_memory`."""
        sandbox.deny_core_dumps()
        network = sandbox.deny_network()
        if in_memory:
            try:
                self._store = _load(self._folder)
            except (OSError, EOFError, SyntaxError, RuntimeError, zlib.error) as error:
                self._send(failed=str(error))
                sys.exit(1)
        self._send(ready=True, network=network)

    def run(self) -> None:
        """Handle requests and report ended workers until the connection closes."""
        control = self._connection.fileno()
        ended, wake = os.pipe()
        for end in (ended, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake)
        while True:
            ready, _, _ = select.select([control, ended], [], [])
            if ended in ready:
                os.read(ended, _LONGEST)
            self._report_ended()
            if control in ready and not self._receive():
                break
        for pid in self._workers.values():
            os.kill(pid, signal.SIGKILL)

    def _receive(self) -> bool:
        """Handle received requests; returns False when the connection has closed."""
        data, received, _, _ = socket.recv_fds(self._connection, _LONGEST, 16)
        self._received += received
        if not data:
            return False
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            match json.loads(line):
                case {"fork": key}:
                    self._fork(key, self._received.pop(0))
                case {"kill": key} if key in self._workers:
                    os.kill(self._workers[key], signal.SIGKILL)
                case {"slow": key} if key in self._workers:
                    sandbox.raise_niceness(self._workers[key], _SLOWER)
        return True

    def _fork(self, key: int, descriptor: int) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:  # too many processes, or too little memory, at this moment
            os.close(descriptor)
            self._send(ended=key, status=1)
            return
        if pid == 0:
            self._become_worker(parent, descriptor)
        os.close(descriptor)
        self._workers[key] = pid

    def _become_worker(self, parent: int, descriptor: int) -> NoReturn:
        try:
            sandbox.die_with_parent(parent)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._connection.close()
            connection = socket.socket(fileno=descriptor)
            worker.run(connection, self._folder, self._store, self._memory)
        finally:
            os._exit(0)  # without exit handlers, which belong to the parent

    def _report_ended(self) -> None:
        for key, pid in list(self._workers.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del self._workers[key]
                self._send(ended=key, status=os.waitstatus_to_exitcode(status))

    def _send(self, **message: Any) -> None:
        try:
            self._connection.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            sys.exit(0)  # the service has ended; the workers end with this process


def _load(folder: Path) -> ox.Store:
    """Load the image of a release into memory."""
    store = ox.Store()
    with gzip.open(folder / files.IMAGE, "rb") as quads:
        store.bulk_load(cast("IO[bytes]", quads), ox.RdfFormat.N_QUADS)
    return store
