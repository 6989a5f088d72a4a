"""Publisher: a release is brought into an existing engine, and takes the place of the one before.

Every graph is filled beside its place, in a graph of its own, and compared there with the release:
how many triples there are, then every triple. Only then the engine is told that nothing whole is
there, which services see within seconds, and all graphs are copied into their places. What breaks
off goes on where it was when the same release is published once more; what it leaves in the engine
is known to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import pyoxigraph as ox

from meagraph.core.engines import published, renaming
from meagraph.core.engines.profiles import Access
from meagraph.core.engines.published import State
from meagraph.core.errors import PublishError
from meagraph_loaders import release, serialise
from meagraph_loaders.sparql_update_client import SparqlUpdateClient

_SECONDS = 600.0
"""That an engine may take for one change."""
_BYTES = 4 * 1024 * 1024
"""Of triples that are sent at a time, at most."""
_COMPARED = 1000
"""Triples that are compared at a time, and as many more as their last subject has."""
_SHOWN = 300
"""Characters of a triple that are shown."""

Log = Callable[[str], None]
"""Is told of each step when it is done."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was done."""

    edition: str
    triples: int
    seconds: float


def publish(
    folder: Path, access: Access, log: Log = lambda _: None, pause: float = published.PAUSE_SECONDS
) -> Published:
    """Bring the release in a folder into an engine.

    `pause` is for how long services may not have noticed that graphs are about to change. Raises
    PublishError, and ReleaseError where the release is not whole.
    """
    begun = time.monotonic()
    manifest = release.verify(folder)
    edition = published.edition(manifest)
    store = ox.Store.read_only(str(folder / "store"))
    graphs = tuple(graph.value for graph in serialise.graph_names(store))
    with SparqlUpdateClient(access, _SECONDS) as target:
        publication = _Publication(target, store, edition, graphs, log)
        triples = publication.published_triples()
        if triples is None:
            publication.stage()
            triples = sum(publication.fill(graph) for graph in graphs)
            publication.move(pause)
    return Published(edition, triples, time.monotonic() - begun)


