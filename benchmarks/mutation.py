"""Change single places of the program, and count the changes that the tests notice.

    python -m benchmarks.mutation draw > mutations.json
    pytest -n 2 --cov=meagraph --cov=meagraph_api --cov=meagraph_loaders --cov-context=test
    python -m benchmarks.mutation run mutations.json

A change swaps a comparison, alters a constant, drops a statement or swaps two arguments, in a
module or in a query. Each runs in a copy of the tree, with the tests that execute the line (from
the contexts in `.coverage`) or that name the query. It needs `coverage` and `pytest-cov`.

Andrews, Briand and Labiche (2005), "Is mutation an appropriate tool for testing experiments?"
"""

from __future__ import annotations

import ast
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import click

from meagraph.core import queries
from meagraph.core.errors import QueryFileError

PACKAGES = ("meagraph", "api/meagraph_api", "loaders/meagraph_loaders")
QUERIES = ("queries", *PACKAGES)
"""Folders with SPARQL queries."""
MOST_TESTS = 400
"""The most tests of one run; of more, a sample with the seed of the draw."""

_SWAPPED: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
_OF_QUERIES = (
    ("comparison", re.compile(r"(?<![<>!?\"])(?: = | != | < | > | IN )")),
    ("constant", re.compile(r"(?<![\w:/.-])\d+(?![\w:/.-])")),
    ("dropped line", re.compile(r"^ *(?:OPTIONAL|FILTER|BIND|\?\w+ [a-z]).*[.})]$")),
)
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">", ">": "<", "IN": "NOT IN"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of one place of a file."""

    file: str
    line: int
    kind: str
    before: str
    """The text of the lines that it changes."""
    after: str

    def applied(self, text: str) -> str | None:
        """The changed text; None if the lines occur nowhere, or nowhere near their place."""
        lines, looked_for = text.splitlines(keepends=True), self.before.splitlines(keepends=True)
        places = [
            place
            for place in range(len(lines) - len(looked_for) + 1)
            if lines[place : place + len(looked_for)] == looked_for
        ]
        if not places:
            return None
        place = min(places, key=lambda one: abs(one - self.line + 1))
        return "".join([*lines[:place], self.after, *lines[place + len(looked_for) :]])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the tests made of a mutation."""

    mutation: Mutation
    caught: bool
    by: str
    """The test that failed, or why none did."""
    tests: int
    seconds: float


@click.group()
def main() -> None:
    """Change single places of the program, and count the changes that the tests notice."""


@main.command()
@click.option("--count", default=60, show_default=True)
@click.option("--seed", default=15, show_default=True)
def draw(count: int, seed: int) -> None:
    """Draw mutations of the tree in the current folder, and print them as JSON."""
    root = Path()
    modules = [path for folder in PACKAGES for path in sorted((root / folder).rglob("*.py"))]
    texts = [path for folder in QUERIES for path in sorted((root / folder).rglob("*.rq"))]
    of_modules = [one for path in modules for one in _of_module(path)]
    of_queries = [one for path in texts for one in _of_query(path)]
    chooser = random.Random(seed)
    quarter = count // 4
    chosen = _spread(of_queries, quarter, chooser) + _spread(of_modules, count - quarter, chooser)
    click.echo(json.dumps([asdict(one) for one in chosen], ensure_ascii=False, indent=1))


