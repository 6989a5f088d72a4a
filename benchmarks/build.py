"""Benchmark the build of the real documents: each stage, the total, memory, triples.

Every round builds in a new process, as `meagraph build` does, so imports are included and the peak
memory is that of one build. The table shows the medians of the rounds.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from meagraph.cli.terminal import table
from meagraph_loaders import pipeline

_KILOBYTES = 1024 if sys.platform != "darwin" else 1
"""The unit of ru_maxrss in bytes: kilobytes, on macOS bytes."""


@dataclass(frozen=True, slots=True)
class Round:
    """One build."""

    stages: dict[str, float]
    triples: int
    memory: int
    """Peak memory in bytes."""
    processor: float
    """Seconds of processor time, which other work on the machine affects less."""
    wall: float = 0.0
    """Seconds from the start of the process to its end."""


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Number of builds.")
@click.option("--once", type=click.Path(path_type=Path), hidden=True)
def main(rounds: int, once: Path | None) -> None:
    """Benchmark the build of the real documents."""
    if once is not None:
        click.echo(json.dumps(asdict(build(once))))
        return
    measured = [measure(f"build {number} of {rounds}") for number in range(1, rounds + 1)]
    click.echo(shown(measured))


def build(releases: Path) -> Round:
    """Build in this process."""
    summary = pipeline.build(releases)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Round(
        stages={stage.name: stage.seconds or 0.0 for stage in summary.stages},
        triples=summary.contents.triples,
        memory=usage.ru_maxrss * _KILOBYTES,
        processor=usage.ru_utime + usage.ru_stime,
    )


def measure(name: str) -> Round:
    """Build in a new process."""
    click.echo(f"{name} …", err=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.build", "--once", folder]
        begun = time.perf_counter()
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        return Round(**{**json.loads(output), "wall": time.perf_counter() - begun})


def shown(rounds: list[Round]) -> str:
    """The medians as a table."""
    stages = {
        name: statistics.median(each.stages[name] for each in rounds) for name in pipeline.STAGES
    }
    whole = sum(stages.values())
    return table(
        [
            ("stage", "median", "share"),
            *((name, f"{time:.2f} s", f"{time / whole:.0%}") for name, time in stages.items()),
            ("all stages", f"{whole:.2f} s", "100%"),
            ("process, wall time", f"{statistics.median(each.wall for each in rounds):.2f} s", ""),
            ("CPU time", f"{statistics.median(each.processor for each in rounds):.2f} s", ""),
            ("peak memory", f"{max(each.memory for each in rounds) / 1e6:.0f} MB", ""),
            ("triples", f"{rounds[0].triples:,}", ""),
        ]
    )


if __name__ == "__main__":
    main()
