"""Types shared by the local and the remote client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from meagraph.client.result import Result

Value = str | int | bool | date
"""A value of a parameter of a canned query."""

Values = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class QuerySummary:
    """A canned query: its name, summary, parameters and columns."""

    name: str
    summary: str
    parameters: Mapping[str, str]
    """The label of each parameter, by name."""
    columns: tuple[str, ...]


class Source(Protocol):
    """The source of a `Graph`: a local release or a service."""

    where: str
    """The folder or the URL."""

    def query(self, sparql: str) -> Result:
        """Run a SPARQL query."""

    def canned(self, name: str, values: Values) -> Result:
        """Run a canned query."""

    def queries(self) -> Mapping[str, QuerySummary]:
        """The canned queries, by name."""

    def close(self) -> None:
        """Release all resources."""
