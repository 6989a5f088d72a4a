"""The status of the plans: what every table of measures says about where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meagraph.core.names import SOURCE
from meagraph.core.status_query import PLAN_STATUS
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.protocol import select
from meagraph_api.engine.release_cache import Key
from meagraph_api.pages.translations import N_, translations_into

_STATUSES = {
    "draft": N_("draft"),
    "adopted": N_("adopted"),
    "not-verified": N_("adoption not verified"),
}
"""The codes of `mea:adoptionStatus` in words."""

_DATE = """
PREFIX mea: <https://w3id.org/meagraph/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT (MAX(STR(?modified)) AS ?date) WHERE { ?source a mea:SourceDocument ;
  dcterms:modified ?modified }
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one plan is: title, adoption status, how much of it is held, period, what follows."""

    instrument: str
    title: str
    status: str
    extent: str
    start: str
    end: str
    integrated_in: str = ""
    """The instruments that take over its activities, as a document says."""
    nature: str = ""
    """The code of its legal nature."""

    def said(self, today: date, language: str = SOURCE) -> str:
        """Its standing in words.

        >>> plan = Standing("a", "A", "not-verified", "excerpt", "2014", "2024")
        >>> plan.said(date(2026, 1, 1))
        'adoption not verified; excerpt only; period 2014–2024, ended'
        >>> plan.said(date(2026, 1, 1), "ru")
        'принятие не подтверждено; только выдержка; период 2014–2024, завершён'
        >>> Standing("b", "B", "draft", "complete", "2025", "").said(date(2026, 1, 1))
        'draft; period from 2025'
        >>> Standing("c", "C", "draft", "complete", "", "", "D").said(date(2026, 1, 1))
        'draft; activities to be integrated in D, as a document says'
        """
        _ = translations_into(language).gettext
        said = [_(_STATUSES.get(self.status, self.status))]
        if self.extent == "excerpt":
            said.append(_("excerpt"))
        first, last = self.start[:4], self.end[:4]
        if first and last:
            ended = last < f"{today.year:04}"
            period = _("period {first}–{last}, ended") if ended else _("period {first}–{last}")
            said.append(period.format(first=first, last=last))
        elif first:
            said.append(_("period from {first}").format(first=first))
        if self.integrated_in:
            said.append(
                _("activities to be integrated in {plans}, according to a document").format(
                    plans=self.integrated_in
                )
            )
        return "; ".join(said)


_STANDINGS = Key[list[Standing]]()


async def standing(release: OpenRelease) -> list[Standing]:
    """The standing of every plan whose measures the release holds."""

    async def make() -> list[Standing]:
        table = await select(release.engine, PLAN_STATUS)
        return [Standing(**record) for record in table.records()]

    return await release.values.once(_STANDINGS, make)


_DATES = Key[str]()


async def date_of_data(release: OpenRelease) -> str:
    """When the newest source document was modified, as the release says; '' if it does not."""

    async def make() -> str:
        records = (await select(release.engine, _DATE)).records()
        return records[0]["date"] if records else ""

    return await release.values.once(_DATES, make)