@main.command()
@click.argument("mutations", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seconds", default=180, show_default=True, help="Time limit of each run.")
@click.option("--jobs", default=2, show_default=True, help="Number of runs at the same time.")
@click.option("--contexts", default=Path(".coverage"), type=click.Path(path_type=Path))
def run(mutations: Path, seconds: int, jobs: int, contexts: Path) -> None:
    """Run the tests of the tree in the current folder on each mutation."""
    drawn = [Mutation(**one) for one in json.loads(mutations.read_text(encoding="utf-8"))]
    tests = {one: _tests_of(one, contexts) for one in drawn}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        work = partial(_outcome, folder=Path(folder), seconds=seconds)
        outcomes = list(pool.map(work, drawn, tests.values()))
    for each in outcomes:
        mark = "caught" if each.caught else "NOT caught"
        place = f"{each.mutation.file}:{each.mutation.line}"
        click.echo(f"{mark:10} {each.seconds:6.1f} s  {place}  {each.mutation.kind}  {each.by}")
    click.echo(f"{sum(one.caught for one in outcomes)} of {len(outcomes)} caught")


def _spread(found: Sequence[Mutation], count: int, chooser: random.Random) -> list[Mutation]:
    """A sample with the same number of each kind, as far as there are so many."""
    kinds = sorted({one.kind for one in found})
    drawn = {
        kind: chooser.sample(few, len(few))
        for kind in kinds
        for few in [[one for one in found if one.kind == kind]]
    }
    taken = [
        drawn[kind][turn] for turn in range(count) for kind in kinds if turn < len(drawn[kind])
    ]
    return sorted(taken[:count], key=lambda one: (one.file, one.line))


def _of_module(path: Path) -> Iterator[Mutation]:
    """The mutations of a module."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    left_out = set(_not_run(tree))
    for node in ast.walk(tree):
        if node in left_out:
            continue
        for kind, start, end, new in _changes(node, text):
            yield _mutation(path, kind, text, start, end, new)


def _not_run(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that are no behaviour: docstrings, annotations, imports, and decorators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from ast.walk(node)
        for name in ("annotation", "returns"):
            if (annotation := getattr(node, name, None)) is not None:
                yield from ast.walk(annotation)
        for decorator in getattr(node, "decorator_list", ()):
            yield from ast.walk(decorator)
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ast.walk(node)


_Change = tuple[str, int, int, str]
"""Kind, first and last offset, and new text."""


def _changes(node: ast.AST, text: str) -> Iterator[_Change]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        start, end = _span(node.left, text)[1], _span(node.comparators[0], text)[0]
        closing = text[start:end].count(")")  # of the left side, which has no place of its own
        if not closing and "(" not in text[start:end]:
            yield "comparison", start, end, f" {_SWAPPED[type(node.ops[0])]} "
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        new = repr(not node.value if isinstance(node.value, bool) else node.value + 1)
        yield "constant", *_span(node, text), new
    elif isinstance(node, ast.Raise | ast.AugAssign) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield "dropped line", *_span(node, text), "pass"
    elif isinstance(node, ast.Call):
        for first, second in pairwise(node.args):
            (start, middle), (after, end) = _span(first, text), _span(second, text)
            if text[start:middle] != text[after:end]:
                new = f"{text[after:end]}{text[middle:after]}{text[start:middle]}"
                yield "swapped argument", start, end, new


def _span(node: ast.stmt | ast.expr, text: str) -> tuple[int, int]:
    """The offsets of a node in a text."""
    lines = text.splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start, end = (
        sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())
        for line, column in (
            (node.lineno, node.col_offset),
            (node.end_lineno, node.end_col_offset),
        )
    )
    return start, end


def _of_query(path: Path) -> Iterator[Mutation]:
    """The mutations of the body of a query that leave it valid."""
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.startswith(("#", "PREFIX")) or not line.strip():
            continue
        start = text.index(line) if text.count(line) == 1 else -1
        if start < 0:
            continue
        for kind, pattern in _OF_QUERIES:
            for found in pattern.finditer(line.rstrip("\n")):
                new = _changed(kind, found[0])
                one = _mutation(path, kind, text, start + found.start(), start + found.end(), new)
                if one.line == number and _is_valid(path, one.applied(text) or ""):
                    yield one


def _changed(kind: str, found: str) -> str:
    match kind:
        case "comparison":
            return f" {_OPPOSITE[found.strip()]} "
        case "constant":
            return str(int(found) + 1)
        case _:
            return ""


def _is_valid(path: Path, text: str) -> bool:
    try:
        queries.check_syntax(path.name, text)
    except QueryFileError:
        return False
    return True


def _mutation(path: Path, kind: str, text: str, start: int, end: int, new: str) -> Mutation:
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end) + 1 or len(text)
    after = f"{text[first:start]}{new}{text[end:last]}"
    line = text.count("\n", 0, start) + 1
    return Mutation(path.as_posix(), line, kind, text[first:last], after)


def _tests_of(one: Mutation, contexts: Path) -> list[str]:
    """The tests that execute the lines of a mutation, or name its query."""
    if one.file.endswith(".rq"):
        name = re.compile(rf"\b{re.escape(Path(one.file).stem)}\b")
        files = sorted(Path("tests").rglob("test_*.py"))
        named = [str(path) for path in files if name.search(path.read_text(encoding="utf-8"))]
        return [*named, "tests/queries/test_files.py", "tests/questions"]
    from coverage import CoverageData  # type: ignore[import-not-found,unused-ignore]

    data = CoverageData(str(contexts))
    data.read()
    found: dict[int, list[str]] = data.contexts_by_lineno(str(Path(one.file).resolve()))
    lines = range(one.line, one.line + max(1, one.before.count("\n")))
    tests = sorted(
        {each.partition("|")[0] for line in lines for each in found.get(line, [])} - {""}
    )
    if len(tests) > MOST_TESTS:
        tests = sorted(random.Random(one.before).sample(tests, MOST_TESTS))
    return tests


def _outcome(one: Mutation, tests: Sequence[str], folder: Path, seconds: int) -> Outcome:
    """Run tests on a mutation, in a copy of the tree."""
    if not tests:
        return Outcome(one, False, "no test executes the line", 0, 0.0)
    changed = one.applied(Path(one.file).read_text(encoding="utf-8"))
    if changed is None:
        return Outcome(one, False, "the line is not there any more", 0, 0.0)
    copy = Path(tempfile.mkdtemp(dir=folder))
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(name, copy / name)
    (copy / one.file).write_text(changed, encoding="utf-8")
    roots = ":".join(str(copy / part) for part in ("", "api", "loaders"))
    begun = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
            cwd=copy,
            env={"PYTHONPATH": roots, "PATH": "/usr/bin:/bin", "HOME": str(copy)},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
        by = failed[1] if failed else f"exit code {done.returncode}"
        caught = done.returncode in (1, 2, 3, 4)
    except subprocess.TimeoutExpired:
        by, caught = f"not within {seconds} s", False
    shutil.rmtree(copy, ignore_errors=True)
    return Outcome(one, caught, by, len(tests), time.monotonic() - begun)


if __name__ == "__main__":
    main()
