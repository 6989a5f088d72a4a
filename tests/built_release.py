"""The release of the real documents, built again only when one of its inputs has changed."""

from __future__ import annotations

import hashlib
import pickle
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

import meagraph
import meagraph_loaders
from meagraph.core import files
from meagraph.core.errors import ReleaseError
from meagraph_loaders import pipeline, release

_RESOURCES = ("data", "ontology", "queries", "shapes")
_SUMMARY = "summary.pickle"
_MOST_KEPT = 3
"""Releases kept for later runs, and for concurrent runs with other inputs."""


def built(folder: Path) -> pipeline.Summary:
    """The summary of a build of the current inputs, code and packages.

    `folder` keeps the releases for all processes and later runs. An earlier release is used again
    if no input of the build has changed and the release is intact.
    """
    place = folder / _key()
    with FileLock(folder / "lock"):
        summary = _kept(place)
        if summary is None:
            shutil.rmtree(place, ignore_errors=True)
            summary = pipeline.build(place / "releases")
            (place / _SUMMARY).write_bytes(pickle.dumps(summary))
        (place / _SUMMARY).touch()
        used = sorted(folder.glob(f"*/{_SUMMARY}"), key=lambda path: path.stat().st_mtime_ns)
        for old in used[:-_MOST_KEPT]:
            shutil.rmtree(old.parent)
    return summary


def _kept(place: Path) -> pipeline.Summary | None:
    try:
        summary: pipeline.Summary = pickle.loads((place / _SUMMARY).read_bytes())
        release.verify(summary.path)
    except (FileNotFoundError, ReleaseError):
        return None
    return summary


def _key() -> str:
    """A hash of all inputs of a build: resources, code, packages and Python itself."""
    digest = hashlib.sha256()
    for part in _parts():
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


def _parts() -> Iterator[bytes]:
    yield sys.version.encode()
    packages = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    yield from sorted(path.name.encode() for path in packages)  # name and version
    code = (Path(str(package.__file__)).parent for package in (meagraph, meagraph_loaders))
    for top in (*code, *map(files.folder, _RESOURCES)):
        for path in sorted(top.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                yield str(path).encode()
                yield path.read_bytes()
