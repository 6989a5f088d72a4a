"""Run a sample of many similar cases, and all of them with the marker `full`."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest
from _pytest.mark.structures import ParameterSet

Case = TypeVar("Case")

_SEED = 15

SOME_AND_ALL = [
    pytest.param(False, id="some"),
    pytest.param(True, id="all", marks=pytest.mark.full),
]
"""Values of the parameter `everything` of a test that collects its cases while it runs."""


def some(cases: Sequence[Case], number: int) -> list[Case]:
    """A sample of `number` cases in their order, the same in each run."""
    chosen = random.Random(_SEED).sample(range(len(cases)), min(number, len(cases)))
    return [cases[place] for place in sorted(chosen)]


def sampled(cases: Iterable[object], number: int) -> list[ParameterSet]:
    """The cases of a parametrized test; all but a sample of `number` have the marker `full`."""
    every = list(cases)
    chosen = set(some(range(len(every)), number))
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=() if place in chosen else pytest.mark.full,
        )
        for place, case in enumerate(every)
    ]
