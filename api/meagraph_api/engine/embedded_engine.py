"""The embedded engine: Oxigraph in worker processes over the store of a release.

pyoxigraph can neither cancel a query nor limit its memory, and a query can crash its process. So
each query runs in a process of its own, which is killed if it exceeds a limit, and replaced within
milliseconds without affecting other queries. A long-running query continues in the slow lane with
the lowest priority, while a new process takes its place in the fast lane.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from meagraph.core import files, releases
from meagraph.core.errors import (
    BY_CODE,
    Busy,
    MachineFailed,
    QueryFailed,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    ReleaseError,
    RequestError,
)
from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph.core.results.terms import JSON, Table, table
from meagraph_api.engine import frames
from meagraph_api.engine.protocol import Dataset, Release, State
from meagraph_api.engine.scheduler import MEMORY, Scheduler
from meagraph_api.engine.worker_processes import ForkServer, Worker, WorkerLost

_log = logging.getLogger("uvicorn.error")

_GROWTH = {True: 64 * 1024 * 1024, False: 256 * 1024 * 1024}
"""Bytes by which a worker may grow before it is replaced, by whether the release is in memory: a
store on disk caches what it has read."""

_EXIT_WAIT = 1.0
"""Seconds to wait for the exit code of a process."""

_COUNT = 3600.0
"""Timeout in seconds for counting the triples of a release before it is served."""
_GRAPHS = "SELECT ?graph (COUNT(*) AS ?n) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_DEFAULT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of an engine and of each query."""

    deadline: float = 30.0
    """Maximum duration of a query in seconds."""
    memory: int = 1024 * 1024 * 1024
    """Maximum memory of a query in bytes."""
    result_bytes: int = 256 * 1024 * 1024
    """Maximum length of a result in bytes."""
    workers: int = 4
    """Worker processes in the fast lane."""
    slow_after: float = 1.0
    """Seconds after which a query moves to the slow lane."""
    slow_workers: int = 2
    """Concurrent queries in the slow lane."""
    wait: float = 5.0
    """Seconds that a query waits for a free worker."""
    memory_triples: int = 100_000
    """Releases with fewer triples are loaded into memory, if they have an image."""


