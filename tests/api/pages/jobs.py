"""Jobs for the processes that make pages: some wait until a test lets them go on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from meagraph_api.engine.current_release import Shared


def hold(began: Path, go: Path) -> int:
    """Write the id of the process to one file, and wait until the other, a FIFO, is written to."""
    began.write_text(str(os.getpid()))
    return int(go.read_text() or os.getpid())


def hold_whatever_the_time(began: Path, go: Path) -> int:
    """As `hold`, and notice no alarm."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    return hold(began, go)


def note(log: Path, name: str) -> None:
    """Add a name to a file."""
    with log.open("a") as file:
        file.write(name)


def fill(size: int) -> int:
    """Take so many bytes of memory."""
    return len(b"x" * size)


def length(shared: Shared) -> int:
    """The length of what is shared."""
    return len(shared.content)


def fail(error: Exception) -> None:
    """Raise an error."""
    raise error
