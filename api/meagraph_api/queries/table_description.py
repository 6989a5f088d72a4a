"""Description of a table: query, filters, release, status of the plans, citation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meagraph.core.names import SOURCE
from meagraph.core.queries.header import CannedQuery
from meagraph.core.version import __version__
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.protocol import Release
from meagraph_api.index.plan_status import date_of_data, plan_statuses
from meagraph_api.queries.filed_taxa import FiledTaxon

HOME = "https://w3id.org/meagraph/"
OMITS = "Meagraph-Omits"
"""The response header with the graph that a release lacks."""


@dataclass(frozen=True, slots=True)
class About:
    """The description of a table."""

    query: CannedQuery
    filters: tuple[tuple[str, str], ...]
    """Name and value of each filter, as sent."""
    release: str
    data_date: str
    """Modification date of the newest source, '' if unknown."""
    plans: tuple[tuple[str, str, str], ...]
    """Instrument, title and status of each plan."""
    omits: bool = False
    """Whether rows with restricted facts are missing; see `omits_restricted`."""
    language: str = SOURCE
    """The language of the description."""
    filed: tuple[FiledTaxon, ...] = ()
    """For an empty table of a taxon: taxa above or below it with measures or units."""

    @property
    def citation(self) -> str:
        """The citation of the table."""
        dated = f", sources as of {self.data_date}" if self.data_date else ""
        return (
            f"meagraph {__version__}, release {self.release}{dated}: "
            f"canned query “{self.query.name}”. {HOME}"
        )


def omits_restricted(release: Release, query: CannedQuery) -> bool:
    """Whether results lack rows, because the release has no restricted facts."""
    return query.header.restricted and release.omits_restricted


def omissions(release: Release, query: CannedQuery) -> dict[str, str]:
    """The header of results that lack rows (docs/data.md)."""
    return {OMITS: "reference-restricted"} if omits_restricted(release, query) else {}


async def about(
    release: OpenRelease,
    query: CannedQuery,
    values: dict[str, list[str]],
    today: date,
    language: str = SOURCE,
) -> About:
    """Describe the result of a query."""
    plans = await plan_statuses(release)
    return About(
        query=query,
        filters=tuple((name, value) for name, sent in values.items() for value in sent if value),
        release=release.engine.release.id,
        data_date=await date_of_data(release),
        plans=tuple((plan.instrument, plan.title, plan.text(today, language)) for plan in plans),
        omits=omits_restricted(release.engine.release, query),
        language=language,
    )