class EmbeddedEngine:
    """Oxigraph in worker processes; see `meagraph_api.engine.protocol.Engine`."""

    def __init__(self, release: Release, limits: Limits) -> None:
        self.release = release
        self._limits = limits
        self._in_memory = _fits_in_memory(release.manifest, limits)
        self._server: ForkServer | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._scheduler = Scheduler(
            self._make_worker,
            fast=limits.workers,
            slow=limits.slow_workers,
            wait=limits.wait,
            growth=_GROWTH[self._in_memory],
        )

    @classmethod
    async def open(cls, folder: Path, limits: Limits) -> EmbeddedEngine:
        """Open the release in a folder read-only, and start all workers.

        Raises ReleaseError if its files, or their numbers of triples, do not match its manifest.
        """
        manifest = await asyncio.to_thread(releases.check, folder)
        stored = any(name.startswith(releases.STORE) for name in manifest["files"])
        if not stored and not _fits_in_memory(manifest, limits):
            raise ReleaseError(f"{folder}: its manifest lists no store. Rebuild it: meagraph build")
        engine = cls(Release(folder.name, folder, manifest), limits)
        try:
            await engine._scheduler.fill()
            await engine._check_counts()
        except (OSError, RequestError) as error:
            await engine.close()
            raise _cannot_open(folder, error) from None
        except BaseException:
            await engine.close()
            raise
        return engine

    @property
    def state(self) -> State:
        """The state of its processes."""
        workers = self._scheduler.workers
        alive = self._server is not None and self._server.alive
        return State(
            alive and workers["idle"] + workers["busy"] > 0, workers, self._scheduler.ended
        )

    async def query(
        self,
        text: str,
        accepted: AcceptedFormats,
        dataset: Dataset | None = None,
        seconds: float | None = None,
        client: str = "",
        *,
        keys_first: bool = False,
    ) -> QueryResult:
        """The complete result of one query; see `meagraph_api.engine.protocol.Engine`."""
        if self._closed:
            raise RuntimeError("the engine is closed")
        limit = min(seconds or self._limits.deadline, self._limits.deadline)
        return await self._answer(text, accepted, dataset, limit, client, keys_first=keys_first)

    async def _answer(
        self,
        text: str,
        accepted: AcceptedFormats,
        dataset: Dataset | None,
        seconds: float,
        client: str,
        *,
        keys_first: bool = False,
    ) -> QueryResult:
        query = text.encode()
        worker = await self._scheduler.take(client)
        options = {
            "length": len(query),
            "results": accepted.results,
            "graph": accepted.graph,
            "gzip": accepted.gzip,
            "other_results": accepted.other_results,
            "other_graphs": accepted.other_graphs,
            "default_graphs": None if dataset is None else dataset.default_graphs,
            "named_graphs": None if dataset is None else dataset.named_graphs,
            "spool": str(worker.spool),
            "most": self._limits.result_bytes,
            "keys_first": keys_first,
        }
        header, body = await self._run(worker, options, query, seconds)
        if "error" in header:
            raise self._error(header)
        return QueryResult(
            media_type=header["media_type"],
            content=body if header["size"] == len(body) else header["file"],
            length=header["size"],
            gzipped=header["gzipped"],
            rows=header["rows"],
            lasting=not header["blank"] and not header["volatile"],
            notes=tuple(header["notes"]),
        )

    async def close(self) -> None:
        """End all processes."""
        self._closed = True
        self._scheduler.close()
        async with self._starting:
            if self._server is not None:
                await self._server.close()

    async def _check_counts(self) -> None:
        """Raise ReleaseError if the numbers of triples differ from those in the manifest."""
        graphs = {
            graph.value: int(number.value)
            for graph, number in (await self._rows(_GRAPHS)).rows
            if graph and number and graph.kind == "uri"
        }
        ((default,),) = (await self._rows(_DEFAULT)).rows
        total = int(default.value) if default else 0
        if differing := releases.differing_counts(self.release.manifest, graphs, total):
            raise ReleaseError(
                f"{self.release.folder}: {differing}. Rebuild the release: meagraph build"
            )

    async def _rows(self, text: str) -> Table:
        return table((await self._answer(text, AcceptedFormats(JSON, None), None, _COUNT, "")).body)

    async def _run(
        self, worker: Worker, options: frames.Header, query: bytes, seconds: float
    ) -> tuple[frames.Header, bytes]:
        """The reply of a worker, which is returned or replaced in any case."""
        reply = worker.send_query(options, query)
        timers = _Timers(self._scheduler, worker, reply, self._limits.slow_after, seconds)
        answered = False
        try:
            header, body = await reply
            if header.get("size", 0) != len(body):
                # Opened and unlinked before the worker can write its next result.
                header["file"] = worker.spool.open("rb")
                worker.spool.unlink()
            answered = True
            return header, body
        except WorkerLost:
            await self._raise_lost(worker)
        finally:
            timers.cancel()
            if answered:
                self._scheduler.give_back(worker)
            else:
                self._scheduler.retire(worker, timers.reason)

    async def _raise_lost(self, worker: Worker) -> NoReturn:
        """Raise the error for a worker that ended before it replied."""
        try:
            status = await asyncio.wait_for(asyncio.shield(worker.ended), _EXIT_WAIT)
        except TimeoutError:
            status = 0
        if status == MEMORY:
            raise self._too_large()
        _log.error("a worker process ended with status %d while it ran a query", status)
        raise QueryFailed("The process that ran this query ended unexpectedly.")

    def _error(self, header: frames.Header) -> RequestError:
        """The error in a worker's reply."""
        kind = BY_CODE[header["error"]]
        if kind is QueryTooLarge:
            return self._too_large()
        if kind is MachineFailed:
            _log.error("%s", header["reason"])
            return MachineFailed(header["reason"])
        if kind is QuerySyntaxError:
            return QuerySyntaxError(header["message"], header.get("line"), header.get("column"))
        return kind(header["message"])

    def _too_large(self) -> QueryTooLarge:
        return QueryTooLarge(
            f"The query needs more than {self._limits.memory:,} bytes of memory. Sort and group "
            "fewer rows, and begin with the most selective patterns."
        )

    async def _make_worker(self) -> Worker:
        """Start a worker by the fork server, which is restarted if it has ended.

        Raises OSError if that fails.
        """
        async with self._starting:
            if self._closed:
                raise OSError("the engine is closed")
            if self._server is None or not self._server.alive:
                await self._start()
            server = self._server
        assert server is not None  # noqa: S101 - started above
        return await server.make_worker()

    async def _start(self) -> None:
        if self._server is not None:
            _log.error("the fork server has ended; it is restarted")
            await self._server.close()
            await asyncio.to_thread(releases.check, self.release.folder)
        server = ForkServer(
            self.release.folder, in_memory=self._in_memory, memory=self._limits.memory
        )
        self._server = server
        await server.ready()
        if server.network == "nothing":
            _log.warning(
                "this system cannot block the network for queries; SERVICE is only rejected by "
                "checking the query text"
            )


class _Timers:
    """Moves a long-running query to the slow lane, and cancels it at its deadline."""

    def __init__(
        self,
        scheduler: Scheduler,
        worker: Worker,
        reply: asyncio.Future[tuple[frames.Header, bytes]],
        slow_after: float,
        seconds: float,
    ) -> None:
        self.reason = "gone"
        """Why the worker is killed if it has not replied: the caller was cancelled, unless a timer
        sets another reason."""
        self._scheduler, self._worker, self._reply = scheduler, worker, reply
        loop = asyncio.get_running_loop()
        self._timers = [loop.call_later(seconds, self._end, seconds)]
        if slow_after < seconds:
            self._timers.append(loop.call_later(slow_after, self._slow_down))

    def cancel(self) -> None:
        """Cancel all timers."""
        for timer in self._timers:
            timer.cancel()

    def _slow_down(self) -> None:
        try:
            self._scheduler.slow_down(self._worker)
        except Busy as error:
            self._fail("busy", error)

    def _end(self, seconds: float) -> None:
        self._fail(
            "timeout",
            QueryTimeout(
                f"The query took longer than {seconds:g} s. Name the graph or the class, use more "
                "selective patterns, or add a LIMIT."
            ),
        )

    def _fail(self, reason: str, error: RequestError) -> None:
        if not self._reply.done():
            self.reason = reason
            self._reply.set_exception(error)


def _fits_in_memory(manifest: Mapping[str, Any], limits: Limits) -> bool:
    """Whether a release is loaded into memory: if it is small and has an image."""
    return manifest["triples"] < limits.memory_triples and files.IMAGE in manifest["files"]


def _cannot_open(folder: Path, error: Exception) -> ReleaseError:
    return ReleaseError(
        f"{folder}: the release cannot be opened: {error}. Rebuild it: meagraph build"
    )
