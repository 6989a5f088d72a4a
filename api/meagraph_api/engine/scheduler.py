"""Schedule queries on fast and slow workers.

A query starts in the fast lane, which has a fixed number of workers. A long-running query moves to
the slow lane with its worker, which is replaced by a new one. The last free worker is reserved for
clients with no running query and little recent usage, so that short queries need not wait for
clients that always run long ones.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from meagraph.core.errors import Busy, MeagraphError
from meagraph_api.engine.worker_processes import Worker

_HEAVY = 0.5
"""Recent usage (s) above which a client is deprioritised."""
_DECAY = 0.1
"""Decay of recent usage, in seconds per second."""
_LONGEST_USAGE = 5.0
"""Maximum recent usage (s): after a minute without queries no client is deprioritised."""
_MANY_CLIENTS = 1000
"""Number of clients above which those without recent usage are removed."""


class ClientUsage:
    """Recent fast-lane time of clients, which decays linearly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._recent: dict[str, tuple[float, float]] = {}
        """Seconds of usage, and when they were computed."""

    def add(self, client: str, seconds: float) -> None:
        """Add seconds to the usage of a client."""
        recent = min(self.recent(client) + seconds, _LONGEST_USAGE)
        self._recent[client] = recent, self._clock()
        if len(self._recent) > _MANY_CLIENTS:
            self._recent = {who: kept for who, kept in self._recent.items() if self.recent(who) > 0}

    def recent(self, client: str) -> float:
        """The recent usage of a client in seconds.

        >>> usage = ClientUsage(clock=iter((0, 0, 5, 100)).__next__)
        >>> usage.add("a", 2)
        >>> usage.recent("a"), usage.recent("a")
        (1.5, 0.0)
        """
        seconds, at = self._recent.get(client, (0.0, 0.0))
        return max(0.0, seconds - (self._clock() - at) * _DECAY)

    def is_heavy(self, client: str) -> bool:
        """Whether a client is to be deprioritised."""
        return self.recent(client) > _HEAVY


_log = logging.getLogger("uvicorn.error")

_PROCESSORS = os.cpu_count() or 1
_PAUSE = 1.0
"""Seconds before the next attempt if a worker cannot be started."""

_MOST_ANSWERS = 10_000
"""Number of queries after which a worker is replaced, in case of small memory leaks."""


@dataclass(frozen=True, slots=True)
class _RunningQuery:
    client: str
    started: float


@dataclass(frozen=True, slots=True)
class _Waiting:
    client: str
    place: asyncio.Future[Worker]


