"""The status of the plans, which every table of measures states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meagraph.core.glossary import term
from meagraph.core.names import SOURCE
from meagraph.core.status_query import PLAN_STATUS
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.protocol import select
from meagraph_api.engine.release_cache import Key
from meagraph_api.pages.translations import translations_into

_STATUSES = ("draft", "adopted", "not-verified")
"""The codes of `mea:adoptionStatus`."""

_DATE = """
PREFIX mea: <https://w3id.org/meagraph/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT (MAX(STR(?modified)) AS ?date) WHERE { ?source a mea:SourceDocument ;
  dcterms:modified ?modified }
"""


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """The status of a plan: title, adoption status, extent in the graph, period, successors."""

    instrument: str
    title: str
    status: str
    extent: str
    start: str
    end: str
    integrated_in: str = ""
    """The instruments that take over its activities, according to a document."""
    nature: str = ""
    """The code of its legal nature."""

    def text(self, today: date, language: str = SOURCE) -> str:
        """The status in words.

        >>> plan = PlanStatus("a", "A", "not-verified", "excerpt", "2014", "2024")
        >>> plan.text(date(2026, 1, 1))
        'adoption not verified; excerpt; period 2014–2024, ended'
        >>> plan.text(date(2026, 1, 1), "ru")
        'принятие не подтверждено; выдержка; период 2014–2024, завершён'
        >>> PlanStatus("b", "B", "draft", "complete", "2025", "").text(date(2026, 1, 1))
        'draft; period from 2025'
        >>> PlanStatus("c", "C", "draft", "complete", "", "", "D").text(date(2026, 1, 1))
        'draft; activities to be integrated in D, according to a document'
        """
        _ = translations_into(language).gettext
        status = f"adoption-status/{self.status}"
        parts = [term(status, language, capital=False) if self.status in _STATUSES else self.status]
        if self.extent == "excerpt":
            parts.append(term("extent/excerpt", language, capital=False))
        first, last = self.start[:4], self.end[:4]
        if first and last:
            ended = last < f"{today.year:04}"
            period = _("period {first}–{last}, ended") if ended else _("period {first}–{last}")
            parts.append(period.format(first=first, last=last))
        elif first:
            parts.append(_("period from {first}").format(first=first))
        if self.integrated_in:
            parts.append(
                _("activities to be integrated in {plans}, according to a document").format(
                    plans=self.integrated_in
                )
            )
        return "; ".join(parts)


_PLAN_STATUSES = Key[list[PlanStatus]]()


async def plan_statuses(release: OpenRelease) -> list[PlanStatus]:
    """The status of every plan with measures in the release."""

    async def make() -> list[PlanStatus]:
        table = await select(release.engine, PLAN_STATUS)
        return [PlanStatus(**record) for record in table.records()]

    return await release.values.once(_PLAN_STATUSES, make)


_DATES = Key[str]()


async def date_of_data(release: OpenRelease) -> str:
    """The newest modification date of a source document, '' if the release has none."""

    async def make() -> str:
        records = (await select(release.engine, _DATE)).records()
        return records[0]["date"] if records else ""

    return await release.values.once(_DATES, make)
