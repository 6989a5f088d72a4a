"""What stands in an engine beside the graphs of a release: which release they are.

A graph of its own says which graphs were published, and, unless they are being changed at this
moment, of which release they are. Who publishes takes that away first and waits for `PAUSE` before
the first graph changes; who asks looks every second, and believes what was seen for `BELIEVED`.
So nobody takes half of a release for a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from meagraph import names
from meagraph.errors import ReleaseError

PUBLISHED = names.BASE + "published"
"""The graph, and in it the name of what was published."""

STAGING = names.BASE + "published/"
"""Before the addresses of graphs that are being filled; the release id and the name follow."""

BELIEVED = 4.0
"""Seconds for which it counts that a release was seen to be whole."""

PAUSE = 5.0
"""Seconds between taking the release's id away and the first change; longer than `BELIEVED`."""

_IDENTIFIER = "http://purl.org/dc/terms/identifier"
_PART = "http://purl.org/dc/terms/hasPart"

LOOK = f"""SELECT ?release WHERE {{
  GRAPH <{PUBLISHED}> {{ <{PUBLISHED}> <{_IDENTIFIER}> ?release }}
}}"""
"""Asks for the id of the release that is whole."""

PARTS = f"""SELECT ?graph WHERE {{
  GRAPH <{PUBLISHED}> {{ <{PUBLISHED}> <{_PART}> ?graph }}
}}"""
"""Asks for the graphs that were published."""


def statements(graphs: Iterable[str], release: str | None) -> str:
    """The triples of that graph; without a release, they say that it is being changed.

    >>> print(statements(["https://example.org/g"], None))
    <https://w3id.org/meagraph/published> <http://purl.org/dc/terms/hasPart> <https://example.org/g> .
    """
    triples = [f"<{PUBLISHED}> <{_PART}> <{graph}> ." for graph in graphs]
    if release is not None:
        triples.append(f"<{PUBLISHED}> <{_IDENTIFIER}> {json.dumps(release)} .")
    return "\n".join(triples)


def staged(release: str, name: str) -> str:
    """Where a graph of a release is filled before it takes its place."""
    return f"{STAGING}{release}/{name}"


def graphs_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The addresses of the named graphs of a release, by their names; the description is the last.

    >>> graphs_of({"graphs": {"quality": 12}})["dataset"]
    'https://w3id.org/meagraph/graph/dataset'
    """
    return {name: names.graph(name) for name in (*manifest.get("graphs", {}), "dataset")}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release. Raises ReleaseError where it cannot be read."""
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(manifest["id"], str) and isinstance(manifest.get("graphs", {}), dict):
            return dict(manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{path}: the manifest cannot be read: {error}.") from None
    raise ReleaseError(f"{path}: the manifest names no release and graphs.")
