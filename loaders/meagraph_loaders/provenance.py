"""Provenance: from which files a release was made, and by which software.

https://www.w3.org/TR/prov-o/. There is no clock in it: when a release was made is no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from meagraph.core import files, names
from meagraph.core.version import __version__
from meagraph_loaders import dcat
from meagraph_loaders.triples import triple, typed

_FOLDERS = (
    ("data", "reference"),
    ("data", "reference-restricted"),
    ("data", "curation"),
    ("ontology",),
    ("queries", "rules"),
)
"""What a build reads beside the source documents."""
_ENDINGS = {".csv", ".ttl", ".rq"}


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a build has read, by its path in the checkout."""

    path: str
    sha256: str


def inputs(root: Path | None = None) -> tuple[Input, ...]:
    """The tables, ontology files and rules of this installation, in the order of their paths."""
    root = root or files.root()
    found = [
        path
        for folder in _FOLDERS
        for path in root.joinpath(*folder).glob("*")
        if path.suffix in _ENDINGS
    ]
    return tuple(
        Input(path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(found)
    )


def describe(
    dataset: str, sources: Mapping[str, str], read: Iterable[Input]
) -> Iterator[ox.Triple]:
    """The build that gave a dataset, what it used, and the software that did it.

    `sources` are the addresses of the source documents with their SHA-256.
    """
    build, software = names.fragment(dataset, "build"), names.fragment(dataset, "software")
    yield triple(dataset, "prov:wasGeneratedBy", build)
    yield from typed(build, "prov:Activity")
    yield triple(build, "prov:wasAssociatedWith", software)
    yield from typed(software, "prov:SoftwareAgent")
    yield triple(software, "dcterms:title", ox.Literal("meagraph"))
    yield triple(software, "dcterms:hasVersion", ox.Literal(__version__))
    for source, sha256 in sources.items():
        yield triple(dataset, "prov:wasDerivedFrom", source)
        yield triple(build, "prov:used", source)
        yield from dcat.checksum(source, names.fragment(source, "checksum"), sha256)
    for one in read:
        node = names.fragment(dataset, "input-" + one.path.replace("/", "-"))
        yield triple(build, "prov:used", node)
        yield from typed(node, "prov:Entity")
        yield triple(node, "dcterms:title", ox.Literal(one.path))
        yield from dcat.checksum(node, f"{node}-checksum", one.sha256)
