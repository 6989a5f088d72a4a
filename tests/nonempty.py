"""Loops over collections that must not be empty."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")


def nonempty(items: Iterable[Item]) -> list[Item]:
    """The items as a list.

    Raises AssertionError if there are none: a test that loops over them would check nothing.
    """
    every = list(items)
    assert every, "there is nothing to loop over"
    return every
