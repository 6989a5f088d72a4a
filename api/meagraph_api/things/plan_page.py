"""The page of a plan or another instrument: status, texts, measures and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from meagraph.core import names
from meagraph_api.index.document_texts import references, texts
from meagraph_api.index.facets import bars
from meagraph_api.index.findings import findings
from meagraph_api.index.measure_index import Measure
from meagraph_api.settings import MOST_HTML_ROWS
from meagraph_api.things.thing_context import ThingContext

_ASPECTS = (
    "adoption-status",
    "legal-nature",
    "extent",
    "period-start",
    "period-end",
    "addressed-to",
    "parent",
    "replaces",
    "replaced-by",
    "integrated-in",
)
"""The aspects of the status, in this order."""
_FACTS = (
    "officialTitle",
    "dcterms:type",
    "adoptedOrSigned",
    "adoptedOrSignedNote",
    "inForce",
    "place",
    "depositaryOrIssuer",
    "dcterms:identifier",
    "dcterms:issued",
)
"""Facts from external sources, in this order."""


def find(context: ThingContext) -> Mapping[str, object]:
    """The values of the page of an instrument."""
    address, index, facts = context.address, context.index, context.facts
    plan = index.plans.get(address)
    own = [measure for measure in index.measures if measure.plan == plan]
    chosen = {"instrument": (plan.slug,)} if plan else {}
    all_texts = texts(context.data)
    refers = references(context.data)
    return {
        "plan": plan,
        "standing_notes": sorted(
            (
                {
                    "aspect": facts.one("aspect", each),
                    "value": facts.one("rdf:value", each),
                    "source": facts.source(each),
                    "reason": facts.one("reason", each),
                }
                for each in facts.parts("StandingNote")
            ),
            key=lambda note: _ASPECTS.index(note["aspect"]) if note["aspect"] in _ASPECTS else 99,
        ),
        "outside": [(name, facts.all(name)) for name in _FACTS if facts.all(name)],
        "outside_source": facts.source(property_="factSource"),
        "document_facts": [
            {
                "aspect": facts.one("aspect", each),
                "value": facts.one("rdf:value", each),
                "confidence": facts.one("confidence", each),
                "source": facts.source(each),
                "note": facts.one("skos:note", each),
            }
            for each in facts.parts("DocumentFact")
        ],
        "note": facts.one("skos:note", language=context.language),
        "standing_codes": {
            name: facts.one(name) for name in ("adoptionStatus", "legalNature", "extent")
        },
        "parents": facts.all("parentInstrument"),
        "replaces": facts.all("dcterms:replaces"),
        "replaced_by": facts.all("dcterms:isReplacedBy"),
        "documents": facts.all("dcterms:source") if plan else [],
        "texts": [each for each in all_texts if each.plan == address and each.words],
        "cites": [each for each in refers if each.plan == address and each.kind in _OUTWARD],
        "cited_by": [each for each in refers if address in each.targets],
        "units": [unit for unit in index.units.values() if unit.plan == address],
        "sections": _sections(own[:MOST_HTML_ROWS]),
        "measures_of_plan": len(own),
        "topics": bars("topic", chosen, context) if plan else [],
        "levels": bars("priority_level", chosen, context) if plan else [],
        "by_country": bars("country", chosen, context) if plan else [],
        "points": [each for each in findings(context.data) if each.plan == address],
        "citation": next(
            (
                work.sentence
                for work in context.works
                if address == names.thing("instrument", work.key)
            ),
            "",
        ),
    }


_OUTWARD = ("instrument", "meeting", "other")
"""The kinds of references to other documents."""


def _sections(
    measures: Sequence[Measure],
) -> list[tuple[str, list[tuple[str, str, str, list[Measure]]]]]:
    """The parts of a plan, each with its sections: number, title, IRI, measures."""
    return [
        (
            part,
            [
                (found[0].section_number, found[0].section_title, address, found)
                for address, group in groupby(of_part, key=lambda measure: measure.section)
                if (found := list(group))
            ],
        )
        for part, of_part in groupby(measures, key=lambda measure: measure.part_title)
    ]
