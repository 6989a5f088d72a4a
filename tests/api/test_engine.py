"""The embedded engine: complete answers or clear errors, whatever is asked of it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from meagraph.errors import (
    BadValue,
    Busy,
    NotAcceptable,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    ReleaseError,
    ResultTooLarge,
)
from meagraph_api.engine import Dataset, Wanted, embedded
from meagraph_api.engine.embedded import EmbeddedEngine, Limits

CSV = Wanted(results="text/csv", graph="application/n-triples")
NUMBERS = " ".join(str(number) for number in range(250))
SLOW = (
    "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{index} {{ {NUMBERS} }}" for index in range(3))
    + " }"
)
"""Some seconds of work without a row to show for it."""
ENDLESS = SLOW.replace("(COUNT(*) AS ?n)", "*").replace(" }", " } VALUES ?w { 1 2 3 }", 1)
"""Rows without end."""


@pytest.fixture
def opened(small_releases: Path) -> Callable[[Limits], EmbeddedEngine]:
    return lambda limits: EmbeddedEngine.open(small_releases / "r1", limits)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_an_answer_is_in_the_wanted_format(opened: Callable[[Limits], EmbeddedEngine]) -> None:
    async def work() -> None:
        engine = opened(Limits())
        answer = await engine.query("SELECT ?x { VALUES ?x { 1 UNDEF } }", CSV)
        assert answer.media_type == "text/csv"
        assert list(csv.reader(io.StringIO(answer.body.decode()))) == [["x"], ["1"], []]
        answer = await engine.query("CONSTRUCT { <a:a> <a:b> 1 } { VALUES ?x { 1 2 } }", CSV)
        assert answer.media_type == "application/n-triples"
        assert answer.body.count(b"\n") == 1

    run(work())


@pytest.mark.parametrize(
    ("query", "error", "said"),
    [
        ("SELECT * {\n ?s ?p }", QuerySyntaxError, "Line 2, column 9: .*\n   [?]s [?]p }"),
        ("SELECT * { ?s mea:number ?o }", QuerySyntaxError, r"Add: PREFIX mea: <https://w3id.*#>"),
        ("", QuerySyntaxError, "Line 1, column 1"),
        ("INSERT DATA {}", QuerySyntaxError, "Line 1"),
        ("SELECT (<a:f>(1) AS ?x) {}", QueryRefused, "a:f> is not supported"),
        ("CONSTRUCT { <a:a> <http://e/1> 1 } {}", NotAcceptable, "RDF/XML cannot express"),
    ],
)
def test_what_cannot_be_answered_is_a_clear_error(
    opened: Callable[[Limits], EmbeddedEngine], query: str, error: type[Exception], said: str
) -> None:
    async def work() -> None:
        with pytest.raises(error, match=said):
            await opened(Limits()).query(query, Wanted("text/csv", "application/rdf+xml"))

    run(work())


def test_an_unwanted_kind_of_answer_is_not_sent(
    opened: Callable[[Limits], EmbeddedEngine],
) -> None:
    async def work() -> None:
        engine = opened(Limits())
        with pytest.raises(NotAcceptable, match=r"comes as turtle \(text/turtle\), ntriples"):
            await engine.query("DESCRIBE <a:a>", Wanted("text/csv", None))
        with pytest.raises(NotAcceptable, match=r"comes as json \(application/sparql-results"):
            await engine.query("ASK {}", Wanted(None, "text/turtle"))

    run(work())


def test_a_named_dataset_replaces_the_whole_one(
    opened: Callable[[Limits], EmbeddedEngine],
) -> None:
    graphs = "https://w3id.org/meagraph/graph/"
    count = "SELECT (COUNT(*) AS ?n) { ?s a ?type }"

    async def counted(dataset: Dataset | None, query: str = count) -> int:
        answer = await opened(Limits()).query(query, CSV, dataset)
        return int(answer.body.split()[1])

    async def work() -> None:
        assert await counted(None) == 10
        assert await counted(Dataset(default_graphs=(f"{graphs}plan-b",))) == 3
        both = Dataset(default_graphs=(f"{graphs}plan-a", f"{graphs}plan-b"))
        assert await counted(both) == 7
        assert await counted(Dataset(default_graphs=(f"{graphs}nothing",))) == 0
        named = Dataset(named_graphs=(f"{graphs}plan-b",))
        assert await counted(named) == 0
        assert await counted(named, count.replace("{", "{ GRAPH ?g {", 1) + "}") == 3
        with pytest.raises(BadValue, match="not the address of a graph"):
            await counted(Dataset(default_graphs=("no iri",)))

    run(work())


def test_a_query_past_its_deadline_is_an_error_and_others_go_on(
    opened: Callable[[Limits], EmbeddedEngine],
) -> None:
    async def work() -> None:
        engine = opened(Limits(deadline=0.2, concurrent=2))
        with pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"):
            await engine.query(SLOW, CSV)
        assert (await engine.query("ASK {}", CSV)).body == b"true"

    run(work())


def test_a_query_that_nobody_waits_for_ends_at_its_next_row(
    opened: Callable[[Limits], EmbeddedEngine],
) -> None:
    async def work() -> None:
        engine = opened(Limits(deadline=0.1, concurrent=1, result_bytes=10**12))
        with pytest.raises(QueryTimeout):
            await engine.query(ENDLESS, CSV)
        # Its place is free again, so the only thread has ended.
        assert (await engine.query("ASK {}", CSV)).body == b"true"

    run(work())


def test_more_queries_than_may_run_are_told_to_come_back(
    opened: Callable[[Limits], EmbeddedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_WAIT", 0.05)

    async def work() -> None:
        engine = opened(Limits(deadline=0.1, concurrent=1))
        with pytest.raises(QueryTimeout):
            await engine.query(SLOW, CSV)
        with pytest.raises(Busy, match="1 queries are running"):
            await engine.query("ASK {}", CSV)

    run(work())


def test_an_answer_that_is_too_long_is_not_begun(
    opened: Callable[[Limits], EmbeddedEngine],
) -> None:
    async def work() -> None:
        with pytest.raises(ResultTooLarge, match="longer than 100,000 bytes"):
            await opened(Limits(result_bytes=100_000)).query(ENDLESS, CSV)

    run(work())


def test_many_queries_at_once_are_all_answered_right(
    opened: Callable[[Limits], EmbeddedEngine],
) -> None:
    async def work() -> None:
        engine = opened(Limits(concurrent=3))
        wanted = Wanted("application/json", None)
        answers = await asyncio.gather(
            *(engine.query(f"SELECT ?x {{ VALUES ?x {{ {n} }} }}", wanted) for n in range(60))
        )
        values = [json.loads(a.body)["results"]["bindings"][0]["x"]["value"] for a in answers]
        assert values == [str(n) for n in range(60)]

    run(work())


def deep() -> Iterator[str]:
    yield "SELECT (" + "!" * 200_000 + "1 AS ?x) {}"
    yield "SELECT * " + "{" * 200 + "}" * 200
    yield "SELECT * {" + "{} UNION " * 2000 + "{}}"


@pytest.mark.parametrize("query", list(deep()))
def test_a_deep_query_does_not_end_the_process(
    opened: Callable[[Limits], EmbeddedEngine], query: str
) -> None:
    async def work() -> None:
        assert (await opened(Limits()).query(query, CSV)).body

    run(work())


def test_a_release_that_is_not_whole_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="cannot be opened"):
        EmbeddedEngine.open(tmp_path, Limits())
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    (tmp_path / "store").mkdir()
    started = time.monotonic()
    with pytest.raises(ReleaseError, match="cannot be opened"):
        EmbeddedEngine.open(tmp_path, Limits())
    assert time.monotonic() - started < 5
