"""What stands in an engine beside the graphs of a release: which release they are.

A graph of its own says which graphs were published, which ones are being filled, and, unless they
are being changed at this moment, of which edition they are. Who publishes takes that away first and
waits for `PAUSE` before the first graph changes; who asks looks every second, and believes what was
seen for `BELIEVED`. So nobody takes half of a release for a whole one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from meagraph.core import names
from meagraph.core.queries.composition import literal

PUBLISHED = names.BASE + "published"
"""The graph, and in it the name of what was published."""

STAGING = names.BASE + "published/"
"""Before the addresses of graphs that are being filled; the edition and the name follow."""

NOTHING = names.BASE + "published/nothing"
"""A graph that is always empty."""

BELIEVED = 4.0
"""Seconds for which it counts that a release was seen to be whole."""

PAUSE = 5.0
"""Seconds between taking the release's id away and the first change; longer than `BELIEVED`."""

_IDENTIFIER = "http://purl.org/dc/terms/identifier"
_PART = "http://purl.org/dc/terms/hasPart"
_STAGED = "http://purl.org/dc/terms/hasVersion"

LOOK = f"""SELECT ?release WHERE {{
  GRAPH <{PUBLISHED}> {{ <{PUBLISHED}> <{_IDENTIFIER}> ?release }}
}}"""
"""Asks for the edition that is whole."""

STATE = f"""SELECT ?says ?what WHERE {{
  GRAPH <{PUBLISHED}> {{ <{PUBLISHED}> ?says ?what }}
}}"""
"""Asks for everything that is said there."""


def count(graph: str) -> str:
    """Asks how many triples a graph holds."""
    return f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"


@dataclass(frozen=True, slots=True)
class State:
    """What is said there."""

    edition: str | None = None
    """Which edition is whole; None while graphs are being changed."""
    graphs: frozenset[str] = frozenset()
    """The graphs that were published."""
    staged: frozenset[str] = frozenset()
    """The graphs that are being filled."""

    @classmethod
    def read(cls, solutions: Iterable[tuple[str, str]]) -> State:
        """From the rows that `STATE` gives."""
        rows = list(solutions)
        return cls(
            next((what for says, what in rows if says == _IDENTIFIER), None),
            frozenset(what for says, what in rows if says == _PART),
            frozenset(what for says, what in rows if says == _STAGED),
        )

    def statements(self) -> list[str]:
        """The same as triples.

        >>> print(*State("r1", staged=frozenset(["https://example.org/g"])).statements())
        <https://w3id.org/meagraph/published> <http://purl.org/dc/terms/hasVersion> \
<https://example.org/g> . <https://w3id.org/meagraph/published> \
<http://purl.org/dc/terms/identifier> "r1" .
        """
        lists = ((_PART, self.graphs), (_STAGED, self.staged))
        statements = [
            f"<{PUBLISHED}> <{says}> <{graph}> ." for says, all_ in lists for graph in sorted(all_)
        ]
        if self.edition is not None:
            statements.append(f"<{PUBLISHED}> <{_IDENTIFIER}> {literal(self.edition)} .")
        return statements


def edition(manifest: Mapping[str, Any]) -> str:
    """What a release is in an engine: its id, and which description of it (no part of the id).

    >>> edition({"id": "r1", "files": {"dumps/dataset.ttl": {"sha256": "0123456789"}}})
    'r1-01234567'
    """
    described = manifest.get("files", {}).get("dumps/dataset.ttl", {}).get("sha256", "")
    return "-".join(filter(None, (manifest["id"], described[:8])))


def staging(edition: str, graph: str) -> str:
    """Where a graph of a release is filled before it takes its place."""
    return f"{STAGING}{edition}/{names.local_name(graph)}"


def graphs_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The addresses of the named graphs of a release; the description is the last.

    >>> graphs_of({"graphs": {"quality": 12}})
    ('https://w3id.org/meagraph/graph/quality', 'https://w3id.org/meagraph/graph/dataset')
    """
    return tuple(names.graph(name) for name in (*manifest.get("graphs", {}), "dataset"))
