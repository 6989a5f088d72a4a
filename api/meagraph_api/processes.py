"""Several processes on one port: each is a whole service, and the system gives each its share.

What a service keeps in memory (answers, the time that a client has used, the numbers of /metrics)
every process keeps for itself.
"""

from __future__ import annotations

import logging
import multiprocessing
import socket
import time
from collections.abc import Callable
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
    """Keep so many processes serving until interrupted; one that ends is replaced."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server(
        (settings.host, settings.port), family=family, backlog=_BACKLOG
    ) as listening:
        running = [_start(settings, serve, listening) for _ in range(settings.processes)]
        try:
            while True:
                time.sleep(_INTERVAL)
                for place, process in enumerate(running):
                    if not process.is_alive():
                        _log.error("process %s ended by itself; it is replaced", process.pid)
                        running[place] = _start(settings, serve, listening)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.join(settings.shutdown_grace + _PATIENCE)
                if process.is_alive():
                    process.kill()


def _start(settings: Settings, serve: Serve, listening: socket.socket) -> SpawnProcess:
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, listening))
    process.start()
    return process
