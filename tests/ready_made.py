"""Our ready-made queries, read once for all tests of a process."""

from __future__ import annotations

from meagraph.core import files, queries

QUERIES = queries.load(files.folder("queries"))
"""By name; never change one."""
