"""Ready-made questions, and where a graph may be: what the clients share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from meagraph.client.result import Result

Value = str | int | bool | date
"""A value of a parameter of a ready-made question."""

Values = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """A ready-made question: what it answers, its parameters and its columns."""

    name: str
    summary: str
    parameters: Mapping[str, str]
    """What each parameter is called, by its name."""
    columns: tuple[str, ...]


class Source(Protocol):
    """Where a graph is: what a `Graph` asks."""

    where: str
    """The folder or the address."""

    def query(self, sparql: str) -> Result:
        """The answer to a SPARQL query."""

    def canned(self, name: str, values: Values) -> Result:
        """The answer to a ready-made question."""

    def questions(self) -> Mapping[str, Question]:
        """The ready-made questions."""

    def close(self) -> None:
        """Let go of it."""