@dataclass(slots=True)
class _Publication:
    """One release on its way into one engine."""

    target: SparqlUpdateClient
    store: ox.Store
    edition: str
    graphs: tuple[str, ...]
    log: Log

    def published_triples(self) -> int | None:
        """How many triples the release has, if it is in its place already, whole; else None."""
        if self._state().edition != self.edition:
            return None
        triples = 0
        try:
            for graph in self.graphs:
                lines = self._lines(graph)
                self._compare(graph, lines)
                triples += len(lines)
        except PublishError as error:
            self.log(str(error))
            return None
        self.log(f"{self.edition} is there already, and whole")
        return triples

    def stage(self) -> None:
        """Say which graphs are going to be filled; remove those that another release has left."""
        state = self._state()
        staged = frozenset(self._staging_graph(graph) for graph in self.graphs)
        self._write(state, replace(state, staged=state.staged | staged))
        left = state.staged - staged
        self.target.remove(sorted(left))
        self._write(replace(state, staged=state.staged | staged), replace(state, staged=staged))

    def fill(self, graph: str) -> int:
        """Fill the graph beside a graph's place, and compare it; how many triples it has."""
        begun = time.monotonic()
        beside = self._staging_graph(graph)
        lines = self._lines(graph)
        there = self.target.count(beside)
        left = _left(lines, self.target.batch_size, there)
        if left is None:  # what is there is not the beginning of it
            self.target.remove([beside])
            left = _left(lines, self.target.batch_size, 0) or []
        for chunk in left:
            self.target.add(beside, [self._renamed(line) for line in chunk])
        self._compare(beside, lines)
        found = f", {there:,} of them found there" if there else ""
        seconds = time.monotonic() - begun
        self.log(f"{graph}: {len(lines):,} triples{found}, {seconds:.1f} s")
        return len(lines)

    def move(self, pause: float) -> None:
        """Put the filled graphs into their places, and say which release they are."""
        state = self._state()
        graphs = frozenset(self.graphs)
        changing = State(None, state.graphs | graphs, state.staged)
        self._write(state, changing)
        if state.graphs:
            self.log(f"waiting {pause:g} s until services have noticed")
            time.sleep(pause)
        for graph in sorted(state.graphs - graphs):
            self.target.remove([graph])
        for graph in self.graphs:
            beside = self._staging_graph(graph)
            self.target.update(f"COPY GRAPH <{beside}> TO GRAPH <{graph}>")
            self._require(graph, self.target.count(beside))
        self._write(changing, State(self.edition, graphs, state.staged))
        self.log(f"all graphs in their places: {self.edition}")
        self.target.remove(sorted(state.staged))
        self._write(State(self.edition, graphs, state.staged), State(self.edition, graphs))

    def _compare(self, graph: str, lines: list[str]) -> None:
        """Raise PublishError where a graph is not what it is in the release."""
        self._require(graph, len(lines))
        for some in _whole_subjects(lines):
            expected = {quad.triple for quad in ox.parse("".join(some), ox.RdfFormat.N_TRIPLES)}
            subjects = " ".join(
                dict.fromkeys(self._renamed(line).split(" ", 1)[0] for line in some)
            )
            rows = self.target.rows(
                f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {subjects} }} "
                f"GRAPH <{graph}> {{ ?s ?p ?o }} }}"
            )
            try:
                theirs = {ox.Triple(*row) for row in rows}  # type: ignore[arg-type]
            except TypeError:
                theirs = set()
            if theirs != expected:
                missing, strange = expected - theirs, theirs - expected
                raise PublishError(
                    f"{self.target.access}: {graph} is not what the release holds: "
                    f"{len(missing)} triples are missing, {len(strange)} are others, such as "
                    f"{min(map(str, missing | strange))[:_SHOWN]}"
                )

    def _require(self, graph: str, triples: int) -> None:
        if (found := self.target.count(graph)) != triples:
            raise PublishError(
                f"{self.target.access}: {graph} holds {found:,} triples, not {triples:,}. "
                "Publish once more."
            )

    def _lines(self, graph: str) -> list[str]:
        """The triples of a graph as they are sent, sorted."""
        return [line.decode() for line in serialise.sorted_lines(self.store, ox.NamedNode(graph))]

    def _renamed(self, line: str) -> str:
        """A triple as the engine is to keep it."""
        names = self.target.access.profile.renamed_iris
        if not any(f"<{name}>" in line for name in names):
            return line
        (quad,) = ox.parse(line, ox.RdfFormat.N_TRIPLES)
        return f"{renaming.renamed(quad.triple, names)} .\n"

    def _staging_graph(self, graph: str) -> str:
        return published.staging(self.edition, graph)

    def _state(self) -> State:
        rows = self.target.rows(published.STATE_QUERY)
        return State.read(
            (getattr(says, "value", ""), getattr(what, "value", "")) for says, what in rows
        )

    def _write(self, before: State, now: State) -> None:
        """Say in the engine what has changed about it."""
        removed = sorted(set(before.statements()) - set(now.statements()))
        added = sorted(set(now.statements()) - set(before.statements()))
        changes = [
            f"{verb} DATA {{ GRAPH <{published.PUBLISHED}> {{ {' '.join(triples)} }} }}"
            for verb, triples in (("DELETE", removed), ("INSERT", added))
            if triples
        ]
        if changes:
            self.target.update(" ; ".join(changes))


def _left(lines: list[str], batch_size: int, there: int) -> list[list[str]] | None:
    """The chunks that are missing where so many triples are there; None where they fit to no chunk.

    >>> lines = [f"<x:s> <x:p> <x:{number}> .\\n" for number in range(5)]
    >>> [len(chunk) for chunk in _left(lines, 2, 2)], _left(lines, 2, 3)
    ([2, 1], None)
    """
    chunks = list(_chunks(lines, batch_size))
    for done in range(len(chunks) + 1):
        if there == 0:
            return chunks[done:]
        there -= len(chunks[done]) if done < len(chunks) else 0
    return None


def _chunks(lines: list[str], batch_size: int) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for line in lines:
        if chunk and (len(chunk) == batch_size or size + len(line) > _BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line)
    if chunk:
        yield chunk


def _whole_subjects(lines: list[str]) -> Iterator[list[str]]:
    """Sorted triples in pieces, no subject in two of them."""
    piece: list[str] = []
    for _, of_one in groupby(lines, key=lambda line: line.split(" ", 1)[0]):
        piece += of_one
        if len(piece) >= _COMPARED:
            yield piece
            piece = []
    if piece:
        yield piece
