"""Progress, tables, signals and error messages of the command line."""

from __future__ import annotations

import errno
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from meagraph.core.errors import MeagraphError, SettingsError

if TYPE_CHECKING:
    from meagraph_loaders.pipeline import Stage

_Result = TypeVar("_Result")


class Commands(click.Group):
    """A group of commands that fail with an error message, never with a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; an error is printed to stderr, with exit code 1."""
        try:
            return super().invoke(context)
        except MeagraphError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader closed the pipe; click ends quietly
                raise
            raise click.ClickException(str(error)) from None


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[Stage], None]]:
    """A function that prints each stage of a build as a line on stderr.

    On a terminal the line begins when the stage begins. Elsewhere, where other processes may write
    too, it is printed as a whole.
    """
    at_once = sys.stderr.isatty()
    begun = ""

    def tell(stage: Stage) -> None:
        nonlocal begun
        if quiet:
            return
        if stage.seconds is None:
            begun = f"{stage.name:<9}{stage.note}"
            if at_once or stage.note:
                click.echo(begun, err=True, nl=bool(stage.note))
            begun = "" if stage.note else begun  # a stage with a note from the start has no end
        else:
            end = f"{stage.seconds:6.2f} s  {stage.note}"
            click.echo(end if at_once else begun + end, err=True)
            begun = ""

    try:
        yield tell
    except BaseException:
        if begun:
            click.echo(None if at_once else begun, err=True)
        raise


def table(rows: Sequence[Sequence[object]]) -> str:
    """Format rows under a header as aligned columns, with numbers right-aligned.

    >>> print(table([("document", "measures"), ("saiga", 90), ("ssap", 5)]))
    document  measures
    saiga           90
    ssap             5
    """
    shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    numeric = [
        any(isinstance(cell, int) for cell in column) for column in zip(*rows[1:], strict=True)
    ] or [False] * len(widths)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in shown
    )


def interruptible(work: Callable[[], _Result]) -> _Result:
    """Run a function that Python cannot interrupt, so that Ctrl-C ends the process at once.

    A query runs in Rust, so Python would handle Ctrl-C only after it.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        return work()
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def until_stopped() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP end the block quietly, so that it can clean up.

    Further signals are ignored. SIGHUP stays ignored if it is already (nohup(1)).
    """
    stopping = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            raise KeyboardInterrupt

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def require_free(host: str, port: int) -> None:
    """Raise SettingsError if the address cannot be listened on, e.g. because it is in use."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError, OverflowError) as error:  # also for impossible hosts and ports
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"{host}:{port}: cannot be listened on ({reason}). "
            "Name another address with --host, or another port with --port"
        ) from None
