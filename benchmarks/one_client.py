"""Measures `ASK {}` of one client while another one attacks each kind of route in turn.

The attacker (`benchmarks/attacks.py`) keeps 8 connections busy from an address of its own, in a
process of its own, which is niced. Every attack comes from another address, so that none is refused
for what the one before it took. `ASK {}` is sent from another address every 20 ms, each time with
another remark, so that no cache answers. It is measured alone before and after each attack, and the
ratio is to those times. Meanwhile a third client asks for `/healthz`, `/readyz` and `/metrics`,
each time over a new connection.

The aim: a median of at most 3 times that of the idle service, a 99th percentile of at most 50 ms,
and every answer of the third client there.
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
"""The most that the median may be, as a multiple of the idle one."""
MOST_SECONDS = 0.05
"""The most that the 99th percentile may be, in seconds."""
HEALTH = ("/healthz", "/readyz", "/metrics")

_EVERY = 0.02
"""Seconds between two queries."""
_HEALTH_EVERY = 0.25
_PATIENCE = 10.0
"""Seconds after which an answer is given up."""
_BEGUN = 0.3
"""Seconds for which an attack runs before anything is measured."""
_THINGS = 400
"""Pages of things that an attack goes through."""
_CLIENT, _MONITOR = "127.0.0.2", "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Measured:
    """How both clients fared beside one attack."""

    attack: Attack
    idle: list[float]
    times: list[float]
    health: list[float]
    """Seconds of each answer about the service's health."""
    unanswered: int
    load: Load
    machine: float
    """The load average of the machine."""

    @property
    def ratio(self) -> float:
        """The median beside that of the idle service."""
        return statistics.median(self.times) / statistics.median(self.idle)

    @property
    def is_met(self) -> bool:
        """Whether the aim is met."""
        met = self.ratio <= MOST_TIMES and percentile_99(self.times) <= MOST_SECONDS
        return met and not self.unanswered


@click.command()
@click.option("--seconds", default=3.0, show_default=True, help="How long each attack lasts.")
@click.option("--idle", default=1.0, show_default=True, help="Seconds measured alone in between.")
@click.option("--only", default="", help="Attacks whose names match this regular expression.")
@click.option("--again", default=1, show_default=True, help="Times that what fails is repeated.")
@click.option("--releases", type=click.Path(path_type=Path), help="Releases; built if not given.")
def main(seconds: float, idle: float, only: str, again: int, releases: Path | None) -> None:
    """Measure one client beside a hostile one."""
    with tempfile.TemporaryDirectory() as folder:
        if releases is None:
            releases = Path(folder, "releases")
            click.echo("build …", err=True)
            pipeline.build(releases)
        gc.freeze()  # else a pause of the measuring process counts as one of the service
        context = multiprocessing.get_context("spawn")
        with (
            ours(releases, client_queries=10, client_seconds=300) as server,
            ProcessPoolExecutor(1, context, initializer=begin) as generator,
        ):
            chosen = [one for one in prepared(server, releases) if re.search(only, one.name)]
            asyncio.run(measure_all(server, generator, chosen, seconds, idle, again))


def prepared(server: Server, releases: Path) -> list[Attack]:
    """The attacks on what a server has."""
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
        raise SystemExit(f"{path} is answered with {answer.status}")
    return gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body


async def measure_all(
    server: Server,
    generator: Executor,
    chosen: Sequence[Attack],
    seconds: float,
    idle: float,
    again: int,
) -> None:
    """Measure one attack after another, and print each; then again those that failed."""
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
    click.echo(f"\nthe aim is missed beside {len(failed)} of {len(chosen)} attacks")


async def measure(
    server: Server,
    generator: Executor,
    attack: Attack,
    source: str,
    seconds: float,
    idle: float,
) -> Measured:
    """Measure beside one attack."""
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
    """Send a small query again and again; how long each answer took."""
    connection = Connection(server.port, server.path, _CLIENT)
    end = time.perf_counter() + seconds
    taken: list[float] = []
    while time.perf_counter() < end:
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE):
                reply = await connection.ask(f"ASK {{}} # {time.time_ns()}")
            if reply.status != 200:
                raise SystemExit(f"ASK {{}} was answered with {reply}")
        except (OSError, EOFError, TimeoutError):
            connection.close()
        taken.append(time.perf_counter() - begun)
        await asyncio.sleep(_EVERY)
    connection.close()
    return taken


async def health_of(server: Server, seconds: float) -> tuple[list[float], int]:
    """Ask how the service is; how long the answers took, and how many did not come."""
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
