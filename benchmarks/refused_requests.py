"""Measures what a refusal takes of the service's own process, beside `/robots.txt`.

Every client is over its share, so that each query is refused (429). All addresses take turns in one
run, over connections that a client opens again where the service has closed them. What counts is
the processor time of the process that runs the event loop, as Linux tells it (proc(5)).
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
"""What is asked for, with the Accept header."""
_CLIENTS = 80
"""Connections at a time."""


@click.command()
@click.option("--rounds", default=3, show_default=True, help="How often each address is asked for.")
@click.option("--asks", default=1600, show_default=True, help="Requests for an address a round.")
def main(rounds: int, asks: int) -> None:
    """Measure refusals."""
    with tempfile.TemporaryDirectory() as folder:
        releases = Path(folder, "releases")
        click.echo("build …", err=True)
        pipeline.build(releases)
        with ours(releases, client_seconds=1e-9, cache_bytes=0) as server:
            measured = asyncio.run(measure(server, rounds, asks))
    click.echo(shown(measured))


async def measure(server: Server, rounds: int, asks: int) -> dict[str, list[float]]:
    """Seconds of processor time for one request of each address, round by round."""
    measured: dict[str, list[float]] = {address: [] for address in ADDRESSES}
    for _ in range(rounds):
        for address, accept in ADDRESSES.items():
            begun = processor_seconds(server.pid)
            each = asks // _CLIENTS
            await asyncio.gather(*(client(server, address, accept, each) for _ in range(_CLIENTS)))
            measured[address].append((processor_seconds(server.pid) - begun) / (each * _CLIENTS))
    return measured


async def client(server: Server, address: str, accept: str, asks: int) -> None:
    """Ask for one address, one time after another."""
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
            raise SystemExit(f"{address} is answered with {head[9:12].decode()}")
        if b"connection: close" in head:
            writer.close()
            streams = None
    if streams is not None:
        streams[1].close()


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used, without those that it has made."""
    # The name of the program stands in brackets and may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shown(measured: dict[str, list[float]]) -> str:
    """The times as a table."""
    rows = [("address", "median", f"/ {BESIDE}")]
    beside = statistics.median(measured[BESIDE])
    for address, times in measured.items():
        median = statistics.median(times)
        rows.append((address, f"{median * 1000:.2f} ms", f"{median / beside:.2f}"))
    return table(rows)


if __name__ == "__main__":
    main()
