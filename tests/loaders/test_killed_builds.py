"""After a build is killed at any moment, the current release is complete and still served."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files
from meagraph_loaders import pipeline
from meagraph_loaders import release as releasing
from meagraph_loaders.validate import Report
from tests.sampling import sampled

_COMPUTING = pipeline.STAGES[: pipeline.STAGES.index("dump")]
_WRITING = pipeline.STAGES[len(_COMPUTING) :]
"""The stages that write to the disk, the same for every graph."""

_SUICIDE = """
import os, signal, sys
from pathlib import Path
import pyoxigraph as ox
from meagraph_loaders import pipeline
from meagraph_loaders.validate import Report
graph, releases, name, moment = sys.argv[1:]
store = ox.Store()
store.load(path=graph)
def progress(stage):
    if stage.name == name and moment == ("begins" if stage.seconds is None else "ends"):
        os.kill(os.getpid(), signal.SIGKILL)
pipeline.release_graph(store, Report(()), Path(releases), progress)
"""
"""Program: make a release of a graph, and be killed when a stage begins or ends."""

_SUDDEN_DEATH = """
import os, signal, sys
from pathlib import Path
from meagraph_loaders import pipeline
releases, name, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
def count(*_):
    global left
    left -= 1
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
def progress(stage):
    print(stage.name, flush=True)
    if stage.name == name and stage.seconds is None:
        sys.setprofile(count)
pipeline.build(Path(releases), progress)
"""
"""Program: make the real release, and be killed a number of function calls into a stage."""


@pytest.fixture
def before(small: ox.Store, tmp_path: Path) -> Path:
    """A release of another graph, current when the build is killed."""
    return pipeline.release_graph(small, Report(()), tmp_path / "releases").path


@pytest.fixture
def following(small: ox.Store, tmp_path: Path) -> Path:
    """A file with the graph of the next release."""
    node = ox.NamedNode("https://w3id.org/meagraph/id/measure/plan/9")
    graph = ox.NamedNode("https://w3id.org/meagraph/graph/plan")
    small.add(ox.Quad(node, node, ox.Literal("new"), graph))
    small.dump(tmp_path / "next.nq", ox.RdfFormat.N_QUADS)
    return tmp_path / "next.nq"


def is_served_and_whole(path: Path) -> bool:
    releasing.verify(path)
    store = ox.Store.read_only(str(path / "store"))
    return files.current_release(path.parent) == path and bool(store.query("ASK { ?s ?p ?o }"))


def leftovers(releases: Path) -> set[str]:
    return {path.name for path in releases.iterdir() if path.name.startswith(releasing.BUILDING)}


def is_the_only_thing_beside(path: Path, before: Path) -> bool:
    expected = {path.name, before.name, files.CURRENT}
    return {entry.name for entry in path.parent.iterdir()} - {releasing.LOCK} == expected


def kill_itself(graph: Path, releases: Path, stage: str, moment: str) -> int:
    """Make a release in a process that is killed as a stage begins or ends; its exit code."""
    command: list[str | Path] = [sys.executable, "-c", _SUICIDE, graph, releases, stage, moment]
    return subprocess.run(command, check=False).returncode


@pytest.mark.parametrize("moment", ["begins", "ends"])
@pytest.mark.parametrize("stage", _WRITING)
def test_a_build_killed_as_a_stage_begins_or_ends_changes_nothing_but_once_it_is_current(
    before: Path, following: Path, stage: str, moment: str
) -> None:
    assert kill_itself(following, before.parent, stage, moment) == -signal.SIGKILL
    now = files.current_release(before.parent)
    assert (now == before) == ((stage, moment) != ("activate", "ends"))
    assert is_served_and_whole(now)

    store = ox.Store()
    store.load(path=following)
    after = pipeline.release_graph(store, Report(()), before.parent).path
    assert is_served_and_whole(after)
    assert is_the_only_thing_beside(after, before)


def test_a_release_that_was_finished_but_not_made_current_is_taken_as_it_is(
    before: Path, following: Path
) -> None:
    assert kill_itself(following, before.parent, "publish", "ends") == -signal.SIGKILL
    store = ox.Store()
    store.load(path=following)
    finished = before.parent / releasing.release_id(releasing.graphs_of(store))
    written = (finished / files.MANIFEST).stat().st_mtime_ns
    assert pipeline.release_graph(store, Report(()), before.parent).path == finished
    assert (finished / files.MANIFEST).stat().st_mtime_ns == written


def kill_in(stage: str, releases: Path, calls: int = 1000) -> int:
    """Build the real release and kill the build during a stage; its exit code."""
    command: list[str | Path] = [sys.executable, "-c", _SUDDEN_DEATH, releases, stage, str(calls)]
    killed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert stage in killed.stdout.split(), killed.stderr
    return killed.returncode


@pytest.mark.parametrize("stage", sampled(_COMPUTING, 2))
def test_the_real_build_killed_in_a_stage_leaves_the_current_release_served(
    before: Path, stage: str
) -> None:
    assert kill_in(stage, before.parent) == -signal.SIGKILL
    assert files.current_release(before.parent) == before
    assert is_served_and_whole(before)


def test_the_real_build_after_a_killed_one_leaves_nothing_of_it_and_is_the_same_as_ever(
    before: Path, release: Path
) -> None:
    releases = before.parent
    assert kill_in("store", releases) == -signal.SIGKILL
    assert leftovers(releases)
    command: list[str | Path] = [sys.executable, "-m", "meagraph", "build", "--releases", releases]
    built = subprocess.run(command, check=True, capture_output=True, text=True)
    after = files.current_release(releases)
    assert is_served_and_whole(after)
    assert is_the_only_thing_beside(after, before)
    assert after.name == release.name
    for path in (release / "dumps").rglob("*.*"):
        assert path.read_bytes() == (after / path.relative_to(release)).read_bytes(), path
    for stage in pipeline.STAGES:
        assert f"\n{stage} " in f"\n{built.stderr}"
    assert "document" in built.stdout
    assert after.name in built.stdout
