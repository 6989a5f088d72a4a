"""Start the servers under test, each with the same release."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

_BIN = Path(sys.executable).parent
_PATIENCE = 120
"""Seconds within which a server must answer for the first time."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running SPARQL endpoint."""

    name: str
    port: int
    path: str
    pid: int


def free_port() -> int:
    """An unused port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def ours(releases: Path, **settings: object) -> Iterator[Server]:
    """Run meagraph on the current release, without rate limits."""
    options = {"client_queries": 0, "client_seconds": 0, **settings}
    environment = {f"MEAGRAPH_{name.upper()}": str(value) for name, value in options.items()}
    port = free_port()
    command = ("meagraph", "serve", "--releases", releases, "--port", f"{port}")
    with _running("meagraph", command, port, "/sparql", environment) as server:
        yield server


@contextmanager
def oxigraph(release: Path) -> Iterator[Server]:
    """Run Oxigraph's server on the store of a release."""
    port = free_port()
    here = f"127.0.0.1:{port}"
    command = ("oxigraph", "serve-read-only", "--location", release / "store", "--bind", here)
    with _running("Oxigraph", command, port, "/query", {}) as server:
        yield server


@contextmanager
def rdflib_endpoint(triples: Path) -> Iterator[Server]:
    """Run rdflib-endpoint on a file with the triples of a release."""
    port = free_port()
    command = ("rdflib-endpoint", "serve", "--host", "127.0.0.1", "--port", f"{port}", triples)
    with _running("rdflib", command, port, "/", {}) as server:
        yield server


@contextmanager
def _running(
    name: str, command: tuple[str | Path, ...], port: int, path: str, environment: dict[str, str]
) -> Iterator[Server]:
    process = subprocess.Popen(
        [_BIN / command[0], *command[1:]],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + _PATIENCE
        while not _answers(port, path):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{name} does not start: {' '.join(map(str, command))}")
            time.sleep(0.1)
        yield Server(name, port, path, process.pid)
    finally:
        process.terminate()
        process.wait()


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"{path}?query=ASK%7B%7D")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
