"""The harvest of a release: what the graph answers, and the entities that are made of it.

The answers are read once for every release and handed to the processes of the pool, each of which
makes the entities once and answers requests with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from meagraph_api.engine.current_release import OpenRelease, Shared
from meagraph_api.engine.release_cache import Key
from meagraph_api.harvest.informea import rows
from meagraph_api.harvest.informea.edm import Tables
from meagraph_api.harvest.informea.source_rows import answers, source_rows
from meagraph_api.index.plan_status import Standing, standing
from meagraph_api.settings import Settings

_KEPT = 2
"""Harvests whose entities a process keeps: that of the current release, and of the one before."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What the entities of one release are made of."""

    answers: tuple[Shared, ...]
    plans: tuple[Standing, ...]
    today: date
    """Tells of which plans the period has ended."""
    address: str
    """The public URL of the service."""
    decisions: bool
    """Whether meetings and decisions are offered too."""


@lru_cache(_KEPT)
def tables(harvest: Harvest) -> Tables:
    """The entities of a harvest; only inside the processes, since making them takes long."""
    source = source_rows(harvest.answers, harvest.plans)
    return rows.make(source, harvest.today, harvest.address, harvest.decisions)


_HARVESTS = Key[Harvest]()


async def harvest(release: OpenRelease, today: date, settings: Settings) -> Harvest:
    """The harvest of a release, read once. Raises what the engine raises."""

    async def make() -> Harvest:
        return Harvest(
            await answers(release),
            tuple(await standing(release)),
            today,
            settings.address,
            settings.informea_decisions,
        )

    return await release.values.once(
        _HARVESTS, make, today.year, settings.address, settings.informea_decisions
    )


def tag_parts(release: OpenRelease, today: date, settings: Settings) -> tuple[str, ...]:
    """What every answer of the harvest depends on, for its entity tag."""
    return (
        release.engine.release.id,
        settings.address,
        str(today.year),
        f"decisions {settings.informea_decisions}",
    )
