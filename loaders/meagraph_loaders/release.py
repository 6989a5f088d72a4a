"""Release: the finished graph as a directory that is served, and never half there.

A release lies in `releases/{id}/` (the layout is in docs/release.md); the file `releases/current`
holds the name of the one being served. It is made in `releases/.building-…`, written through to the
disk, then renamed, then made current by replacing that one file. So at any moment, killed or not,
`current` names a whole release or the one before. One lock lets one build at a time do this; it
also removes what a killed build has left. A release that is served is never touched.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import filelock
import pyoxigraph as ox

from meagraph.core import files, names
from meagraph.core.errors import ReleaseError
from meagraph.core.releases import read_manifest
from meagraph.core.version import __version__
from meagraph_loaders import dataset, dumps, serialise

LOCK = ".lock"
BUILDING = ".building-"

_UNSTABLE = {"LOCK", "LOG"}
"""Files of the store that an engine may write to when it opens it; they hold no data."""

_COUNTS = """
PREFIX mea: <https://w3id.org/meagraph/ontology#>
SELECT ?instrument ?measures ?units ?links ?findings WHERE {
  { SELECT ?instrument (COUNT(?measure) AS ?measures) WHERE {
      ?measure a mea:Measure ; mea:instrument ?instrument } GROUP BY ?instrument }
  OPTIONAL { SELECT ?instrument (COUNT(DISTINCT ?unit) AS ?units) WHERE {
      ?unit a mea:ConservationUnit ; mea:instrument ?instrument } GROUP BY ?instrument }
  OPTIONAL { SELECT ?instrument (COUNT(?link) AS ?links) WHERE {
      ?subject mea:instrument ?instrument ; mea:countryLink ?link } GROUP BY ?instrument }
  OPTIONAL { SELECT ?instrument (COUNT(?finding) AS ?findings) WHERE {
      ?finding a mea:QualityFinding ; mea:instrument ?instrument } GROUP BY ?instrument }
} ORDER BY ?instrument
"""


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """How much of what a document gave."""

    measures: int
    units: int
    links: int
    findings: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a graph holds, told in numbers; the head of the manifest."""

    id: str
    triples: int
    graphs: dict[str, int]
    """Triples per named graph, by the name of the graph (`inferred`)."""
    documents: dict[str, DocumentCounts]
    """By the slug of the instrument."""
    sources: dict[str, str]
    """The SHA-256 of each source file, by its name."""
    restricted_rows: bool | None = None
    """Whether the facts of data/reference-restricted are included; None for data of others."""


Graphs = dict[ox.NamedNode, list[bytes]]
"""The sorted N-Triples of each named graph: what a release is written from."""


def graphs_of(store: ox.Store) -> Graphs:
    """The named graphs that a release holds, all but the description of a release."""
    return {
        graph: serialise.sorted_lines(store, graph)
        for graph in serialise.graph_names(store)
        if graph != dataset.GRAPH
    }


def contents(store: ox.Store, graphs: Graphs) -> Contents:
    """Count what a graph holds and give it its release id."""
    triples = {names.local_name(graph.value): len(lines) for graph, lines in graphs.items()}
    return Contents(
        id=release_id(graphs),
        triples=sum(triples.values()),
        graphs=triples,
        documents=_documents(store),
        sources=_sources(store),
        restricted_rows=dataset.RESTRICTED in graphs,
    )


def release_id(graphs: Graphs) -> str:
    """The first 16 hexadecimal digits of the SHA-256 over the sorted N-Quads of the graphs.

    All graphs count but `dataset`, which describes the release. The lines are sorted by their
    bytes, as ``LC_ALL=C sort`` does.
    """
    return hashlib.sha256(dumps.sorted_quads(graphs)).hexdigest()[:16]


@contextmanager
def workshop(releases: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """An empty directory beside the releases to build in, under the lock of all builds.

    `waiting` is called when another build holds the lock. What builds have left behind is removed
    before and after. Raises ReleaseError when the folder cannot be written.
    """
    with ExitStack() as stack:
        with writing(releases):
            releases.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_locked(releases, waiting))
            _sweep(releases)
            building = releases / f"{BUILDING}{os.getpid()}"
            building.mkdir()
        stack.callback(_sweep, releases)
        yield building


@contextmanager
def writing(releases: Path) -> Iterator[None]:
    """Raises ReleaseError where the block cannot write to the folder of releases."""
    try:
        yield
    except OSError as error:
        raise ReleaseError(
            f"{error.filename or releases}: the release cannot be written "
            f"({error.strerror or error}). "
            "Free some space there, or name another folder with --releases"
        ) from error


def write_description(description: Iterable[ox.Quad], folder: Path) -> list[bytes]:
    """Write the description of the release, which lists the dumps, beside them.

    Gives its sorted N-Triples.
    """
    triples = sorted((quad.triple for quad in description), key=str)
    turtle = serialise.as_bytes(triples, ox.RdfFormat.TURTLE, serialise.PREFIXES)
    (folder / "dataset.ttl").write_bytes(turtle)
    return serialise.as_bytes(triples, ox.RdfFormat.N_TRIPLES).splitlines(keepends=True)


