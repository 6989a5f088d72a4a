"""Several processes on one port: each is a whole service, and the system gives each its share.

What a service keeps in memory (answers, the time that a client has used, the numbers of /metrics)
every process keeps for itself.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnProcess

from meagraph_api.settings import Settings

_log = logging.getLogger("uvicorn.error")

_INTERVAL = 0.5
"""Seconds between two looks at whether all are running."""
_PATIENCE = 5.0
"""Seconds beyond the grace of a service in which a process must have ended."""
_BACKLOG = 2048
"""Connections that wait to be taken, as uvicorn has it."""

Serve = Callable[[Settings, socket.socket], None]
"""Serves on a socket until told to stop."""


def run(settings: Settings, serve: Serve) -> None:
    """Keep so many processes serving until SIGINT or SIGTERM; one that ends is replaced."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    running: list[SpawnProcess] = []
    with (
        socket.create_server(
            (settings.host, settings.port), family=family, backlog=_BACKLOG
        ) as listening,
        _stopping() as is_stopping,
    ):
        try:
            while len(running) < settings.processes and not is_stopping():
                running.append(_start(settings, serve, listening))
            while not is_stopping():
                time.sleep(_INTERVAL)
                for place, process in enumerate(running):
                    if not process.is_alive() and not is_stopping():
                        _log.error("process %s ended by itself; it is replaced", process.pid)
                        try:
                            running[place] = _start(settings, serve, listening)
                        except OSError as error:
                            _log.error("it cannot be replaced yet: %s", error)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.join(settings.shutdown_grace + _PATIENCE)
                if process.is_alive():
                    process.kill()


def end_with_parent(grace: float) -> None:
    """End this process, one of several, when the first has ended without a word to it.

    It stops as on SIGTERM; what has not ended some seconds after its grace ends at once.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("this process was not started by `run`")

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace + _PATIENCE)
        os._exit(1)

    threading.Thread(target=wait, name="end with the parent", daemon=True).start()


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Note SIGINT and SIGTERM in the block, so that they interrupt nothing; gives whether one came.

    A process that is being started when a signal comes would else be forgotten.
    """
    stopping = False

    def note(number: int, frame: object) -> None:
        nonlocal stopping
        stopping = True

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield lambda: stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(settings: Settings, serve: Serve, listening: socket.socket) -> SpawnProcess:
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, listening))
    process.start()
    return process
