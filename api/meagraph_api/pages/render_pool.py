"""Processes that make pages and files, so that the event loop never does.

Two long-lived processes hold the templates. A job is a function of a module with arguments that can
be pickled; what it gives comes back. Every job is charged to the client for whom it is done, and
where jobs must wait, clients with the fewest running and the least time lately go first.

What lasts as long as a release (`Shared`) is handed to a process once, not with every job.
"""

from __future__ import annotations

import asyncio
import io
import logging
import multiprocessing
import os
import pickle
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.util import get_temp_dir
from pathlib import Path
from types import FrameType
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary, finalize

from starlette.requests import Request

from meagraph.core.errors import Busy, QueryFailed, QueryTimeout, QueryTooLarge
from meagraph_api.engine import sandbox
from meagraph_api.engine.current_release import Shared
from meagraph_api.engine.scheduler import ClientUsage
from meagraph_api.http.disconnection import while_connected
from meagraph_api.http.language import page_query, set_page_query
from meagraph_api.http.rate_limit import RateLimiter, client_of
from meagraph_api.pages.renderer import Pages

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger("uvicorn.error")

_PROCESSES = 2
_NICER = 5
"""By how much the processes are nicer than the service: its event loop goes first."""
_TO_START = 30.0
"""Seconds more that a job waits while no process runs yet: each imports the program first."""
_PATIENCE = 5.0
"""Seconds beyond its limit after which a job that did not notice it ends with its process."""
_PAUSE = 1.0
"""Seconds between two attempts to start a process."""
_KEPT = 64
"""Shared objects that a process keeps: those of the current release and of a few before it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may take, and how long it may wait."""

    seconds: float = 30.0
    memory: int = 1024 * 1024 * 1024
    """Bytes by which a process may grow."""
    wait: float = 5.0
    """Seconds that a job waits for a free process."""