def write_store(graphs: Graphs, folder: Path) -> int:
    """Write the Oxigraph store: each triple in its named graph and once in the default graph.

    Gives the number of triples.
    """
    target = ox.Store(str(folder))
    quads = dumps.sorted_quads(graphs)
    triples = b"".join(line for lines in graphs.values() for line in lines)
    target.bulk_load(quads, ox.RdfFormat.N_QUADS)
    target.bulk_load(triples, ox.RdfFormat.N_TRIPLES)
    target.optimize()
    target.flush()
    write_image(quads + triples, folder.parent)
    return sum(map(len, graphs.values()))


def write_image(quads: bytes, folder: Path) -> None:
    """Write what a store holds once more, as N-Quads in one file.

    A service that holds the release in memory reads them in a third of the time that the store
    takes to give them.
    """
    with gzip.GzipFile(folder / files.IMAGE, mode="wb", compresslevel=1, mtime=0) as file:
        file.write(quads)


def write_manifest(building: Path, contents: Contents) -> None:
    """Write the manifest: what the release holds, and the size and checksum of every file."""
    head = {"software": {"name": "meagraph", "version": __version__}, **asdict(contents)}
    listed = {
        path.relative_to(building).as_posix(): _fingerprint(path) for path in _files(building)
    }
    text = json.dumps({**head, "files": listed}, indent=2, ensure_ascii=False, sort_keys=True)
    (building / files.MANIFEST).write_text(text + "\n", encoding="utf-8")


def verify(release: Path) -> dict[str, Any]:
    """Check that every file of a release is there and has its checksum; gives the manifest.

    Raises ReleaseError with the first file that is missing or changed.
    """
    manifest = read_manifest(release)
    for name, fingerprint in manifest["files"].items():
        path = release / name
        if not path.is_file():
            raise ReleaseError(f"{path}: is missing. Make the release anew with: meagraph build")
        if _fingerprint(path) != fingerprint:
            raise ReleaseError(
                f"{path}: is not what the manifest says. Make the release anew with: meagraph build"
            )
    return manifest


def sync(folder: Path) -> None:
    """Write a directory and everything in it through to the disk."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def publish(building: Path, releases: Path) -> Path:
    """Give the built release its place among the releases, and say where it is.

    Where the same release is there already and whole, it stays and the new one is given up. Where
    one of that id is damaged, or was made by another version of the software, it may be served, so
    it is left alone and the new one gets the next free name (`{id}-2` …).
    """
    manifest = read_manifest(building)
    release: str = manifest["id"]
    for number in count(1):
        target = releases / (release if number == 1 else f"{release}-{number}")
        if not target.exists():
            building.rename(target)
            _sync(releases)
            return target
        if _is_same(target, manifest):
            return target
    raise AssertionError("count() does not end")


def make_current(release: Path) -> None:
    """Make a release the one that is served, in one step."""
    pointer = release.parent / files.CURRENT
    new = release.parent / f"{BUILDING}{os.getpid()}-{files.CURRENT}"
    new.write_text(release.name + "\n", encoding="utf-8")
    _sync(new)
    new.replace(pointer)
    _sync(release.parent)


@contextmanager
def _locked(releases: Path, waiting: Callable[[], None]) -> Iterator[None]:
    # Where no file can be made this says why; the lock itself would be waited for without end.
    (releases / LOCK).touch()
    lock = filelock.FileLock(releases / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _documents(store: ox.Store) -> dict[str, DocumentCounts]:
    solutions = store.query(_COUNTS, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 (a SELECT of ours)
    found: dict[str, DocumentCounts] = {}
    for instrument, *counts in solutions:
        assert isinstance(instrument, ox.NamedNode)  # noqa: S101 (mea:instrument has IRIs)
        numbers = [int(number.value) if isinstance(number, ox.Literal) else 0 for number in counts]
        found[names.local_name(instrument.value)] = DocumentCounts(*numbers)
    return found


def _sources(store: ox.Store) -> dict[str, str]:
    quads = store.quads_for_pattern(None, ox.NamedNode(names.term("sha256")), None, None)
    found = {
        names.local_name(quad.subject.value): quad.object.value
        for quad in quads
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal)
    }
    return dict(sorted(found.items()))


def _files(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name not in _UNSTABLE
    )


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {
            "bytes": path.stat().st_size,
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
        }


def _is_same(release: Path, manifest: dict[str, Any]) -> bool:
    """Whether a release is whole and holds the same, byte for byte but for the store's files."""

    def content(manifest: dict[str, Any]) -> dict[str, Any]:
        kept = {k: v for k, v in manifest["files"].items() if not k.startswith("store/")}
        return {**manifest, "files": kept}

    try:
        return content(verify(release)) == content(manifest)
    except ReleaseError:
        return False


def _sweep(releases: Path) -> None:
    """Remove what builds have left behind; only under the lock."""
    for path in releases.glob(f"{BUILDING}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
