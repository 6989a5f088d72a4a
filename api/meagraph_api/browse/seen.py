"""What the page of a thing is made of, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from meagraph_api.browse.facts import Facts
from meagraph_api.browse.reading import ReleaseData
from meagraph_api.browse.wording import Wording
from meagraph_api.citations import Work


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing: where it stands, what is said of it, and for whom its page is."""

    data: ReleaseData
    works: Sequence[Work]
    """What the release lets one cite."""
    facts: Facts
    wording: Wording

    @property
    def address(self) -> str:
        """The address of the thing."""
        return self.facts.address


Find = Callable[[Seen], Mapping[str, object] | None]
"""Finds what the page of a thing shows; None where there is nothing of its kind to show."""
