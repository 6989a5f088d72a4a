"""Benchmark `/sparql` against Oxigraph's server and rdflib-endpoint, on the same release.

Servers take turns query by query in one run, so other load on the machine affects all of them.
*Cold* is the first run of a query after the start; *new* has a new text each time (by a comment at
its end); *again* repeats the same text. Then `ASK {}` is sent every 100 ms, first alone, then while
sixteen clients send endless queries.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import click
import pyoxigraph as ox

from benchmarks.clients import Connection
from benchmarks.servers import Server, ours, oxigraph, rdflib_endpoint
from meagraph.cli.terminal import table
from meagraph.core import files
from meagraph_loaders import pipeline

HERE = Path(__file__).parent
MANY = 16
"""Simultaneous clients."""
_BUDGET = 2.0
"""Seconds for one query on one server in one round."""

Key = tuple[str, str, str]
"""A query, its mode (cold, new, again), a server."""


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Number of starts of all servers.")
@click.option("--asks", default=100, show_default=True, help="Runs of a query per round.")
@click.option("--only", default="", help="Only queries whose names contain this text.")
def main(rounds: int, asks: int, only: str) -> None:
    """Benchmark the service against other servers."""
    queries = {name: text for name, text in read("queries") if only in name}
    with tempfile.TemporaryDirectory() as folder:
        releases = Path(folder, "releases")
        click.echo("build …", err=True)
        pipeline.build(releases)
        measured = [
            asyncio.run(measure(releases, queries, asks, f"round {number} of {rounds}"))
            for number in range(1, rounds + 1)
        ]
        for clients in (1, MANY):
            click.echo(f"\n{clients} client{'s' if clients > 1 else ''}\n")
            click.echo(compared(queries, [each[clients] for each in measured]))
        click.echo("\nASK {} every 100 ms\n")
        click.echo(table(asyncio.run(beside_hostile(releases))))


def read(folder: str) -> Iterator[tuple[str, str]]:
    """The queries of a folder, by name."""
    for path in sorted((HERE / folder).glob("*.rq")):
        yield path.stem, path.read_text(encoding="utf-8")


Times = dict[Key, list[float]]


async def measure(
    releases: Path, queries: dict[str, str], asks: int, cells: str
) -> dict[int, Times]:
    """Start all servers and measure the times of one client and of many."""
    click.echo(f"{cells} …", err=True)
    release = files.current_release(releases)
    with ExitStack() as running:
        triples = release.parent / f"{release.name}.nt"
        if not triples.exists():
            store = ox.Store.read_only(str(release / "store"))
            store.dump(str(triples), ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
        servers = [
            running.enter_context(ours(releases)),
            running.enter_context(oxigraph(release)),
            running.enter_context(rdflib_endpoint(triples)),
        ]
        times: dict[int, Times] = {1: defaultdict(list), MANY: defaultdict(list)}
        for server in servers:
            for name, query in queries.items():
                await ask(server, [query], 1, times[1][name, "cold", server.name])
        number = count()
        for clients, kept in times.items():
            for name, query in queries.items():
                # A query that is slow for one client would take too long for many.
                quick = [
                    server
                    for server in servers
                    if times[1][name, "cold", server.name][0] * clients < _BUDGET
                ]
                for way in ("new", "again"):
                    await measure_in_rotation(
                        quick, texts(query, way, number), asks, clients, name, way, kept
                    )
        return times


def texts(query: str, way: str, number: Iterator[int]) -> Callable[[], str]:
    """A function that returns the text of the next query."""
    return lambda: f"{query}# {next(number)}" if way == "new" else query


async def measure_in_rotation(
    servers: list[Server],
    text: Callable[[], str],
    asks: int,
    clients: int,
    name: str,
    way: str,
    kept: Times,
) -> None:
    """Query the servers in rotation, while each has time left."""
    spent = dict.fromkeys(servers, 0.0)
    for _ in range(max(1, asks // (10 * clients))):
        for server in servers:
            if spent[server] < _BUDGET:
                begun = time.perf_counter()
                questions = [text() for _ in range(10 * clients)]
                await ask(server, questions, clients, kept[name, way, server.name])
                spent[server] += time.perf_counter() - begun


async def ask(server: Server, questions: list[str], clients: int, kept: list[float]) -> None:
    """Send queries from several clients, each one after another; keep the times."""
    waiting = iter(questions)
    begun = time.perf_counter()

    async def client() -> None:
        connection = Connection(server.port, server.path)
        for question in waiting:
            reply = await connection.ask(question)
            if reply.status != 200:
                raise SystemExit(f"{server.name}: unexpected status {reply.status} for {question}")
            kept.append(reply.seconds)
            if time.perf_counter() - begun > _BUDGET:
                break
        connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))


def compared(queries: dict[str, str], rounds: list[Times]) -> str:
    """The medians of all rounds as a table: meagraph in ms, and its ratios to the others."""
    rows: list[tuple[str, ...]] = [("query", "mode", "meagraph", "/ Oxigraph", "/ rdflib-endpoint")]
    for name in queries:
        for way in ("cold", "new", "again"):
            found = {
                server: [seconds for each in rounds for seconds in each[name, way, server]]
                for server in ("meagraph", "Oxigraph", "rdflib")
            }
            if found["meagraph"]:
                mine = statistics.median(found["meagraph"])
                beside = [
                    f"{mine / statistics.median(found[other]):.2f}" if found[other] else "—"
                    for other in ("Oxigraph", "rdflib")
                ]
                rows.append((name, way, f"{mine * 1000:.2f} ms", *beside))
    return table(rows)


HOSTILE = {
    "nothing": (),
    "one hostile client, 16 queries at a time": ("127.0.0.2",) * MANY,
    "16 hostile clients": tuple(f"127.0.0.{2 + number}" for number in range(MANY)),
}
"""The IP addresses of clients that send endless queries."""


async def beside_hostile(releases: Path) -> list[tuple[str, str, str, str]]:
    """The times of `ASK {}` alone, and beside endless queries."""
    rows = [("beside", "median", "/ alone", "slowest")]
    hostile = [text for _, text in read("hostile")]
    alone = 0.0
    with ours(releases, query_timeout=3) as server:
        for name, sources in HOSTILE.items():
            stop = asyncio.Event()
            attackers = [
                asyncio.create_task(attack(server, hostile, number, source, stop))
                for number, source in enumerate(sources)
            ]
            times = await beat(server, 100)
            stop.set()
            await asyncio.gather(*attackers)
            median = statistics.median(times)
            alone = alone or median
            cells = (f"{median * 1000:.2f} ms", f"{median / alone:.2f}", f"{max(times):.3f} s")
            rows.append((name, *cells))
    return rows


async def beat(server: Server, times: int) -> list[float]:
    """Send a small query every 100 ms; return the time of each response."""
    connection = Connection(server.port, server.path)
    taken = []
    for number in range(times):
        await asyncio.sleep(0.1)
        reply = await connection.ask(f"ASK {{}} # {number} {time.time()}")
        if (reply.status, reply.length) != (200, len('{"head":{},"boolean":true}')):
            raise SystemExit(f"ASK {{}}: unexpected response {reply}")
        taken.append(reply.seconds)
    connection.close()
    return taken


async def attack(
    server: Server, hostile: list[str], number: int, source: str, stop: asyncio.Event
) -> None:
    """Send one endless query after another, whatever the responses."""
    connection = Connection(server.port, server.path, source)
    for turn in count(number):
        if stop.is_set():
            break
        await connection.ask(f"{hostile[turn % len(hostile)]}# {turn} {number}")
    connection.close()


if __name__ == "__main__":
    main()
