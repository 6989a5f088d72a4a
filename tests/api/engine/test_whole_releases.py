"""A release is served only if its files, and the triples in them, are those of its manifest."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meagraph.core import files, releases
from meagraph.core.errors import ReleaseError
from meagraph_api.engine.current_release import Current
from meagraph_api.engine.embedded_engine import EmbeddedEngine, Limits
from meagraph_loaders.release import Contents, write_manifest
from tests.api.conftest import MakeRelease

SERVED = (
    "image.nq.gz",
    "store/CURRENT",
    "search.db",
    "ontology.html",
    "validation.ttl",
    "measures.json.gz",
    "dumps/meagraph.nq.gz",
    "dumps/dataset.ttl",
)
"""Files of a release that reach those who ask."""


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def make_directory(path: Path) -> None:
    """Put a directory in the place of a file."""
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: os.truncate(path, path.stat().st_size - 1),
    "changed by a bit": flip,
    "deleted": lambda path: path.unlink(),
    "a directory": make_directory,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a release that has a file of every kind, none of which can be opened."""
    release = tmp_path / "releases" / "r1"
    (release / "store").mkdir(parents=True)
    (release / "manifest.json").write_text('{"id": "r1", "triples": 1, "graphs": {}, "files": {}}')
    _complete(release)
    return release.parent


@pytest.fixture
def small(tmp_path: Path, make_release: MakeRelease) -> Path:
    """A folder with a small release."""
    return make_release(tmp_path / "releases", "r1").parent


def _complete(release: Path) -> None:
    (release / "dumps").mkdir(exist_ok=True)
    for name in SERVED:
        path = release / name
        if not path.exists():
            path.write_bytes(f"the content of {name}".encode())
    _seal(release)


def _seal(release: Path) -> None:
    """Write the manifest anew over the files that there are now."""
    manifest = releases.read_manifest(release)
    for name in (files.MANIFEST, releases.CHECKED):
        (release / name).unlink(missing_ok=True)
    contents = Contents(manifest["id"], manifest["triples"], manifest["graphs"], {}, {})
    write_manifest(release, contents)


async def _open(release: Path, memory_triples: int = 100_000) -> None:
    engine = await EmbeddedEngine.open(release, Limits(workers=1, memory_triples=memory_triples))
    await engine.close()


@pytest.mark.parametrize("name", SERVED)
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_release_with_a_damaged_file_is_refused_with_the_name_of_the_file(
    folder: Path, damage: Callable[[Path], object], name: str
) -> None:
    releases.check(folder / "r1")
    damage(folder / "r1" / name)
    with pytest.raises(ReleaseError, match=f"{name}: ") as refused:
        releases.check(folder / "r1")
    assert "meagraph build" in str(refused.value)


@pytest.mark.parametrize("name", SERVED)
def test_a_file_that_the_manifest_does_not_list_is_not_served(folder: Path, name: str) -> None:
    manifest = releases.read_manifest(folder / "r1")
    del manifest["files"][name]
    (folder / "r1" / "manifest.json").write_text(json.dumps(manifest))
    if name.startswith(("store/", "dumps/")):  # dumps are sent only if they are listed
        releases.check(folder / "r1")
    else:
        with pytest.raises(ReleaseError, match="is not in the manifest"):
            releases.check(folder / "r1")


def test_the_release_before_is_served_on_where_the_new_one_is_damaged(
    small: Path, make_release: MakeRelease
) -> None:
    async def work() -> None:
        current = Current(small, lambda folder: EmbeddedEngine.open(folder, Limits(workers=1)))
        await current.look()
        assert current.following
        for name in SERVED:
            shutil.rmtree(small / "r2", ignore_errors=True)
            _complete(make_release(small, "r2", "<a:g> { <a:a> <a:b> 1 }"))
            kept = (small / "r2" / name).read_bytes()
            (small / "r2" / name).write_bytes(b"")
            await current.look()
            assert not current.following, name
            assert current.now is not None
            assert current.now.engine.release.id == "r1", name
            (small / "r2" / name).write_bytes(kept)
        await current.look()
        assert current.following
        assert current.now is not None
        assert current.now.engine.release.id == "r2"
        await current.stop()

    asyncio.run(work())


MANIFESTS: dict[str, Any] = {
    "no JSON": "{",
    "nothing": "",
    "deep": "[" * 100_000,
    "a list": [],
    "null": None,
    "no id": {"id": None},
    "an id that is a number": {"id": 1},
    "no triples": {"triples": None},
    "triples as text": {"triples": "12"},
    "true triples": {"triples": True},
    "no graphs": {"graphs": None},
    "a list of graphs": {"graphs": []},
    "a graph without a number": {"graphs": {"g": "1"}},
    "no files": {"files": None},
    "a list of files": {"files": ["image.nq.gz"]},
    "a file without a size": {"files": {"image.nq.gz": {"sha256": "0" * 64}}},
    "a file without a checksum": {"files": {"image.nq.gz": {"bytes": 1}}},
    "a short checksum": {"files": {"image.nq.gz": {"bytes": 1, "sha256": "0"}}},
    "a fingerprint that is a number": {"files": {"image.nq.gz": 1}},
    "a file outside": {"files": {"../r2": {"bytes": 1, "sha256": "0" * 64}}},
    "an absolute file": {"files": {"/etc/passwd": {"bytes": 1, "sha256": "0" * 64}}},
    "a name with NUL": {"files": {"a\0b": {"bytes": 1, "sha256": "0" * 64}}},
    "a name with half a character": {"files": {"\ud800": {"bytes": 1, "sha256": "0" * 64}}},
}


