"""Build a release in the background of a service that starts without one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from meagraph.core import files
from meagraph.core.errors import ReleaseError

_CHILD = "meagraph.cli.child"
"""The module that runs the command in the child process."""
_PATIENCE = 5.0
"""Seconds for which a build may take to terminate before it is killed."""


@contextmanager
def background_build(releases: Path) -> Iterator[None]:
    """If there is no release, build one in a child process while the block runs.

    If the build fails, the block is interrupted as by Ctrl-C and ReleaseError is raised. The build
    ends with the block or with this process; the next build removes its unfinished files.
    """
    try:
        files.current_release(releases)
    except ReleaseError:
        with _Build(releases):
            yield
    else:
        yield


class _Build:
    """A build in a child process."""

    def __init__(self, releases: Path) -> None:
        self._command = [sys.executable, "-m", _CHILD, "build", "--releases", str(releases)]
        self._ending = threading.Event()
        self._failed = threading.Event()

    def __enter__(self) -> None:
        # In its own session, so Ctrl-C reaches it only through this process. This process prints
        # its output line by line, so it does not mix with the log of the service.
        self._child = subprocess.Popen(  # noqa: S603
            self._command,
            start_new_session=True,
            stdin=subprocess.PIPE,  # open for as long as this process lives
            stderr=subprocess.PIPE,
        )
        threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._ending.set()
        self._child.terminate()
        try:
            self._child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        assert self._child.stdin is not None  # noqa: S101 - it is a pipe
        self._child.stdin.close()
        if self._failed.is_set() and kind in (None, KeyboardInterrupt):
            raise ReleaseError("There is nothing to serve, because the build failed (see above).")

    def _watch(self) -> None:
        assert self._child.stderr is not None  # noqa: S101 - it is a pipe
        with self._child.stderr as lines:
            for line in lines:
                with suppress(OSError):  # stderr is closed; the build continues
                    click.echo(line, err=True, nl=False)
        if self._child.wait() != 0 and not self._ending.is_set():
            self._failed.set()
            os.kill(os.getpid(), signal.SIGINT)
