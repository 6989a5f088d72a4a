"""A sample of many similar cases in each run; all of them where everything is tested (`full`)."""

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
"""For the parameter `everything` of a test that walks through what it finds by itself."""


def some(cases: Sequence[Case], number: int) -> list[Case]:
    """So many of the cases, the same ones in each run, in their order."""
    chosen = random.Random(_SEED).sample(range(len(cases)), min(number, len(cases)))
    return [cases[place] for place in sorted(chosen)]


def sampled(cases: Iterable[object], number: int) -> list[ParameterSet]:
    """The cases of a parametrized test, of which all but so many are left to `full`."""
    every = list(cases)
    chosen = set(some(range(len(every)), number))
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=() if place in chosen else pytest.mark.full,
        )
        for place, case in enumerate(every)
    ]
