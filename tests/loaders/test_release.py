"""A release is complete, reproducible, and becomes current atomically."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import filelock
import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from meagraph.core.errors import ReleaseError
from meagraph_loaders import dataset, pipeline, release, serialise
from meagraph_loaders.validate import Report
from tests.loaders.conftest import small_graph
from tests.nonempty import nonempty
from tests.waiting import PATIENCE

DCTERMS = names.PREFIXES["dcterms"]


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the small graph, of which each test has its copy."""
    return pipeline.release_graph(
        small_graph(), Report(()), tmp_path_factory.mktemp("made") / "releases"
    ).path


@pytest.fixture
def made(made_once: Path, releases: Path) -> Path:
    """A release of the small graph."""
    shutil.copytree(made_once.parent, releases)
    return releases / made_once.name


def dumps(path: Path) -> dict[str, bytes]:
    folder = path / "dumps"
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def changed(store: ox.Store) -> ox.Store:
    node = ox.NamedNode(names.thing("measure", "plan", "9"))
    graph = ox.NamedNode(names.graph("plan"))
    store.add(ox.Quad(node, ox.NamedNode(names.term("number")), ox.Literal("9"), graph))
    return store


def test_a_release_is_current_once_it_is_made(made: Path, releases: Path) -> None:
    assert files.current_release(releases) == made
    assert made.name == json.loads((made / "manifest.json").read_text())["id"]


def test_every_triple_stands_in_its_graph_and_once_more_in_the_default_graph(made: Path) -> None:
    store = ox.Store.read_only(str(made / "store"))
    named = [quad.triple for quad in store if quad.graph_name != ox.DefaultGraph()]
    default = [quad.triple for quad in store if quad.graph_name == ox.DefaultGraph()]
    assert len(named) == len(set(named)) == len(default)
    assert set(named) == set(default)


def test_the_same_graph_gives_the_same_id_and_the_same_dumps(
    small: ox.Store, made: Path, tmp_path: Path
) -> None:
    other = ox.Store()
    other.extend(sorted((q for q in small if q.graph_name != dataset.GRAPH), key=str, reverse=True))
    again = pipeline.release_graph(other, Report(()), tmp_path / "elsewhere").path
    assert again.name == made.name
    assert dumps(again) == dumps(made)
    assert (again / "validation.ttl").read_bytes() == (made / "validation.ttl").read_bytes()


def test_another_graph_gives_another_id(small: ox.Store) -> None:
    before = release.release_id(release.graphs_of(small))
    assert release.release_id(release.graphs_of(changed(small))) != before


def test_the_description_of_the_release_is_outside_the_id(small: ox.Store) -> None:
    graphs = release.graphs_of(small)
    before = release.release_id(graphs)
    small.extend(list(dataset.describe(small, before, graphs, ())))
    assert release.release_id(release.graphs_of(small)) == before


def test_anyone_can_compute_the_id_from_the_dumps(made: Path) -> None:
    free = gzip.decompress((made / "dumps/meagraph.nq.gz").read_bytes()).splitlines(True)
    graph = f" <{names.graph('reference-restricted')}> .\n".encode()
    apart = gzip.decompress((made / "dumps/restricted/reference-restricted.nt.gz").read_bytes())
    restricted = [line.replace(b" .\n", graph) for line in apart.splitlines(True)]
    digest = hashlib.sha256(b"".join(sorted(free + restricted))).hexdigest()
    assert digest[:16] == made.name


def test_the_cc_by_dumps_hold_no_restricted_row(made: Path) -> None:
    for name, data in nonempty(dumps(made).items()):
        text = gzip.decompress(data) if name.endswith(".gz") else data
        assert (b"not to be passed on" in text) == name.startswith("restricted/"), name


def test_the_dumps_together_are_the_store(made: Path) -> None:
    store = ox.Store.read_only(str(made / "store"))
    for graph in nonempty(serialise.graph_names(store)):
        triples = {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}
        name = names.local_name(graph.value)
        folder = made / ("dumps/restricted" if graph == dataset.RESTRICTED else "dumps")
        dumped: Iterable[ox.Quad]
        if graph == dataset.GRAPH:
            dumped = ox.Store()  # which widens integers, as the store of the release does
            dumped.load(path=folder / "dataset.ttl")
        else:
            turtle = gzip.decompress((folder / f"{name}.ttl.gz").read_bytes())
            dumped = ox.parse(turtle, ox.RdfFormat.TURTLE)
        assert {quad.triple for quad in dumped} == triples, name


def test_the_description_lists_each_free_dump_with_its_size_and_checksum(made: Path) -> None:
    store = ox.Store()
    store.load(path=made / "dumps/dataset.ttl")
    rows = store.query(
        """PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX spdx: <http://spdx.org/rdf/terms#>
        SELECT ?name ?size ?sum WHERE { ?d a dcat:Dataset ; dcat:distribution ?file .
          ?file dcterms:title ?name ; dcat:byteSize ?size ;
                spdx:checksum/spdx:checksumValue ?sum }"""
    )
    assert isinstance(rows, ox.QuerySolutions)
    listed = {tuple(term.value for term in row if isinstance(term, ox.Literal)) for row in rows}
    assert listed == {
        (name, str(len(data)), hashlib.sha256(data).hexdigest())
        for name, data in dumps(made).items()
        if name != "dataset.ttl" and not name.startswith("restricted/")
    }


