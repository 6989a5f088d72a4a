"""The harvest of a release: what the graph answers, and the entities that are made of it.

The answers are read once for every release and handed to the processes of the pool, each of which
makes the entities once and answers requests with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from meagraph_api.current import Open
from meagraph_api.informea import rows
from meagraph_api.informea.edm import Tables
from meagraph_api.informea.reading import answers, found
from meagraph_api.settings import Settings
from meagraph_api.standing import Standing, standing


@dataclass(frozen=True, eq=False)
class Harvest:
    """What the entities of one release are made of."""

    answers: Mapping[str, bytes]
    """SPARQL results in JSON, by the name of the query."""
    plans: tuple[Standing, ...]
    today: date
    """Tells of which plans the period has ended."""
    address: str
    """The public URL of the service."""
    decisions: bool
    """Whether meetings and decisions are offered too."""

    @cached_property
    def tables(self) -> Tables:
        """The entities; for the processes of the pool only, since making them takes long."""
        said = found(self.answers, self.plans)
        return rows.make(said, self.today, self.address, self.decisions)


async def harvest(held: Open, today: date, settings: Settings) -> Harvest:
    """The harvest of a release, read once. Raises what the engine raises."""
    words = ("informea", today.year, settings.address, settings.informea_decisions)
    if words not in held.remembered:
        held.remembered[words] = Harvest(
            await answers(held),
            tuple(await standing(held)),
            today,
            settings.address,
            settings.informea_decisions,
        )
    kept: Harvest = held.remembered[words]
    return kept


def tag_parts(held: Open, today: date, settings: Settings) -> tuple[str, ...]:
    """What every answer of the harvest depends on, for its entity tag."""
    return (
        held.engine.release.id,
        settings.address,
        str(today.year),
        f"decisions {settings.informea_decisions}",
    )
