"""Write a release with many copies of the plans of another release.

Each copy has its own IRIs for everything that belongs to a plan: the plan itself, its measures,
units, sections and so on, and its graph. Shared things (countries, taxa, topics, the ontology) are
not copied. Texts are the same in every copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import click
import pyoxigraph as ox

from meagraph.core import names
from meagraph.core.releases import open_store
from meagraph_loaders import dataset, pipeline
from meagraph_loaders.validate import Report

T = TypeVar("T")


@click.command()
@click.argument("release", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("releases", type=click.Path(file_okay=False, path_type=Path))
@click.option("--copies", default=20, show_default=True, help="Number of copies of each plan.")
def main(release: Path, releases: Path, copies: int) -> None:
    """Write copies of the plans of RELEASE into a new release in the folder RELEASES."""
    summary = pipeline.release_graph(copied(open_store(release), copies), Report(()), releases)
    click.echo(f"{summary.path}: {summary.contents.triples:,} triples in {summary.seconds:.0f} s")


def copied(store: ox.Store, copies: int) -> ox.Store:
    """The graphs of a release with copies of each plan; the first copy keeps its IRIs."""
    found = ox.Store()
    quads = [
        quad
        for quad in store.quads_for_pattern(None, None, None, None)
        if quad.graph_name not in (ox.DefaultGraph(), dataset.GRAPH)
    ]
    for number in range(1, copies + 1):
        found.bulk_extend(_copy(quads, number, _plans(store)))
    return found


def _plans(store: ox.Store) -> frozenset[str]:
    """The slugs of the instruments that have measures."""
    rows = store.query(
        "SELECT DISTINCT ?plan { ?measure a mea:Measure ; mea:instrument ?plan }",
        prefixes={"mea": names.PREFIXES["mea"]},
    )
    assert isinstance(rows, ox.QuerySolutions)
    return frozenset(names.local_name(row["plan"].value) for row in rows)


def _copy(quads: list[ox.Quad], number: int, plans: frozenset[str]) -> Iterator[ox.Quad]:
    if number == 1:
        yield from quads
        return
    slugs = re.compile(rf"(?<=/)({'|'.join(map(re.escape, sorted(plans)))})(?=[/#]|$)")

    @cache
    def renamed(node: T) -> T:
        if isinstance(node, ox.NamedNode) and node.value.startswith(names.BASE):
            return type(node)(slugs.sub(rf"\1-{number}", node.value))
        return node

    for quad in quads:
        graph = renamed(quad.graph_name)
        copy = ox.Quad(renamed(quad.subject), quad.predicate, renamed(quad.object), graph)
        if copy != quad:
            yield copy


if __name__ == "__main__":
    main()
