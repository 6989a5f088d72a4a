"""Pages of a kind's own: what a page shows of a measure, a plan, a country … before its statements.

A kind is a template and a function that finds what the template needs. All other things have the
page that shows any thing; and that stands at the foot of these.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from meagraph_api.browse.called import called
from meagraph_api.browse.facts import Facts
from meagraph_api.browse.register import kind_of, register
from meagraph_api.browse.wording import Wording
from meagraph_api.current import Open
from meagraph_api.things.description import Description


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing that a page is made of: where it stands, what is said of it, for whom it is."""

    held: Open
    facts: Facts
    wording: Wording

    @property
    def address(self) -> str:
        """The address of the thing."""
        return self.facts.address


@dataclass(frozen=True, slots=True)
class Shown:
    """The template of a page, and what it is given."""

    template: str
    values: Mapping[str, object]


Find = Callable[[Seen], Awaitable[Mapping[str, object] | None]]
"""Finds what the page of a thing shows, None where there is nothing of its kind to show."""

KINDS: Mapping[str, Find] = MappingProxyType({})
"""The kinds that have a page of their own, by the first segment of their addresses."""


class Kinds:
    """Finds what the pages of things show."""

    def __init__(self, kinds: Mapping[str, Find] = KINDS) -> None:
        self._kinds = kinds

    async def shown(
        self, held: Open, description: Description, language: str, today: date
    ) -> Shown | None:
        """What the page of a thing shows first; None where its kind has no page of its own.

        Raises what the engine raises.
        """
        kind = kind_of(description.thing.address)
        if kind not in self._kinds:
            return None
        wording = Wording(await register(held), await called(held), language, today.year)
        found = await self._kinds[kind](Seen(held, Facts(description), wording))
        if found is None:
            return None
        return Shown(f"browse/{kind}.html", {"wording": wording, **found})