class Scheduler:
    """Keeps `fast` workers in the fast lane, and at most `slow` in the slow lane."""

    def __init__(
        self,
        make: Callable[[], Awaitable[Worker]],
        *,
        fast: int,
        slow: int,
        wait: float,
        growth: int,
    ) -> None:
        self.ended: Counter[str] = Counter()
        """Ended workers by reason."""
        self._make = make
        self._fast_places, self._slow_places, self._wait, self._growth = fast, slow, wait, growth
        self._idle: list[Worker] = []
        self._busy: dict[Worker, _RunningQuery] = {}
        self._slow: dict[Worker, str] = {}
        self._waiting: list[_Waiting] = []
        self._usage = ClientUsage()
        self._making: set[asyncio.Task[None]] = set()
        self._open = True

    @property
    def workers(self) -> dict[str, int]:
        """The number of workers by state."""
        return {"idle": len(self._idle), "busy": len(self._busy), "slow": len(self._slow)}

    async def fill(self) -> None:
        """Start the workers of the fast lane. Raises OSError if they cannot be started."""
        for _ in range(self._fast_places):
            self._add(await self._make())

    async def take(self, client: str) -> Worker:
        """A worker of the fast lane. Raises Busy if none becomes free in time."""
        if self._idle and not self._waiting and self._may_start(client):
            return self._start(client)
        waiting = _Waiting(client, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._serve_waiting()
        try:
            async with asyncio.timeout(self._wait):
                return await waiting.place
        except BaseException as error:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            elif not waiting.place.cancelled():  # it was assigned while its client disconnected
                self.give_back(waiting.place.result())
            if isinstance(error, TimeoutError):
                raise Busy(
                    f"No worker was free for this query within {self._wait:g} s. Try again soon."
                ) from None
            raise

    def slow_down(self, worker: Worker) -> None:
        """Move a worker to the slow lane. Raises Busy if that is full."""
        if len(self._slow) >= self._slow_places:
            raise Busy(
                f"This query takes long, and the maximum of {self._slow_places} long queries is "
                "running. Try again later, or request less."
            )
        self._slow[worker] = self._end_query(worker) or ""
        worker.slow_down()
        self._refill()

    def give_back(self, worker: Worker) -> None:
        """Return a worker that has finished its query."""
        if worker in self._slow:  # its niceness cannot be lowered again
            self.retire(worker, "slow")
        elif worker.grown > self._growth or worker.answers >= _MOST_ANSWERS:
            self.retire(worker, "recycled")
        elif self._end_query(worker) is not None:
            self._idle.append(worker)
            self._serve_waiting()

    def retire(self, worker: Worker, reason: str) -> None:
        """End a worker and replace it."""
        worker.kill(reason)
        self._forget(worker)

    def close(self) -> None:
        """Start no further workers."""
        self._open = False
        for task in self._making:
            task.cancel()

    def _add(self, worker: Worker) -> None:
        worker.ended.add_done_callback(lambda status: self._note_end(worker, status.result()))
        self._idle.append(worker)
        self._serve_waiting()

    def _note_end(self, worker: Worker, status: int) -> None:
        self.ended[worker.reason or ("memory" if status == MEMORY else "crashed")] += 1
        self._forget(worker)

    def _forget(self, worker: Worker) -> None:
        if worker in self._idle:
            self._idle.remove(worker)
        self._end_query(worker)
        self._slow.pop(worker, None)
        self._refill()

    def _refill(self) -> None:
        """Start the workers that the fast lane lacks."""
        there = len(self._idle) + len(self._busy) + len(self._making)
        for _ in range(self._fast_places - there if self._open else 0):
            task = asyncio.create_task(self._make_one())
            self._making.add(task)
            task.add_done_callback(self._made)

    async def _make_one(self) -> None:
        try:
            worker = await self._make()
        except (OSError, MeagraphError) as error:
            _log.error("a worker process cannot be started: %s", error)
            await asyncio.sleep(_PAUSE)
            return
        except Exception:
            _log.exception("a worker process cannot be started")
            await asyncio.sleep(_PAUSE)
            return
        self._add(worker)

    def _made(self, task: asyncio.Task[None]) -> None:
        self._making.discard(task)
        if not task.cancelled():
            self._refill()

    def _start(self, client: str) -> Worker:
        worker = self._idle.pop()
        self._busy[worker] = _RunningQuery(client, time.monotonic())
        return worker

    def _end_query(self, worker: Worker) -> str | None:
        """The client whose query a worker of the fast lane ran; None if it ran none."""
        query = self._busy.pop(worker, None)
        if query is None:
            return None
        self._usage.add(query.client, time.monotonic() - query.started)
        return query.client

    def _may_start(self, client: str) -> bool:
        """Whether a client may use an idle worker.

        The last one is reserved for clients with no running query and little recent usage. For the
        service itself, whose name is empty, usage does not count; but since one client can cause
        many of its queries, it too gets the last worker only if it runs no query. A client with
        heavy usage gets no more workers than processors: more would only slow down others.
        """
        holds = sum(query.client == client for query in self._busy.values())
        if client and holds >= _PROCESSORS and self._usage.is_heavy(client):
            return False
        if len(self._idle) > 1 or self._fast_places == 1:
            return True
        return not holds and (not client or not self._usage.is_heavy(client))

    def _is_ready(self, waiting: _Waiting) -> bool:
        return not waiting.place.done() and self._may_start(waiting.client)

    def _serve_waiting(self) -> None:
        """Assign idle workers: first to clients with the fewest running queries and least usage."""
        while self._idle and (ready := [one for one in self._waiting if self._is_ready(one)]):
            running = Counter(
                [*(query.client for query in self._busy.values()), *self._slow.values()]
            )
            first = min(
                ready, key=lambda one: (running[one.client], self._usage.recent(one.client))
            )
            self._waiting.remove(first)
            first.place.set_result(self._start(first.client))


MEMORY = -6
"""Exit code of a worker that ran out of memory: the engine aborts it with SIGABRT."""
