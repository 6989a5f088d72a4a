"""The canned queries, read once for all tests of a process."""

from __future__ import annotations

from meagraph.core import files, queries

QUERIES = queries.load(files.folder("queries"))
"""The queries by name; tests must not change them."""
