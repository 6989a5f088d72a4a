"""Input files of a build: which there are, and the check of each before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from meagraph.core import files, geojson, queries, tables, text_files
from meagraph.core.errors import DataError
from meagraph.core.queries import declarations
from meagraph_loaders import examples, infer, reference, sources, turtle

_CHECKS: Mapping[str, Callable[[Path], object]] = {
    f"data/{tables.DECLARATION}": tables.read_declaration,
    "data/*/*.csv": tables.read_cells,
    "data/*/*.geojson": geojson.read_rings,
    "data/sources/*.txt": sources.read_file,
    "ontology/*.ttl": turtle.read,
    "shapes/*.ttl": turtle.read,
    "queries/*.rq": queries.read_file,
    "queries/columns.yaml": declarations.loaded,
    "queries/parameters.yaml": declarations.loaded,
    "queries/fragments/*.yaml": declarations.loaded,
    "queries/choices/*.rq": queries.check_file,
    "queries/rules/*.rq": infer.read,
    "queries/examples/*.rq": examples.read,
}
"""The reader of each kind of file, by the pattern of its path below the root."""
_WHOLE_LINES = {".rq"}
"""Endings of files whose readers take a last line without a line end, which ours do not have."""


def paths(root: Path) -> tuple[Path, ...]:
    """The input files below a root, which has `data/`, `ontology/`, `shapes/` and `queries/`."""
    return tuple(path for pattern in _CHECKS for path in sorted(root.glob(pattern)))


def check_file(path: Path) -> None:
    """Check one input file by itself. Raises a MeagraphError that names it."""
    if path.suffix in _WHOLE_LINES:
        text_files.read(path)
    for pattern, read in _CHECKS.items():
        if path.match(pattern):
            read(path)


def check(root: Path | None = None) -> int:
    """Check every input file of an installation, and the keys between its tables.

    Gives the number of files. Raises a MeagraphError, which names file and fault, for the first
    that is unreadable, empty or malformed, and for a kind of which there is no file.
    """
    root = root or files.root()
    for pattern in _CHECKS:
        if not any(root.glob(pattern)):
            raise DataError(
                f"{root}/{pattern}", "there is no such file", "Restore it from the repository"
            )
    found = paths(root)
    for path in found:
        check_file(path)
    data = root / "data"
    absent = frozenset({reference.RESTRICTED} - {path.name for path in data.iterdir()})
    tables.check(data, without=absent)
    return len(found)
