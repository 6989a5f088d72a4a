"""What the page of a thing is made of, whatever its kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from meagraph_api.browse.facts import Facts
from meagraph_api.browse.wording import Wording
from meagraph_api.current import Open


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing: where it stands, what is said of it, and for whom its page is."""

    held: Open
    facts: Facts
    wording: Wording

    @property
    def address(self) -> str:
        """The address of the thing."""
        return self.facts.address


Find = Callable[[Seen], Awaitable[Mapping[str, object] | None]]
"""Finds what the page of a thing shows; None where there is nothing of its kind to show."""
