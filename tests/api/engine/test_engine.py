"""The embedded engine: complete answers or clear errors, whatever is asked of it."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meagraph.core.errors import (
    BadValue,
    Busy,
    NotAcceptable,
    QueryFailed,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    ReleaseError,
    ResultTooLarge,
)
from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph_api.engine.embedded_engine import EmbeddedEngine, Limits
from meagraph_api.engine.protocol import Dataset
from meagraph_loaders.release import Contents, write_manifest
from tests.waiting import until

pytestmark = pytest.mark.alone

NICEST = 19
"""The niceness at which a process cannot be made nicer: https://man7.org/linux/man-pages/man2/getpriority.2.html"""

FOREVER = 3600.0
PATIENT = Limits(deadline=FOREVER, slow_after=FOREVER, wait=FOREVER)
"""Limits of which none is a limit of time: a query without end runs until a test ends it."""

CSV = AcceptedFormats(results="text/csv", graph="application/n-triples")
JSON = AcceptedFormats(results="application/sparql-results+json", graph=None)
TRUE = b'{"head":{},"boolean":true}'
NUMBERS = " ".join(str(number) for number in range(300))
SLOW = (
    "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{index} {{ {NUMBERS} }}" for index in range(4))
    + " }"
)
"""Minutes of work without a row to show for it."""
ROWS = SLOW.replace("(COUNT(*) AS ?n)", "*")
"""Rows without end."""
EXPLODING = (
    "SELECT (STRLEN(?v12) AS ?n) { BIND('aaaaaaaaaaaaaaaa' AS ?v0) "
    + " ".join(
        f"BIND(CONCAT({', '.join([f'?v{step}'] * 8)}) AS ?v{step + 1})" for step in range(12)
    )
    + " }"
)
"""A text that gets eight times as long with every step."""

Work = Callable[[EmbeddedEngine], Awaitable[None]]


@pytest.fixture
def work_with(small_releases: Path) -> Callable[[Limits, Work], None]:
    """Runs work with an engine over the small release."""

    def run(limits: Limits, work: Work) -> None:
        async def opened() -> None:
            async with engine_over(small_releases / "r1", limits) as engine:
                await work(engine)

        asyncio.run(opened())

    return run


Run = Callable[[Limits, Work], None]


@asynccontextmanager
async def engine_over(folder: Path, limits: Limits) -> AsyncIterator[EmbeddedEngine]:
    engine = await EmbeddedEngine.open(folder, limits)
    try:
        yield engine
    finally:
        await engine.close()


async def all_idle(engine: EmbeddedEngine, fast: int) -> None:
    """Wait until so many workers are idle and none is slow."""
    await until(lambda: engine.state.workers == {"idle": fast, "busy": 0, "slow": 0})


async def begun(engine: EmbeddedEngine, text: str, client: str = "") -> asyncio.Task[QueryResult]:
    """A query that a worker has begun to answer."""
    before = engine.state.workers["busy"]
    task = asyncio.create_task(engine.query(text, CSV, client=client))
    await until(lambda: engine.state.workers["busy"] > before)
    return task


async def cancel_task(task: asyncio.Task[Any]) -> None:
    """End a query as if its caller had gone."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


_OTHERS: set[int] = set()
"""Processes of the servers that other tests have left running."""


@pytest.fixture(autouse=True)
def _know_others() -> None:
    _OTHERS.clear()
    _OTHERS.update(children())


def children() -> set[int]:
    """The process ids of the fork servers and workers that a test has begun."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(folder.name)] = int(fields[1])
    ours = {pid for pid, parent in parents.items() if parent == os.getpid()}
    return {pid for pid, parent in parents.items() if parent in ours} - _OTHERS


