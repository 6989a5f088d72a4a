"""Pages of a kind's own: what a page shows of a measure, a plan, a country … before its statements.

A kind is a template and a function that finds what the template needs. All other things have the
page that shows any thing; and that stands at the foot of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from meagraph_api.browse import called, findings, register, texts
from meagraph_api.browse.facts import Facts
from meagraph_api.browse.kind import actor, actor_type, country, measure, plan, taxon, topic, unit
from meagraph_api.browse.reading import ReleaseData
from meagraph_api.browse.register import kind_of
from meagraph_api.browse.seen import Find, Seen
from meagraph_api.browse.wording import Wording
from meagraph_api.citations import Work
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


QUERIES = (*register.QUERIES, *called.QUERIES, *findings.QUERIES, *texts.QUERIES)
"""The queries that `shown` reads."""


def has_own_page(address: str) -> bool:
    """Whether things of the kind of an address have a page of their own."""
    return kind_of(address) in KINDS


def shown(
    data: ReleaseData, works: Sequence[Work], description: Description, language: str, today: date
) -> Shown | None:
    """What the page of a thing shows first; None where there is nothing of its kind to show."""
    kind = kind_of(description.thing.address)
    wording = Wording(register.register(data), called.called(data), language, today.year)
    found = KINDS[kind](Seen(data, works, Facts(description), wording))
    if found is None:
        return None
    return Shown(f"browse/{kind}.html", {"wording": wording, **found})
