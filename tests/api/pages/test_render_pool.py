"""The render pool: fair scheduling, limits, isolated failures."""

from __future__ import annotations

import asyncio
import gc
import gzip
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from meagraph.core.errors import (
    BadValue,
    Busy,
    NoSuchRange,
    QueryFailed,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    RequestError,
    TooManyRequests,
)
from meagraph_api.engine.current_release import Shared
from meagraph_api.http.rate_limit import RateLimiter
from meagraph_api.http.responses import encoded
from meagraph_api.pages import render_pool
from meagraph_api.pages.render_pool import Limits, RenderPool
from meagraph_api.pages.renderer import Pages
from tests.api.pages import jobs
from tests.api.served import PROC, watched
from tests.waiting import wait_until

T = TypeVar("T")

PATIENT = Limits(seconds=60, wait=60)


@dataclass
class Client:
    """A client that sends requests, and may disconnect."""

    address: str
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def request(self) -> Request:
        async def receive() -> Message:
            await self.left.wait()
            return {"type": "http.disconnect"}

        return Request({"type": "http", "client": (self.address, 1)}, receive)


@dataclass
class Job:
    """A running job that waits for the test."""

    task: asyncio.Task[int]
    process: int
    go: Path

    async def release(self) -> int:
        await asyncio.to_thread(self.go.write_text, "7")
        return await self.task


CALL = "__import__('runpy').run_path(file)[name](*args)"
"""Calls a function of a file outside the import path of the process."""


class Workshop:
    """A pool, and a folder for the files that block its jobs."""

    def __init__(self, pool: RenderPool, folder: Path) -> None:
        self.pool = pool
        self._folder = folder
        self._number = 0

    async def run(self, client: Client, job: Callable[..., T], *args: object) -> T:
        """Run a function of `jobs` for a client."""
        call = {"file": jobs.__file__, "name": job.__name__, "args": args}
        found: T = await self.pool.run(client.request, eval, CALL, call)
        return found

    async def block(self, client: Client, job: Callable[[Path, Path], int] = jobs.block) -> Job:
        """Start a blocked job of a client."""
        self._number += 1
        began = self._folder / f"began-{self._number}"
        go = self._folder / f"go-{self._number}"
        os.mkfifo(go)
        task = asyncio.create_task(self.run(client, job, began, go))
        while not (began.exists() and began.read_text()):
            assert not task.done(), task.exception()
            await asyncio.sleep(0.01)
        return Job(task, int(began.read_text()), go)


@asynccontextmanager
async def workshop(
    folder: Path, rate_limiter: RateLimiter | None = None, limits: Limits = PATIENT
) -> AsyncIterator[Workshop]:
    pool = RenderPool(Pages(), rate_limiter or RateLimiter(0, 0), limits)
    try:
        yield Workshop(pool, folder)
    finally:
        await pool.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    async def in_time() -> T:
        async with asyncio.timeout(120):
            return await work

    return asyncio.run(in_time())


def test_a_job_gives_what_its_function_gives(tmp_path: Path) -> None:
    async def work() -> None:
        async with workshop(tmp_path) as shop:
            request = Client("a").request
            body, gzipped = await shop.pool.run(request, encoded, True, str.upper, "plans" * 999)
            assert gzipped
            assert gzip.decompress(body) == b"PLANS" * 999
            problem = {"title": "Not found", "detail": "", "status": 404, "request_id": ""}
            page = await shop.pool.render(
                Client("a").request, "problem.html", "ru", problem=problem
            )
            assert '<html lang="ru">' in page

    run(work())


def test_a_job_is_charged_to_its_client_and_to_nobody_else(tmp_path: Path) -> None:
    async def work() -> None:
        a, b = Client("a"), Client("b")
        async with workshop(tmp_path, RateLimiter(queries=1, seconds=0)) as shop:
            job = await shop.block(a)
            with pytest.raises(TooManyRequests):
                await shop.pool.run(a.request, len, "")
            assert await shop.pool.run(b.request, len, "b") == 1
            assert await job.release() == 7
            assert await shop.pool.run(a.request, len, "a") == 1

    run(work())


