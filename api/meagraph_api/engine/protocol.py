"""The interface of SPARQL engines, embedded or remote.

The endpoint, canned queries and pages use only this interface: query text in, complete bytes out.
Parsed queries and partly read results never cross it.
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
    """The release that an engine queries."""

    id: str
    folder: Path
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def omits_restricted(self) -> bool:
        """Whether it was built without the rows that may not be redistributed."""
        return self.manifest.get("restricted_rows") is False


@dataclass(frozen=True, slots=True)
class Dataset:
    """The RDF dataset that a request specifies, which overrides that of the query.

    SPARQL 1.1 Protocol, https://www.w3.org/TR/sparql11-protocol/#dataset. IRIs of graphs; one that
    does not exist is empty.
    """

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """The current state of an engine, for monitoring."""

    ready: bool
    """Whether it can run queries now."""
    workers: Mapping[str, int] = field(default_factory=dict)
    """Its processes by state: idle, busy, slow."""
    ended: Mapping[str, int] = field(default_factory=dict)
    """Processes ended since the start, by reason: timeout, memory, gone, crashed …"""


LONG = 10_000
"""Characters from which on parsing a query blocks the event loop noticeably. Engines parse such
queries outside the event loop, and reject unsafe ones themselves."""


class Engine(Protocol):
    """Runs SPARQL queries on one release."""

    @property
    def release(self) -> Release:
        """The release that it queries."""

    @property
    def state(self) -> State:
        """Its current state."""

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
        """The complete result of one query, within `seconds` (None for the limit of the engine).

        `client`: if queries must wait, those of the client with the fewest running ones go first.
        `keys_first` marks a canned query, which may be run in two steps (see
        `meagraph.core.queries.keys`); the limits apply to both together.

        Raises QuerySyntaxError, QueryRefused (the engine cannot compute it), NotAcceptable
        (`accepted` has no media type for this kind of result, or none that can express it),
        BadValue (a graph name is no IRI), QueryTimeout, QueryTooLarge, ResultTooLarge, QueryFailed,
        Busy. Cancelling the caller cancels the query.
        """

    async def close(self) -> None:
        """Close the engine. It accepts no further queries."""


_LONG = 65_536
"""Bytes from which on parsing a result blocks the event loop noticeably."""


async def select(engine: Engine, text: str) -> Table:
    """The rows of a SELECT query. Raises what the engine raises."""
    answer = await engine.query(text, AcceptedFormats(results=JSON, graph=None))
    body = answer.in_memory().body
    return table(body) if len(body) < _LONG else await asyncio.to_thread(table, body)
