"""Pages of a kind's own: what a page shows of a measure, a plan, a country … before its statements.

A kind is a template and a function that finds what the template needs. All other things have the
page that shows any thing; and that stands at the foot of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from meagraph_api.browse.called import called
from meagraph_api.browse.facts import Facts
from meagraph_api.browse.kind import actor, actor_type, country, measure, plan, taxon, topic, unit
from meagraph_api.browse.register import kind_of, register
from meagraph_api.browse.seen import Find, Seen
from meagraph_api.browse.wording import Wording
from meagraph_api.current import Open
from meagraph_api.things.description import Description


@dataclass(frozen=True, slots=True)
class Shown:
    """The template of a page, and what it is given."""

    template: str
    values: Mapping[str, object]


KINDS: Mapping[str, Find] = MappingProxyType(
    {
        "measure": measure.find,
        "instrument": plan.find,
        "country": country.find,
        "unit": unit.find,
        "taxon": taxon.find,
        "topic": topic.find,
        "actor": actor.find,
        "actor-type": actor_type.find,
    }
)
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
