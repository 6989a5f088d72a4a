"""With a damaged release a command prints one line, never a traceback."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from meagraph.core import changes, files
from meagraph.core.releases import RECORD

Run = Callable[..., Result]

QUERY = "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }\n"
READ_BY = {
    files.MANIFEST: ("info", "releases", "rollback", "changes", "publish"),
    RECORD: ("releases",),
    changes.FILE: ("releases", "changes"),
}
"""The commands that read each file of a release, besides the store."""
WRONG = {
    "emptied": b"",
    "garbage": bytes(range(256)) * 8,
    "UTF-16": '{"id": "a"}\n'.encode("utf-16"),
    "a list": b"[]",
    "null": b"null",
    "an object without keys": b"{}",
    "nested too deeply": b"[" * 100_000,
    "other types": b'{"id": 5, "files": [], "graphs": [], "documents": [], "software": 3,'
    b' "triples": "x", "sources": 1, "number": [], "at": {}}',
    "keys that are missing": b'{"id": "x", "files": {"a": 3}, "graphs": {"a": "b"}, "software": {},'
    b' "documents": {"a": []}, "triples": 1, "number": 1}',
    "measures of other types": b'{"a": {"instrument": "a", "number": 1, "printed": [],'
    b' "links": 3}}',
}


@pytest.fixture(scope="module")
def copy(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of releases to damage, and a query file."""
    folder = tmp_path_factory.mktemp("copy") / "releases"
    kept = shutil.ignore_patterns(files.IMAGE, files.SEARCH, "*.trig.gz", "*.jsonld.gz")
    shutil.copytree(releases, folder, ignore=kept)
    (folder.parent / "count.rq").write_text(QUERY, encoding="utf-8")
    return folder


@contextmanager
def holding(path: Path, data: bytes) -> Iterator[None]:
    """Replace the bytes of a file during the block."""
    whole = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(whole)


def outcome(run: Run, folder: Path, command: str, release: str) -> str:
    """The output of a command if it succeeds, else its one line on stderr."""
    arguments: dict[str, list[str | Path]] = {
        "query": [folder.parent / "count.rq"],
        "rollback": [release],
        "changes": [release],
        "publish": [release, "--to", "http://127.0.0.1:9/sparql"],
    }
    result = run(command, *arguments.get(command, []), "--releases", folder)
    if result.exit_code == 0:
        return result.stdout
    assert result.exit_code == 1, (command, result.output)
    assert isinstance(result.exception, SystemExit), (command, result.exception)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", READ_BY)
def test_a_file_that_says_something_else_is_one_line(
    run: Run, copy: Path, release: Path, name: str, kind: str
) -> None:
    data = gzip.compress(WRONG[kind]) if name.endswith(".gz") else WRONG[kind]
    with holding(copy / release.name / name, data):
        outcomes = {command: outcome(run, copy, command, release.name) for command in READ_BY[name]}
    if name == files.MANIFEST:
        assert "damaged" in outcomes["releases"] or "other types" in kind
        assert outcomes["rollback"].startswith("Error: ")
        assert outcomes["info"].startswith("Error: ")
    if name == changes.FILE and kind != "an object without keys":
        assert changes.FILE in outcomes["changes"]


@pytest.mark.parametrize("kind", ["emptied", "garbage"])
@pytest.mark.parametrize("pattern", ["MANIFEST-*", "*.sst", "CURRENT"])
def test_a_store_that_is_damaged_is_one_line(
    run: Run, copy: Path, release: Path, pattern: str, kind: str
) -> None:
    path = max((copy / release.name / "store").glob(pattern), key=lambda path: path.stat().st_size)
    with holding(path, WRONG[kind]):
        for command in ("info", "query", "export"):
            message = outcome(run, copy, command, release.name)
            assert "store cannot be opened" in message, command


def test_a_block_that_is_damaged_is_found_when_it_is_read(
    run: Run, copy: Path, release: Path
) -> None:
    path = max((copy / release.name / "store").glob("*.sst"), key=lambda path: path.stat().st_size)
    whole = path.read_bytes()
    middle = len(whole) // 2
    with holding(path, whole[:middle] + b"\0" * 4096 + whole[middle + 4096 :]):
        for command in ("query", "export"):
            outcome(run, copy, command, release.name)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfea\0", bytes(range(256)), b"a\0b", b"no-such-release\n"]
)
def test_a_pointer_that_names_no_release_is_one_line(
    run: Run, copy: Path, release: Path, data: bytes
) -> None:
    with holding(copy / files.CURRENT, data):
        for command in ("info", "query", "export"):
            message = outcome(run, copy, command, release.name)
            assert message.startswith(f"Error: {copy / files.CURRENT}: ")
        assert release.name in outcome(run, copy, "rollback", release.name)
    assert release.name in outcome(run, copy, "info", release.name)
