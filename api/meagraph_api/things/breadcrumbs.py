"""Breadcrumbs of the pages of things: plans with their sections, schemes with broader concepts …"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from textwrap import shorten

from meagraph.core import names
from meagraph.core.glossary import term
from meagraph_api.http import urls
from meagraph_api.index.measure_index import Measure, Plan, kind_of
from meagraph_api.pages.renderer import DATA_SECTION, PLANS_SECTION
from meagraph_api.pages.translations import N_, translated
from meagraph_api.things.description import Description
from meagraph_api.things.statement_labels import Labels
from meagraph_api.things.thing_context import ThingContext

_LONGEST = 60
"""The most characters of a title in breadcrumbs."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of breadcrumbs."""

    label: str
    path: str = ""
    """The path of its page, '' if it has none."""
    language: str = ""
    """The language of the label, if it differs from the page's."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The breadcrumbs of a page."""

    steps: tuple[Step, ...]
    """The steps above the page."""
    here: str
    """The name of the page itself."""

    @property
    def section(self) -> str:
        """The path of the first step, which the navigation may have."""
        return self.steps[0].path if self.steps else ""


_LISTS: Mapping[str, tuple[str, str]] = {
    "country": ("countries", ""),
    "instrument": ("documents", "instruments"),
    "site": ("places", "places"),
    "taxon": ("taxa", "taxa"),
}
"""By kind of thing: the term for all of them, and the ready-made table that lists them."""

_SCHEMES: Mapping[str, str] = {
    "topic": "topics",
    "actor-type": "actor_types",
}
"""By kind of concept: the term for all of them, if it differs from the label of the scheme."""


def trail(
    context: ThingContext,
    description: Description,
    labels: Labels,
    tables: Container[str],
) -> Trail:
    """The breadcrumbs of a thing.

    `labels` has the labels of the terms of its description. `tables` has the names of the
    ready-made tables that are served.
    """
    finder = _Finder(context, description, Labels.of(description.own) | labels, tables)
    return Trail(tuple(finder.steps()), shorten(finder.here, _LONGEST, placeholder=" …"))


@dataclass(frozen=True, slots=True)
class _Finder:
    context: ThingContext
    description: Description
    labels: Labels
    tables: Container[str]

    @property
    def here(self) -> str:
        """The name of the thing, without that of its plan."""
        context, address = self.context, self.context.address
        if (measure := context.index.by_address.get(address)) is not None:
            return self._number(measure)
        if (item := context.facts.one("label")) and context.facts.one("partOf"):
            return item
        if address in context.labels.names:
            return context.name(address)
        return self.labels.name(address, (address, context.facts.one("instrument")))

    def steps(self) -> Iterator[Step]:
        context, facts = self.context, self.context.facts
        kind = kind_of(context.address)
        if context.address in context.index.plans:
            yield self._term("plans", PLANS_SECTION)
        elif (plan := self._plan()) is not None:
            yield self._term("plans", PLANS_SECTION)
            yield self._thing(plan.address)
            yield from self._within(plan)
        elif context.address.startswith(names.GRAPH) or kind in ("dataset", "catalog"):
            yield self._term("data", DATA_SECTION)
            yield from map(self._labelled, facts.all("dcterms:isPartOf"))
        elif kind == "scheme":
            yield self._term("data", DATA_SECTION)
            yield Step(translated(N_("The ontology"), context.language), "/ontology")
        elif scheme := facts.one("skos:inScheme"):
            yield self._scheme(scheme)
            yield from self._above()
        elif kind in _LISTS:
            key, table = _LISTS[kind]
            yield self._term(key, f"/queries/{table}" if table in self.tables else "")
            yield from self._above()
        elif kind == "actor":
            yield self._scheme(names.thing("scheme", "actor-type"))
            yield from map(self._thing, facts.all("actorType")[:1])
        else:
            yield from (Step(self.labels.predicate(one)) for one in facts.all("rdf:type")[:1])

    def _plan(self) -> Plan | None:
        """The plan to which the thing belongs."""
        facts, index = self.context.facts, self.context.index
        if (measure := index.by_address.get(facts.one("partOf"))) is not None:
            return measure.plan
        of_source = {each.subject.value for each in self.description.back}
        owners = [facts.one("instrument")]
        if kind_of(self.context.address) == "source":
            owners = [plan for plan in index.plans if plan in of_source]
        return next((index.plans[owner] for owner in owners if owner in index.plans), None)

    def _within(self, plan: Plan) -> Iterator[Step]:
        """The sections of a plan above the thing, and the measure above a list item."""
        facts = self.context.facts
        if (measure := self.context.index.by_address.get(facts.one("partOf"))) is not None:
            if measure.section:
                number = f"{measure.section_number} {measure.section_title}".strip()
                yield self._step(number, measure.section)
            yield self._step(self._number(measure), measure.address)
            return
        section = facts.one("section") or facts.one("parentSection")
        if section and (facts.one("section") or not self._is_numbered()):
            yield self._step(self.labels.name(section, (plan.address,)), section)

    def _is_numbered(self) -> bool:
        return bool(self.context.facts.one("number"))

    def _number(self, measure: Measure) -> str:
        return f"{term('measure', self.context.language)} {measure.number}"

    def _above(self) -> Iterator[Step]:
        """The broader concepts or higher taxa, as long as there is one above."""
        above, address = self.context.index.above, self.context.address
        found: list[str] = []
        while len(upper := above.get(address, ())) == 1 and upper[0] not in found:
            (address,) = upper
            found.append(address)
        return map(self._thing, reversed(found))

    def _term(self, key: str, path: str = "") -> Step:
        return Step(term(key, self.context.language), path)

    def _thing(self, address: str) -> Step:
        context = self.context
        return Step(context.name(address), urls.page(address), context.speaks(address))

    def _labelled(self, address: str) -> Step:
        return Step(self.labels.name(address), urls.page(address))

    def _scheme(self, address: str) -> Step:
        if (key := _SCHEMES.get(names.code(address))) is not None:
            return self._term(key, urls.page(address))
        name = self.labels.name(address)
        return Step(name[:1].upper() + name[1:], urls.page(address))

    def _step(self, label: str, address: str) -> Step:
        """A part of a document, whose title is in English."""
        language = "" if self.context.language == "en" else "en"
        return Step(label, urls.page(address), language)
