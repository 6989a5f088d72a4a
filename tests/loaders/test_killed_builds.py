"""After a build is killed at any moment, the current release is complete and still served."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files
from meagraph_loaders import pipeline
from meagraph_loaders import release as releasing
from meagraph_loaders.validate import Report
from tests.loaders.conftest import small_graph
from tests.sampling import sampled

_COMPUTING = pipeline.STAGES[: pipeline.STAGES.index("dump")]
_WRITING = pipeline.STAGES[len(_COMPUTING) :]
"""The stages that write to the disk, the same for every graph."""

_SUICIDE = """
import os, signal, sys
from pathlib import Path
import pyoxigraph as ox
from meagraph.core import files
from meagraph_loaders import examples, pipeline
from meagraph_loaders.validate import Report
graph, *cases = sys.argv[1:]
read_once = examples.examples(files.folder("queries"))
examples.examples = lambda _: read_once
for case in cases:
    name, moment, releases = case.split(" ", 2)
    def progress(stage):
        if stage.name == name and moment == ("begins" if stage.seconds is None else "ends"):
            os.kill(os.getpid(), signal.SIGKILL)
    child = os.fork()
    if not child:
        store = ox.Store()
        store.load(path=graph)
        pipeline.release_graph(store, Report(()), Path(releases), progress)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Program: make releases of a graph, each in a process that is killed as a stage begins or ends.

It prints the exit code of each process.
"""

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


def copied(release: Path, folder: Path) -> Path:
    """A copy of a release, with all that is beside it."""
    return Path(shutil.copytree(release.parent, folder / "releases")) / release.name


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, made once; tests change only copies of it."""
    releases = tmp_path_factory.mktemp("first") / "releases"
    return pipeline.release_graph(small_graph(), Report(()), releases).path


@pytest.fixture
def before(first: Path, tmp_path: Path) -> Path:
    """A release of another graph, current when the build is killed."""
    return copied(first, tmp_path)


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the graph of the next release."""
    store = small_graph()
    node = ox.NamedNode("https://w3id.org/meagraph/id/measure/plan/9")
    graph = ox.NamedNode("https://w3id.org/meagraph/graph/plan")
    store.add(ox.Quad(node, node, ox.Literal("new"), graph))
    path = tmp_path_factory.mktemp("following") / "next.nq"
    store.dump(path, ox.RdfFormat.N_QUADS)
    return path


@pytest.fixture(scope="module")
def killed(
    first: Path, following: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Path]:
    """The release that was current, by stage and moment of the build that was then killed.

    Tests change only copies of it and of what is beside it.
    """
    folder = tmp_path_factory.mktemp("killed")
    found = {}
    for case in product(_WRITING, ("begins", "ends")):
        found[case] = copied(first, folder / "-".join(case))
    cases = [f"{stage} {moment} {path.parent}" for (stage, moment), path in found.items()]
    command: list[str | Path] = [sys.executable, "-c", _SUICIDE, following, *cases]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(-signal.SIGKILL)] * len(cases), done.stderr
    return found


def is_served_and_whole(path: Path) -> bool:
    releasing.verify(path)
    store = ox.Store.read_only(str(path / "store"))
    return files.current_release(path.parent) == path and bool(store.query("ASK { ?s ?p ?o }"))


def leftovers(releases: Path) -> set[str]:
    return {path.name for path in releases.iterdir() if path.name.startswith(releasing.BUILDING)}


def is_the_only_thing_beside(path: Path, before: Path) -> bool:
    expected = {path.name, before.name, files.CURRENT}
    return {entry.name for entry in path.parent.iterdir()} - {releasing.LOCK} == expected


@pytest.mark.parametrize("moment", ["begins", "ends"])
@pytest.mark.parametrize("stage", _WRITING)
def test_a_build_killed_as_a_stage_begins_or_ends_changes_nothing_but_once_it_is_current(
    killed: dict[tuple[str, str], Path],
    following: Path,
    tmp_path: Path,
    stage: str,
    moment: str,
) -> None:
    before = copied(killed[stage, moment], tmp_path)
    now = files.current_release(before.parent)
    assert (now == before) == ((stage, moment) != ("activate", "ends"))
    assert is_served_and_whole(now)

    store = ox.Store()
    store.load(path=following)
    after = pipeline.release_graph(store, Report(()), before.parent).path
    assert is_served_and_whole(after)
    assert is_the_only_thing_beside(after, before)


def test_a_release_that_was_finished_but_not_made_current_is_taken_as_it_is(
    killed: dict[tuple[str, str], Path], following: Path, tmp_path: Path
) -> None:
    before = copied(killed["publish", "ends"], tmp_path)
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


@pytest.mark.parametrize(
    "stage", [*sampled(_COMPUTING, 2), pytest.param("store", marks=pytest.mark.full)]
)
def test_the_real_build_killed_in_a_stage_leaves_the_current_release_served(
    before: Path, stage: str
) -> None:
    assert kill_in(stage, before.parent) == -signal.SIGKILL
    assert files.current_release(before.parent) == before
    assert is_served_and_whole(before)


def test_the_real_build_after_a_killed_one_leaves_nothing_of_it_and_is_the_same_as_ever(
    killed: dict[tuple[str, str], Path], tmp_path: Path, release: Path
) -> None:
    before = copied(killed["store", "ends"], tmp_path)
    releases = before.parent
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
