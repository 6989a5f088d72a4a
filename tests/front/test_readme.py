"""Every command in the README works, with the shown output."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from meagraph.cli import main
from tests.cli.conftest import Service, serving
from tests.nonempty import nonempty

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES: list[tuple[str, str]] = re.findall(
    r"^\$ ((?:curl|meagraph) .*?(?:'|\d))\n(\w+(?:,\w+)+\n.*?)^```",
    README,
    re.DOTALL | re.MULTILINE,
)
"""The commands in the README, with the output below them."""


@pytest.fixture(scope="module")
def service(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("readme") / "output", "--releases", releases) as service:
        service.wait_for("/readyz", 200)
        yield service


def test_every_console_block_is_an_example() -> None:
    assert README.count("```console") == len(EXAMPLES)


@pytest.mark.parametrize(("command", "answer"), EXAMPLES)
def test_a_command_of_the_readme_answers_what_it_shows(
    service: Service, releases: Path, command: str, answer: str
) -> None:
    here = command.replace("http://127.0.0.1:8000", service.address)
    here = re.sub(r"^meagraph", f"'{sys.executable}' -m meagraph", here)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", here],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "MEAGRAPH_RELEASES": str(releases)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.replace("\r\n", "\n") == answer


def test_the_picture_of_the_readme_is_the_first_answer() -> None:
    rows = re.findall(r"^\| (\S+-20\d\d .*) \|$", README, re.MULTILINE)
    shown = [row.replace(" | ", ",") for row in rows]
    assert shown == EXAMPLES[0][1].splitlines()[1:]


def test_the_make_targets_of_the_readme_exist() -> None:
    for target in re.findall(r"make (\w+)", README):
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)


def test_the_rooms_of_the_map_exist() -> None:
    rooms = re.findall(r"`([a-z]+)/`", README.partition("## Map of the code")[2])
    assert rooms
    for room in rooms:
        assert (ROOT / room).is_dir() or (ROOT / "queries" / room).is_dir()


def test_the_commands_of_the_readme_are_those_that_there_are() -> None:
    listed = re.findall(r"^\| `meagraph (\w+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(main.commands)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_page_of_the_docs_is_linked_and_its_links_lead_somewhere(page: Path) -> None:
    assert f"](docs/{page.name})" in README
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text()):
        there = page.parent / target if target else page
        assert there.is_file(), target
        headings = re.findall(r"^#+ (.*)$", there.read_text(), re.MULTILINE)
        assert not anchor or anchor in {_anchor(heading) for heading in headings}, anchor


def test_every_module_that_the_docs_name_exists() -> None:
    packages = [ROOT, ROOT / "api" / "meagraph_api", ROOT / "loaders" / "meagraph_loaders"]
    modules = {
        (page.name, module)
        for page in sorted((ROOT / "docs").glob("*.md"))
        for module in re.findall(r"`([a-z_/]+/[a-z_]+\.py)`", page.read_text(encoding="utf-8"))
    }
    for page, module in nonempty(modules):
        assert any((package / module).is_file() for package in packages), (page, module)


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
