"""Render pages and files in worker processes, so that the event loop stays free.

Two long-lived processes load the templates. A job is a module-level function with picklable
arguments; its result comes back. Jobs count towards the rate limit of their client. When jobs wait,
clients with the fewest running jobs and the least recent usage go first.

Objects that last as long as a release (`Shared`) are sent to a process once, not with every job.
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
"""Niceness of the processes relative to the service, whose event loop goes first."""
_TO_START = 30.0
"""Additional waiting time (s) while no process runs yet: each imports the program first."""
_PATIENCE = 5.0
"""Time (s) after its limit at which a job that ignored the alarm is killed with its process."""
_PAUSE = 1.0
"""Seconds between two attempts to start a process."""
_KEPT = 64
"""Shared objects cached by a process: of the current release and a few before it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one job."""

    seconds: float = 30.0
    memory: int = 1024 * 1024 * 1024
    """Bytes by which a process may grow."""
    wait: float = 5.0
    """Seconds to wait for a free process."""


@dataclass(frozen=True, slots=True, eq=False)
class _Process:
    """A process with its own executor, so that its end affects only its own job."""

    executor: ProcessPoolExecutor
    process: BaseProcess

    @property
    def has_ended(self) -> bool:
        """Whether it has ended; the executor notices later."""
        return bool(wait([self.process.sentinel], timeout=0))

    def end(self) -> None:
        """Kill it."""
        self.process.kill()


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    client: str
    place: asyncio.Future[_Process]


class RenderPool:
    """Run jobs in two processes, within the rate limits of their clients."""

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
        """Start the processes in the background; jobs sent meanwhile wait."""
        for _ in range(_PROCESSES - len(self._processes) - len(self._starting)):
            task = asyncio.get_running_loop().create_task(self._add_process())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def render(self, request: Request, template: str, language: str, **values: object) -> str:
        """Render a template; see `run`."""
        return await self.run(request, rendered, template, language, **values)

    async def run(
        self, request: Request, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a module-level function in one of the processes, and return its result.

        Raises what the function raises, TooManyRequests (rate limit), Busy (no process was free in
        time), QueryTimeout, QueryTooLarge, QueryFailed (the process ended), and ClientDisconnect.
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
        """End the processes and remove the shared files. Do not send jobs afterwards."""
        self._closed = True
        await asyncio.gather(*self._starting)
        for process in list(self._processes):
            process.end()
            await asyncio.to_thread(process.executor.shutdown, cancel_futures=True)
        self._processes.clear()
        self._folder.cleanup()

    def _submit(self, process: _Process, client: str, job: bytes) -> Future[Any] | None:
        """Submit a job; None if the process ended while it was idle."""
        loop = asyncio.get_running_loop()
        begun = time.monotonic()
        try:
            future = None if process.has_ended else process.executor.submit(_work, job)
        except BrokenProcessPool:
            future = None
        if future is None:
            self._release(process, client, begun, ended=True)
            return None
        # A running job goes on if its client disconnects, and keeps its process busy.
        overdue = loop.call_later(self._limits.seconds + _PATIENCE, process.end)

        def done() -> None:
            overdue.cancel()
            ended = not future.cancelled() and isinstance(future.exception(), BrokenProcessPool)
            self._release(process, client, begun, ended=ended)

        def call_done(_: Future[Any]) -> None:
            with suppress(RuntimeError):  # the loop has been closed
                loop.call_soon_threadsafe(done)

        future.add_done_callback(call_done)
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
        """Start a process; retry until one runs."""
        while not self._closed:
            try:
                process = await asyncio.to_thread(self._started)
            except Exception:  # the next attempt may succeed
                _log.exception("a render process did not start; retrying")
                await asyncio.sleep(_PAUSE)
            else:
                self._processes.add(process)
                self._free.append(process)
                self._assign_processes()
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
        self._assign_processes()
        try:
            async with asyncio.timeout(wait_for):
                return await waiting.place
        except BaseException as error:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            elif not waiting.place.cancelled():  # it was assigned while its client disconnected
                self._release(waiting.place.result(), client, time.monotonic(), ended=False)
            if isinstance(error, TimeoutError):
                raise Busy(
                    f"No process was free to make this answer within {wait_for:g} s. "
                    "Try again soon."
                ) from None
            raise

    def _assign_processes(self) -> None:
        while self._waiting and self._free:
            first = min(
                self._waiting,
                key=lambda one: (self._running[one.client], self._recent.recent(one.client)),
            )
            self._waiting.remove(first)
            if not first.place.done():
                self._running[first.client] += 1
                first.place.set_result(self._free.pop())

    def _release(self, process: _Process, client: str, begun: float, *, ended: bool) -> None:
        """Make a process available after its job, or replace it if it has ended."""
        self._running[client] -= 1
        self._running += Counter()  # removes clients without jobs
        self._recent.add(client, time.monotonic() - begun)
        if not ended:
            self._free.append(process)
        elif process in self._processes:
            self._processes.discard(process)
            process.executor.shutdown(wait=False)
            self.start()
        self._assign_processes()


def _start_method() -> str:
    """How to start processes: fork them from a server that has imported the program, if possible.

    The fork server listens on a socket in the folder for temporary files. If its path would exceed
    107 bytes (unix(7)), every process imports the program itself.
    """
    socket = os.fsencode(tempfile.gettempdir()) + b"/pymp-12345678/listener-12345678"
    return "forkserver" if len(socket) <= 107 else "spawn"


class _SharedFiles:
    """Writes shared objects to files, once each, and pickles jobs with references to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._paths: WeakKeyDictionary[Shared, Path] = WeakKeyDictionary()

    async def pack(self, job: object) -> bytes:
        """Pickle a job, with paths of files in place of shared objects."""
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
    """Write a file atomically."""
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

_state: dict[str, Any] = {}
"""State of a process: its pages and limits."""


def rendered(template: str, language: str, /, **values: object) -> str:
    """Render a template; only inside the processes."""
    return pages().render(template, language, **values)


def pages() -> Pages:
    """The templates; only inside the processes."""
    found: Pages = _state["pages"]
    return found


def _begin(base: str, paths: frozenset[str], limits: Limits, folders: tuple[str, ...]) -> None:
    """Initialise a process: end it with the service, deny network access, load the templates.

    `folders` are removed when the service has ended.
    """
    threading.Thread(target=_end_with_the_service, args=folders, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):  # the service handles these
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _end)
    sandbox.deny_core_dumps()
    sandbox.deny_network()
    os.nice(_NICER)
    made = Pages(base)
    made.serve(paths)
    _state.update(pages=made, limits=limits)
    sandbox.limit_memory(limits.memory)


def _end_with_the_service(*folders: str) -> None:
    """End this process when the service has ended for any reason, and remove its folders.

    The parent process of the kernel is the fork server, which lives as long as its children.
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
    with _time_limit(_state["limits"].seconds):
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
