"""Benchmark the time to first byte of each type of page, on a warm server.

Every page is requested with the headers of a browser over a persistent connection, after one
request that is not measured. The table shows the median and the slowest; the goal is a median below
50 ms.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import tomllib
from http.client import HTTPConnection
from pathlib import Path

import click

from benchmarks.servers import ours
from meagraph.cli.terminal import table
from meagraph_loaders import pipeline

_BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip",
}
TYPES = Path(__file__).parents[1] / "tests" / "browser" / "page_types.toml"
"""The list of all types of pages."""
GOAL = 0.05
"""The goal for the median time to first byte, in seconds."""


@click.command()
@click.option("--asks", default=30, show_default=True, help="Number of requests per page.")
def main(asks: int) -> None:
    """Benchmark the pages."""
    pages = tomllib.loads(TYPES.read_text(encoding="utf-8"))["pages"]
    with tempfile.TemporaryDirectory() as folder:
        releases = Path(folder, "releases")
        click.echo("build …", err=True)
        pipeline.build(releases)
        with ours(releases) as server:
            connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
            measured = {name: measure(connection, path, asks) for name, path in pages.items()}
            connection.close()
    click.echo(shown(measured))


def measure(connection: HTTPConnection, path: str, asks: int) -> list[float]:
    """Seconds to the first byte of a page, for each request."""
    first_byte(connection, path)
    return [first_byte(connection, path) for _ in range(asks)]


def first_byte(connection: HTTPConnection, path: str) -> float:
    """Seconds from the request to the first byte; the rest of the page is read too."""
    begun = time.perf_counter()
    connection.request("GET", path, headers=_BROWSER)
    answer = connection.getresponse()
    answer.read(1)
    seconds = time.perf_counter() - begun
    answer.read()
    return seconds


def shown(measured: dict[str, list[float]]) -> str:
    """The times as a table."""
    rows = [("page", "median", "slowest", f"under {GOAL * 1000:.0f} ms")]
    for name, times in measured.items():
        median = statistics.median(times)
        cells = (f"{median * 1000:.1f} ms", f"{max(times) * 1000:.1f} ms")
        rows.append((name, *cells, "yes" if median < GOAL else "no"))
    return table(rows)


if __name__ == "__main__":
    main()
