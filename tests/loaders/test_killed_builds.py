"""A build may be killed at any moment: the current release stays served and whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph import files
from meagraph_loaders import pipeline
from meagraph_loaders import release as releasing
from meagraph_loaders.validate import Report

_COMPUTING = pipeline.STAGES[: pipeline.STAGES.index("dump")]
_WRITING = pipeline.STAGES[len(_COMPUTING) :]
"""The stages that write to the disk, which any graph goes through in the same way."""

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
"""Makes a release of a graph, and is killed exactly when a stage begins or ends."""


@pytest.fixture
def before(small: ox.Store, tmp_path: Path) -> Path:
    """A release of another graph, which is the current one when the build is killed."""
    return pipeline.release_graph(small, Report(()), tmp_path / "releases").path


@pytest.fixture
def following(small: ox.Store, tmp_path: Path) -> Path:
    """A file with the graph of the release after that."""
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
    """Make a release in a process that is killed as a stage begins or ends; the exit code."""
    command: list[str | Path] = [sys.executable, "-c", _SUICIDE, graph, releases, stage, moment]
    return subprocess.run(command, check=False).returncode


@pytest.mark.parametrize("moment", ["begins", "ends"])
@pytest.mark.parametrize("stage", _WRITING)
def test_a_build_killed_as_a_stage_begins_or_ends_changes_nothing_but_once_it_is_current(
    before: Path, following: Path, stage: str, moment: str
) -> None:
    command: list[str | Path] = [
        sys.executable,
        "-c",
        _SUICIDE,
        following,
        before.parent,
        stage,
        moment,
    ]
    killed = subprocess.run(command, check=False)
    assert killed.returncode == -signal.SIGKILL
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
    command: list[str | Path] = [
        sys.executable,
        "-c",
        _SUICIDE,
        following,
        before.parent,
        "publish",
        "ends",
    ]
    subprocess.run(command, check=False)
    store = ox.Store()
    store.load(path=following)
    finished = before.parent / releasing.release_id(releasing.graphs_of(store))
    written = (finished / releasing.MANIFEST).stat().st_mtime_ns
    assert pipeline.release_graph(store, Report(()), before.parent).path == finished
    assert (finished / releasing.MANIFEST).stat().st_mtime_ns == written


def kill_at(stage: str, releases: Path, delay: float = 0.0) -> int:
    """Run `meagraph build` until it names a stage, then kill it; gives the exit code."""
    command: list[str | Path] = [sys.executable, "-m", "meagraph", "build", "--releases", releases]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as build:
        assert build.stderr is not None
        said = b""
        while stage.encode() not in said:
            said += (heard := build.stderr.read(1))
            assert heard, said.decode()
        time.sleep(delay)
        build.kill()
        return build.wait()


@pytest.mark.parametrize("stage", _COMPUTING)
def test_the_real_build_killed_in_a_stage_leaves_the_current_release_served(
    before: Path, stage: str
) -> None:
    assert kill_at(stage, before.parent, delay=0.02) == -signal.SIGKILL
    assert files.current_release(before.parent) == before
    assert is_served_and_whole(before)


def test_the_real_build_after_a_killed_one_leaves_nothing_of_it_and_is_the_same_as_ever(
    before: Path, release: Path
) -> None:
    releases = before.parent
    assert kill_at("store", releases, delay=0.1) == -signal.SIGKILL
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