@pytest.mark.parametrize("memory_triples", [0, 100_000])
def test_an_answer_is_in_the_wanted_format(work_with: Run, memory_triples: int) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        answer = await engine.query("SELECT ?x { VALUES ?x { 1 UNDEF } }", CSV)
        assert (answer.media_type, answer.rows) == ("text/csv", 2)
        assert list(csv.reader(io.StringIO(answer.body.decode()))) == [["x"], ["1"], [""]]
        answer = await engine.query("CONSTRUCT { <a:a> <a:b> 1 } { VALUES ?x { 1 2 } }", CSV)
        assert (answer.media_type, answer.rows) == ("application/n-triples", 1)
        assert answer.body.count(b"\n") == 1
        answer = await engine.query("SELECT (COUNT(*) AS ?n) { ?s a ?type }", CSV)
        assert answer.body.split() == [b"n", b"10"]

    work_with(replace(PATIENT, memory_triples=memory_triples), work)


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("SELECT * {\n ?s ?p }", QuerySyntaxError, "Line 2, column 9: .*\n   [?]s [?]p }"),
        ("SELECT * { ?s mea:number ?o }", QuerySyntaxError, r"Add: PREFIX mea: <https://w3id.*#>"),
        ("", QuerySyntaxError, "Line 1, column 1"),
        ("INSERT DATA {}", QuerySyntaxError, "Line 1"),
        ("SELECT (<a:f>(1) AS ?x) {}", QueryRefused, "a:f> is not supported"),
        ("CONSTRUCT { <a:a> <http://e/1> 1 } {}", NotAcceptable, "RDF/XML cannot express"),
        (
            "ASK { SERVICE <http://127.0.0.1:47811/> {} }",
            QueryRefused,
            "read this graph only",
        ),
    ],
)
def test_what_cannot_be_answered_is_a_clear_error(
    work_with: Run, query: str, error: type[Exception], message: str
) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        with pytest.raises(error, match=message):
            await engine.query(query, AcceptedFormats("text/csv", "application/rdf+xml"))

    work_with(replace(PATIENT, workers=1), work)