@dataclass(frozen=True, slots=True, eq=False)
class _Process:
    """One process; an executor of its own, so that its end is that of its own job alone."""

    executor: ProcessPoolExecutor
    process: BaseProcess

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, which the executor notices a moment later."""
        return bool(wait([self.process.sentinel], timeout=0))

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    client: str
    place: asyncio.Future[_Process]


class RenderPool:
    """Runs jobs in two processes, each within the share of a client."""

    def __init__(self, pages: Pages, rate_limiter: RateLimiter, limits: Limits) -> None:
        self._pages = pages
        self._rate_limiter = rate_limiter
        self._limits = limits
        self._folder = tempfile.TemporaryDirectory(prefix="meagraph-shared-")
        self._shared = _SharedFiles(Path(self._folder.name))
        self._closed = False
        self._starting: set[asyncio.Task[None]] = set()
        self._processes: set[_Process] = set()
        self._free: list[_Process] = []
        self._running: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []
        self._recent = ClientUsage()

    def start(self) -> None:
        """Begin to start the processes; jobs may be sent at once, and wait."""
        for _ in range(_PROCESSES - len(self._processes) - len(self._starting)):
            task = asyncio.get_running_loop().create_task(self._add_process())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

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
        with self._rate_limiter.count_query(client):
            job = await self._shared.pack((page_query(), function, args, kwargs))
            async with while_connected(request):
                self.start()
                while True:
                    process = await self._take(client)
                    if (future := self._submit(process, client, job)) is not None:
                        result: T = await self._result(future)
                        return result

    async def close(self) -> None:
        """End the processes and remove what they shared. No job may be sent afterwards."""
        self._closed = True
        await asyncio.gather(*self._starting)
        for process in list(self._processes):
            process.end()
            await asyncio.to_thread(process.executor.shutdown, cancel_futures=True)
        self._processes.clear()
        self._folder.cleanup()

    def _submit(self, process: _Process, client: str, job: bytes) -> Future[Any] | None:
        """Begin a job; None where its process has ended while it had nothing to do."""
        loop = asyncio.get_running_loop()
        begun = time.monotonic()
        try:
            future = None if process.has_ended else process.executor.submit(_work, job)
        except BrokenProcessPool:
            future = None
        if future is None:
            self._give_back(process, client, begun, ended=True)
            return None
        # A job that has begun goes on when its client leaves, and keeps its process until it ends.
        overdue = loop.call_later(self._limits.seconds + _PATIENCE, process.end)

        def done() -> None:
            overdue.cancel()
            ended = not future.cancelled() and isinstance(future.exception(), BrokenProcessPool)
            self._give_back(process, client, begun, ended=ended)

        def tell(_: Future[Any]) -> None:
            with suppress(RuntimeError):  # the loop has been closed
                loop.call_soon_threadsafe(done)

        future.add_done_callback(tell)
        return future

    async def _result(self, future: Future[Any]) -> Any:
        try:
            return await asyncio.wrap_future(future)
        except BrokenProcessPool:
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

    async def _add_process(self) -> None:
        """Start a process, again and again until one runs."""
        while not self._closed:
            try:
                process = await asyncio.to_thread(self._started)
            except Exception:  # whatever it is, the next attempt may succeed
                _log.exception("a process that makes pages does not start; trying again")
                await asyncio.sleep(_PAUSE)
            else:
                self._processes.add(process)
                self._free.append(process)
                self._give_places()
                return

    def _started(self) -> _Process:
        context = multiprocessing.get_context(_start_method())
        context.set_forkserver_preload([__name__, "meagraph_api.app"])
        executor = ProcessPoolExecutor(
            1,
            mp_context=context,
            initializer=_begin,
            initargs=(
                self._pages.base,
                self._pages.paths,
                self._limits,
                (self._folder.name, get_temp_dir()),
            ),
        )
        number = executor.submit(os.getpid).result()
        children = multiprocessing.active_children()
        return _Process(executor, next(child for child in children if child.pid == number))

    async def _take(self, client: str) -> _Process:
        """Wait until a process is free for a client. Raises Busy."""
        wait_for = self._limits.wait + (0 if self._processes else _TO_START)
        waiting = _Waiting(client, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._give_places()
        try:
            async with asyncio.timeout(wait_for):
                return await waiting.place
        except BaseException as error:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            elif not waiting.place.cancelled():  # it was granted while its client left
                self._give_back(waiting.place.result(), client, time.monotonic(), ended=False)
            if isinstance(error, TimeoutError):
                raise Busy(
                    f"No process was free to make this answer within {wait_for:g} s. "
                    "Try again soon."
                ) from None
            raise

    def _give_places(self) -> None:
        while self._waiting and self._free:
            first = min(
                self._waiting,
                key=lambda one: (self._running[one.client], self._recent.recent(one.client)),
            )
            self._waiting.remove(first)
            if not first.place.done():
                self._running[first.client] += 1
                first.place.set_result(self._free.pop())

    def _give_back(self, process: _Process, client: str, begun: float, *, ended: bool) -> None:
        """A process has done its job, or has ended and is replaced."""
        self._running[client] -= 1
        self._running += Counter()  # forgets those who have none
        self._recent.add(client, time.monotonic() - begun)
        if not ended:
            self._free.append(process)
        elif process in self._processes:
            self._processes.discard(process)
            process.executor.shutdown(wait=False)
            self.start()
        self._give_places()


def _start_method() -> str:
    """How processes are started: forked from one that has imported the program, without threads.

    That one is reached by a socket in the folder for temporary files. Where the address would be
    longer than the 107 bytes that it may have (unix(7)), every process imports the program itself.
    """
    socket = os.fsencode(tempfile.gettempdir()) + b"/pymp-12345678/listener-12345678"
    return "forkserver" if len(socket) <= 107 else "spawn"


class _SharedFiles:
    """Writes shared objects to files, once each, and jobs that name these files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._paths: WeakKeyDictionary[Shared, Path] = WeakKeyDictionary()

    async def pack(self, job: object) -> bytes:
        """A job as bytes, with the names of files in the place of shared objects."""
        missing: list[tuple[Shared, Path]] = []
        packed = _pickled(job, lambda value: self._name(value, missing))
        for shared, path in missing:
            await asyncio.to_thread(_write, path, shared.content)
        return packed

    def _name(self, value: object, missing: list[tuple[Shared, Path]]) -> str | None:
        if not isinstance(value, Shared):
            return None
        path = self._paths.get(value)
        if path is None:
            path = self._folder / str(next(self._numbers))
            self._paths[value] = path
            finalize(value, path.unlink, missing_ok=True)
        if not path.exists():
            missing.append((value, path))
        return str(path)


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


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
    return pages().render(template, language, **values)


def pages() -> Pages:
    """The templates; only inside the processes."""
    found: Pages = _made["pages"]
    return found


def _begin(base: str, paths: frozenset[str], limits: Limits, folders: tuple[str, ...]) -> None:
    """Prepare a process: it ends with the service, opens no connection, and holds the templates.

    `folders` are those that nobody needs when the service has ended.
    """
    threading.Thread(target=_end_with_the_service, args=folders, daemon=True).start()
    for sign in (signal.SIGINT, signal.SIGTERM):  # meant for the service, which ends its processes
        signal.signal(sign, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _end)
    sandbox.deny_core_dumps()
    sandbox.deny_network()
    os.nice(_NICER)
    made = Pages(base)
    made.serve(paths)
    _made.update(pages=made, limits=limits)
    sandbox.limit_memory(limits.memory)


def _end_with_the_service(*folders: str) -> None:
    """End this process when the service has ended, however it did, and leave nothing behind.

    The parent that the kernel knows is the fork server, which lives as long as its children do.
    """
    service = multiprocessing.parent_process()
    assert service is not None  # noqa: S101 - this process was made by the service
    wait([service.sentinel])
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TimeoutError


def _work(job: bytes) -> Any:
    with _time_limit(_made["limits"].seconds):
        unpickler = pickle.Unpickler(io.BytesIO(job))  # noqa: S301 - written by the service itself
        unpickler.persistent_load = _shared  # type: ignore[method-assign]
        query, function, arguments, named = unpickler.load()
        set_page_query(query)
        return function(*arguments, **named)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@lru_cache(_KEPT)
def _shared(path: str) -> Shared:
    return Shared(Path(path).read_bytes())
