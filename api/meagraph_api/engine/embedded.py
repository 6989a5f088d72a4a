"""The embedded engine: Oxigraph in this process, over the store of a release.

A query is computed and written out by one function in one thread, because a result of pyoxigraph
that another thread touches ends the process. pyoxigraph cannot stop a query: past the deadline the
caller gets its answer (QueryTimeout), and the thread ends when it next writes a piece of the
result, or finds none. Until then it keeps its place among the queries that may run at a time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyoxigraph as ox

from meagraph import names
from meagraph.errors import (
    BadValue,
    Busy,
    NotAcceptable,
    QueryRefused,
    QueryTimeout,
    ReleaseError,
    RequestError,
    ResultTooLarge,
)
from meagraph_api import formats, syntax
from meagraph_api.engine import Answer, Dataset, Release, State, Wanted

if TYPE_CHECKING:
    from typing_extensions import Buffer

_RESULTS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
_GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}

_log = logging.getLogger("uvicorn.error")

_STACK = 512 * 1024 * 1024
"""Address space for a query's stack: Oxigraph's parser descends into what it reads."""

_WAIT = 2.0
"""Seconds that a query waits for a place before it is told to come back."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one engine does at a time, and for one query."""

    deadline: float = 30.0
    """Seconds that a query may take."""
    concurrent: int = 4
    """Queries that run at a time."""
    result_bytes: int = 64 * 1024 * 1024
    """The longest answer."""


