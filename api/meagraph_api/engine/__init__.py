"""The engine: what answers SPARQL over one release, whichever program that is.

Everything above it (the endpoint, canned queries, pages) sees only this interface: text in,
finished bytes out. A parsed query or a half-read result never crosses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Release:
    """The release that an engine answers from."""

    id: str
    folder: Path
    manifest: Mapping[str, object] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    media_type: str
    body: bytes


class Engine(Protocol):
    """Answers SPARQL queries over one release."""

    @property
    def release(self) -> Release:
        """The release that it answers from."""

    async def query(self, text: str, wanted: Wanted, dataset: Dataset | None = None) -> Answer:
        """The complete answer to one query.

        Raises QuerySyntaxError, QueryRefused (what the engine cannot compute), NotAcceptable (the
        answer is of a kind for which `wanted` has no media type), BadValue (a graph's address is no
        IRI), QueryTimeout, ResultTooLarge, Busy.
        """

    async def close(self) -> None:
        """Let go of the release. No query may be sent afterwards."""
