"""Benchmark the CPU time of a refusal in the service's own process, compared to `/robots.txt`.

Every client exceeds its rate limit, so each query is refused (429). All paths take turns in one
run, over connections that a client opens again if the service closes them. The measure is the CPU
time of the process that runs the event loop, from proc(5).
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from pathlib import Path

import click

from benchmarks.servers import Server, ours
from meagraph.cli.terminal import table
from meagraph_loaders import pipeline

BESIDE = "/robots.txt"
ADDRESSES = {
    BESIDE: "*/*",
    "/sparql?query=ASK%7B%7D": "*/*",
    "/queries/measures": "text/html",
    "/search?q=steppe": "text/html",
}
"""The requested paths, with the Accept header."""
_CLIENTS = 80
"""Connections at a time."""


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Number of rounds.")
@click.option("--asks", default=1600, show_default=True, help="Requests per path and round.")
def main(rounds: int, asks: int) -> None:
    """Benchmark refusals."""
    with tempfile.TemporaryDirectory() as folder:
        releases = Path(folder, "releases")
        click.echo("build …", err=True)
        pipeline.build(releases)
        with ours(releases, client_seconds=1e-9, cache_bytes=0) as server:
            measured = asyncio.run(measure(server, rounds, asks))
    click.echo(shown(measured))


async def measure(server: Server, rounds: int, asks: int) -> dict[str, list[float]]:
    """Seconds of CPU time per request of each path, by round."""
    measured: dict[str, list[float]] = {address: [] for address in ADDRESSES}
    for _ in range(rounds):
        for address, accept in ADDRESSES.items():
            begun = processor_seconds(server.pid)
            each = asks // _CLIENTS
            await asyncio.gather(*(client(server, address, accept, each) for _ in range(_CLIENTS)))
            measured[address].append((processor_seconds(server.pid) - begun) / (each * _CLIENTS))
    return measured


async def client(server: Server, address: str, accept: str, asks: int) -> None:
    """Request a path again and again."""
    expected = b"200" if address == BESIDE else b"429"
    streams = None
    for _ in range(asks):
        if streams is None:
            streams = await asyncio.open_connection("127.0.0.1", server.port)
        reader, writer = streams
        writer.write(f"GET {address} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
        if head[9:12] != expected:
            raise SystemExit(f"{address}: unexpected status {head[9:12].decode()}")
        if b"connection: close" in head:
            writer.close()
            streams = None
    if streams is not None:
        streams[1].close()


def processor_seconds(pid: int) -> float:
    """The CPU time of a process, without its child processes."""
    # The name of the program is in brackets and may contain anything.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shown(measured: dict[str, list[float]]) -> str:
    """The times as a table."""
    rows = [("path", "median", f"/ {BESIDE}")]
    beside = statistics.median(measured[BESIDE])
    for address, times in measured.items():
        median = statistics.median(times)
        rows.append((address, f"{median * 1000:.2f} ms", f"{median / beside:.2f}"))
    return table(rows)


if __name__ == "__main__":
    main()
