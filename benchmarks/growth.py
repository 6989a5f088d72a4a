"""Benchmark how the time of canned queries grows with the number of plans.

Each query is run on a release and on one with copies of its plans (`benchmarks.corpus`), in this
process, as the engine runs it: keys first. A query that is bound to a thing has the same rows on
both, and should take the same time. The others read all plans: their time may grow in proportion to
the plans, or to the rows if these grow more.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pyoxigraph as ox

from benchmarks import corpus
from meagraph.cli.terminal import table
from meagraph.core import files, oxigraph, queries
from meagraph.core.queries.keys import Solutions, solutions, with_keys
from meagraph.core.releases import open_store
from meagraph_loaders import pipeline
from meagraph_loaders.validate import Report

_PLAN = "argali-action-plan-2025-2032"
_BOUND: Mapping[str, Mapping[str, str]] = {
    "passage": {"subject": f"measure/{_PLAN}/2.1"},
    "related-measures": {"measure": f"{_PLAN}/10.5"},
    "quality-findings": {"instrument": _PLAN},
    "measures-by-country": {"country": "KAZ", "instrument": _PLAN},
    "measures": {"instrument": _PLAN},
    "responsibilities": {"instrument": _PLAN},
    "units": {"instrument": _PLAN},
    "country-links": {"instrument": _PLAN},
    "statements": {"instrument": _PLAN},
}
"""Parameters of queries that are bound to a thing."""
_ENOUGH = 3.0
"""The maximum ratio of times, beyond the growth of plans or rows."""
_UNNOTICED = 0.05
"""An increase in seconds that is always accepted."""
_PATIENCE = 5.0
"""Seconds after which a query is not run again."""


@click.command()
@click.option("--copies", default=20, show_default=True, help="Number of copies of each plan.")
@click.option("--rounds", default=5, show_default=True, help="Number of runs of each query.")
@click.option("--only", default="", help="Only queries whose names contain this text.")
def main(copies: int, rounds: int, only: str) -> None:
    """Benchmark canned queries on a release and on copies of its plans."""
    with tempfile.TemporaryDirectory() as folder:
        click.echo("build …", err=True)
        small = open_store(pipeline.build(Path(folder, "one")).path)
        many = corpus.copied(small, copies)
        large = pipeline.release_graph(many, Report(()), Path(folder, "many")).path
        rows: list[tuple[str, ...]] = [("query", "1 copy", f"{copies} copies", "rows", "rows", "")]
        grown: list[str] = []
        for name, text, bound in _texts(only):
            (one, few), (other, more) = (
                _timed(store, text, rounds) for store in (small, open_store(large))
            )
            most = one * _ENOUGH * (1 if bound else max(more / max(few, 1), copies)) + _UNNOTICED
            mark = "grows" if other > most else ""
            if mark:
                grown.append(name)
            times = (f"{seconds * 1000:.1f} ms" for seconds in (one, other))
            rows.append((name, *times, f"{few:,}", f"{more:,}", mark))
        click.echo(table(rows))
    if grown:
        raise SystemExit(f"These take longer than their rows or plans explain: {', '.join(grown)}")


def _texts(only: str) -> Iterator[tuple[str, str, bool]]:
    """The queries with their required parameters, and again bound to a thing."""
    for name, query in queries.load(files.folder("queries")).items():
        required = {
            key: [str(one.example)] for key, one in query.parameters.items() if one.required
        }
        if only in name:
            yield name, query.bind(required), False
            if name in _BOUND:
                bound = {key: [value] for key, value in _BOUND[name].items()}
                yield f"{name}, bound", query.bind(bound), True


def _timed(store: ox.Store, text: str, rounds: int) -> tuple[float, int]:
    """The median time of a query in seconds, and its number of rows."""

    def find_keys(query: str) -> Solutions | None:
        found = oxigraph.query(store, query)
        assert isinstance(found, ox.QuerySolutions)
        return solutions(found)

    times: list[float] = []
    while len(times) <= rounds and sum(times) < _PATIENCE:
        begun = time.perf_counter()
        found = oxigraph.query(store, with_keys(text, find_keys))
        assert isinstance(found, ox.QuerySolutions)
        body = found.serialize(format=ox.QueryResultsFormat.TSV) or b""
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:] or times), body.count(b"\n") - 1


if __name__ == "__main__":
    main()
