"""Pipeline: the stages in their order, from the source texts to a release that is served.

Each stage is one function of its own module and can be run and looked at alone; here they are only
put together, timed and reported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from meagraph.core import files
from meagraph_loaders import (
    dataset,
    documentation,
    dumps,
    extract,
    graph,
    history,
    infer,
    inputs,
    provenance,
    release,
    search,
    snapshot,
    validate,
)
from meagraph_loaders.provenance import Input
from meagraph_loaders.release import Contents

STAGES = (
    "check",
    "extract",
    "map",
    "infer",
    "validate",
    "dump",
    "store",
    "search",
    "seal",
    "publish",
    "activate",
)
"""The names of the stages of a build, in order."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the build as it begins (`seconds` is None) or as it has ended."""

    name: str
    seconds: float | None = None
    note: str = ""
    """What came out, in words: `4 documents, 180 measures`."""


Progress = Callable[[Stage], None]
"""Is told of each stage twice: when it begins and when it has ended."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a build has made."""

    path: Path
    """The directory of the release."""
    contents: Contents
    report: validate.Report
    stages: tuple[Stage, ...]

    @property
    def id(self) -> str:
        """The release id."""
        return self.contents.id

    @property
    def seconds(self) -> float:
        """How long all stages took together."""
        return sum(stage.seconds or 0.0 for stage in self.stages)


def build(releases: Path, progress: Progress = lambda stage: None) -> Summary:
    """Build the release of our sources and make it the one that is served.

    Waits while another build is at work in the same folder. Raises a MeagraphError of the stage
    that fails; the release that was current then still is.
    """
    clock = _Clock(progress)
    with release.workshop(releases, clock.wait) as building:
        store, report = _checked_graph(clock)
        with release.writing(releases):
            return _released(store, report, building, clock, provenance.inputs())


def release_graph(
    store: ox.Store,
    report: validate.Report,
    releases: Path,
    progress: Progress = lambda stage: None,
) -> Summary:
    """Make a release of a graph that is finished and checked, and make it current."""
    clock = _Clock(progress)
    with release.workshop(releases, clock.wait) as building, release.writing(releases):
        return _released(store, report, building, clock)


def check(progress: Progress = lambda stage: None) -> validate.Report:
    """Run all stages up to `validate` and give what the shapes found; no release is made."""
    _, report = _checked_graph(_Clock(progress))
    return report


def _checked_graph(clock: _Clock) -> tuple[ox.Store, validate.Report]:
    with clock.stage("check") as note:
        note(f"{inputs.check()} input files")
    with clock.stage("extract") as note:
        documents = extract.documents(files.folder("data") / "sources")
        measures = sum(len(document.measures) for document in documents)
        note(f"{len(documents)} documents, {measures} measures")
    with clock.stage("map") as note:
        store = graph.load_graphs(documents)
        note(f"{len(store):,} triples")
    with clock.stage("infer") as note:
        note(f"{infer.infer(store):,} new triples")
    with clock.stage("validate") as note:
        report = validate.validate(store)
        if report.findings:
            infer.close(store)
        note(f"{len(report.findings)} findings of the shapes")
    return store, report


def _released(
    store: ox.Store,
    report: validate.Report,
    building: Path,
    clock: _Clock,
    read: tuple[Input, ...] = (),
) -> Summary:
    with clock.stage("dump") as note:
        graphs = release.graphs_of(store)
        contents = release.contents(store, graphs)
        written = dumps.write(graphs, building / "dumps")
        description = dataset.describe(store, contents.id, graphs, written, read)
        snapshot.write(store, building)
        graphs[dataset.GRAPH] = release.write_description(description, building / "dumps")
        documentation.write_page(store, building)
        note(f"{len(written)} files, {sum(dump.size for dump in written):,} bytes")
    with clock.stage("store") as note:
        note(f"{release.write_store(graphs, building / 'store'):,} triples")
    with clock.stage("search") as note:
        note(f"{search.write_index(building):,} entries")
    with clock.stage("seal") as note:
        (building / "validation.ttl").write_bytes(report.turtle())
        release.write_manifest(building, contents)
        release.sync(building)
        note(contents.id)
    with clock.stage("publish") as note:
        path = release.publish(building, building.parent)
        note(str(path))
    with clock.stage("activate"):
        history.record(path)
        release.make_current(path)
    return Summary(path, contents, report, tuple(clock.ended))


@dataclass
class _Clock:
    """Times the stages and tells of them."""

    progress: Progress
    ended: list[Stage] = field(default_factory=list)

    def wait(self) -> None:
        """Tell that another build is at work."""
        self.progress(Stage("wait", note="another build is at work here"))

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[str], None]]:
        """Time one stage; the block is given a function that takes what came out, in words."""
        self.progress(Stage(name))
        notes: list[str] = []
        begun = time.perf_counter()
        yield notes.append
        self.ended.append(Stage(name, time.perf_counter() - begun, " ".join(notes)))
        self.progress(self.ended[-1])
