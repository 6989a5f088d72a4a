"""No test asserts only in loops that may have no items: it would pass without any check."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef

SAME_ITEMS = {"enumerate", "list", "reversed", "set", "sorted", "tuple", "zip"}
"""Functions whose result has items if all of their arguments have."""


def has_items(node: ast.expr, known: set[str]) -> bool:
    """Whether a collection surely has items; `known` are the names of some that have."""
    match node:
        case ast.Name(id=name):
            return name in known
        case ast.Constant(value=value):
            return bool(value)
        case ast.Starred(value=value):
            return has_items(value, known)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return any(
                not isinstance(item, ast.Starred) or has_items(item, known) for item in items
            )
        case ast.Dict(keys=keys):
            return any(keys)
        case ast.Call(func=ast.Name(id="nonempty")):
            return True
        case ast.Call(func=ast.Name(id="range"), args=args):
            return all(isinstance(arg, ast.Constant) for arg in args)
        case ast.Call(func=ast.Name(id=name), args=args) if name in SAME_ITEMS:
            return bool(args) and all(has_items(arg, known) for arg in args)
        case ast.Call(func=ast.Attribute(value=value, attr="items" | "keys" | "values" | "split")):
            return has_items(value, known)
    return False


def with_assigned(known: set[str], nodes: Iterable[ast.AST]) -> set[str]:
    """The names that surely have items after the assignments among some nodes."""
    found = set(known)
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                (found.add if has_items(value, found) else found.discard)(name)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                (found.add if has_items(value, found) else found.discard)(name)
    return found


def assertions(node: ast.AST, known: set[str], helpers: set[str]) -> Iterator[bool]:
    """For each assertion below a node, whether all loops around it surely have items."""
    certain = True
    match node:
        case ast.Assert() | ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr="raises"))):
            yield True
        case ast.Call(func=ast.Name(id=name)) if name in helpers:
            yield True
        case ast.For(iter=iterable) | ast.AsyncFor(iter=iterable):
            certain = has_items(iterable, known)
        case ast.While(test=condition):
            certain = isinstance(condition, ast.Constant)
    for child in ast.iter_child_nodes(node):
        yield from (certain and found for found in assertions(child, known, helpers))


def may_check_nothing(source: str) -> list[str]:
    """The tests of a module whose assertions are all in loops that may have no items."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    known = with_assigned(set(), tree.body)
    helpers = {
        function.name
        for function in functions
        if any(isinstance(node, ast.Assert) for node in ast.walk(function))
    }
    found = []
    for function in functions:
        if function.name.startswith("test_"):
            inside = with_assigned(known, ast.walk(function))
            certain = list(assertions(function, inside, helpers))
            if certain and not any(certain):
                found.append(function.name)
    return found


@pytest.mark.parametrize(
    "loop",
    [
        "for x in found: assert x",
        "for x in sorted(found):\n  for y in (1, 2): assert y",
        "for x in [y for y in (1, 2) if y in found]: assert x",
        "for x in [*found]: check(x)",
        "while found: assert found.pop()",
        "for x in found.values():\n  with pytest.raises(E): x()",
        "every = ()\n for x in every: assert x",
    ],
)
def test_assertions_in_a_loop_that_may_have_no_items_are_found(loop: str) -> None:
    test = "def check(x):\n assert x\ndef test_it(found):\n " + loop
    assert may_check_nothing(test) == ["test_it"]


@pytest.mark.parametrize(
    "loop",
    [
        "for x in nonempty(found): assert x",
        "for x in zip(SOME, [1, *found]): assert x",
        "every = {**found, 1: 2}\n for x in every.items(): assert x",
        "for x in range(3): assert x",
        "for x in 'a b'.split(): assert x",
        "assert found\n for x in found: assert x",
        "for x in found: check(x)\n check(1)",
        "for x in found: print(x)",
        "while True: assert found",
    ],
)
def test_an_assertion_that_is_surely_made_is_enough(loop: str) -> None:
    test = "SOME = (1, 2)\ndef check(x):\n assert x\ndef test_it(found):\n " + loop
    assert may_check_nothing(test) == []


def test_every_test_surely_asserts_something() -> None:
    paths = sorted(TESTS.rglob("test_*.py"))
    assert Path(__file__) in paths
    found = {path.name: may_check_nothing(path.read_text(encoding="utf-8")) for path in paths}
    assert {name: tests for name, tests in found.items() if tests} == {}
