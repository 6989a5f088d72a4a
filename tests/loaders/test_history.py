"""Releases are listed in build order, and an earlier one can be made current again."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import filelock
import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from meagraph.core.errors import ReleaseError
from meagraph.core.version import __version__
from meagraph_loaders import history, pipeline, release
from meagraph_loaders.validate import Report
from tests.waiting import PATIENCE

Make = Callable[[str], Path]


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def make(releases: Path) -> Make:
    """Make a release of a graph with one literal."""

    def make(word: str) -> Path:
        store = ox.Store()
        node, graph = ox.NamedNode(names.thing("measure", "x")), ox.NamedNode(names.graph("x"))
        store.add(ox.Quad(node, ox.NamedNode(names.term("text")), ox.Literal(word), graph))
        return pipeline.release_graph(store, Report(()), releases).path

    return make


def order(releases: Path) -> list[str]:
    return [past.name for past in history.listed(releases)]


def damage(made: Path) -> None:
    """Change a file of a release without changing its size."""
    path = made / "dumps" / "x.nt.gz"
    path.write_bytes(bytes(len(path.read_bytes())))


def test_the_newest_release_comes_first(make: Make, releases: Path) -> None:
    one, two, three = make("one"), make("two"), make("three")
    assert order(releases) == [three.name, two.name, one.name]
    newest = history.listed(releases)[0]
    assert newest.current
    assert newest.version == __version__
    assert newest.triples == 1
    assert newest.damage == ""


def test_neither_copies_nor_the_clock_change_the_order(make: Make, releases: Path) -> None:
    made = [make(word) for word in ("one", "two", "three")]
    before = order(releases)
    for day, folder in enumerate(reversed(made), 1):
        for path in folder.rglob("*"):
            os.utime(path, (day * 86400, day * 86400))
        recorded = json.loads((folder / history.RECORD).read_text())
        recorded["at"] = f"20{day:02}-01-01T00:00:00+00:00"
        (folder / history.RECORD).write_text(json.dumps(recorded))
    assert order(releases) == before


def test_a_release_that_is_built_again_is_the_newest_again(make: Make, releases: Path) -> None:
    one, two = make("one"), make("two")
    assert make("one") == one
    assert order(releases) == [one.name, two.name]
    assert history.roll_back(releases)[0] == two


def test_a_release_without_a_record_stands_behind_those_that_have_one(
    make: Make, releases: Path
) -> None:
    one, two, three = make("one"), make("two"), make("three")
    for day, folder in ((1, two), (2, three)):
        (folder / history.RECORD).unlink()
        os.utime(folder / files.MANIFEST, (day * 86400, day * 86400))
    assert order(releases) == [one.name, three.name, two.name]


def test_when_a_release_was_made_is_no_part_of_it(make: Make) -> None:
    made = make("one")
    assert history.RECORD not in release.verify(made)["files"]


def test_a_damaged_release_is_listed_as_such(make: Make, releases: Path) -> None:
    shorter, gone, unreadable = make("one"), make("two"), make("three")
    (shorter / "validation.ttl").write_text("")
    (gone / "validation.ttl").unlink()
    (unreadable / files.MANIFEST).write_text("{")
    found = {past.name: past for past in history.listed(releases)}
    assert found[shorter.name].damage == "validation.ttl has another size"
    assert found[gone.name].damage == "validation.ttl is missing"
    assert found[unreadable.name].damage == "manifest.json cannot be read"
    assert found[unreadable.name].current


def test_going_back_goes_to_the_release_made_before_the_current_one(
    make: Make, releases: Path
) -> None:
    one, two, three = make("one"), make("two"), make("three")
    assert history.roll_back(releases) == (two, three.name)
    assert files.current_release(releases) == two
    assert history.roll_back(releases) == (one, two.name)
    assert files.current_release(releases) == one


def test_a_build_makes_what_it_has_made_current_again(make: Make, releases: Path) -> None:
    make("one")
    two = make("two")
    history.roll_back(releases)
    assert make("two") == two
    assert files.current_release(releases) == two


def test_any_release_can_be_named(make: Make, releases: Path) -> None:
    one, _, three = make("one"), make("two"), make("three")
    assert history.roll_back(releases, one.name)[0] == one
    assert history.roll_back(releases, three.name)[0] == three
    assert files.current_release(releases) == three


def test_a_damaged_release_is_passed_over_and_reported(make: Make, releases: Path) -> None:
    one, two, _ = make("one"), make("two"), make("three")
    damage(two)
    messages: list[str] = []
    assert history.roll_back(releases, log=messages.append)[0] == one
    assert len(messages) == 1
    assert messages[0].startswith(f"{two.name} is passed over: ")
    assert "is not what the manifest says" in messages[0]


@pytest.mark.parametrize("name", ["nonesuch", "..", ".", "", "current", ".lock"])
def test_a_name_that_is_none_changes_nothing(make: Make, releases: Path, name: str) -> None:
    one, two = make("one"), make("two")
    with pytest.raises(ReleaseError, match=rf"There are: {two.name}, {one.name}"):
        history.roll_back(releases, name)
    assert files.current_release(releases) == two


def test_a_damaged_release_that_is_named_changes_nothing(make: Make, releases: Path) -> None:
    one, two = make("one"), make("two")
    damage(one)
    with pytest.raises(ReleaseError, match="is not what the manifest says"):
        history.roll_back(releases, one.name)
    assert files.current_release(releases) == two


def test_where_nothing_was_made_before_there_is_nothing_to_go_back_to(
    make: Make, releases: Path
) -> None:
    one = make("one")
    with pytest.raises(ReleaseError, match="nothing to go back to"):
        history.roll_back(releases)
    assert files.current_release(releases) == one


def test_a_folder_without_releases_stays_as_it_is(releases: Path) -> None:
    with pytest.raises(ReleaseError, match="meagraph build"):
        history.listed(releases)
    with pytest.raises(ReleaseError, match="meagraph build"):
        history.roll_back(releases)
    assert not releases.exists()


def test_where_the_current_release_is_gone_the_newest_whole_one_is_taken(
    make: Make, releases: Path
) -> None:
    make("one")
    two, three = make("two"), make("three")
    shutil.rmtree(three)
    assert not any(past.current for past in history.listed(releases))
    assert history.roll_back(releases)[0] == two


def test_going_back_waits_for_a_build_and_then_looks(make: Make, releases: Path) -> None:
    make("one")
    two = make("two")
    messages: list[str] = []
    waiting, done = threading.Event(), threading.Event()

    def log(message: str) -> None:
        messages.append(message)
        waiting.set()

    def go_back() -> None:
        history.roll_back(releases, log=log)
        done.set()

    with filelock.FileLock(releases / release.LOCK):
        thread = threading.Thread(target=go_back)
        thread.start()
        assert waiting.wait(PATIENCE)
        assert files.current_release(releases) == two
        assert not done.is_set()
    thread.join(PATIENCE)
    assert done.is_set()
    assert messages == ["a build is at work here: waiting for its end"]
    assert files.current_release(releases) != two
