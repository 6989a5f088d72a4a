"""The state of a publication in an engine: which release its graphs belong to.

A separate graph lists the published graphs, the graphs being filled, and the edition of the
published graphs. While graphs are being changed it has no edition: the publisher removes it and
waits `PAUSE_SECONDS` before the first change. Readers check it every second, and rely on the result
for `VALID_SECONDS`. So nobody reads an incomplete release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from meagraph.core import names
from meagraph.core.queries.composition import literal

PUBLISHED = names.BASE + "published"
"""The IRI of the graph, and of the subject of its triples."""

STAGING = names.BASE + "published/"
"""The prefix of the IRIs of graphs being filled, followed by the edition and the name."""

NOTHING = names.BASE + "published/nothing"
"""A graph that is always empty."""

VALID_SECONDS = 4.0
"""Seconds for which a reader relies on the edition."""

PAUSE_SECONDS = 5.0
"""Seconds between removing the edition and the first change; longer than `VALID_SECONDS`."""

_IDENTIFIER = "http://purl.org/dc/terms/identifier"
_PART = "http://purl.org/dc/terms/hasPart"
_STAGED = "http://purl.org/dc/terms/hasVersion"

EDITION_QUERY = f"""SELECT ?release WHERE {{
  GRAPH <{PUBLISHED}> {{ <{PUBLISHED}> <{_IDENTIFIER}> ?release }}
}}"""
"""The query for the edition."""

STATE_QUERY = f"""SELECT ?says ?what WHERE {{
  GRAPH <{PUBLISHED}> {{ <{PUBLISHED}> ?says ?what }}
}}"""
"""The query for the whole state."""


def count(graph: str) -> str:
    """The query for the number of triples of a graph."""
    return f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"


@dataclass(frozen=True, slots=True)
class State:
    """The state of a publication."""

    edition: str | None = None
    """The published edition; None while graphs are being changed."""
    graphs: frozenset[str] = frozenset()
    """The published graphs."""
    staged: frozenset[str] = frozenset()
    """The graphs being filled."""

    @classmethod
    def read(cls, solutions: Iterable[tuple[str, str]]) -> State:
        """Make it from the results of `STATE_QUERY`."""
        rows = list(solutions)
        return cls(
            next((what for says, what in rows if says == _IDENTIFIER), None),
            frozenset(what for says, what in rows if says == _PART),
            frozenset(what for says, what in rows if says == _STAGED),
        )

    def statements(self) -> list[str]:
        """The state as triples.

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
    """The edition of a release: its id and the checksum of its description.

    The id does not cover the description.

    >>> edition({"id": "r1", "files": {"dumps/dataset.ttl": {"sha256": "0123456789"}}})
    'r1-01234567'
    """
    described = manifest.get("files", {}).get("dumps/dataset.ttl", {}).get("sha256", "")
    return "-".join(filter(None, (manifest["id"], described[:8])))


def staging(edition: str, graph: str) -> str:
    """The IRI of the graph in which a graph of a release is filled before it is published."""
    return f"{STAGING}{edition}/{names.local_name(graph)}"


def graphs_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The IRIs of the named graphs of a release; the last is the description.

    >>> graphs_of({"graphs": {"quality": 12}})
    ('https://w3id.org/meagraph/graph/quality', 'https://w3id.org/meagraph/graph/dataset')
    """
    return tuple(names.graph(name) for name in (*manifest.get("graphs", {}), "dataset"))
