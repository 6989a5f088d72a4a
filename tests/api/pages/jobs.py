"""Jobs for the render pool; some wait for a signal from the test."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from meagraph_api.engine.current_release import Shared


def block(began: Path, go: Path) -> int:
    """Write the id of the process to one file, and wait until the other, a FIFO, is written to."""
    began.write_text(str(os.getpid()))
    return int(go.read_text() or os.getpid())


def block_without_alarm(began: Path, go: Path) -> int:
    """As `block`, and ignore alarms."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    return block(began, go)


def note(log: Path, name: str) -> None:
    """Add a name to a file."""
    with log.open("a") as file:
        file.write(name)


def fill(size: int) -> int:
    """Use an amount of memory in bytes."""
    return len(b"x" * size)


def length(shared: Shared) -> int:
    """The length of a shared object."""
    return len(shared.content)


def fail(error: Exception) -> None:
    """Raise an error."""
    raise error