def test_the_restricted_graph_has_rights_of_its_own_and_no_licence(made: Path) -> None:
    store = ox.Store.read_only(str(made / "store"))

    def has(graph: str, name: str) -> bool:
        predicate = ox.NamedNode(DCTERMS + name)
        return any(store.quads_for_pattern(ox.NamedNode(graph), predicate, None, dataset.GRAPH))

    assert has(names.graph("plan"), "license")
    assert has(names.graph("reference-restricted"), "rights")
    assert not has(names.graph("reference-restricted"), "license")


def test_the_manifest_counts_what_each_document_gave(made: Path) -> None:
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["documents"]["plan"]["measures"] == 2
    assert manifest["documents"]["plan"]["links"] == 1
    assert manifest["sources"] == {"plan.txt": "00ff"}
    assert sum(manifest["graphs"].values()) == manifest["triples"]
    assert set(manifest["graphs"]) >= {"plan", "curation", "reference-restricted"}


def test_opening_a_release_changes_nothing_in_it(made: Path) -> None:
    store = ox.Store.read_only(str(made / "store"))
    assert store.query("ASK { ?s ?p ?o }")
    release.verify(made)
    del store
    release.verify(made)


def test_a_changed_file_is_found(made: Path) -> None:
    path = made / "dumps/plan.nt.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ReleaseError, match=r"plan\.nt\.gz: is not what the manifest says"):
        release.verify(made)


def test_a_missing_file_is_found(made: Path) -> None:
    (made / "validation.ttl").unlink()
    with pytest.raises(ReleaseError, match=r"validation\.ttl: is missing"):
        release.verify(made)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "x"}', "\x00"])
def test_a_manifest_that_is_none_is_one_clear_error(made: Path, text: str) -> None:
    (made / "manifest.json").write_text(text)
    with pytest.raises(ReleaseError, match=r"manifest\.json: cannot be read"):
        release.verify(made)


def test_making_the_same_release_again_keeps_the_one_that_is_served(
    small: ox.Store, made: Path, releases: Path
) -> None:
    before = (made / "manifest.json").stat().st_ino
    again = pipeline.release_graph(small, Report(()), releases)
    assert again.path == made
    assert (made / "manifest.json").stat().st_ino == before


def damage(made: Path) -> None:
    (made / "validation.ttl").write_text("")


def made_by_another_version(made: Path) -> None:
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["software"]["version"] = "0.0.1"
    (made / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("harm", [damage, made_by_another_version])
def test_a_release_that_differs_is_left_alone_and_replaced_by_one_beside_it(
    small: ox.Store, made: Path, releases: Path, harm: Callable[[Path], None]
) -> None:
    harm(made)
    again = pipeline.release_graph(small, Report(()), releases)
    assert again.path.name == f"{made.name}-2"
    assert files.current_release(releases) == again.path
    assert made.is_dir()
    release.verify(again.path)


def test_a_release_that_is_being_read_stays_readable_when_the_next_is_made(
    small: ox.Store, made: Path, releases: Path
) -> None:
    reader = ox.Store.read_only(str(made / "store"))
    before = len(reader)
    following = pipeline.release_graph(changed(small), Report(()), releases)
    assert following.path != made
    assert files.current_release(releases) == following.path
    assert len(list(reader)) == before
    release.verify(made)


def test_a_build_removes_what_a_killed_one_has_left(small: ox.Store, releases: Path) -> None:
    (releases / ".building-1" / "store").mkdir(parents=True)
    (releases / ".building-1-current").write_text("half")
    made = pipeline.release_graph(small, Report(()), releases).path
    assert {path.name for path in releases.iterdir()} <= {made.name, "current", ".lock"}


def test_a_build_that_fails_leaves_nothing_behind(releases: Path) -> None:
    def fail() -> None:
        with release.workshop(releases) as building:
            (building / "half").write_text("")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert {path.name for path in releases.iterdir()} <= {".lock"}


def test_a_second_build_waits_for_the_first(releases: Path) -> None:
    waiting = threading.Event()
    order: list[str] = []

    def second() -> None:
        with release.workshop(releases, waiting.set):
            order.append("second")

    releases.mkdir()
    lock = filelock.FileLock(releases / release.LOCK)
    with lock:
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(PATIENCE)
        order.append("first")
    thread.join(PATIENCE)
    assert order == ["first", "second"]


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    workshop = release.workshop(tmp_path / "file" / "releases")
    with pytest.raises(ReleaseError, match=r"file.*: the release cannot be written"), workshop:
        pytest.fail("there is nowhere to build")


def test_a_disk_that_is_full_is_one_clear_error_and_leaves_nothing(
    small: ox.Store, made: Path, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ReleaseError, match=r"cannot be written \(No space left on device\)"):
        pipeline.release_graph(changed(small), Report(()), releases)
    assert files.current_release(releases) == made
    assert {path.name for path in releases.iterdir()} <= {made.name, "current", ".lock"}


def test_current_is_replaced_in_one_step(made: Path, releases: Path) -> None:
    reader = os.open(releases / "current", os.O_RDONLY)
    other = releases / "other"
    other.mkdir()
    release.make_current(other)
    assert os.read(reader, 100) == f"{made.name}\n".encode()
    os.close(reader)
    assert (releases / "current").read_text() == "other\n"
