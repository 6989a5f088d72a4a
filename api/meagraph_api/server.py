"""Run the service in one process, or in several that share one port.

Each of several processes is a complete service, and the kernel distributes connections among them.
State in memory (caches, query time of clients, metrics) is per process.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import ceil
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.middleware.proxy_headers import _TrustedHosts

from meagraph_api.app import create_app
from meagraph_api.http.connection_limits import Limits, limited
from meagraph_api.http.connections import Connections, trusts_nobody
from meagraph_api.http.refusal_tracker import RefusalTracker
from meagraph_api.settings import Settings

_log = logging.getLogger("uvicorn.error")

_INTERVAL = 0.5
"""Seconds between checks that all processes are running."""
_PATIENCE = 5.0
"""Seconds after the shutdown grace before a process is killed."""
_BACKLOG = 2048
"""Backlog of the listening socket, as in uvicorn."""

Serve = Callable[[Settings, socket.socket], None]
"""Serves on a socket until it is stopped."""


def run(settings: Settings, serve: Serve) -> None:
    """Run `settings.processes` processes until SIGINT or SIGTERM; one that ends is replaced."""
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
    """End this child process if its parent ends without stopping it.

    It stops as on SIGTERM; if it is still running some seconds after `grace`, it exits at once.
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
    """Record SIGINT and SIGTERM instead of being interrupted; yields whether one was received.

    Otherwise a process that is just being started would be left running.
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


_OTHER_FILES = 512
"""Open files that a process may need in addition to its connections."""

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "message": {
            "()": "uvicorn.logging.DefaultFormatter",
            "fmt": "%(levelprefix)s %(message)s",
            "use_colors": None,
        },
        "line": {"format": "%(message)s"},
    },
    "handlers": {
        "messages": {
            "formatter": "message",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
        },
        "lines": {
            "formatter": "line",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
        },
    },
    "loggers": {
        "uvicorn": {"handlers": ["messages"], "level": "INFO", "propagate": False},
        "meagraph.access": {"handlers": ["lines"], "level": "INFO", "propagate": False},
    },
}
"""Messages for people to standard error, the access log to standard output."""


def serve(settings: Settings) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP (unless that is ignored).

    Raises QueryFileError and DataError as `create_app` does; exits with a message if the port is in
    use.
    """
    # uvicorn raises KeyboardInterrupt again when everything is closed
    with suppress(KeyboardInterrupt), _hanging_up_terminates():
        if settings.processes > 1:
            create_app(settings)  # so that a malformed file is an error here, not in each process
            run(settings, _serve_on)
        else:
            _run(make_server(settings))


def _serve_on(settings: Settings, listening: socket.socket) -> None:
    """Serve in one of several processes that share a port."""
    end_with_parent(settings.shutdown_grace)
    with suppress(KeyboardInterrupt), _hanging_up_terminates():
        _run(make_server(settings), [listening])


def _run(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
    """Run a server.

    Objects created by now live as long as the process. Freezing them keeps the garbage collector
    from scanning them again and again, which would stop every client for a tenth of a second
    (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.collect()
    gc.freeze()
    server.run(sockets)


@contextmanager
def _hanging_up_terminates() -> Iterator[None]:
    """Treat SIGHUP as SIGTERM in the block, unless it is ignored (nohup(1))."""
    if not hasattr(signal, "SIGHUP") or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        yield
        return
    before = signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


class _Server(uvicorn.Server):
    """A server that stops once: signals after the first one change nothing.

    uvicorn would abort everything at a second SIGINT, with a traceback. The shutdown grace limits
    the time anyway.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal without forcing the exit."""
        super().handle_exit(sig, frame)
        self.force_exit = False


def make_server(settings: Settings) -> uvicorn.Server:
    """Create one of `settings.processes` servers, which divide the connection limits."""
    limits = Limits(
        head_bytes=settings.max_head_bytes,
        head_seconds=settings.head_timeout,
        body_seconds=settings.body_timeout,
    )
    proxies = settings.trusted_proxies
    connections = Connections(
        _part(settings.max_connections, settings),
        _part(settings.client_connections, settings),
        _TrustedHosts(proxies).__contains__ if proxies else trusts_nobody,
    )
    refusals = RefusalTracker()
    _allow_files(connections.limit)
    return _Server(
        uvicorn.Config(
            create_app(settings, connections, refusals),
            host=settings.host,
            port=settings.port,
            http=limited(limits, connections, refusals),
            ws="none",
            log_config=LOGGING,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies or None,
            timeout_graceful_shutdown=ceil(settings.shutdown_grace),
        )
    )


def _part(whole: int, settings: Settings) -> int:
    """One process's part of a limit for all processes."""
    return ceil(whole / settings.processes)


def _allow_files(connections: int) -> None:
    """Raise the limit of open files to one per connection, as far as the system allows.

    The default limit is usually lower than the number of connections served here.
    """
    needed = connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < needed:
            _log.warning(
                "the system allows %s open files; %s connections need %s (ulimit -Hn)",
                most,
                connections,
                needed,
            )
