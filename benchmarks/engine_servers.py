"""Start and stop SPARQL servers for benchmarks and tests: Oxigraph and Virtuoso."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.servers import free_port
from meagraph.core.engines import profiles
from meagraph.core.engines.profiles import Access

_PATIENCE = 60
"""Seconds within which a server must answer for the first time."""

VIRTUOSO = shutil.which("virtuoso-t")
"""The program of Virtuoso 7, as Debian installs it (virtuoso-opensource-7-bin); None without it."""

_VIRTUOSO = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
MaxClientConnections = 40
MaxSortedTopRows = 1000000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 40
[SPARQL]
ResultSetMaxRows = {rows}
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A running server."""

    query_access: Access
    """Connection settings for queries."""
    update_access: Access
    """Connection settings for updates."""
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.wait()


@contextmanager
def oxigraph(folder: Path | None = None, file_bytes: int = 0) -> Iterator[Running]:
    """Run Oxigraph's server, in memory or in a folder; `file_bytes` limits its files."""
    port = free_port()
    place = [] if folder is None else ["--location", str(folder)]
    command = [str(Path(sys.executable).with_name("oxigraph")), "serve", "--bind"]
    access = Access(f"http://127.0.0.1:{port}/query", profiles.profiles()["oxigraph"])

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    with _running(
        [*command, f"127.0.0.1:{port}", *place], access, limit if file_bytes else None
    ) as process:
        yield Running(access, access, process)


@contextmanager
def virtuoso(folder: Path, rows: int = 100_000) -> Iterator[Running]:
    """Run Virtuoso in an empty folder; it truncates results after `rows` rows."""
    assert VIRTUOSO is not None
    ports = {"sql": free_port(), "http": free_port()}
    settings = folder / "virtuoso.ini"
    settings.write_text(_VIRTUOSO.format(folder=folder, rows=rows, **ports), encoding="utf-8")
    url = f"http://127.0.0.1:{ports['http']}/sparql"
    profile = profiles.profiles()["virtuoso"]
    access = Access(url, profile)
    command = [VIRTUOSO, "+foreground", "+configfile", str(settings)]
    with _running(command, access, None) as process:
        yield Running(access, Access(url, profile, "digest", "dba:dba"), process)


@contextmanager
def _running(
    command: list[str], access: Access, prepare: Callable[[], None] | None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=prepare
    )
    try:
        until = time.monotonic() + _PATIENCE
        while not _answers(access.url):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{access.profile.title} does not start: {command}")
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        query = {"query": "ASK { ?s ?p ?o }"}
        return httpx.post(url, data=query, timeout=10, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
