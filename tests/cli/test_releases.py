"""`meagraph releases` and `meagraph rollback`, with a running service."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from click.testing import Result

from meagraph.core import files, names
from meagraph.core.version import __version__
from meagraph_loaders import pipeline
from meagraph_loaders.validate import Report
from tests.cli.conftest import serving
from tests.waiting import wait_until

Run = Callable[..., Result]

QUERY = f"SELECT ?text {{ ?s <{names.term('text')}> ?text }}"


def make(releases: Path, word: str) -> str:
    """Make a release of a graph with one word, and return its name."""
    node, graph = ox.NamedNode(names.thing("measure", "x")), ox.NamedNode(names.graph("x"))
    store = ox.Store()
    store.add(ox.Quad(node, ox.NamedNode(names.term("text")), ox.Literal(word), graph))
    return pipeline.release_graph(store, Report(()), releases).path.name


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def test_the_releases_are_listed_with_what_counts_about_them(run: Run, here: Path) -> None:
    older, newer = make(here, "one"), make(here, "two")
    (here / older / "validation.ttl").unlink()
    head, first, second = run("releases", "--releases", here).output.splitlines()
    assert head.split() == ["release", "made", "software", "triples", "state"]
    assert first.split()[0] == newer
    assert first.endswith("current, whole")
    assert __version__ in first.split()
    assert second.split()[0] == older
    assert second.endswith("damaged: validation.ttl is missing")
    assert time.strftime("%Y-", time.gmtime()) in first


def test_a_release_that_cannot_be_read_is_still_listed(run: Run, here: Path) -> None:
    make(here, "one")
    (here / "emptied").mkdir()
    listed = run("releases", "--releases", here)
    assert listed.exit_code == 0
    assert "emptied" in listed.output
    assert "damaged: manifest.json cannot be read" in listed.output


@pytest.mark.parametrize("command", ["releases", "rollback"])
def test_without_a_release_both_say_how_to_make_one(run: Run, here: Path, command: str) -> None:
    result = run(command, "--releases", here)
    assert result.exit_code == 1
    assert "Make one with: meagraph build" in result.stderr
    assert not here.exists()


def test_a_running_service_follows_within_moments_and_fails_no_request(
    run: Run, here: Path, tmp_path: Path
) -> None:
    older, newer = make(here, "one"), make(here, "two")
    with serving(tmp_path / "said", "--releases", here) as service:
        service.wait_for("/readyz", 200)
        sparql, query = service.address + "/sparql", {"query": QUERY}

        def text() -> str:
            answer = httpx.get(sparql, params=query, headers={"Accept": "text/csv"}, timeout=60)
            return answer.raise_for_status().text.split()[1]

        assert text() == "two"
        result = run("rollback", "--releases", here)
        assert result.exit_code == 0
        assert result.output == f"release {older} is current now; it was {newer}\n"
        wait_until(lambda: text() == "one")
        assert httpx.get(service.address + "/readyz", timeout=60).json()["release"] == older
        assert service.stop() == 0


def test_a_release_can_be_named(run: Run, here: Path) -> None:
    one, _, three = (make(here, word) for word in ("one", "two", "three"))
    assert one in run("rollback", one, "--releases", here).output
    assert files.current_release(here).name == one
    assert run("rollback", three, "--releases", here).exit_code == 0
    assert files.current_release(here).name == three
    again = run("rollback", three, "--releases", here)
    assert again.output == f"release {three} is current already\n"


def test_with_nothing_to_go_back_to_it_says_so(run: Run, here: Path) -> None:
    only = make(here, "one")
    result = run("rollback", "--releases", here)
    assert result.exit_code == 1
    assert "nothing to go back to" in result.stderr
    assert files.current_release(here).name == only


def test_a_damaged_release_is_not_gone_back_to(run: Run, here: Path) -> None:
    one, two = make(here, "one"), make(here, "two")
    shutil.rmtree(here / one / "store")
    result = run("rollback", one, "--releases", here)
    assert result.exit_code == 1
    assert "is missing" in result.stderr
    assert files.current_release(here).name == two
