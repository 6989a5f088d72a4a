"""The harvested data of a release: query results, and the entities made from them.

The queries run once for each release. Their results go to the processes of the pool, each of which
makes the entities once.
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
from meagraph_api.index.plan_status import PlanStatus, plan_statuses
from meagraph_api.settings import Settings

_KEPT = 2
"""Harvests cached by a process: of the current and of the previous release."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """The data from which the entities of a release are made."""

    answers: tuple[Shared, ...]
    plans: tuple[PlanStatus, ...]
    today: date
    """Decides which periods have ended."""
    address: str
    """The public URL of the service."""
    decisions: bool
    """Whether to include meetings and decisions."""


@lru_cache(_KEPT)
def tables(harvest: Harvest) -> Tables:
    """The entities of a harvest. Call it only in the processes, since it takes long."""
    source = source_rows(harvest.answers, harvest.plans)
    return rows.make(source, harvest.today, harvest.address, harvest.decisions)


_HARVESTS = Key[Harvest]()


async def harvest(release: OpenRelease, today: date, settings: Settings) -> Harvest:
    """The harvest of a release, cached. Raises what the engine raises."""

    async def make() -> Harvest:
        return Harvest(
            await answers(release),
            tuple(await plan_statuses(release)),
            today,
            settings.address,
            settings.informea_decisions,
        )

    return await release.values.once(
        _HARVESTS, make, today.year, settings.address, settings.informea_decisions
    )


def tag_parts(release: OpenRelease, today: date, settings: Settings) -> tuple[str, ...]:
    """What all responses depend on, for their entity tags."""
    return (
        release.engine.release.id,
        settings.address,
        str(today.year),
        f"decisions {settings.informea_decisions}",
    )
