"""Changes between two releases: in Python, over HTTP, and on the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from click.testing import Result

from meagraph.core import changes, names, releases
from meagraph.core.errors import ReleaseError
from meagraph_loaders import pipeline
from meagraph_loaders.validate import Report
from tests.cli.conftest import serving

PLAN = """
@prefix mea: <https://w3id.org/meagraph/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix id: <https://w3id.org/meagraph/id/> .
@prefix m: <https://w3id.org/meagraph/id/measure/plan/> .
@prefix country: <https://w3id.org/meagraph/id/country/> .
@prefix topic: <https://w3id.org/meagraph/id/topic/> .
@prefix basis: <https://w3id.org/meagraph/id/link-basis/> .
@prefix certainty: <https://w3id.org/meagraph/id/certainty/> .
@prefix evidence: <https://w3id.org/meagraph/id/evidence/> .
@prefix priority: <https://w3id.org/meagraph/id/priority/plan/> .
@prefix weight: <https://w3id.org/meagraph/id/topic-weight/> .
@prefix instrument: <https://w3id.org/meagraph/id/instrument/> .

<https://w3id.org/meagraph/graph/plan> {
  priority:1 skos:notation "1" . priority:2 skos:notation "2" .
"""
OLD = """
  m:1.1 a mea:Measure ; mea:instrument instrument:plan ; mea:number "1.1" ; mea:position 1 ;
    mea:text "Count the herds."@en ; mea:priority priority:1 ; mea:countryLink <a> .
  <a> mea:country country:KAZ ; mea:basis basis:unit ; mea:evidence evidence:document ;
    mea:certainty certainty:stated ; mea:narrowed false .
  m:1.2 a mea:Measure ; mea:instrument instrument:plan ; mea:number "1.2" ; mea:position 2 ;
    mea:text "Remove the fence."@en ; mea:topicAssignment <t> .
  <t> mea:topic topic:border-fence ; mea:topicWeight weight:main .
  m:1.10 a mea:Measure ; mea:instrument instrument:plan ; mea:number "1.10" ; mea:position 3 ;
    mea:text "Stays as it is."@en .
}
"""
NEW = """
  m:1.1 a mea:Measure ; mea:instrument instrument:plan ; mea:number "1.1" ; mea:position 1 ;
    mea:text "Count the herds, “all” of them."@en ; mea:priority priority:2 ;
    mea:countryLink <a>, <b> .
  <a> mea:country country:KAZ ; mea:basis basis:unit ; mea:evidence evidence:document ;
    mea:certainty certainty:conflicting ; mea:narrowed true .
  <b> mea:country country:UZB ; mea:basis basis:mention ; mea:evidence evidence:document ;
    mea:certainty certainty:stated .
  m:1.10 a mea:Measure ; mea:instrument instrument:plan ; mea:number "1.10" ; mea:position 3 ;
    mea:text "Stays as it is."@en .
  m:1.11 a mea:Measure ; mea:instrument instrument:plan ; mea:number "1.11" ; mea:position 4 ;
    mea:text "A new one."@en ; mea:topicAssignment <t> .
  <t> mea:topic topic:funding ; mea:topicWeight weight:main .
}
"""
CHANGES = [
    ("reworded", "1.1", "text", "", "Count the herds.", "Count the herds, “all” of them."),
    ("reworded", "1.1", "priority", "", "1", "2"),
    ("link added", "1.1", "country, mention", "country/UZB", "", "evidence document; stated"),
    (
        "link changed",
        "1.1",
        "country, unit",
        "country/KAZ",
        "evidence document; stated",
        "evidence document; conflicting; narrowed",
    ),
    ("removed", "1.2", "text", "", "Remove the fence.", ""),
    ("added", "1.11", "text", "", "", "A new one."),
]


def make(folder: Path, graph: str) -> Path:
    store = ox.Store()
    store.load(PLAN + graph, ox.RdfFormat.TRIG, base_iri=names.thing("measure", "plan", "x"))
    return pipeline.release_graph(store, Report(()), folder).path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an old release and a new one, which is current."""
    return tmp_path_factory.mktemp("changes") / "releases"


@pytest.fixture(scope="module")
def old(folder: Path) -> Path:
    return make(folder, OLD)


@pytest.fixture(scope="module")
def new(folder: Path, old: Path) -> Path:
    return make(folder, NEW)


