"""Processes that make pages and files, so that the event loop never does.

Two long-lived processes hold the templates. A job is a function of a module with arguments that can
be pickled; what it gives comes back. Every job is charged to the client for whom it is done, and
where jobs must wait, clients with the fewest running and the least time lately go first.

What is made of a whole release (`SHARED`) is handed to a process once, not with every job.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import multiprocessing
import os
import pickle
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from cachetools import LRUCache
from starlette.requests import Request

from meagraph.errors import Busy, QueryFailed, QueryTimeout, QueryTooLarge
from meagraph_api.asking import while_connected
from meagraph_api.browse.called import Called
from meagraph_api.browse.register import Register
from meagraph_api.engine import sandbox
from meagraph_api.engine.turns import Turns
from meagraph_api.fairness import Fairness, client_of
from meagraph_api.informea.harvest import Harvest
from meagraph_api.pages import Pages

P = ParamSpec("P")
T = TypeVar("T")

SHARED: tuple[type, ...] = (Register, Called, Harvest)
"""Types of the objects that live as long as a release and are handed to a process once."""

WORTH_IT = 1024
"""Bytes from which compressing pays."""

_PROCESSES = 2
_NICER = 5
"""By how much the processes are nicer than the service: its event loop goes first."""
_KEPT = 32
"""Shared objects that are kept: those of a handful of releases."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may take, and how long it may wait."""

    seconds: float = 30.0
    memory: int = 1024 * 1024 * 1024
    """Bytes by which a process may grow."""
    wait: float = 5.0
    """Seconds that a job waits for a free process."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    client: str
    place: asyncio.Future[None]


def encoded(
    gzip_accepted: bool, function: Callable[P, str | bytes], /, *args: P.args, **kwargs: P.kwargs
) -> tuple[bytes, bool]:
    """What a function gives as bytes, compressed where that is accepted and pays; whether it is."""
    made = function(*args, **kwargs)
    body = made.encode() if isinstance(made, str) else made
    if gzip_accepted and len(body) >= WORTH_IT:
        return gzip.compress(body, compresslevel=6, mtime=0), True
    return body, False


class RenderPool:
    """Runs jobs in two processes, each within the share of a client."""

    def __init__(self, pages: Pages, fairness: Fairness, limits: Limits) -> None:
        self._pages = pages
        self._fairness = fairness
        self._limits = limits
        self._executor: ProcessPoolExecutor | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="meagraph-shared-")
        self._shared = _SharedObjects(Path(self._folder.name))
        self._running: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []
        self._recent = Turns()

    async def render(self, request: Request, template: str, language: str, **values: object) -> str:
        """One page of a template; see `run`."""
        return await self.run(request, rendered, template, language, **values)

    async def run(
        self, request: Request, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What a function of a module gives, computed in one of the processes for a client.

        Raises what the function raises, TooManyRequests (the client has no share left), Busy (no
        process was free in time), QueryTimeout, QueryTooLarge, QueryFailed (the process ended), and
        ClientDisconnect where the client has gone.
        """
        client = client_of(request.scope)
        with self._fairness.share(client):
            async with while_connected(request):
                await self._take_place(client)
                result: T = await self._submit(client, self._shared.pack((function, args, kwargs)))
                return result

    async def close(self) -> None:
        """End the processes and remove what they shared. No job may be sent afterwards."""
        if self._executor is not None:
            await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
        self._folder.cleanup()

    async def _submit(self, client: str, job: bytes) -> Any:
        loop = asyncio.get_running_loop()
        begun = time.monotonic()
        try:
            future = self._started().submit(_work, job)
        except BaseException:
            self._free_place(client, begun)
            raise
        # A job that has begun goes on when its client leaves, and keeps its place until it ends.
        free = partial(loop.call_soon_threadsafe, self._free_place, client, begun)
        future.add_done_callback(lambda _: free())
        try:
            return await asyncio.wrap_future(future)
        except BrokenProcessPool:
            self._executor = None  # the next job starts a new one
            raise QueryFailed("The process that made this answer has ended unexpectedly.") from None
        except MemoryError:
            raise QueryTooLarge(
                f"Making this answer needs more than {self._limits.memory:,} bytes of memory. "
                "Ask for less."
            ) from None
        except TimeoutError:
            raise QueryTimeout(
                f"Making this answer took longer than {self._limits.seconds:g} s. Ask for less."
            ) from None

    def _started(self) -> ProcessPoolExecutor:
        if self._executor is None:
            # Forked from a process that has imported the program and has no threads.
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([__name__, "meagraph_api.app"])
            self._executor = ProcessPoolExecutor(
                _PROCESSES,
                mp_context=context,
                initializer=_begin,
                initargs=(self._pages.base, self._pages.paths, self._limits),
            )
        return self._executor

    async def _take_place(self, client: str) -> None:
        """Wait until a process is free for a client. Raises Busy."""
        waiting = _Waiting(client, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._give_places()
        try:
            await asyncio.wait_for(waiting.place, self._limits.wait)
        except BaseException as error:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            elif not waiting.place.cancelled():  # it was granted while its client left
                self._free_place(client, time.monotonic())
            if isinstance(error, TimeoutError):
                raise Busy(
                    f"No process was free to make this answer within {self._limits.wait:g} s. "
                    "Try again soon."
                ) from None
            raise

    def _give_places(self) -> None:
        while self._waiting and self._running.total() < _PROCESSES:
            first = min(
                self._waiting,
                key=lambda one: (self._running[one.client], self._recent.had(one.client)),
            )
            self._waiting.remove(first)
            if not first.place.done():
                self._running[first.client] += 1
                first.place.set_result(None)

    def _free_place(self, client: str, begun: float) -> None:
        self._running[client] -= 1
        self._running += Counter()  # forgets those who have none
        self._recent.add(client, time.monotonic() - begun)
        self._give_places()


class _SharedObjects:
    """Writes shared objects to files, once each, and jobs that name these files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._files: LRUCache[int, tuple[object, Path]] = LRUCache(_KEPT)
        """By identity; the object is kept, so that its identity is not given again."""

    def pack(self, job: object) -> bytes:
        """A job as bytes, with the names of files in the place of shared objects."""
        return _pickled(job, self._name)

    def _name(self, value: object) -> str | None:
        if not isinstance(value, SHARED):
            return None
        if id(value) not in self._files:
            if len(self._files) == _KEPT:
                self._files.popitem()[1][1].unlink()
            path = self._folder / f"{next(self._numbers)}.pickle"
            path.write_bytes(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
            self._files[id(value)] = value, path
        return str(self._files[id(value)][1])


def _pickled(value: object, name: Callable[[object], str | None]) -> bytes:
    file = io.BytesIO()
    pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
    pickler.persistent_id = name  # type: ignore[method-assign]
    pickler.dump(value)
    return file.getvalue()


# ------------------------------------------------------------------------ inside the processes

_made: dict[str, Any] = {}
"""What a process holds as long as it runs: its pages and its limits."""


def rendered(template: str, language: str, /, **values: object) -> str:
    """One page of a template; only inside the processes."""
    pages: Pages = _made["pages"]
    return pages.render(template, language, **values)


def _begin(base: str, paths: frozenset[str], limits: Limits) -> None:
    """Prepare a process: it ends with the service, opens no connection, and holds the templates."""
    sandbox.die_with_parent(os.getppid())
    for sign in (signal.SIGINT, signal.SIGTERM):  # meant for the service, which ends its processes
        signal.signal(sign, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _end)
    sandbox.deny_core_dumps()
    sandbox.deny_network()
    os.nice(_NICER)
    pages = Pages(base)
    pages.serve(paths)
    _made.update(pages=pages, limits=limits)
    sandbox.limit_memory(limits.memory)


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TimeoutError


def _work(job: bytes) -> Any:
    with _time_limit(_made["limits"].seconds):
        unpickler = pickle.Unpickler(io.BytesIO(job))  # noqa: S301 - written by the service itself
        unpickler.persistent_load = _shared  # type: ignore[method-assign]
        function, arguments, named = unpickler.load()
        return function(*arguments, **named)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@lru_cache(_KEPT)
def _shared(name: str) -> object:
    return pickle.loads(Path(name).read_bytes())  # noqa: S301 - written by the service itself