def test_the_time_of_a_job_is_its_clients(tmp_path: Path) -> None:
    now = 0.0

    async def work() -> None:
        nonlocal now
        a = Client("a")
        async with workshop(tmp_path, RateLimiter(0, seconds=10, clock=lambda: now)) as shop:
            job = await shop.block(a)
            now = 20.0
            await job.release()
            with pytest.raises(TooManyRequests, match="20 seconds"):
                await shop.pool.run(a.request, len, "")

    run(work())


def test_who_has_the_fewest_jobs_goes_first(tmp_path: Path) -> None:
    async def work() -> None:
        heavy, light = Client("heavy"), Client("light")
        order = tmp_path / "order"
        async with workshop(tmp_path) as shop:
            first, second = await shop.block(heavy), await shop.block(heavy)
            more = [
                asyncio.create_task(shop.run(who, jobs.note, order, name))
                for who, name in ((heavy, "h"), (heavy, "h"), (light, "l"))
            ]
            while len(shop.pool._waiting) < len(more):
                await asyncio.sleep(0)
            await first.release()
            await asyncio.gather(*more)
            await second.release()
        assert order.read_text() == "lhh"

    run(work())


def test_a_process_that_is_killed_is_replaced_and_only_its_own_job_fails(tmp_path: Path) -> None:
    async def work() -> None:
        client = Client("a")
        async with workshop(tmp_path) as shop:
            first, second = await shop.block(client), await shop.block(client)
            os.kill(first.process, signal.SIGKILL)
            with pytest.raises(QueryFailed):
                await first.task
            assert await second.release() == 7
            both = [await shop.block(client), await shop.block(client)]
            assert len({job.process for job in both} - {first.process}) == 2
            assert [await job.release() for job in both] == [7, 7]

    run(work())


def test_a_process_that_is_killed_while_it_has_nothing_to_do_fails_no_job(tmp_path: Path) -> None:
    async def work() -> None:
        client = Client("a")
        async with workshop(tmp_path) as shop:
            both = [await shop.block(client), await shop.block(client)]
            for job in both:
                await job.release()
                os.kill(job.process, signal.SIGKILL)
            wait_until(lambda: not any(alive(job.process) for job in both))
            assert await shop.pool.run(client.request, len, "abc") == 3

    run(work())


def test_a_job_has_so_much_time(tmp_path: Path) -> None:
    async def work() -> None:
        client = Client("a")
        async with workshop(tmp_path, limits=Limits(seconds=0.5, wait=60)) as shop:
            job = await shop.block(client)
            with pytest.raises(QueryTimeout, match=r"longer than 0\.5 s"):
                await job.task
            assert alive(job.process)
            assert await shop.pool.run(client.request, len, "abc") == 3

    run(work())


def test_a_job_that_does_not_notice_its_limit_ends_with_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render_pool, "_PATIENCE", 0.1)

    async def work() -> None:
        client = Client("a")
        async with workshop(tmp_path, limits=Limits(seconds=0.5, wait=60)) as shop:
            job = await shop.block(client, jobs.block_without_alarm)
            with pytest.raises(QueryFailed):
                await job.task
            wait_until(lambda: not alive(job.process))
            assert await shop.pool.run(client.request, len, "abc") == 3

    run(work())


def test_a_job_has_so_much_memory(tmp_path: Path) -> None:
    async def work() -> None:
        client = Client("a")
        limits = Limits(seconds=60, memory=100_000_000, wait=60)
        async with workshop(tmp_path, limits=limits) as shop:
            with pytest.raises(QueryTooLarge, match="100,000,000 bytes"):
                await shop.run(client, jobs.fill, 200_000_000)
            assert await shop.run(client, jobs.fill, 1_000) == 1_000

    run(work())


