"""The engine: what answers SPARQL over one release, whichever program that is.

Everything above it (the endpoint, canned queries, pages) sees only this interface: text in,
finished bytes out. A parsed query or a half-read result never crosses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph.core.results.terms import JSON, Table, table


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
        accepted: AcceptedFormats,
        dataset: Dataset | None = None,
        seconds: float | None = None,
        client: str = "",
        *,
        keys_first: bool = False,
    ) -> QueryResult:
        """The complete answer to one query, in at most so many seconds (None: as many as may be).

        `client` says who asks: where queries must wait, those go first whose client has the fewest
        running. `keys_first` says that it is a ready-made query, which may be run in two steps (see
        `meagraph.core.queries.keys`); the limits hold for both together.

        Raises QuerySyntaxError, QueryRefused (what the engine cannot compute), NotAcceptable (the
        answer is of a kind for which `accepted` has no media type, or that the format cannot
        express), BadValue (a graph's address is no IRI), QueryTimeout, QueryTooLarge,
        ResultTooLarge, QueryFailed, Busy. A caller that is cancelled ends its query.
        """

    async def close(self) -> None:
        """Let go of the release. No query may be sent afterwards."""


_LONG = 65_536
"""Bytes of a result from which reading it takes more than a moment of the event loop."""


async def select(engine: Engine, text: str) -> Table:
    """The rows of a SELECT query. Raises what the engine raises."""
    answer = await engine.query(text, AcceptedFormats(results=JSON, graph=None))
    body = answer.in_memory().body
    return table(body) if len(body) < _LONG else await asyncio.to_thread(table, body)
