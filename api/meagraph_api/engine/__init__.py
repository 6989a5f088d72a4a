"""The engine: what answers SPARQL over one release, whichever program that is.

Everything above it (the endpoint, canned queries, pages) sees only this interface: text in,
finished bytes out. A parsed query or a half-read result never crosses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Protocol


@dataclass(frozen=True, slots=True)
class Release:
    """The release that an engine answers from."""

    id: str
    folder: Path
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def omits_restricted(self) -> bool:
        """Whether it was built without the facts that may not be redistributed."""
        return self.manifest.get("restricted_rows") is False


@dataclass(frozen=True, slots=True)
class Dataset:
    """The dataset that a request names in place of the query's own.

    SPARQL 1.1 Protocol, https://www.w3.org/TR/sparql11-protocol/#dataset. Addresses of graphs; one
    that does not exist is empty.
    """

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The media type that a caller takes for each kind of answer, None where it takes none.

    Only the engine learns from the query which kind the answer is.
    """

    results: str | None
    """For SELECT and ASK."""
    graph: str | None
    """For CONSTRUCT and DESCRIBE."""
    gzip: bool = False
    """Whether the caller takes the answer compressed; a short one comes as it is."""
    other_results: tuple[str, ...] = ()
    """Other media types for SELECT and ASK, best first, if `results` cannot express the answer."""
    other_graphs: tuple[str, ...] = ()
    """Other media types for CONSTRUCT and DESCRIBE, if `graph` cannot express the answer."""

    def without_best(self, *, graph: bool) -> Wanted | None:
        """The same without the best media type for one kind of answer; None if it is the last.

        >>> wanted = Wanted("text/csv", None, other_results=("application/json",))
        >>> wanted.without_best(graph=False) == Wanted("application/json", None)
        True
        """
        if graph:
            if not self.other_graphs:
                return None
            return replace(self, graph=self.other_graphs[0], other_graphs=self.other_graphs[1:])
        if not self.other_results:
            return None
        return replace(self, results=self.other_results[0], other_results=self.other_results[1:])


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    media_type: str
    content: bytes | IO[bytes]
    """The answer itself; a long one stands in an unnamed file, to be read from its beginning."""
    length: int
    """Bytes of the content."""
    gzipped: bool = False
    """Whether the content is compressed."""
    rows: int | None = None
    """Rows of a table, triples of a graph, None for ASK."""
    lasting: bool = False
    """Whether the same query gives the same answer as long as the release is served: it does not
    where it asks for the time or for a random value, or names blank nodes."""
    notes: tuple[str, ...] = ()
    """What the client should know about the answer; each is one line of ASCII."""

    @property
    def body(self) -> bytes:
        """The whole content."""
        if isinstance(self.content, bytes):
            return self.content
        self.content.seek(0)
        return self.content.read()

    def in_memory(self) -> Answer:
        """The same with its content in memory; its file is closed."""
        if isinstance(self.content, bytes):
            return self
        with self.content:
            return replace(self, content=self.body)


@dataclass(frozen=True, slots=True)
class State:
    """How an engine is at this moment, for those who run the service."""

    ready: bool
    """Whether a query would be answered now."""
    workers: Mapping[str, int] = field(default_factory=dict)
    """Its processes by what they do: idle, busy, slow."""
    ended: Mapping[str, int] = field(default_factory=dict)
    """Processes that ended since the start, by the reason: timeout, memory, gone, crashed …"""


LONG = 10_000
"""Characters of a query from which others notice that it is read, if they wait for it. An engine
reads such queries outside the event loop, and refuses itself what must not be computed."""


class Engine(Protocol):
    """Answers SPARQL queries over one release."""

    @property
    def release(self) -> Release:
        """The release that it answers from."""

    @property
    def state(self) -> State:
        """How it is at this moment."""

    async def query(
        self,
        text: str,
        wanted: Wanted,
        dataset: Dataset | None = None,
        seconds: float | None = None,
        client: str = "",
        *,
        keys_first: bool = False,
    ) -> Answer:
        """The complete answer to one query, in at most so many seconds (None: as many as may be).

        `client` says who asks: where queries must wait, those go first whose client has the fewest
        running. `keys_first` says that it is a ready-made query, which may be run in two steps (see
        `meagraph.queries.keys`); the limits hold for both together.

        Raises QuerySyntaxError, QueryRefused (what the engine cannot compute), NotAcceptable (the
        answer is of a kind for which `wanted` has no media type, or that the format cannot
        express), BadValue (a graph's address is no IRI), QueryTimeout, QueryTooLarge,
        ResultTooLarge, QueryFailed, Busy. A caller that is cancelled ends its query.
        """

    async def close(self) -> None:
        """Let go of the release. No query may be sent afterwards."""
