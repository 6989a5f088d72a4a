"""A query is declared as restricted if and only if it reads data that a release may lack."""

from __future__ import annotations

import shutil
from collections import Counter

import pyoxigraph as ox
import pytest

from meagraph.core import files
from meagraph.core.queries import CannedQuery
from meagraph_loaders import extract, graph, infer


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """The graph that an installed package builds: without the restricted tables."""
    data = tmp_path_factory.mktemp("installed") / "data"
    kept = shutil.ignore_patterns("reference-restricted")
    shutil.copytree(files.folder("data"), data, ignore=kept)
    store = graph.load_graphs(extract.documents(data / "sources"), data)
    infer.infer(store)
    return store


def rows(store: ox.Store, text: str, union: bool) -> Counter[str]:
    solutions = store.query(text, use_default_graph_as_union=union)
    assert isinstance(solutions, ox.QuerySolutions)
    return Counter(" ".join(map(str, solution)) for solution in solutions)


def test_the_queries_with_fewer_rows_are_those_that_say_so(
    store: ox.Store, without: ox.Store, queries: dict[str, CannedQuery]
) -> None:
    fewer = set()
    for name, query in queries.items():
        needed = {
            key: [parameter.example]
            for key, parameter in query.parameters.items()
            if parameter.required and parameter.example
        }
        text = query.bind(needed)
        if rows(store, text, union=False) - rows(without, text, union=True):
            fewer.add(name)
    assert fewer == {name for name, query in queries.items() if query.header.restricted}


def test_an_installed_package_knows_31_of_51_memberships(
    store: ox.Store, without: ox.Store, queries: dict[str, CannedQuery]
) -> None:
    text = queries["memberships"].bind({})
    assert rows(store, text, union=False).total() == 51
    assert rows(without, text, union=True).total() == 31