@pytest.mark.parametrize("values", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_of_wrong_types_is_refused(folder: Path, values: Any) -> None:
    path = folder / "r1" / "manifest.json"
    if isinstance(values, dict):
        values = {k: v for k, v in (json.loads(path.read_text()) | values).items() if v is not None}
    path.write_text(values if isinstance(values, str) else json.dumps(values))
    with pytest.raises(ReleaseError, match=r"manifest\.json: "):
        releases.check(folder / "r1")
    (found,) = releases.listed(folder)
    assert found.damage == "manifest.json cannot be read"


@pytest.mark.parametrize("memory_triples", [0, 100_000])
def test_a_release_of_another_number_of_triples_is_refused(
    small: Path, memory_triples: int
) -> None:
    release = small / "r1"
    asyncio.run(_open(release, memory_triples))
    manifest = releases.read_manifest(release)
    (graph, number), *_ = manifest["graphs"].items()
    differing: tuple[dict[str, Any], ...] = (
        {"triples": manifest["triples"] + 1},
        {"triples": 0},
        {"graphs": manifest["graphs"] | {graph: number + 1}},
        {"graphs": manifest["graphs"] | {"more": 1}},
        {"graphs": {}},
    )
    for wrong in differing:
        (release / "manifest.json").write_text(json.dumps(manifest | wrong))
        with pytest.raises(ReleaseError, match="triples"):
            asyncio.run(_open(release, memory_triples))


def test_an_image_of_nothing_with_a_checksum_of_its_own_is_refused(small: Path) -> None:
    release = small / "r1"
    (release / "image.nq.gz").write_bytes(gzip.compress(b""))
    _seal(release)
    with pytest.raises(ReleaseError, match="triples"):
        asyncio.run(_open(release))


def test_a_release_whose_manifest_lists_no_store_is_refused(small: Path) -> None:
    manifest = releases.read_manifest(small / "r1")
    manifest["files"] = {k: v for k, v in manifest["files"].items() if not k.startswith("store/")}
    (small / "r1" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError, match="lists no store"):
        asyncio.run(_open(small / "r1", memory_triples=0))


# ---------------------------------------------------------------------- checksums, taken once


@pytest.fixture
def digests(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files of which a checksum is taken."""
    taken: list[Path] = []
    digest = releases._digest

    def noted(path: Path) -> str:
        taken.append(path)
        return digest(path)

    monkeypatch.setattr(releases, "_digest", noted)
    return taken


def test_a_checksum_is_taken_once_and_anew_after_a_change(
    folder: Path, digests: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = set(releases.check(folder / "r1")["files"])
    assert {path.relative_to(folder / "r1").as_posix() for path in digests} == listed
    for remembered in (releases._in_memory, {}):  # by this process, and by another one
        monkeypatch.setattr(releases, "_in_memory", remembered)
        digests.clear()
        releases.check(folder / "r1")
        assert digests == []
    search = folder / "r1" / "search.db"
    search.write_bytes(search.read_bytes())
    releases.check(folder / "r1")
    assert digests == [search]


def test_a_copy_with_all_its_times_is_checked_on_its_own(folder: Path, digests: list[Path]) -> None:
    releases.check(folder / "r1")
    shutil.copytree(folder / "r1", folder / "copy")  # times and the record come with it
    flip(folder / "copy" / "search.db")
    times = (folder / "r1" / "search.db").stat()
    os.utime(folder / "copy" / "search.db", ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(ReleaseError, match=r"search\.db: has another checksum"):
        releases.check(folder / "copy")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"search.db": 1}', "[" * 100_000, "\udcff"])
def test_a_record_of_checksums_that_cannot_be_understood_counts_as_none(
    folder: Path, digests: list[Path], content: str
) -> None:
    record = folder / "r1" / releases.CHECKED
    record.write_text(content, errors="surrogateescape")
    assert len(releases.check(folder / "r1")["files"]) == len(digests)
    assert isinstance(json.loads(record.read_text()), dict)


def test_where_nothing_can_be_written_memory_has_to_do(
    folder: Path, digests: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    releases.check(folder / "r1")
    assert not (folder / "r1" / releases.CHECKED).exists()
    digests.clear()
    releases.check(folder / "r1")
    assert digests == []
