"""meagraph: the action plans of environmental agreements as one knowledge graph."""

from meagraph import errors, files, names

__all__ = ["errors", "files", "names"]
__version__ = "0.1.0"
