"""meagraph: the action plans of environmental agreements as one knowledge graph.

The public Python interface: `open` returns a graph to query, `build` makes a release, `open_store`
opens the store of the current release. All exceptions are in `meagraph.errors`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from meagraph import errors
from meagraph.core import files, names
from meagraph.core.version import __version__

if TYPE_CHECKING:
    import pyoxigraph

    from meagraph.client.graph import Graph
    from meagraph_loaders.pipeline import Progress, Summary

__all__ = ["__version__", "build", "errors", "files", "names", "open", "open_store"]


def build(
    releases: str | os.PathLike[str] | None = None, progress: Progress | None = None
) -> Summary:
    """Build a release from the source documents, make it current, and return a summary of it.

    `releases` is the folder of releases, by default the one that every command uses
    (`meagraph.files.releases`). `progress` is called when a stage begins and when it ends. Raises a
    `MeagraphError` if a stage fails; the release that was current stays current.
    """
    from meagraph_loaders import pipeline

    return pipeline.build(files.releases(releases), progress or (lambda stage: None))


def open(source: str | os.PathLike[str] | None = None) -> Graph:
    """Open the graph of the current release, of the release in a folder, or of a service.

    `source` is the folder of a release, a folder of releases (its current one), or the URL of a
    running service (`https://…`); by default the release that every command uses
    (`meagraph.files.current_release`). Raises ReleaseError if there is no release, ServiceError
    if the URL is malformed.
    """
    from meagraph.client.graph import open_graph

    return open_graph(source)


def open_store(releases: str | os.PathLike[str] | None = None) -> pyoxigraph.Store:
    """Open the store of the current release read-only; the default graph is the union of all.

    Raises ReleaseError if there is no release or its store cannot be opened.
    """
    from meagraph.core.releases import open_store

    return open_store(files.current_release(releases))
