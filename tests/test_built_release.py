"""The release shared by tests is always built from the current inputs, and intact."""

from __future__ import annotations

from pathlib import Path

import pytest

import meagraph
import meagraph_loaders
from meagraph.core import files
from meagraph_loaders import pipeline, release
from meagraph_loaders.release import Contents
from meagraph_loaders.validate import Report
from tests.api.conftest import _make_release as make_release
from tests.built_release import built

INPUTS = (
    "data/reference/taxa.csv",
    "ontology/topics.ttl",
    "queries/rules/30-touches-country.rq",
    "shapes/unit.ttl",
    "meagraph/core/names.py",
    "meagraph_loaders/templates/documentation.html",
)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders in which releases were built; each build makes a small release."""
    found: list[Path] = []

    def build(releases: Path) -> pipeline.Summary:
        found.append(releases)
        contents = Contents("r1", 0, {}, documents={}, sources={})
        return pipeline.Summary(make_release(releases), contents, Report(()), ())

    monkeypatch.setattr(pipeline, "build", build)
    return found


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder instead of the installation, with a file in each folder that a build reads."""
    root = tmp_path / "installation"
    for name in INPUTS:
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text("as it was", encoding="utf-8")
    for package in (meagraph, meagraph_loaders):
        monkeypatch.setattr(package, "__file__", str(root / package.__name__ / "__init__.py"))
    monkeypatch.setattr(files, "root", lambda: root)
    return root


def test_the_same_inputs_are_built_once(builds: list[Path], tmp_path: Path) -> None:
    first, second = built(tmp_path), built(tmp_path)
    assert first == second
    assert len(builds) == 1


@pytest.mark.parametrize("name", [*INPUTS, "data/reference/new.csv", "meagraph_loaders/new.py"])
def test_a_changed_input_is_built_anew(
    builds: list[Path], installation: Path, tmp_path: Path, name: str
) -> None:
    first = built(tmp_path / "kept")
    path = installation / name
    path.write_text("as it is", encoding="utf-8")
    second = built(tmp_path / "kept")
    assert len(builds) == 2
    assert first.path != second.path


def test_a_damaged_release_is_built_anew(builds: list[Path], tmp_path: Path) -> None:
    image = built(tmp_path).path / files.IMAGE
    image.write_bytes(image.read_bytes()[:-1])
    release.verify(built(tmp_path).path)
    assert len(builds) == 2


def test_old_releases_go(builds: list[Path], installation: Path, tmp_path: Path) -> None:
    for number in range(5):
        (installation / "data" / f"{number}.csv").touch()
        last = built(tmp_path / "kept").path
    assert last.is_dir()
    assert sum(releases.is_dir() for releases in builds) == 3
