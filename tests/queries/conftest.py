"""Fixtures for the tests of canned queries: a small example graph, and its queries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files, full_text
from meagraph.core.queries import CannedQuery
from meagraph.core.queries.header import LookUp
from meagraph_loaders import search
from tests.ready_made import QUERIES

Row = dict[str, str | None]
Ask = Callable[..., list[Row]]


@pytest.fixture(scope="session")
def queries() -> dict[str, CannedQuery]:
    """The canned queries by name."""
    return QUERIES


@pytest.fixture(scope="session")
def example() -> ox.Store:
    """The examples and the schemes; as in a release, the default graph is the union of all."""
    store = ox.Store()
    for path in sorted(Path(__file__).parent.glob("example*.trig")):
        store.load(path=path, format=ox.RdfFormat.TRIG)
    ontology = ox.NamedNode("https://w3id.org/meagraph/graph/ontology")
    for path in sorted(files.folder("ontology").glob("*.ttl")):
        store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ontology)
    store.extend(ox.Quad(*quad.triple) for quad in list(store))
    return store


@pytest.fixture(scope="session")
def look_up(example: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> LookUp:
    """A lookup in the search index of the example."""
    folder = tmp_path_factory.mktemp("example")
    store = ox.Store(str(folder / "store"))
    store.extend(example)
    store.flush()
    del store
    search.write_index(folder)
    return partial(full_text.found, folder)


@pytest.fixture(scope="session")
def ask(queries: dict[str, CannedQuery], example: ox.Store, look_up: LookUp) -> Ask:
    """Run a canned query on the example: `ask("units", country=["KAZ"])`."""

    def answers(name: str, **values: list[str]) -> list[Row]:
        solutions = example.query(queries[name].bind(values, look_up=look_up))
        assert isinstance(solutions, ox.QuerySolutions)
        columns = [variable.value for variable in solutions.variables]
        return [
            {name: getattr(term, "value", None) for name, term in zip(columns, row, strict=True)}
            for row in solutions
        ]

    return answers


@pytest.fixture(scope="session")
def which(ask: Ask) -> Callable[..., list[str]]:
    """The measures (or other numbered things) in the rows, in order: `saiga 1.10`."""

    def measures(name: str, **values: list[str]) -> list[str]:
        rows = ask(name, **values)
        return [f"{_SHORT[row['instrument'] or '']} {row['number']}" for row in rows]

    return measures


_SHORT = {
    "saiga-mtiwp-2016-2020": "saiga",
    "argali-action-plan-2025-2032": "argali",
    "argali-ssap-2014-2024": "ssap",
    "cms-cites-jwp-2015-2020": "jwp",
}
