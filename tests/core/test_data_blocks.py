"""Removing the data block of a missing parameter does not change the result."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from meagraph.core.queries import CannedQuery, composition
from meagraph.core.queries.composition import fill
from tests.nonempty import nonempty
from tests.queries.test_files import LIKE_MEASURES
from tests.ready_made import QUERIES
from tests.sampling import SOME_AND_ALL, some


def test_a_data_block_that_is_not_given_is_left_out_or_kept() -> None:
    text = "ASK {\n  VALUES ?_a { UNDEF }\n  VALUES (?_b ?_c) { (UNDEF UNDEF) }\n  ?s ?p ?_a }"
    assert fill(text, {}, keep=False) == "ASK {\n  ?s ?p ?_a }"
    assert fill(text, {("_a",): ["1"]}, keep=False) == "ASK {\n  VALUES ?_a { 1 }\n  ?s ?p ?_a }"
    assert fill(text, {}) == text


def cases(query: CannedQuery) -> Iterator[dict[str, list[str]]]:
    """No filter, all filters, and each one alone if no other query has the same filters."""
    examples = {
        name: [declared.example]
        for name, declared in query.parameters.items()
        if declared.example is not None
    }
    required = {name: examples[name] for name in examples if query.parameters[name].required}
    yield required
    yield examples
    if query.name in LIKE_MEASURES:
        return
    for name, declared in query.parameters.items():
        for value in declared.listed or examples.get(name) or []:
            needed = {other: examples[other] for other in declared.needs.get(value, ())[:1]}
            yield {**required, **needed, name: [value]}
    if "taxon_scope" in examples:
        yield {**required, "taxon": examples["taxon"], "taxon_scope": ["species-wide"]}


@pytest.mark.parametrize("everything", SOME_AND_ALL)
@pytest.mark.parametrize("name", list(QUERIES))
def test_a_data_block_that_is_left_out_changes_nothing(
    store: ox.Store, monkeypatch: pytest.MonkeyPatch, name: str, everything: bool
) -> None:
    every = list(cases(QUERIES[name]))
    for values in nonempty(every if everything else [*every[:2], *some(every[2:], 2)]):
        short = QUERIES[name].bind(values, look_up=lambda *_: ())
        with monkeypatch.context() as patch:
            patch.setattr(composition, "fill", lambda text, blocks, **_: fill(text, blocks))
            whole = QUERIES[name].bind(values, look_up=lambda *_: ())
        assert short == whole or rows(store, short) == rows(store, whole), values


def rows(store: ox.Store, query: str) -> list[str]:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    return [str(solution) for solution in solutions]
