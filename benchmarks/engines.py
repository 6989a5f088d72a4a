"""Benchmark the canned queries on the embedded engine, Oxigraph's server and Virtuoso.

One service runs on each engine, with the same release and without a result cache. They take turns
query by query in one run, so other load on the machine affects all of them. Every response is the
complete JSON of a query with its required parameters. Virtuoso is included if it is installed.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import click
import httpx

from benchmarks import engine_servers
from benchmarks.engine_servers import Running
from benchmarks.servers import ours
from meagraph.cli.terminal import table
from meagraph.core import files, queries
from meagraph_loaders import pipeline, publisher

NAMES = ("embedded", "oxigraph", "virtuoso")
_WARM = 1
"""Runs of each query before it is measured."""


@click.command()
@click.option("--rounds", default=7, show_default=True, help="Number of runs of each query.")
@click.option("--only", default="", help="Only queries whose names contain this text.")
def main(rounds: int, only: str) -> None:
    """Benchmark the engines side by side."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        releases = Path(folder, "releases")
        click.echo("build, publish …", err=True)
        release = pipeline.build(releases).path
        services = dict(started(stack, release, Path(folder)))
        times: dict[tuple[str, str], list[float]] = defaultdict(list)
        paths = {name: address for name, address in addresses() if only in name}
        for number in range(-_WARM, rounds):
            click.echo(f"round {number + 1} of {rounds} …", err=True)
            for question, address in paths.items():
                for name, client in services.items():
                    begun = time.perf_counter()
                    answer = client.get(address)
                    seconds = time.perf_counter() - begun
                    if answer.status_code == 200 and number >= 0:
                        times[question, name].append(seconds)
                    elif answer.status_code != 200:
                        raise SystemExit(f"{name}: {answer.text}")
        click.echo(compared(paths, times))


def started(stack: ExitStack, release: Path, folder: Path) -> Iterator[tuple[str, httpx.Client]]:
    """Start a service for each available engine."""
    yield NAMES[0], stack.enter_context(_service(release.parent, None))
    server = stack.enter_context(engine_servers.oxigraph(folder / "oxigraph"))
    publisher.publish(release, server.update_access, pause=0)
    yield NAMES[1], stack.enter_context(_service(release.parent, server))
    if engine_servers.VIRTUOSO is not None:
        (folder / "virtuoso").mkdir()
        server = stack.enter_context(engine_servers.virtuoso(folder / "virtuoso"))
        publisher.publish(release, server.update_access, pause=0)
        yield NAMES[2], stack.enter_context(_service(release.parent, server))


@contextmanager
def _service(releases: Path, server: Running | None) -> Iterator[httpx.Client]:
    way: dict[str, object] = {"cache_bytes": 0}
    if server is not None:
        way |= {
            "engine": server.query_access.url,
            "engine_profile": server.query_access.profile.name,
        }
    with (
        ours(releases, **way) as service,
        httpx.Client(base_url=f"http://127.0.0.1:{service.port}", timeout=60) as client,
    ):
        yield client


def addresses() -> Iterator[tuple[str, str]]:
    """The names of the canned queries and their paths with required parameters."""
    for name, query in queries.load(files.folder("queries")).items():
        required = {
            key: declared.example for key, declared in query.parameters.items() if declared.required
        }
        yield name, f"/queries/{name}.json?{urlencode(required)}"


def compared(paths: dict[str, str], times: dict[tuple[str, str], list[float]]) -> str:
    """The medians as a table: the embedded engine in milliseconds, the others as ratios to it."""
    rows: list[tuple[str, ...]] = [("query", "embedded", "Oxigraph server", "Virtuoso")]
    ratios: dict[str, list[float]] = defaultdict(list)
    for question in paths:
        mine = statistics.median(times[question, NAMES[0]])
        beside = []
        for name in NAMES[1:]:
            if found := times[question, name]:
                ratios[name].append(statistics.median(found) / mine)
                beside.append(f"{ratios[name][-1]:.1f}x")
            else:
                beside.append("—")
        rows.append((question, f"{mine * 1000:.1f} ms", *beside))
    middle = [
        f"{statistics.median(ratios[name]):.1f}x" if ratios[name] else "—" for name in NAMES[1:]
    ]
    return table([*rows, ("median of the ratios", "", *middle)])


if __name__ == "__main__":
    main()
