"""The order of the stages and the progress that a build reports."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from meagraph.cli import main
from meagraph.core import files, names
from meagraph.core.errors import SourceError
from meagraph_loaders import pipeline, release
from meagraph_loaders.pipeline import Stage


def test_the_summary_is_what_the_manifest_says(summary: pipeline.Summary) -> None:
    manifest = release.verify(summary.path)
    assert manifest["id"] == summary.id == summary.path.name
    assert manifest["triples"] == summary.contents.triples
    assert manifest["graphs"] == summary.contents.graphs


def test_the_real_release_holds_the_four_documents(summary: pipeline.Summary) -> None:
    documents = summary.contents.documents
    assert set(documents) == {names.SAIGA, names.ARGALI, names.SSAP, names.JWP}
    for counts in documents.values():
        assert counts.measures > 0
        assert counts.links > 0
        assert counts.findings > 0
    assert documents[names.ARGALI].units == 23
    assert documents[names.SAIGA].units == 5


def test_the_real_release_names_each_source_with_its_checksum(summary: pipeline.Summary) -> None:
    folder = files.folder("data") / "sources"
    assert set(summary.contents.sources) == {path.name for path in folder.glob("*.txt")}


def test_the_stages_were_run_in_their_order(summary: pipeline.Summary) -> None:
    assert tuple(stage.name for stage in summary.stages) == pipeline.STAGES
    assert all(stage.seconds is not None for stage in summary.stages)
    assert summary.seconds == sum(stage.seconds or 0 for stage in summary.stages)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose inputs a test may modify."""
    for name in ("data", "ontology", "queries", "shapes"):
        shutil.copytree(files.folder(name), tmp_path / "files" / name)
    for path in (tmp_path / "files" / "data" / "sources").iterdir():
        path.chmod(0o644)
    monkeypatch.setattr(files, "root", lambda: tmp_path / "files")
    return tmp_path / "files"


def test_a_failing_stage_is_reported_as_begun_and_never_as_ended(
    copy: Path, tmp_path: Path
) -> None:
    source = copy / "data/sources" / f"{names.SAIGA}.txt"
    source.write_bytes(source.read_bytes()[:-100])
    reported: list[Stage] = []
    with pytest.raises(SourceError, match=source.name):
        pipeline.build(tmp_path / "releases", reported.append)
    assert reported == [Stage("check")]
    assert not (tmp_path / "releases" / files.CURRENT).exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("data/reference/country_label_points.csv", "33.9", "33x9", "points.csv:2: lat is '33x9'"),
        ("ontology/topics.ttl", "skos:prefLabel", "skos prefLabel", "ontology/topics.ttl:"),
    ],
)
@pytest.mark.parametrize("command", ["build", "validate"])
def test_a_command_with_a_broken_input_ends_with_one_line_and_leaves_nothing(
    copy: Path, tmp_path: Path, command: str, name: str, old: str, new: str, message: str
) -> None:
    text = (copy / name).read_text(encoding="utf-8")
    assert old in text
    (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    releases = tmp_path / "releases"
    place = ("--releases", str(releases)) if command == "build" else ()
    result = CliRunner().invoke(main, [command, "--quiet", *place])
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert message in line
    assert {path.name for path in releases.glob("*")} <= {release.LOCK}
