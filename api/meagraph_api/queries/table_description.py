"""What a table says about itself: question, filters, release, standing of the plans, citation."""

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
"""The response header that names the graph of which a release has no rows."""


@dataclass(frozen=True, slots=True)
class About:
    """The description that travels with a table."""

    query: CannedQuery
    filters: tuple[tuple[str, str], ...]
    """Name and value of every filter as given."""
    release: str
    data_date: str
    """When the newest source was modified; '' where the release does not say."""
    plans: tuple[tuple[str, str, str], ...]
    """Instrument, title and standing of every plan."""
    omits: bool = False
    """Whether rows are missing that may not be redistributed; see `omits_restricted`."""
    filed: tuple[FiledTaxon, ...] = ()
    """Of an empty table of a taxon: the taxa above or below it that have measures or units."""

    @property
    def citation(self) -> str:
        """How to cite the table."""
        dated = f", sources as of {self.data_date}" if self.data_date else ""
        return (
            f"meagraph {__version__}, release {self.release}{dated}: "
            f"canned query “{self.query.name}”. {HOME}"
        )


def omits_restricted(release: Release, query: CannedQuery) -> bool:
    """Whether the answers of a query lack rows, because the release has no restricted facts."""
    return query.header.restricted and release.omits_restricted


def omissions(release: Release, query: CannedQuery) -> dict[str, str]:
    """The header that tells programs of such an answer (docs/data.md)."""
    return {OMITS: "reference-restricted"} if omits_restricted(release, query) else {}


async def about(
    release: OpenRelease,
    query: CannedQuery,
    values: dict[str, list[str]],
    today: date,
    language: str = SOURCE,
) -> About:
    """Describe the answer to a query with these values; the standing is told in a language."""
    plans = await plan_statuses(release)
    return About(
        query=query,
        filters=tuple((name, value) for name, sent in values.items() for value in sent if value),
        release=release.engine.release.id,
        data_date=await date_of_data(release),
        plans=tuple((plan.instrument, plan.title, plan.text(today, language)) for plan in plans),
        omits=omits_restricted(release.engine.release, query),
    )