@pytest.fixture(scope="module")
def base(folder: Path, new: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a service of these releases."""
    output = tmp_path_factory.mktemp("said") / "output"
    with serving(output, "--releases", folder) as service:
        service.wait_for("/readyz", 200)
        yield service.address


def test_every_kind_of_change_is_told_with_what_was_and_what_is(old: Path, new: Path) -> None:
    found = changes.between(changes.read(old), changes.read(new))
    assert [(c.change, c.number, c.what, c.target, c.old, c.new) for c in found] == CHANGES
    assert {c.instrument for c in found} == {"plan"}
    assert found[-1].measure == names.thing("measure", "plan", "1.11")


def test_the_way_back_is_the_same_the_other_way_round(old: Path, new: Path) -> None:
    back = changes.between(changes.read(new), changes.read(old))
    turned = {
        "added": "removed",
        "removed": "added",
        "link added": "link removed",
    }
    assert sorted((c.change, c.what, c.number, c.new, c.old) for c in back) == sorted(
        (turned.get(change, change), what, number, was, now)
        for change, number, what, _, was, now in CHANGES
    )


def test_a_release_has_not_changed_since_itself(release: Path) -> None:
    measures = changes.read(release)
    assert len(measures) == 289
    assert changes.between(measures, measures) == ()


def test_the_real_measures_are_kept_as_they_are_printed(release: Path, store: ox.Store) -> None:
    measures = changes.read(release)
    text = ox.NamedNode(names.term("text"))
    for address, measure in measures.items():
        printed = next(store.quads_for_pattern(ox.NamedNode(address), text, None, None)).object
        assert isinstance(printed, ox.Literal)
        assert measure["printed"]["text"] == printed.value
    kinds = {kind for measure in measures.values() for kind, _, _ in measure["links"]}
    assert {"country, unit", "taxon", "topic", "unit", "actor type", "reference"} <= kinds


def test_what_is_kept_belongs_to_the_release(old: Path) -> None:
    assert changes.FILE in releases.read_manifest(old)["files"]


def test_the_changes_are_asked_for_over_http(base: str, old: Path, new: Path) -> None:
    answer = httpx.get(f"{base}/changes", params={"since": old.name}, timeout=60).json()
    assert (answer["since"], answer["until"]) == (old.name, new.name)
    assert answer["counts"] == {
        "added": 1,
        "removed": 1,
        "reworded": 2,
        "link added": 1,
        "link removed": 0,
        "link changed": 1,
    }
    assert [change["new"] for change in answer["changes"]] == [row[-1] for row in CHANGES]
    back = httpx.get(
        f"{base}/changes", params={"since": new.name, "until": old.name}, timeout=60
    ).json()
    assert back["counts"]["link removed"] == 1
    text = httpx.get(f"{base}/changes.csv", params={"since": old.name}, timeout=60)
    assert text.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(text.text, newline="")))
    assert [row["number"] for row in rows] == [row[1] for row in CHANGES]
    assert tuple(rows[0]) == changes.COLUMNS


def test_the_page_of_changes_lets_one_choose_a_release(base: str, old: Path) -> None:
    page = httpx.get(f"{base}/changes.html", timeout=60)
    assert page.status_code == 200
    assert f'value="{old.name}"' in page.text
    page = httpx.get(f"{base}/changes", params={"since": old.name, "format": "html"}, timeout=60)
    assert "Count the herds, “all” of them." in page.text


@pytest.mark.parametrize(
    ("query", "status", "title"),
    [
        ("", 400, "Missing parameter"),
        ("?since=none", 404, "Unknown release"),
        ("?since=../..", 404, "Unknown release"),
        ("?since={old}&until=none", 404, "Unknown release"),
        ("?since={old}&since={old}", 400, "Wrong value"),
        ("?sinc={old}", 400, "Unknown parameter"),
        ("?since={old}&format=pdf", 406, "Not acceptable"),
    ],
)
def test_a_wrong_request_is_a_problem_that_says_what_would_be_right(
    base: str, old: Path, query: str, status: int, title: str
) -> None:
    answer = httpx.get(base + "/changes" + query.replace("{old}", old.name), timeout=60)
    assert (answer.status_code, answer.json()["title"]) == (status, title)


def test_a_release_of_an_earlier_version_cannot_be_compared(tmp_path: Path, old: Path) -> None:
    with pytest.raises(ReleaseError, match="no measures to compare"):
        changes.read(tmp_path)
    (tmp_path / changes.FILE).write_bytes(b"\x1f\x8bno gzip")
    with pytest.raises(ReleaseError, match="cannot be read"):
        changes.read(tmp_path)


def test_the_command_lists_the_changes(
    run: Callable[..., Result], folder: Path, old: Path, new: Path
) -> None:
    listed = run("changes", old.name, "--releases", folder)
    assert listed.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(listed.output, newline="")))
    assert [row["change"] for row in rows] == [row[0] for row in CHANGES]
    as_json = run("changes", old.name, new.name, "--format", "json", "--releases", folder)
    assert json.loads(as_json.output)["counts"]["reworded"] == 2
    unknown = run("changes", "none", "--releases", folder)
    assert unknown.exit_code != 0
    assert "there is no release 'none'" in unknown.output
