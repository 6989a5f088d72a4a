"""Violating one constraint in a copy of the good graph reports that constraint and no other."""

from __future__ import annotations

import pytest

from tests.shapes.graphs import Broken, Found, breaks, constraints, reporting, what_fires

CASES = breaks()


@pytest.fixture(scope="module")
def fired() -> Found:
    return what_fires(CASES)


@pytest.mark.parametrize(
    ("number", "case"), list(enumerate(CASES)), ids=[f"{c.shape} {c.constraint}" for c in CASES]
)
def test_breaking_one_thing_fires_exactly_the_constraint_that_forbids_it(
    number: int, case: Broken, fired: Found
) -> None:
    assert fired.get(number) == case.expected


def test_what_is_not_broken_stays_silent(fired: Found) -> None:
    assert None not in fired


def test_the_good_graph_conforms() -> None:
    assert what_fires([]) == {}


def test_every_constraint_of_every_shape_is_broken_once() -> None:
    declared = [constraint for shape in reporting() for constraint in constraints(shape)]
    assert sorted(f"{case.shape} {case.constraint}" for case in CASES) == sorted(declared)
