"""A server as a process of its own, watched from outside; and a stranger's server to be left alone.

What is watched is what Linux tells of processes: https://docs.kernel.org/filesystems/proc.html
"""

from __future__ import annotations

import os
import re
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.api.conftest import DATA
from tests.cli.conftest import Service, serving
from tests.waiting import PATIENCE, wait_until

PROC = Path("/proc")
ENGINE, POOL = "meagraph_api.engine.forkserver", "multiprocessing.forkserver"
"""What makes the processes that answer queries, and those that make pages."""

FOREVER = 3600.0
"""Seconds: a limit for queries that end only when a test ends them."""


@dataclass(frozen=True)
class Process:
    """One process as the kernel tells of it."""

    pid: int
    parent: int
    state: str
    ticks: int
    """Processor time that it has used, in ticks of the clock."""

    @property
    def resident(self) -> int:
        """Bytes of memory that it holds, shared ones included; 0 where it has gone."""
        try:
            pages = (PROC / str(self.pid) / "statm").read_text().split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def runs(self, module: str) -> bool:
        """Whether it runs a module."""
        try:
            return module.encode() in (PROC / str(self.pid) / "cmdline").read_bytes()
        except OSError:
            return False

    def field(self, file: str, name: str) -> str:
        """The line of one of its files that begins with a name, without that name."""
        lines = (PROC / str(self.pid) / file).read_text().splitlines()
        return next(line.removeprefix(name).strip() for line in lines if line.startswith(name))


def processes() -> Iterator[Process]:
    """All processes that there are."""
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # The name of the program stands in brackets and may hold anything.
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                yield Process(int(folder.name), int(stat[1]), stat[0], int(stat[11]))


@dataclass(frozen=True)
class Watched:
    """A running service, and the folder in which it keeps what is temporary."""

    service: Service
    temporary: Path

    @property
    def address(self) -> str:
        return self.service.address

    @property
    def port(self) -> int:
        port = urlsplit(self.address).port
        assert port is not None
        return port

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=PATIENCE)

    def below(self) -> list[Process]:
        """All processes that it has made, and those that these have made."""
        everything = list(processes())
        found: list[Process] = []
        parents = {self.service.process.pid}
        while parents:
            children = [process for process in everything if process.parent in parents]
            found += children
            parents = {process.pid for process in children}
        return found

    def makers(self) -> list[Process]:
        """The processes that make workers."""
        own = self.service.process.pid
        return [one for one in self.below() if one.parent == own and one.runs(ENGINE)]

    def workers(self) -> list[Process]:
        """The processes that answer queries."""
        makers = {maker.pid for maker in self.makers()}
        return [found for found in self.below() if found.parent in makers]

    def renderers(self) -> list[Process]:
        """The processes that make pages."""
        own = self.service.process.pid
        return [one for one in self.below() if one.parent != own and one.runs(POOL)]

    def resident(self) -> int:
        """Bytes of memory that the server itself holds."""
        return Process(self.service.process.pid, 0, "", 0).resident

    def files(self) -> list[Path]:
        """The answers that it has left among what is temporary.

        What renderers read (`meagraph-shared-…`) is theirs for as long as they run.
        """
        files = (path for path in self.temporary.rglob("*") if path.is_file())
        return [path for path in files if "meagraph-shared-" not in str(path)]


@contextmanager
def watched(folder: Path, releases: Path, **settings: object) -> Iterator[Watched]:
    """A `meagraph serve` with some settings, ready to answer."""
    temporary = folder / "temporary"
    temporary.mkdir(parents=True)
    environment = {f"MEAGRAPH_{name.upper()}": str(value) for name, value in settings.items()}
    environment |= {"TMPDIR": str(temporary), "MEAGRAPH_QUERIES": str(DATA / "queries")}
    output = folder / "output"
    with serving(output, "--releases", releases, environment=environment) as service:
        service.wait_for("/readyz", 200)
        yield Watched(service, temporary)


def workers_by_state(client: httpx.Client) -> dict[str, int]:
    """How many workers a service has, by state: `idle`, `busy` and `slow`."""
    metrics = client.get("/metrics").raise_for_status().text
    found = re.findall(r'^meagraph_workers{state="(\w+)"} (\d+)', metrics, re.MULTILINE)
    return {state: int(number) for state, number in found}


def running(client: httpx.Client) -> int:
    """How many queries a service computes at this moment."""
    workers = workers_by_state(client)
    return workers["busy"] + workers["slow"]


@contextmanager
def sent(
    client: httpx.Client, query: str, number: int = 1, headers: Mapping[str, str] | None = None
) -> Iterator[list[socket.socket]]:
    """Send a query so many times, each on its own connection, and go away at the end of the block.

    Nobody reads the answers; `answered` tells whether there are any.
    """
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    body = query.encode()
    head = (
        "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        f"Content-Length: {len(body)}\r\n{lines}\r\n"
    )
    with ExitStack() as connections:
        opened = [
            connections.enter_context(
                socket.create_connection(("127.0.0.1", client.base_url.port or 0), PATIENCE)
            )
            for _ in range(number)
        ]
        for connection in opened:
            connection.sendall(head.encode() + body)
        yield opened


def answered(connections: list[socket.socket]) -> bool:
    """Whether any of these connections has been answered or closed."""
    return bool(select.select(connections, [], [], 0)[0])


class Listener:
    """A server on loopback that nobody should speak to; counts those who do."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


class Pulse:
    """Asks the service one small query after another, every 100 ms, as a person's tool does."""

    def __init__(self, address: str) -> None:
        self.answers: list[Any] = []
        """What came back: true each time, or what else it was."""
        self._address = address
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for_more(self, number: int = 3) -> None:
        """Wait until so many more queries have been answered."""
        before = len(self.answers)
        wait_until(lambda: len(self.answers) >= before + number)

    def _beat(self) -> None:
        with httpx.Client(base_url=self._address, timeout=PATIENCE) as client:
            while not self.answers or not self._stop.wait(0.1):
                # Never the same text, so that no memory of answers helps.
                params = {"query": f"ASK {{ VALUES ?beat {{ {len(self.answers)} }} }}"}
                try:
                    answer = client.get("/sparql", params=params)
                    found = answer.json().get("boolean", answer.text)
                except (httpx.TransportError, ValueError) as failure:
                    found = repr(failure)
                self.answers.append(found)
