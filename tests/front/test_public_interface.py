"""The public interface of `import meagraph`."""

from __future__ import annotations

from pathlib import Path

import pytest

import meagraph
from meagraph.core.errors import BadValue
from meagraph_loaders import pipeline


def test_the_public_names_are_these() -> None:
    assert sorted(meagraph.__all__) == [
        "__version__",
        "build",
        "errors",
        "files",
        "names",
        "open",
        "open_store",
    ]
    assert all(getattr(meagraph, name) for name in meagraph.__all__)


def test_the_errors_are_those_that_everything_raises() -> None:
    assert issubclass(meagraph.errors.BadValue, meagraph.errors.MeagraphError)
    assert meagraph.errors.BadValue is BadValue


def test_the_current_release_opens_for_questions(releases: Path) -> None:
    store = meagraph.open_store(releases)
    assert store.query(f"ASK {{ ?measure a <{meagraph.names.term('Measure')}> }}")


def test_without_a_release_opening_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(meagraph.errors.ReleaseError, match="meagraph build"):
        meagraph.open_store(tmp_path)


def test_a_build_tells_of_its_stages_and_waits_for_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meagraph.files, "root", lambda: tmp_path)
    stages: list[pipeline.Stage] = []
    with pytest.raises(
        meagraph.errors.DataError, match=r"data/tables\.yaml: there is no such file"
    ):
        meagraph.build(tmp_path / "releases", stages.append)
    assert stages == [pipeline.Stage("check")]
