"""Fixtures for the command line: run a command, start a service."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from meagraph.cli import main
from tests.waiting import PATIENCE, wait_until


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run `meagraph …` in this process."""

    def run(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        # Otherwise a later collection, maybe in another thread, finds results of Oxigraph in them.
        error = result.exception
        while error is not None:
            traceback.clear_frames(error.__traceback__)
            error = error.__context__
        return result

    return run


@dataclass
class Service:
    """A running `meagraph serve` and its output."""

    process: subprocess.Popen[str]
    address: str
    output: Path
    statuses: list[int] = field(default_factory=list)

    def status(self, path: str) -> int:
        """The status of a response, 0 if there is none."""
        try:
            return httpx.get(self.address + path, timeout=PATIENCE).status_code
        except httpx.TransportError:
            return 0

    def wait_for(self, path: str, expected: int) -> None:
        """Send requests until the status is the expected one; `statuses` has the ones before."""

        def is_there() -> bool:
            if (status := self.status(path)) == expected:
                return True
            self.statuses.append(status)
            assert self.process.poll() is None, self.log()
            return False

        wait_until(is_there, self.log)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def log(self) -> str:
        """Everything it has written, on stdout and stderr."""
        return self.output.read_text(encoding="utf-8")


@contextmanager
def serving(
    output: Path,
    *arguments: str | Path,
    program: tuple[str | Path, ...] = (sys.executable, "-m", "meagraph"),
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[Service]:
    """Run `meagraph serve` on a free port of 127.0.0.1 during the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(word) for word in (*program, "serve", "--port", port, *arguments)]
    with output.open("w") as file:
        process = subprocess.Popen(
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            text=True,
        )
    try:
        yield Service(process, f"http://127.0.0.1:{port}", output)
    finally:
        process.kill()
        process.wait()