def test_a_client_that_leaves_frees_its_process_when_its_job_has_ended(tmp_path: Path) -> None:
    async def work() -> None:
        leaving, staying = Client("leaving"), Client("staying")
        async with workshop(tmp_path, limits=Limits(seconds=60, wait=0.2)) as shop:
            # Start the pool first, since the waiting time is short.
            shop.pool.start()
            while len(shop.pool._processes) < 2:
                await asyncio.sleep(0.01)
            both = [await shop.block(leaving), await shop.block(leaving)]
            leaving.left.set()
            for job in both:
                with pytest.raises(ClientDisconnect):
                    await job.task
            with pytest.raises(Busy, match=r"within 0\.2 s"):
                await shop.pool.run(staying.request, len, "abc")
            for job in both:
                await asyncio.to_thread(job.go.write_text, "7")
            while len(shop.pool._free) < 2:
                await asyncio.sleep(0.01)
            assert await shop.pool.run(staying.request, len, "abc") == 3

    run(work())


def test_what_is_shared_is_sent_once_and_gone_with_its_last_reader(tmp_path: Path) -> None:
    async def work() -> None:
        client = Client("a")
        async with workshop(tmp_path) as shop:
            shared = Shared(b"x" * 1_000_000)
            packed = await shop.pool._shared.pack((jobs.length, shared))
            assert len(packed) < 1_000
            folder = Path(shop.pool._folder.name)
            (file,) = folder.iterdir()
            before = file.stat().st_mtime_ns
            both = [await shop.block(client), await shop.block(client)]  # use both processes
            for job in both:
                assert await job.release() == 7
                assert await shop.run(client, jobs.length, shared) == 1_000_000
            assert [path.stat().st_mtime_ns for path in folder.iterdir()] == [before]
            del shared
            gc.collect()
            assert list(folder.iterdir()) == []

    run(work())


MADE: dict[type[RequestError], RequestError] = {
    QuerySyntaxError: QuerySyntaxError("wrong", 3, 4),
    NoSuchRange: NoSuchRange("none", 5),
    TooManyRequests: TooManyRequests("wait", 7),
}


def every_error(kind: type[RequestError] = RequestError) -> Iterator[type[RequestError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from every_error(narrower)


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
def test_an_error_survives_the_way_back(kind: type[RequestError]) -> None:
    error = MADE.get(kind) or kind("what is wrong")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert str(back) == str(error)
    assert vars(back) == vars(error)


def test_the_error_of_a_job_is_the_callers(tmp_path: Path) -> None:
    async def work() -> None:
        async with workshop(tmp_path) as shop:
            with pytest.raises(TooManyRequests, match="wait") as raised:
                await shop.run(Client("a"), jobs.fail, MADE[TooManyRequests])
            assert raised.value.retry_after == 7
            with pytest.raises(BadValue):
                await shop.run(Client("a"), jobs.fail, BadValue("no"))

    run(work())


SERVICE = """
import asyncio
from meagraph_api.http.rate_limit import Fairness
from meagraph_api.pages.renderer import Pages
from meagraph_api.pages.render_pool import Limits, RenderPool

async def main():
    pool = RenderPool(Pages(), Fairness(0, 0), Limits())
    pool.start()
    while len(pool._processes) < 2:
        await asyncio.sleep(0.01)
    print(*(process.process.pid for process in pool._processes), flush=True)
    await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_processes_end_with_the_service_that_is_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE], stdout=subprocess.PIPE, env=environment
    ) as service:
        assert service.stdout is not None
        both = [int(number) for number in service.stdout.readline().split()]
        assert len(both) == 2
        service.kill()
    wait_until(lambda: not any(map(alive, both)))


def alive(process: int) -> bool:
    """Whether a process runs; zombies do not."""
    try:
        state = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize("length", [20, 200])
def test_pages_are_made_however_long_the_name_of_the_folder_for_temporary_files(
    tmp_path: Path, small_releases: Path, length: int
) -> None:
    """The path of a socket of multiprocessing has at most 107 bytes."""
    folder = tmp_path / ("x" * length)
    with watched(folder, small_releases) as server, server.client() as client:
        assert client.get("/queries", headers={"accept": "text/html"}).status_code == 200
        assert "ERROR" not in server.service.log()
