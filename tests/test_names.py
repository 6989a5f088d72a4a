"""Names in the code: no identifier of many meanings, and no two modules with the same base name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("api", "benchmarks", "loaders", "meagraph", "tests", "web")
"""The folders that contain the project's Python files."""

OWN = {"benchmarks", "meagraph", "meagraph_api", "meagraph_loaders", "tests"}
"""The project's packages; all others are libraries, which choose their own names."""

FORBIDDEN = {
    *("asked", "held", "said", "told", "given", "seen"),
    *("called", "desk", "turns", "wanted", "lets_in"),
}
"""Words with too many meanings; upper case and leading underscores make no difference."""

REPEATED = {"__init__.py", "conftest.py", "routes.py", "views.py"}
"""Base names that may occur in every package."""


def project_files() -> dict[str, Path]:
    """The Python files of the project by their path from its root."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path for path in paths}


def imported_from_libraries(tree: ast.Module) -> set[str]:
    """The names that a module imports from libraries."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0):
            for alias in node.names:
                package = (getattr(node, "module", None) or alias.name).partition(".")[0]
                if package not in OWN:
                    found.add(alias.asname or alias.name.partition(".")[0])
    return found


def identifiers(node: ast.AST) -> Iterator[str]:
    """The identifiers that one node of a syntax tree defines or uses."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.arg(arg=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.MatchClass(kwd_attrs=names) | ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case ast.alias(name=name, asname=asname):
            yield from (asname or name).split(".")


def is_of_a_library(node: ast.AST, imported: set[str]) -> bool:
    """Whether a node uses a name imported from a library, or an attribute of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return name in imported
        case ast.alias(name=name, asname=None):
            return name.partition(".")[0] in imported
    return False


def forbidden_identifiers(source: str) -> set[str]:
    """The forbidden identifiers of a module."""
    tree = ast.parse(source)
    imported = imported_from_libraries(tree)
    return {
        name
        for node in ast.walk(tree)
        if not is_of_a_library(node, imported)
        for name in identifiers(node)
        if name.lstrip("_").lower() in FORBIDDEN
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("held = 1", {"held"}),
        ("_Asked: int = 1", {"_Asked"}),
        ("def told(): pass", {"told"}),
        ("async def told(): pass", {"told"}),
        ("class Desk: pass", {"Desk"}),
        ("def find(seen, *given, wanted=None, **said): pass", {"seen", "given", "wanted", "said"}),
        ("lambda seen: 1", {"seen"}),
        ("find(turns=1)", {"turns"}),
        ("page.said.text", {"said"}),
        ("page.said = 1", {"said"}),
        ("from meagraph.core import told", {"told"}),
        ("from .core import told", {"told"}),
        ("import json as told", {"told"}),
        ("try: pass\nexcept OSError as held: pass", {"held"}),
        ("match x:\n case [*held]: pass\n case A(said=1) as seen: pass", {"held", "said", "seen"}),
        ("match x:\n case {**given}: pass", {"given"}),
        ("def find():\n global held\n nonlocal said", {"held", "said"}),
        ("f'{held}'", {"held"}),
        ("_LETS_IN = 1", {"_LETS_IN"}),
        ("given_name = is_called = 'held'  # said", set()),
        ("from hypothesis import given\n@given(x=1)\ndef find(x): pass", set()),
        ("import hypothesis as h\nh.given(x=1)", set()),
        ("from hypothesis import given\ngiven = 1", {"given"}),
        ("from hypothesis import strategies\ndef find(given): pass", {"given"}),
    ],
)
def test_a_forbidden_identifier_is_found_unless_a_library_defines_it(
    source: str, expected: set[str]
) -> None:
    assert forbidden_identifiers(source) == expected


def test_identifiers_are_terms_of_the_field() -> None:
    sources = {name: path.read_text(encoding="utf-8") for name, path in project_files().items()}
    found = {name: names for name in sources if (names := forbidden_identifiers(sources[name]))}
    assert found == {}


def test_base_names_of_modules_are_unique() -> None:
    paths = defaultdict(set)
    for name in project_files():
        paths[name.rpartition("/")[2]].add(name)
    # Outside programs import the errors from `meagraph.errors`, which only re-exports them.
    assert paths["errors.py"] == {"meagraph/core/errors.py", "meagraph/errors.py"}
    repeated = {name for name, found in paths.items() if len(found) > 1}
    assert {name: paths[name] for name in repeated - REPEATED - {"errors.py"}} == {}
