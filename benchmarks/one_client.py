"""Benchmark `ASK {}` of one client while another attacks each kind of route in turn.

The attacker (`benchmarks/attacks.py`) keeps 8 connections busy from its own IP address, in a
separate process of low priority. Every attack has another IP address, so none is refused for the
usage of the one before. `ASK {}` is sent from another address every 20 ms, each time with another
comment to bypass the cache. It is measured alone before and after each attack, and the ratio is to
those times. Meanwhile a third client requests `/healthz`, `/readyz` and `/metrics`, each time over
a new connection.

The goal: a median of at most 3 times that of the idle service, a 99th percentile of at most 50 ms,
and no missing response to the third client.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import multiprocessing
import os
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path

import click

from benchmarks.attacks import Attack, attacks
from benchmarks.clients import Connection
from benchmarks.load_generator import Load, begin, run
from benchmarks.servers import Server, ours
from meagraph.cli.terminal import table
from meagraph_loaders import pipeline

MOST_TIMES = 3.0
"""The maximum median, as a multiple of the idle one."""
MOST_SECONDS = 0.05
"""The maximum 99th percentile, in seconds."""
HEALTH = ("/healthz", "/readyz", "/metrics")

_EVERY = 0.02
"""Seconds between two queries."""
_HEALTH_EVERY = 0.25
_PATIENCE = 10.0
"""The timeout of a response, in seconds."""
_BEGUN = 0.3
"""Seconds of an attack before the measurement."""
_THINGS = 400
"""Number of pages of things that an attack requests."""
_CLIENT, _MONITOR = "127.0.0.2", "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Measured:
    """The times of both clients during one attack."""

    attack: Attack
    idle: list[float]
    times: list[float]
    health: list[float]
    """The time of each response to the third client, in seconds."""
    unanswered: int
    load: Load
    machine: float
    """The load average of the machine."""

    @property
    def ratio(self) -> float:
        """The median divided by that of the idle service."""
        return statistics.median(self.times) / statistics.median(self.idle)

    @property
    def is_met(self) -> bool:
        """Whether the goal is met."""
        met = self.ratio <= MOST_TIMES and percentile_99(self.times) <= MOST_SECONDS
        return met and not self.unanswered


@click.command()
@click.option("--seconds", default=3.0, show_default=True, help="Seconds per attack.")
@click.option("--idle", default=1.0, show_default=True, help="Seconds measured alone in between.")
@click.option("--only", default="", help="Attacks whose names match this regular expression.")
@click.option("--again", default=1, show_default=True, help="Repetitions of failed attacks.")
@click.option("--releases", type=click.Path(path_type=Path), help="Releases; by default built.")
def main(seconds: float, idle: float, only: str, again: int, releases: Path | None) -> None:
    """Benchmark one client beside a hostile one."""
    with tempfile.TemporaryDirectory() as folder:
        if releases is None:
            releases = Path(folder, "releases")
            click.echo("build …", err=True)
            pipeline.build(releases)
        gc.freeze()  # a pause of this process would be measured as one of the service
        context = multiprocessing.get_context("spawn")
        with (
            ours(releases, client_queries=10, client_seconds=300) as server,
            ProcessPoolExecutor(1, context, initializer=begin) as generator,
        ):
            chosen = [one for one in prepared(server, releases) if re.search(only, one.name)]
            asyncio.run(measure_all(server, generator, chosen, seconds, idle, again))


def prepared(server: Server, releases: Path) -> list[Attack]:
    """The attacks on the queries and things of a server."""
    queries = [entry["name"] for entry in json.loads(content(server, "/queries?format=json"))]
    release = releases / (releases / "current").read_text(encoding="utf-8").strip()
    dump = max((release / "dumps").iterdir(), key=lambda file: file.stat().st_size)
    listed = content(server, "/sitemap.xml").decode()
    things = re.findall(r"<loc>[^<]*?(/page/[^<]*)</loc>", listed)[:_THINGS]
    return list(attacks(queries, things, f"/dumps/{dump.name}"))


def content(server: Server, path: str) -> bytes:
    """The content of a path."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path}: unexpected status {answer.status}")
    return gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body


