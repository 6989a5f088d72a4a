"""The view model of pages: measures of a release, labels and links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from meagraph.core import names
from meagraph_api.http import urls
from meagraph_api.index import labels, measure_index
from meagraph_api.index.labels import Labels
from meagraph_api.index.measure_index import Measure, MeasureIndex, Plan
from meagraph_api.index.release_data import ReleaseData
from meagraph_api.pages.dates import dates_in_words

QUERIES = (*measure_index.QUERIES, *labels.QUERIES)
"""The queries that `PageContext` reads."""


@dataclass(frozen=True)
class PageContext:
    """The data of a release for a page in a language; `year` decides which plans have ended."""

    data: ReleaseData
    language: str
    year: int

    @cached_property
    def index(self) -> MeasureIndex:
        """The measures, plans and units."""
        return measure_index.index_of(self.data)

    @cached_property
    def labels(self) -> Labels:
        """The labels of things in all languages."""
        return labels.labels_of(self.data)

    def name(self, address: str) -> str:
        """The label of a thing."""
        if (measure := self.index.by_address.get(address)) is not None:
            return f"{measure.number} – {measure.plan.label}"
        if (unit := self.index.units.get(address)) is not None:
            return unit.words
        return self.labels.name(address, self.language)

    def named(self, kind: str, value: str) -> str:
        """The label of the thing of a kind with a code; '' for an empty code."""
        return self.name(names.thing(kind, value)) if value else ""

    def speaks(self, address: str) -> str:
        """The language of a label, '' if it is the page's own or unknown."""
        language = self.labels.language(address, self.language)
        return "" if language == self.language else language

    def page(self, address: str) -> str:
        """The path of the page of a thing."""
        return urls.page(address)

    def page_of(self, kind: str, value: str) -> str:
        """The path of the page of the thing of a kind with a code."""
        return urls.page(names.thing(kind, value))

    def definition(self, address: str) -> str:
        """The definition of a concept."""
        return self.labels.definition(address, self.language)

    def ended(self, plan: Plan) -> bool:
        """Whether the period of a plan is over."""
        return plan.ended(self.year)

    def in_words(self, text: str, language: str) -> str:
        """A note in a language, with names of plans instead of codes, and with dates in words."""
        for plan in self.index.plans.values():
            text = text.replace(plan.slug, plan.label)
        return dates_in_words(text, language)

    def countries(self, codes: Iterable[str]) -> list[tuple[str, str]]:
        """Codes and names of countries, sorted by name."""
        named = [(each, self.named("country", each)) for each in codes]
        return sorted(named, key=lambda pair: pair[1].casefold())

    def main_topics(self, measure: Measure) -> list[str]:
        """The addresses of the main topics of a measure."""
        return [each.topic for each in measure.topics if each.weight == "main" and not each.of_item]

    def priority_of(self, measure: Measure) -> str:
        """The address of the printed priority of a measure in its plan's scale, '' without one."""
        return self._step("priority", measure.plan, measure.priority)

    def timescale_of(self, measure: Measure) -> str:
        """The address of the printed timescale of a measure, '' without one."""
        return self._step("timescale", measure.plan, measure.timescale)

    def _step(self, kind: str, plan: Plan, mark: str) -> str:
        if not mark:
            return ""
        address = names.thing(kind, plan.slug, names.slug(mark))
        return address if address in self.labels.names else ""

    def measures(self, **filters: str) -> str:
        """The path of the list of measures with some filters."""
        return f"/measures?{urlencode(filters)}"
