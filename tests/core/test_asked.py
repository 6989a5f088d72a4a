"""What a query is asked without changes nothing in its answer."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from meagraph.core import files, queries
from meagraph.core.queries import CannedQuery, header
from meagraph.core.queries.composition import asked, conditions
from tests.queries.test_files import LIKE_MEASURES

QUERIES = queries.load(files.folder("queries"))


def left(text: str, *given: str, blocks: tuple[str, ...] = ()) -> str:
    """The words of a query that are left."""
    return " ".join(asked(text, [(block,) for block in blocks], given).split())


def test_an_empty_data_block_is_left_out_and_a_filled_one_stays() -> None:
    text = "ASK { VALUES ?_a { UNDEF } VALUES (?_b ?_c) { (UNDEF UNDEF) } ?s ?p ?_a }"
    assert left(text) == "ASK { ?s ?p ?_a }"
    assert left(text, "a", blocks=("_a",)) == "ASK { VALUES ?_a { UNDEF } ?s ?p ?_a }"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), "ASK { ?s ?p ?o }"),
        (("a",), "ASK { ?s ?p ?o FILTER (?o = (1)) }"),
        (("b",), "ASK { ?s ?p ?o OPTIONAL { ?s ?q 2 } }"),
        (("c",), "ASK { ?s ?p ?o OPTIONAL { ?s ?q 2 } }"),
        (("a", "c"), "ASK { ?s ?p ?o FILTER (?o = (1)) OPTIONAL { ?s ?q 2 } }"),
    ],
)
def test_a_group_is_left_out_without_the_parameters_that_it_is_for(
    given: tuple[str, ...], expected: str
) -> None:
    text = """ASK { ?s ?p ?o
      #: with a
      FILTER (?o = (1))
      #: with b c
      OPTIONAL { ?s ?q 2 }
    }"""
    assert left(text, *given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), "ASK { { ?s ?p 0 } }"),
        (("by",), "ASK { { ?s ?p 0 } }"),
        (("by", "by=one"), "ASK { { ?s ?p 1 } }"),
        (("by", "by=two-b"), "ASK { { ?s ?p 2 } }"),
        (("by", "by=one", "by=two-b"), "ASK { { ?s ?p 1 } UNION { ?s ?p 2 } }"),
    ],
)
def test_of_a_union_what_is_left_is_joined(given: tuple[str, ...], expected: str) -> None:
    text = """ASK {
      #: without by=one by=two-b
      { ?s ?p 0 }
      #: with by=one
      UNION { ?s ?p 1 }
      #: with by=two-b
      UNION { ?s ?p 2 }
    }"""
    assert left(text, *given) == expected


def test_a_group_within_one_that_is_left_out_goes_with_it() -> None:
    text = """ASK { ?s ?p ?o
      #: with a
      { #: without b
        { ?s ?p 1 } UNION { VALUES ?_b { UNDEF } ?s ?p ?_b }
      }
    }"""
    assert left(text) == "ASK { ?s ?p ?o }"
    assert left(text, "a", "b", blocks=("_b",)) == (
        "ASK { ?s ?p ?o { { VALUES ?_b { UNDEF } ?s ?p ?_b } } }"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ASK { #: when a\n { ?s ?p 1 } }", "must be `#: with NAME"),
        ("ASK { #: with\n { ?s ?p 1 } }", "must be `#: with NAME"),
        ("ASK { ?s ?p 1 #: with a\n }", "stands no group"),
        ("ASK { ?s ?p 1 } #: with a", "stands no group"),
        ("ASK { #: with a\n { ?s ?p 1", "stands no group"),
    ],
)
def test_a_condition_that_is_not_understood_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        conditions(text)


def cases(query: CannedQuery) -> Iterator[dict[str, list[str]]]:
    """No filter and every one; and each one alone, where no other query has the same filters."""
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


@pytest.mark.parametrize("name", list(QUERIES))
def test_what_is_left_out_changes_nothing(
    store: ox.Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for values in cases(QUERIES[name]):
        short = QUERIES[name].bind(values, look_up=lambda *_: ())
        with monkeypatch.context() as patch:
            patch.setattr(header, "asked", lambda text, *_: text)
            whole = QUERIES[name].bind(values, look_up=lambda *_: ())
        assert "#:" not in short.partition("\nPREFIX")[2]
        assert rows(store, short) == rows(store, whole), values


def rows(store: ox.Store, query: str) -> list[str]:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    return [str(solution) for solution in solutions]