def test_an_unwanted_kind_of_answer_is_not_sent(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        with pytest.raises(NotAcceptable, match=r"turtle \(text/turtle\), ntriples"):
            await engine.query("DESCRIBE <a:a>", AcceptedFormats("text/csv", None))
        with pytest.raises(NotAcceptable, match=r"json \(application/sparql-results"):
            await engine.query("ASK {}", AcceptedFormats(None, "text/turtle"))

    work_with(replace(PATIENT, workers=1), work)


def test_a_named_dataset_replaces_the_whole_one(work_with: Run) -> None:
    graphs = "https://w3id.org/meagraph/graph/"
    count = "SELECT (COUNT(*) AS ?n) { ?s a ?type }"

    async def work(engine: EmbeddedEngine) -> None:
        async def counted(dataset: Dataset | None, query: str = count) -> int:
            return int((await engine.query(query, CSV, dataset)).body.split()[1])

        assert await counted(None) == 10
        assert await counted(Dataset(default_graphs=(f"{graphs}plan-b",))) == 3
        both = Dataset(default_graphs=(f"{graphs}plan-a", f"{graphs}plan-b"))
        assert await counted(both) == 7
        assert await counted(Dataset(default_graphs=(f"{graphs}nothing",))) == 0
        named = Dataset(named_graphs=(f"{graphs}plan-b",))
        assert await counted(named) == 0
        assert await counted(named, count.replace("{", "{ GRAPH ?g {", 1) + "}") == 3
        with pytest.raises(BadValue, match="not the IRI of a graph"):
            await counted(Dataset(default_graphs=("no iri",)))

    work_with(PATIENT, work)


def test_a_query_past_its_deadline_is_an_error_and_others_go_on(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        with pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"):
            await engine.query(SLOW, CSV, seconds=0.2)
        assert (await engine.query("ASK {}", JSON)).body == TRUE
        await all_idle(engine, 1)
        await until(lambda: engine.state.ended == {"timeout": 1})

    work_with(replace(PATIENT, workers=1), work)


def test_a_caller_may_give_a_query_less_time_and_not_more(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        with pytest.raises(QueryTimeout, match=r"longer than 0\.1 s"):
            await engine.query(SLOW, CSV, seconds=0.1)
        with pytest.raises(QueryTimeout, match=r"longer than 0\.3 s"):
            await engine.query(SLOW, CSV, seconds=9)

    work_with(replace(PATIENT, deadline=0.3), work)


def test_a_long_query_leaves_its_place_in_the_fast_lane_to_others(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        long = await begun(engine, SLOW)
        (first,) = children()
        await until(lambda: engine.state.workers["slow"] == 1)
        assert (await engine.query("ASK {}", JSON)).body == TRUE
        assert not long.done()
        usual = os.getpriority(os.PRIO_PROCESS, 0)
        assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in children() - {first}} <= {usual}
        await until(lambda: os.getpriority(os.PRIO_PROCESS, first) > usual or usual == NICEST)
        await cancel_task(long)
        await all_idle(engine, 1)

    work_with(replace(PATIENT, workers=1, slow_after=0.2), work)


def test_a_full_slow_lane_sends_long_queries_away(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        queries = [asyncio.create_task(engine.query(SLOW, CSV)) for _ in range(4)]
        await until(lambda: sum(query.done() for query in queries) == 2)
        assert engine.state.workers["slow"] == 2
        for query in queries:
            if query.done():
                assert isinstance(query.exception(), Busy)
            else:
                await cancel_task(query)
        await all_idle(engine, 4)

    work_with(replace(PATIENT, workers=4, slow_after=0.2, slow_workers=2), work)


def test_a_query_that_gets_no_process_in_time_is_told_to_come_back(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        long = await begun(engine, SLOW)
        with pytest.raises(Busy, match=r"No worker was free for this query within 0\.1 s"):
            await engine.query("ASK {}", JSON)
        assert not long.done()
        await cancel_task(long)
        await all_idle(engine, 1)
        assert (await engine.query("ASK {}", JSON)).body == TRUE

    work_with(replace(PATIENT, workers=1, wait=0.1), work)


@pytest.mark.parametrize("workers", [1, 2])
def test_who_asks_little_goes_before_who_asks_much(work_with: Run, workers: int) -> None:
    """Of one place it is the first to have it; of two, the last is not for who has the other."""
    done: list[str] = []

    async def work(engine: EmbeddedEngine) -> None:
        async def ask(client: str) -> None:
            await engine.query("SELECT * {}", CSV, client=client)
            done.append(client)

        waiting = engine._scheduler._waiting
        long = await begun(engine, SLOW, "greedy")
        tasks = [asyncio.create_task(ask("greedy")) for _ in range(2)]
        await until(lambda: len(waiting) == 2)
        tasks.append(asyncio.create_task(ask("modest")))
        await until(lambda: done or len(waiting) == 3)
        assert done == (["modest"] if workers == 2 else [])
        await cancel_task(long)
        await asyncio.gather(*tasks)
        assert done == ["modest", "greedy", "greedy"]

    work_with(replace(PATIENT, workers=workers), work)


def test_queries_of_the_service_itself_leave_the_last_place_to_clients(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        own = await begun(engine, SLOW)
        second = asyncio.create_task(engine.query("ASK {}", JSON))
        await until(lambda: len(engine._scheduler._waiting) == 1)
        assert (await engine.query("ASK {}", JSON, client="somebody")).body == TRUE
        assert not second.done()
        await cancel_task(own)
        assert (await second).body == TRUE

    work_with(replace(PATIENT, workers=2), work)


def test_a_caller_that_goes_away_frees_its_process(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        await cancel_task(await begun(engine, SLOW))
        assert (await engine.query("ASK {}", JSON)).body == TRUE
        await all_idle(engine, 1)
        await until(lambda: engine.state.ended == {"gone": 1})

    work_with(replace(PATIENT, workers=1), work)


def test_a_caller_that_goes_away_when_it_gets_a_process_leaves_it_to_others(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        scheduler = engine._scheduler
        worker = await scheduler.take("first")
        second = asyncio.create_task(scheduler.take("second"))
        await until(lambda: len(scheduler._waiting) == 1)
        scheduler.give_back(worker)  # to the second, which is called off before it notices
        await cancel_task(second)
        assert second.cancelled()
        assert scheduler.workers == {"idle": 1, "busy": 0, "slow": 0}

    work_with(replace(PATIENT, workers=1), work)


def test_a_query_that_takes_too_much_memory_is_an_error_and_others_go_on(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        with pytest.raises(QueryTooLarge, match="more than 100,000,000 bytes of memory"):
            await engine.query(EXPLODING, CSV)
        assert (await engine.query("ASK {}", JSON)).body == TRUE
        await all_idle(engine, 1)

    work_with(replace(PATIENT, workers=1, memory=100_000_000), work)


def test_an_answer_that_is_too_long_is_not_begun(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        for most in (100_000, 3_000_000):
            engine._limits = replace(PATIENT, result_bytes=most)
            with pytest.raises(ResultTooLarge, match=f"longer than {most:,} bytes"):
                await engine.query(ROWS, CSV)
        server = engine._server
        assert server is not None
        assert list(server.spool.iterdir()) == []

    work_with(PATIENT, work)


def test_a_long_answer_stands_in_a_file_that_nobody_else_can_reach(work_with: Run) -> None:
    query = f"SELECT ?v {{ VALUES ?v {{ {NUMBERS} }} VALUES ?w {{ {NUMBERS} }} }}"
    several = query.replace("} }", f"}} VALUES ?x {{ {NUMBERS[:60]} }} }}")

    async def work(engine: EmbeddedEngine) -> None:
        plain = await engine.query(several, CSV)
        packed = await engine.query(several, AcceptedFormats("text/csv", None, gzip=True))
        server = engine._server
        assert server is not None
        assert list(server.spool.iterdir()) == []
        assert not isinstance(plain.content, bytes)
        assert (plain.gzipped, packed.gzipped) == (False, True)
        assert plain.length == len(plain.body) > 1_048_576 > packed.length
        assert packed.length == len(packed.body)
        assert gzip.decompress(packed.body) == plain.body
        assert plain.rows == packed.rows == plain.body.count(b"\r\n") - 1
        plain.content.close()
        assert not isinstance(packed.content, bytes)
        packed.content.close()

    work_with(PATIENT, work)


def test_short_answers_are_not_compressed(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        accepted = AcceptedFormats("text/csv", None, gzip=True)
        assert not (await engine.query("SELECT * {}", accepted)).gzipped
        long = await engine.query(f"SELECT ?v {{ VALUES ?v {{ {NUMBERS} }} }}", accepted)
        assert long.gzipped
        assert gzip.decompress(long.body).startswith(b"v\r\n0\r\n1\r\n")

    work_with(PATIENT, work)


def test_a_process_that_is_killed_from_outside_is_replaced(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        await all_idle(engine, 2)
        before = children()
        tasks = await begun(engine, SLOW)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(QueryFailed, match="ended unexpectedly"):
            await tasks
        await all_idle(engine, 2)
        assert len(children()) == 2
        assert not children() & before
        assert (await engine.query("ASK {}", JSON)).body == TRUE

    work_with(replace(PATIENT, workers=2), work)


def test_a_fork_server_that_is_killed_is_started_again(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        server = engine._server
        assert server is not None
        server._process.kill()
        await until(lambda: not engine.state.ready)
        assert (await engine.query("ASK {}", JSON)).body == TRUE
        await all_idle(engine, 2)
        assert engine.state.ready
        assert not server.spool.exists()

    work_with(replace(PATIENT, workers=2), work)


def test_a_closed_engine_leaves_nothing_behind(small_releases: Path) -> None:
    async def work() -> None:
        async with engine_over(small_releases / "r1", PATIENT) as engine:
            server = engine._server
            assert server is not None
            tasks = await begun(engine, SLOW)
        with pytest.raises(QueryFailed):
            await tasks
        assert not server.spool.exists()
        assert children() == set()
        with pytest.raises(RuntimeError, match="closed"):
            await engine.query("ASK {}", JSON)

    asyncio.run(work())


def test_many_queries_at_once_are_all_answered_right(work_with: Run) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        accepted = AcceptedFormats("application/json", None)
        answers = await asyncio.gather(
            *(engine.query(f"SELECT ?x {{ VALUES ?x {{ {n} }} }}", accepted) for n in range(200))
        )
        values = [json.loads(a.body)["results"]["bindings"][0]["x"]["value"] for a in answers]
        assert values == [str(n) for n in range(200)]

    work_with(replace(PATIENT, workers=3), work)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (" + "!" * 200_000 + "1 AS ?x) {}",
        "SELECT * " + "{" * 200 + "}" * 200,
        "SELECT * {" + "{} UNION " * 2000 + "{}}",
    ],
    ids=["not", "braces", "unions"],
)
def test_a_deep_query_is_answered(work_with: Run, query: str) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        assert (await engine.query(query, CSV)).body

    work_with(replace(PATIENT, workers=1), work)


@pytest.mark.parametrize(
    ("query", "lasts"),
    [
        ("SELECT * {}", True),
        ("SELECT * { ?s <http://xmlns.com/foaf/0.1/knows> ?o }", True),
        ("SELECT (NOW() AS ?x) {}", False),
        ("SELECT (struuid # with a comment\n () AS ?x) {}", False),
        ("SELECT (BNODE() AS ?x) {}", False),
        ("SELECT ?x { VALUES ?s { 1 } BIND(1 AS ?x) } ORDER BY RAND()", False),
        ("CONSTRUCT { [] <a:b> 1 } {}", False),
        ("CONSTRUCT { <a:a> <a:b> 1 } {}", True),
    ],
)
def test_an_answer_lasts_unless_time_chance_or_blank_nodes_are_in_it(
    work_with: Run, query: str, lasts: bool
) -> None:
    async def work(engine: EmbeddedEngine) -> None:
        assert (await engine.query(query, CSV)).lasting is lasts

    work_with(replace(PATIENT, workers=1), work)


def test_a_release_that_is_not_whole_is_not_opened(tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(ReleaseError, match="cannot be read"):
            await EmbeddedEngine.open(tmp_path, Limits())
        (tmp_path / "store").mkdir()
        (tmp_path / "store" / "CURRENT").write_text("no store", encoding="utf-8")
        (tmp_path / "image.nq.gz").write_bytes(gzip.compress(b"no quads"))
        write_manifest(tmp_path, Contents("r1", 1, {}, documents={}, sources={}))
        for memory_triples in (0, 10):
            with pytest.raises(ReleaseError, match="cannot be opened") as raised:
                await EmbeddedEngine.open(tmp_path, Limits(memory_triples=memory_triples))
            # The cause is told, not that a process was waited for in vain.
            assert re.search(r"No such file|Corruption|CURRENT file|Parser", str(raised.value))
        assert children() == set()

    asyncio.run(work())
