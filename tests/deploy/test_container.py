"""`deploy/Containerfile` gets all files that it needs, and `.containerignore` excludes others."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from tests.nonempty import nonempty

ROOT = Path(__file__).resolve().parents[2]
NEVER = {".git", ".venv", "__pycache__", "node_modules", "releases", "tests"}


@cache
def rules() -> tuple[tuple[bool, tuple[str, ...]], ...]:
    """For each pattern whether it excludes, and its parts; the last matching one decides."""
    lines = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    return tuple(
        (not line.startswith("!"), tuple(line.removeprefix("!").strip("/").split("/")))
        for line in patterns
    )


def matches(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether a pattern matches a path or one of its parent folders."""
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(matches(pattern[1:], path[begin:]) for begin in range(len(path)))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and matches(pattern[1:], path[1:])


def is_ignored(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return [leaves_out for leaves_out, pattern in rules() if matches(pattern, parts)][-1]


def files_below(folder: Path) -> Iterator[Path]:
    """All files of a folder except in large ignored folders; the path itself if it is a file."""
    if folder.is_file():
        yield folder
        return
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in NEVER:
                yield from files_below(path)
        else:
            yield path


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that are copied into the build of the image."""
    folder: Path = tmp_path_factory.mktemp("context")
    for path in files_below(ROOT):
        if not is_ignored(path):
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return folder


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".venv/bin/python",
        ".hypothesis/examples/x",
        "releases/current",
        "dist/meagraph-1.whl",
        "tests/conftest.py",
        "web/node_modules/vite/package.json",
        "meagraph/__pycache__/cli.pyc",
        "api/meagraph_api/engine/__pycache__/worker.pyc",
        "settings.secret",
    ],
)
def test_what_the_image_does_not_need_is_ignored(path: str) -> None:
    assert is_ignored(ROOT / path)


def test_every_file_that_a_step_names_is_there(context: Path) -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    named = re.findall(r"--requirement (\S+)", text)
    assert named
    assert all((context / name).is_file() for name in named)


def test_the_wheel_that_is_made_in_the_image_is_whole(context: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    options = ["--no-build-isolation", "--no-deps", "--wheel-dir", str(tmp_path), str(context)]
    subprocess.run([*build, *options], check=True, env={**os.environ, "PIP_NO_INDEX": "1"})
    (wheel,) = tmp_path.glob("meagraph-*.whl")
    found = set(zipfile.ZipFile(wheel).namelist())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    places = {folder: Path(folder).name for folder in parts["packages"]} | parts["force-include"]
    for folder, place in nonempty(places.items()):
        inside = {
            Path(place, path.relative_to(ROOT / folder)).as_posix()
            for path in files_below(ROOT / folder)
            if path.suffix != ".pyc"
        }
        assert inside
        assert inside <= found, sorted(inside - found)
