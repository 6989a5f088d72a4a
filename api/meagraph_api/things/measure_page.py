"""The page of a measure: text, countries with reasons, and place in the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meagraph.core import names
from meagraph.core.version import __version__
from meagraph_api.index.document_texts import Passage, Passages, passages, texts
from meagraph_api.index.findings import findings
from meagraph_api.index.measure_index import Measure
from meagraph_api.things.thing_context import Source, ThingContext

_WEIGHTS = ("main", "other", "secondary")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a measure is listed for a country."""

    basis: str
    """These fields are IRIs of concepts, or ''."""
    evidence: str
    certainty: str
    role: str
    stated_in: str
    unit: str
    narrowed: bool
    source: Source
    note: str
    quotes: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """An actor named by a measure."""

    words: str
    qualifier: str
    role: str
    source: str
    types: tuple[str, ...]
    actors: tuple[str, ...]
    reason: str


def find(context: ThingContext) -> Mapping[str, object] | None:
    """The values of the page of a measure."""
    index = context.index
    measure = index.by_address.get(context.address)
    if measure is None:
        return None
    known = passages(context.data)
    facts = context.facts
    parts = texts(context.data)
    footnotes = set(facts.all("footnote"))
    return {
        "measure": measure,
        "countries": _countries(context, known),
        "named_actors": _actors(context),
        "of_document": _of_document(context, known),
        "topics": _topics(context),
        "taxa": [
            {key: facts.one(name, each) for key, name in _TAXON.items()}
            for each in facts.parts("TaxonLink")
        ],
        "units": measure.units,
        "sites": facts.all("site"),
        "items": [each for each in parts if each.of == context.address],
        "footnotes": [each for each in parts if each.address in footnotes],
        "older": [each for each in index.relations if each.measure == context.address],
        "newer": [each for each in index.relations if each.related == context.address],
        "references": _references(context, known),
        "points": [each for each in findings(context.data) if each.subject == context.address],
        "contexts": known.context(known.quotes(facts.all("passage"))),
        "citation": _citation(context, measure),
        **_neighbours(context, measure),
    }


_DOCUMENT = names.thing("responsibility-source", "document")

_TAXON = {
    "taxon": "taxon",
    "basis": "taxonBasis",
    "certainty": "certainty",
    "role": "taxonRole",
    "printed": "nameAsPrinted",
}


def _countries(context: ThingContext, known: Passages) -> list[tuple[str, list[Reason]]]:
    """The countries by name, each with all reasons."""
    facts = context.facts
    found: dict[str, list[Reason]] = {}
    for link in facts.parts("CountryLink"):
        reason = Reason(
            basis=facts.one("basis", link),
            evidence=facts.one("evidence", link),
            certainty=facts.one("certainty", link),
            role=facts.one("mentionRole", link),
            stated_in=facts.one("statedIn", link),
            unit=facts.one("throughUnit", link),
            narrowed=facts.one("narrowed", link) == "true",
            source=facts.source(link),
            note=facts.one("skos:note", link),
            quotes=tuple(known.quotes(facts.all("passage", link))),
        )
        found.setdefault(facts.one("country", link), []).append(reason)
    bases = [names.thing("link-basis", code) for code in ("mention", "unit", "applicability")]
    for reasons in found.values():
        reasons.sort(key=lambda one: bases.index(one.basis) if one.basis in bases else len(bases))
    return sorted(found.items(), key=lambda pair: context.name(pair[0]).casefold())


def _actors(context: ThingContext) -> list[Named]:
    facts = context.facts
    return [
        Named(
            words=facts.one("actorText", each),
            qualifier=facts.one("qualifier", each),
            role=facts.one("responsibilityRole", each),
            source=facts.one("responsibilitySource", each),
            types=tuple(facts.all("actorType", each)),
            actors=tuple(facts.all("actor", each)),
            reason=facts.one("reason", each),
        )
        for each in facts.parts("Responsibility")
    ]


def _of_document(context: ThingContext, known: Passages) -> tuple[Passage, ...]:
    """The passages that state who acts for a whole section or document."""
    facts = context.facts
    addresses = [
        address
        for each in facts.parts("Responsibility")
        if facts.one("responsibilitySource", each) == _DOCUMENT
        for address in facts.all("passage", each)
    ]
    return tuple(known.quotes(addresses))


def _topics(context: ThingContext) -> list[dict[str, str]]:
    facts = context.facts
    found = [
        {
            "topic": facts.one("topic", each),
            "weight": facts.one("topicWeight", each),
            "reason": facts.one("reason", each),
        }
        for each in facts.parts("TopicAssignment")
    ]
    place = {names.thing("topic-weight", weight): at for at, weight in enumerate(_WEIGHTS)}
    return sorted(found, key=lambda one: place.get(one["weight"], len(place)))


def _references(context: ThingContext, known: Passages) -> list[dict[str, object]]:
    facts = context.facts
    return [
        {
            "phrase": facts.one("phrase", each),
            "targets": facts.all("target", each),
            "cited": facts.one("citedName", each),
            "suspect": facts.one("suspect", each) == "true",
            "likely": facts.one("likelyTarget", each),
            "reason": facts.one("reason", each),
            "quotes": known.quotes(facts.all("passage", each)),
        }
        for each in facts.parts("CrossReference")
    ]


def _citation(context: ThingContext, measure: Measure) -> str:
    """The citation of the measure, from that of its plan."""
    for work in context.works:
        if work.key == measure.plan.slug:
            return (
                f"{work.sentence.rstrip('.')}. Measure {measure.number}, {measure.address}. "
                f"meagraph {__version__}, release {context.data.release}."
            )
    return ""


def _neighbours(context: ThingContext, measure: Measure) -> dict[str, Measure | None]:
    """The measures before and after, in the same plan."""
    every = context.index.measures

    def at(place: int) -> Measure | None:
        there = every[place] if 0 <= place < len(every) else None
        return there if there is not None and there.plan == measure.plan else None

    return {"before": at(measure.place - 1), "after": at(measure.place + 1)}
