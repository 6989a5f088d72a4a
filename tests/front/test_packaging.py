"""The wheel works from any folder, and the lock files pin packages by hashes only."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import httpx
import pytest
import yaml

from meagraph.core.version import __version__
from meagraph_loaders.pipeline import STAGES
from tests.cli.conftest import serving
from tests.nonempty import nonempty

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-node.lock")


def pip(*arguments: str | Path) -> None:
    """Run pip without a package index."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    subprocess.run([str(word) for word in command], check=True, env=environment)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without downloads."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT)
    return next(folder.glob("meagraph-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with only the wheel; the dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip("--python", python, "install", "--no-deps", wheel)
    packages = next(folder.glob("lib/python*/site-packages"))
    # A path in a .pth file adds the packages there, but does not read their own .pth files, so the
    # editable installation of this environment is not included.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_puts_only_our_packages_into_site_packages(wheel: Path) -> None:
    top = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert top == {
        "meagraph",
        "meagraph_api",
        "meagraph_loaders",
        f"meagraph-{__version__}.dist-info",
    }


def test_the_wheel_holds_all_that_a_build_needs(wheel: Path) -> None:
    members = set(zipfile.ZipFile(wheel).namelist())
    for room in ("ontology", "shapes", "queries", "data"):
        files = [path for path in (ROOT / room).rglob("*") if path.is_file()]
        for path in nonempty(path for path in files if "reference-restricted" not in path.parts):
            assert f"meagraph/resources/{path.relative_to(ROOT).as_posix()}" in members


def test_the_wheel_holds_the_scripts_of_the_pages(wheel: Path) -> None:
    folder = "meagraph_api/pages/static/bundle/"
    archive = zipfile.ZipFile(wheel)
    manifest = json.loads(archive.read(f"{folder}manifest.json"))
    assert {chunk["name"] for chunk in manifest.values() if chunk.get("isEntry")} == {
        "page",
        "editor",
    }
    for chunk in manifest.values():
        for name in (chunk["file"], *chunk.get("css", [])):
            assert {folder + name, f"{folder}{name}.gz"} <= set(archive.namelist())
    assert f"{folder}licences.txt" in archive.namelist()
    assert not [name for name in archive.namelist() if "node_modules" in name]


def test_the_lock_of_the_scripts_names_no_registry_and_every_hash() -> None:
    text = (ROOT / "web" / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert "resolved" not in text
    assert "registry" not in text
    for place, package in packages.items():
        assert not place or package["integrity"].startswith("sha512-"), place
    declared = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    for name, version in {**declared["dependencies"], **declared["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_the_scripts_are_made_once(tmp_path: Path) -> None:
    bundle = ROOT / "api" / "meagraph_api" / "pages" / "static" / "bundle"
    before = {path.name: path.stat().st_mtime_ns for path in bundle.iterdir()}
    # Without any program in PATH: nothing needs to be done.
    subprocess.run(
        [sys.executable, ROOT / "web" / "bundle.py"], env={"PATH": str(tmp_path)}, check=True
    )
    assert {path.name: path.stat().st_mtime_ns for path in bundle.iterdir()} == before


def test_the_wheel_holds_no_restricted_row(wheel: Path) -> None:
    assert list((ROOT / "data" / "reference-restricted").glob("*"))
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "restricted/" in name]


def test_the_wheel_carries_both_licences(wheel: Path) -> None:
    members = {Path(name).name for name in zipfile.ZipFile(wheel).namelist()}
    assert {"LICENSE", "LICENSE-DATA.md"} <= members


def test_the_installed_program_builds_a_release_and_serves_it_from_any_directory(
    installed: Path, tmp_path: Path
) -> None:
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "PYTHONPATH": ""}
    program = installed / "bin" / "meagraph"
    with serving(tmp_path / "said", program=(program,), cwd=tmp_path, environment=home) as service:
        service.wait_for("/readyz", 200)
        assert 503 in service.statuses
        assert set(service.statuses) <= {0, 503}
        ready = httpx.get(f"{service.address}/readyz", timeout=60).json()
        assert service.status("/queries/measures.json") == 200
        answer = httpx.get(f"{service.address}/queries/memberships.json", timeout=60)
        assert len(answer.json()) == 31
        assert answer.headers["Meagraph-Omits"] == "reference-restricted"
        assert (
            "Меры международных природоохранных соглашений"
            in httpx.get(f"{service.address}/?lang=ru", timeout=60).text
        )
        assert service.stop() == 0
        stages = [line for line in service.log().splitlines() if line.partition(" ")[0] in STAGES]
        assert [line.split()[0] for line in stages] == list(STAGES)
        assert all(re.match(r"\w+ +\d+\.\d\d s  ", line) for line in stages)
    current = tmp_path / "data" / "meagraph" / "releases" / "current"
    assert current.read_text(encoding="utf-8").strip() == ready["release"]
    info = subprocess.run(
        [program, "info"],
        cwd=tmp_path,
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "saiga-mtiwp-2016-2020" in info.stdout
    assert "reference-restricted" not in info.stdout
    assert "Without the data that may not be redistributed" in info.stdout


def requirements(lock: str) -> dict[str, str]:
    """The blocks of a lock file by package: the pin and its hashes."""
    text = re.sub(r"\\\n\s*", "", (ROOT / lock).read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {re.split("[=<>!~ ]", line, maxsplit=1)[0]: line for line in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_with_hashes_and_names_no_index(lock: str) -> None:
    pinned = requirements(lock)
    for name, line in pinned.items():
        assert re.match(rf"{re.escape(name)}==\S+", line), line
        assert "--hash=sha256:" in line, line
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host|@ ", text)


def test_both_locks_pin_the_same_versions() -> None:
    program, tests, _ = (requirements(lock) for lock in LOCKS)
    assert {name: tests.get(name) for name in program} == program


def test_the_locks_hold_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]

    def declared(*entries: list[str]) -> set[str]:
        words = [re.split(r"[\[=<>~ ]", entry)[0] for each in entries for entry in each]
        return {word.lower() for word in words}

    program = declared(project["project"]["dependencies"], groups["build"])
    assert program <= set(requirements("requirements.lock"))
    assert program | declared(groups["test"]) <= set(requirements("requirements-test.lock"))
    assert declared(groups["node"]) == set(requirements("requirements-node.lock"))


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert citation["license"] == "Apache-2.0"
    assert citation["preferred-citation"]["license"] == "CC-BY-4.0"


def test_make_alone_lists_what_it_can_do() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "build", "serve", "test", "bench", "help"):
        assert f"make {target} " in listed
