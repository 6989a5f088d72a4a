"""The page of a conservation unit or population: its countries, taxa, places and measures."""

from __future__ import annotations

from collections.abc import Mapping

from meagraph_api.browse.findings import findings
from meagraph_api.browse.passages import passages
from meagraph_api.browse.seen import Seen

_PRINTED = ("subspeciesText", "areaText", "countriesText")


def find(seen: Seen) -> Mapping[str, object] | None:
    """What the page of a unit shows."""
    register, facts = seen.wording.register, seen.facts
    unit = register.units.get(seen.address)
    if unit is None:
        return None
    known = passages(seen.data)
    found = [measure for measure in register.measures if seen.address in measure.units]
    return {
        "unit": unit,
        "plan": register.plans.get(unit.plan),
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
            key=lambda one: seen.wording.name(str(one["country"])).casefold(),
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
        "points": [each for each in findings(seen.data) if each.subject == seen.address],
        "contexts": known.context(known.quotes(facts.all("passage"))),
    }