class EmbeddedEngine:
    """Oxigraph in threads of this process; see `meagraph_api.engine.Engine`."""

    def __init__(self, store: ox.Store, release: Release, limits: Limits) -> None:
        self.release = release
        self._store: ox.Store | None = store
        self._limits = limits
        self._places = asyncio.Semaphore(limits.concurrent)

    @classmethod
    def open(cls, folder: Path, limits: Limits) -> EmbeddedEngine:
        """Open the store of the release in a folder, to read only.

        Raises ReleaseError where it is not whole.
        """
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            store = ox.Store.read_only(str(folder / "store"))
        except (OSError, ValueError) as error:
            raise ReleaseError(
                f"{folder}: the release cannot be opened: {error}. Make it anew: meagraph build"
            ) from None
        return cls(store, Release(folder.name, folder, manifest), limits)

    @property
    def state(self) -> State:
        """How it is."""
        return State(self._store is not None)

    async def query(
        self,
        text: str,
        wanted: Wanted,
        dataset: Dataset | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """The complete answer to one query; see `meagraph_api.engine.Engine`."""
        store = self._store
        if store is None:
            raise RuntimeError("the engine is closed")
        await self._take_a_place()
        spool = _Spool(self._limits.result_bytes)
        job = _in_thread(lambda: _answer(store, text, wanted, dataset, spool), self._places.release)
        try:
            await asyncio.wait([job], timeout=self._limits.deadline)
            if job.done():
                return job.result()
        finally:
            spool.abandoned = True
        job.add_done_callback(lambda late: late.exception())
        raise QueryTimeout(
            f"The query took longer than {self._limits.deadline:g} s. Ask for less: "
            "name the graph or the class, bind more, or add a LIMIT."
        )

    async def _take_a_place(self) -> None:
        try:
            await asyncio.wait_for(self._places.acquire(), _WAIT)
        except TimeoutError:
            raise Busy(
                f"{self._limits.concurrent} queries are running, as many as may. Try again soon."
            ) from None

    async def close(self) -> None:
        """Let go of the store; it closes when the last running query has ended."""
        self._store = None


def _in_thread(work: Callable[[], Answer], finished: Callable[[], None]) -> asyncio.Future[Answer]:
    """Run the work in a thread of its own; the thread does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Answer] = loop.create_future()

    def settle(answer: Answer | None, error: Exception | None) -> None:
        finished()
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        elif answer is not None:
            future.set_result(answer)

    def run() -> None:
        answer: Answer | None = None
        error: Exception | None = None
        try:
            answer = work()
        except Exception as raised:
            error = _without_frames(raised)
        except BaseException as raised:  # a panic of the engine is no reason to end the service
            error = RuntimeError(f"the engine failed: {raised}")
            _without_frames(raised)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, answer, error)

    before = threading.stack_size(_STACK)
    try:
        threading.Thread(target=run, daemon=True, name="query").start()
    finally:
        threading.stack_size(before)
    return future


_Raised = TypeVar("_Raised", bound=BaseException)


def _without_frames(raised: _Raised) -> _Raised:
    """The exception without its traceback, whose frames hold results that must end in this thread.

    What the caller did not bring about is logged here, while the traceback is there.
    """
    if not isinstance(raised, RequestError | _Abandoned):
        _log.error("the engine failed", exc_info=raised)
    raised.__traceback__ = raised.__context__ = raised.__cause__ = None
    return raised


class _Abandoned(Exception):
    """Nobody waits for this answer any more."""


class _Spool(BytesIO):
    """Collects an answer; refuses to go on when it grows too long or nobody waits for it."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.abandoned = False
        self._most = most

    def check(self) -> None:
        if self.abandoned:
            raise _Abandoned

    def write(self, piece: Buffer, /) -> int:
        self.check()
        written = super().write(piece)
        if self.tell() > self._most:
            raise ResultTooLarge(
                f"The answer is longer than {self._most:,} bytes. Ask for less, or page through it "
                "with ORDER BY, LIMIT and OFFSET."
            )
        return written


def _answer(
    store: ox.Store, text: str, wanted: Wanted, dataset: Dataset | None, spool: _Spool
) -> Answer:
    """Compute a query and write its answer: one function, one thread."""
    try:
        result = _query(store, text, dataset)
        if isinstance(result, ox.QueryTriples):
            return _graph_answer(result, wanted.graph, spool)
        return _results_answer(result, wanted.results, spool)
    except SyntaxError as error:
        raise syntax.error(text, str(error.msg)) from None
    except RuntimeError as error:
        raise QueryRefused(f"The query cannot be computed: {error}.") from None


def _query(
    store: ox.Store, text: str, dataset: Dataset | None
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    if dataset is None:
        return store.query(text)
    return store.query(
        text,
        default_graph=[_node(iri) for iri in dataset.default_graphs],
        named_graphs=[_node(iri) for iri in dataset.named_graphs],
    )


def _node(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise BadValue(f"{iri!r} is not the address of a graph: {error}.") from None


def _results_answer(
    result: ox.QuerySolutions | ox.QueryBoolean, media_type: str | None, spool: _Spool
) -> Answer:
    if media_type is None:
        raise NotAcceptable(
            f"The answer to SELECT and ASK comes as {formats.listed(formats.RESULTS)}."
        )
    own = formats.own_media_type(formats.RESULTS, media_type)
    result.serialize(spool, format=_RESULTS[own])
    return Answer(media_type, spool.getvalue(), len(spool.getvalue()))


def _graph_answer(result: ox.QueryTriples, media_type: str | None, spool: _Spool) -> Answer:
    if media_type is None:
        raise NotAcceptable(
            f"The answer to CONSTRUCT and DESCRIBE comes as {formats.listed(formats.GRAPHS)}."
        )
    own = formats.own_media_type(formats.GRAPHS, media_type)
    triples: Iterable[ox.Triple] = _unique(result, spool)
    if own == "application/rdf+xml":
        triples = _sayable_in_xml(triples)
    prefixes = names.PREFIXES if own == "text/turtle" else None
    ox.serialize(triples, spool, format=_GRAPHS[own], prefixes=prefixes)
    return Answer(media_type, spool.getvalue(), len(spool.getvalue()))


def _unique(triples: Iterable[ox.Triple], spool: _Spool) -> Iterator[ox.Triple]:
    """Each triple once: Oxigraph may give one several times."""
    seen = set()
    for triple in triples:
        spool.check()
        if triple not in seen:
            seen.add(triple)
            yield triple


_XML_NAME = re.compile(r"[^\W\d][\w.\-]*\Z")


def _sayable_in_xml(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """The triples, if RDF/XML can write their predicates as element names.

    https://www.w3.org/TR/rdf-syntax-grammar/#section-Syntax-property-elements
    """
    for triple in triples:
        if not _XML_NAME.search(triple.predicate.value):
            raise NotAcceptable(
                f"RDF/XML cannot express the predicate <{triple.predicate.value}>: it does not end "
                "in an XML name. Ask for Turtle, N-Triples or JSON-LD."
            )
        yield triple
