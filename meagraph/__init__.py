"""meagraph: the action plans of environmental agreements as one knowledge graph.

What is here is the public Python interface. `open` gives a graph to ask, `build` makes a release,
`open_store` opens the store of the current one; what can go wrong is in `meagraph.errors`.
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
    """Build the release of our sources and make it current; gives what it holds.

    `releases` is the folder of releases, by default the one that every command uses
    (`meagraph.files.releases`). `progress` is told of each stage as it begins and ends. Raises a
    `MeagraphError` where a stage fails; the release that was current then still is.
    """
    from meagraph_loaders import pipeline

    return pipeline.build(files.releases(releases), progress or (lambda stage: None))


def open(source: str | os.PathLike[str] | None = None) -> Graph:
    """A graph to ask: of the current release, of the release in a folder, or of a service.

    `source` is the folder of a release, a folder of releases (its current one), or the address of a
    running service (`https://…`); by default the release that every command uses
    (`meagraph.files.current_release`). Raises ReleaseError where there is no release, ServiceError
    where the address is none.
    """
    from meagraph.client.graph import open_graph

    return open_graph(source)


def open_store(releases: str | os.PathLike[str] | None = None) -> pyoxigraph.Store:
    """Open the current release for reading: its named graphs, and their union by default.

    Raises ReleaseError where there is no release, and where its store cannot be opened.
    """
    from meagraph.core.releases import open_store

    return open_store(files.current_release(releases))