async def measure_all(
    server: Server,
    generator: Executor,
    chosen: Sequence[Attack],
    seconds: float,
    idle: float,
    again: int,
) -> None:
    """Measure and print one attack after another; then repeat those that failed."""
    sources = (f"127.0.{1 + number // 250}.{1 + number % 250}" for number in count())
    failed = chosen
    for turn in range(1 + again):
        click.echo(f"\n{'again' if turn else 'first'}\n\n{table([HEAD])}")
        still = []
        for attack in failed:
            measured = await measure(server, generator, attack, next(sources), seconds, idle)
            click.echo("  ".join(shown(measured)))
            if not measured.is_met:
                still.append(attack)
        failed = still
    click.echo(f"\nThe goal is missed with {len(failed)} of {len(chosen)} attacks.")


async def measure(
    server: Server,
    generator: Executor,
    attack: Attack,
    source: str,
    seconds: float,
    idle: float,
) -> Measured:
    """Measure during one attack."""
    loop = asyncio.get_running_loop()
    alone = await beat(server, idle)
    running = loop.run_in_executor(generator, run, attack, server.port, source, seconds + _BEGUN)
    await asyncio.sleep(_BEGUN)
    times, (health, unanswered) = await asyncio.gather(
        beat(server, seconds), health_of(server, seconds)
    )
    load = await running
    machine = os.getloadavg()[0]
    await asyncio.sleep(_BEGUN)
    alone += await beat(server, idle)
    return Measured(attack, alone, times, health, unanswered, load, machine)


async def beat(server: Server, seconds: float) -> list[float]:
    """Send a small query again and again; return the time of each response."""
    connection = Connection(server.port, server.path, _CLIENT)
    end = time.perf_counter() + seconds
    taken: list[float] = []
    while time.perf_counter() < end:
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE):
                reply = await connection.ask(f"ASK {{}} # {time.time_ns()}")
            if reply.status != 200:
                raise SystemExit(f"ASK {{}}: unexpected response {reply}")
        except (OSError, EOFError, TimeoutError):
            connection.close()
        taken.append(time.perf_counter() - begun)
        await asyncio.sleep(_EVERY)
    connection.close()
    return taken


async def health_of(server: Server, seconds: float) -> tuple[list[float], int]:
    """Request the health of the service; return the times, and the number of failed requests."""
    end = time.perf_counter() + seconds
    taken: list[float] = []
    unanswered = 0
    while time.perf_counter() < end:
        for path in HEALTH:
            connection = Connection(server.port, path, _MONITOR)
            request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            try:
                async with asyncio.timeout(_PATIENCE):
                    reply = await connection.exchange(request)
                taken.append(reply.seconds)
                unanswered += reply.status != 200
            except (OSError, EOFError, TimeoutError):
                unanswered += 1
            finally:
                connection.close()
        await asyncio.sleep(_HEALTH_EVERY)
    return taken, unanswered


def percentile_99(times: Sequence[float]) -> float:
    """The 99th percentile."""
    return sorted(times)[int(0.99 * len(times))]


_WIDTHS = (34, 8, 26, 9, 6, 9, 9, 13, 5)
HEAD = tuple(
    f"{title:<{width}}"
    for title, width in zip(
        (
            "attack", "rate/s", "answers", "median", "/ idle", "99 %", "idle 99 %",
            "health", "load",
        ),
        _WIDTHS,
        strict=True,
    )
)  # fmt: skip


def shown(measured: Measured) -> Sequence[str]:
    """A line of the table."""
    load = measured.load
    answers = " ".join(f"{status}:{number}" for status, number in sorted(load.statuses.items()))
    if load.broken:
        answers += f" closed:{load.broken}"
    health = len(measured.health)
    cells = (
        measured.attack.name,
        f"{load.rate:.0f}",
        answers,
        milliseconds(statistics.median(measured.times)),
        f"{measured.ratio:.2f}",
        milliseconds(percentile_99(measured.times)),
        milliseconds(percentile_99(measured.idle)),
        f"{health}/{health + measured.unanswered} {max(measured.health, default=0) * 1000:.0f} ms",
        f"{measured.machine:.1f}",
        "" if measured.is_met else "over",
    )
    return [f"{cell:<{width}}" for cell, width in zip(cells, (*_WIDTHS, 0), strict=True)]


def milliseconds(seconds: float) -> str:
    """A time in milliseconds."""
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
