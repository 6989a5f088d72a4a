"""Pages of single kinds: measures, plans, countries …

A kind has a template and a function for its values. All other kinds have the template of any thing,
which also follows at the end of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from meagraph.core import names
from meagraph.core.glossary import value_label
from meagraph.core.names import code
from meagraph_api.index import document_texts, page_context
from meagraph_api.index.document_texts import passages
from meagraph_api.index.facets import Bar, bars, kept
from meagraph_api.index.findings import QUERIES as FINDINGS
from meagraph_api.index.findings import findings
from meagraph_api.index.measure_index import kind_of
from meagraph_api.index.related_taxa import related_taxa
from meagraph_api.things import measure_page, plan_page
from meagraph_api.things.thing_context import Facts, Find, Source, ThingContext

MOST = 25
"""The most measures on the page of a topic, taxon or actor; `/measures` lists all."""

_MATCHES = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch")

_ROLES = ("responsible", "adviser", "involved", "addressee", "beneficiary")


def topic_page(context: ThingContext) -> Mapping[str, object]:
    """The values of the page of a topic."""
    facts = context.facts
    index = context.index
    topic = code(context.address)
    chosen = {"topic": (topic,)}
    found = kept(index, topic=topic)
    main = kept(index, topic=topic, topic_weight="main")
    return {
        "topic": topic,
        "definition": context.definition(context.address),
        "scope": facts.one("skos:scopeNote", language=context.language),
        "above": list(index.above.get(context.address, ())),
        "narrower": _narrower(context, "topic"),
        "matches": [(name, each) for name in _MATCHES for each in facts.all(f"skos:{name}")],
        "found": found,
        "main": main,
        "shown": [*main, *(measure for measure in found if measure not in set(main))][:MOST],
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, context),
        "by_country": bars("country", chosen, context),
        "by_level": bars("priority_level", chosen, context),
    }


def _narrower(context: ThingContext, parameter: str) -> list[Bar]:
    """The narrower concepts, each with its number of measures."""
    return [
        Bar(
            context.name(each),
            len(kept(context.index, **{parameter: code(each)})),
            context.measures(**{parameter: code(each)}),
            context.page(each),
        )
        for each in sorted(context.index.below(context.address), key=context.name)
    ]


def actor_page(context: ThingContext) -> Mapping[str, object]:
    """The values of the page of an actor."""
    facts = context.facts
    index = context.index
    actor = code(context.address)
    chosen = {"actor": (actor,)}
    found = kept(index, actor=actor)
    by_role = [
        Bar(
            context.named("responsibility-role", role),
            len(kept(index, actor=actor, actor_role=role)),
            context.measures(actor=actor, actor_role=role),
        )
        for role in _ROLES
    ]
    printed = {one.name for measure in found for one in measure.actor_roles if actor in one.actors}
    return {
        "actor": actor,
        "types": facts.all("actorType"),
        "printed": sorted(printed, key=str.casefold),
        "memberships": _memberships(facts),
        "found": found,
        "shown": list(found)[:MOST],
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_role": [bar for bar in by_role if bar.count],
        "by_plan": bars("instrument", chosen, context),
        "by_topic": bars("topic", chosen, context),
    }


def actor_type_page(context: ThingContext) -> Mapping[str, object]:
    """The values of the page of a type of actor."""
    index = context.index
    type_ = code(context.address)
    chosen = {"actor_type": (type_,)}
    found = kept(index, actor_type=type_)
    of_type = [
        one for measure in index.measures for one in measure.actor_roles if type_ in one.types
    ]
    printed = Counter(one.name for one in of_type)
    return {
        "actor_type": type_,
        "definition": context.definition(context.address),
        "above": list(index.above.get(context.address, ())),
        "narrower": _narrower(context, "actor_type"),
        "actors": sorted({actor for one in of_type for actor in one.actors}),
        "printed": [name for name, _ in printed.most_common(MOST)],
        "found": found,
        "shown": list(found)[:MOST],
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, context),
        "by_topic": bars("topic", chosen, context),
    }


def _memberships(facts: Facts) -> list[dict[str, object]]:
    """The memberships of a country or an organisation."""
    return [
        {
            "instrument": facts.one("instrument", each),
            "role": facts.one("membershipRole", each),
            "status": facts.one("membershipStatus", each),
            "since": facts.one("since", each),
            "as_of": facts.one("membershipAsOf", each),
            "ratified": facts.one("ratified", each),
            "number": facts.one("partyNumber", each),
            "source": facts.source(each),
            "notes": facts.all("skos:note", each),
        }
        for each in facts.parts("Membership")
    ]


_ORDER = (
    "party",
    "signatory",
    "range-state",
    "cooperating-organisation",
    "not-a-party",
    "none-found",
)


def country_page(context: ThingContext) -> Mapping[str, object]:
    """The values of the page of a country."""
    facts = context.facts
    country = code(context.address)
    chosen = {"country": (country,)}
    found = kept(context.index, country=country)
    own = [unit for unit in context.index.units.values() if country in unit.countries]
    return {
        "country": country,
        "found": found,
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, context),
        "by_basis": bars("basis", chosen, context),
        "by_topic": bars("topic", chosen, context),
        "by_level": bars("priority_level", chosen, context),
        "without_level": sum(1 for measure in found if not measure.level),
        "shared": [unit for unit in own if len(unit.countries) > 1],
        "alone": [unit for unit in own if len(unit.countries) == 1],
        "memberships": sorted(
            _memberships(facts),
            key=lambda one: (
                _place(str(one["role"])),
                context.name(str(one["instrument"])).casefold(),
            ),
        ),
    }


def _place(role: str) -> int:
    order = [names.thing("membership-role", each) for each in _ORDER]
    return order.index(role) if role in order else len(order)


_VIEWS = {
    "CMS": ("", "cmsAppendix", "cmsSince", "cmsListingBasis", ""),
    "CITES": ("citesName", "citesAppendix", "citesSince", "", "citesNote"),
}
"""Name, appendix, date, basis and note of each convention."""

_NO_SOURCE = Source((), ())


@dataclass(frozen=True, slots=True)
class CommonName:
    """A common name with its sources, which English names lack."""

    words: str
    preferred: bool = False
    independent_sources: int = 0
    source: Source = _NO_SOURCE
    terms: str = ""
    note: str = ""


def taxon_page(context: ThingContext) -> Mapping[str, object]:
    """The values of the page of a taxon."""
    facts = context.facts
    taxon = code(context.address)
    chosen = {"taxon": (taxon,)}
    found = kept(context.index, taxon=taxon)
    related = related_taxa(context.index, context.address)
    rank = facts.one("dwc:taxonRank")
    return {
        "taxon": taxon,
        "scientific": facts.one("dwc:scientificName"),
        "authorship": facts.one("dwc:scientificNameAuthorship"),
        "rank": value_label("taxa", "rank", rank, context.language) or rank,
        "common_name": context.labels.common_name(context.address, context.language),
        "names": _names(facts),
        "printed": context.labels.printed.get(context.address, ()),
        "views": {
            convention: [facts.one(name) if name else "" for name in names]
            for convention, names in _VIEWS.items()
        },
        "iucn": (facts.one("iucnCategory"), facts.one("iucnAssessed")),
        "see": facts.all("rdfs:seeAlso"),
        "source": facts.source(),
        "above": list(context.index.above.get(context.address, ())),
        "below": sorted(context.index.below(context.address), key=context.name),
        "units": [unit for unit in context.index.units.values() if context.address in unit.taxa],
        "found": found,
        "filed_above": [one for one in related if one.direction == "above"],
        "filed_below": [one for one in related if one.direction == "below"],
        "mentions": [
            measure
            for measure in context.index.measures
            if context.address in measure.mentioned_taxa
        ],
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, context),
        "by_topic": bars("topic", chosen, context),
        "by_country": bars("country", chosen, context),
    }


def _names(facts: Facts) -> dict[str, list[CommonName]]:
    """The common names by language: preferred names first, then by number of sources."""
    found: dict[str, list[CommonName]] = {}
    for entry in facts.parts("VernacularName"):
        (name,) = facts.terms("dwc:vernacularName", entry)
        found.setdefault(name.language or "", []).append(
            CommonName(
                name.value,
                facts.one("preferred", entry) == "true",
                int(facts.one("independentSources", entry)),
                facts.source(entry),
                facts.one("sourceTerms", entry),
                facts.one("skos:note", entry),
            )
        )
    for term in facts.terms("dwc:vernacularName"):
        if (language := term.language or "") == "en":
            found.setdefault(language, []).append(CommonName(term.value))
    for every in found.values():
        every.sort(key=lambda name: (not name.preferred, -name.independent_sources))
    return dict(sorted(found.items()))


_PRINTED = ("subspeciesText", "areaText", "countriesText")


def unit_page(context: ThingContext) -> Mapping[str, object] | None:
    """The values of the page of a unit."""
    index, facts = context.index, context.facts
    unit = index.units.get(context.address)
    if unit is None:
        return None
    known = passages(context.data)
    found = [measure for measure in index.measures if context.address in measure.units]
    return {
        "unit": unit,
        "plan": index.plans.get(unit.plan),
        "kind_words": facts.all("rdf:type"),
        "hotspot": facts.one("hotspotId"),
        "printed": [(name, facts.one(name)) for name in _PRINTED if facts.one(name)],
        "countries": sorted(
            (
                {
                    "country": facts.one("country", each),
                    "certainty": facts.one("certainty", each),
                    "evidence": facts.one("evidence", each),
                    "stated_in": facts.one("statedIn", each),
                    "source": facts.source(each),
                    "note": facts.one("skos:note", each),
                    "quotes": known.quotes(facts.all("passage", each)),
                }
                for each in facts.parts("CountryLink")
            ),
            key=lambda one: context.name(str(one["country"])).casefold(),
        ),
        "taxa": [
            {
                "taxon": facts.one("taxon", each),
                "certainty": facts.one("certainty", each),
                "printed": facts.one("nameAsPrinted", each),
            }
            for each in facts.parts("TaxonLink")
        ],
        "sites": facts.all("site"),
        "found": found,
        "points": [each for each in findings(context.data) if each.subject == context.address],
        "contexts": known.context(known.quotes(facts.all("passage"))),
    }


ANY_THING: tuple[str, Mapping[str, object]] = ("thing.html", MappingProxyType({}))
"""The template of any thing, with no further values."""

KINDS: Mapping[str, Find] = MappingProxyType(
    {
        "measure": measure_page.find,
        "instrument": plan_page.find,
        "country": country_page,
        "unit": unit_page,
        "taxon": taxon_page,
        "topic": topic_page,
        "actor": actor_page,
        "actor-type": actor_type_page,
    }
)
"""The kinds with a template, by the first segment of their IRIs."""

QUERIES = (*page_context.QUERIES, *FINDINGS, *document_texts.QUERIES)
"""The queries that `shown` reads."""


def shown(context: ThingContext) -> tuple[str, Mapping[str, object]]:
    """The template and values of the page of a thing."""
    kind = kind_of(context.address)
    found = KINDS[kind](context) if kind in KINDS else None
    return ANY_THING if found is None else (f"browse/{kind}.html", {"context": context, **found})
