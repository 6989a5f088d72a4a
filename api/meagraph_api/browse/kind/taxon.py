"""The page of a species or subspecies: how each convention sees it, and what is planned for it."""

from __future__ import annotations

from collections.abc import Mapping

from meagraph_api.browse.called import code
from meagraph_api.browse.charts import bars, kept
from meagraph_api.browse.seen import Seen

_VIEWS = {
    "CMS": ("", "cmsAppendix", "cmsSince", "cmsListingBasis", ""),
    "CITES": ("citesName", "citesAppendix", "citesSince", "", "citesNote"),
}
"""Name, appendix, since when, basis and note in the view of each convention."""


def find(seen: Seen) -> Mapping[str, object]:
    """What the page of a taxon shows."""
    wording, facts = seen.wording, seen.facts
    taxon = code(seen.address)
    chosen = {"taxon": (taxon,)}
    found = kept(wording.register, taxon=taxon)
    return {
        "taxon": taxon,
        "scientific": facts.one("dwc:scientificName"),
        "authorship": facts.one("dwc:scientificNameAuthorship"),
        "rank": facts.one("dwc:taxonRank"),
        "common": facts.terms("dwc:vernacularName"),
        "views": {
            convention: [facts.one(name) if name else "" for name in names]
            for convention, names in _VIEWS.items()
        },
        "iucn": (facts.one("iucnCategory"), facts.one("iucnAssessed")),
        "see": facts.all("rdfs:seeAlso"),
        "source": facts.source(),
        "above": list(wording.register.above.get(seen.address, ())),
        "below": sorted(wording.register.below(seen.address), key=wording.name),
        "units": [unit for unit in wording.register.units.values() if seen.address in unit.taxa],
        "found": found,
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, wording),
        "by_topic": bars("topic", chosen, wording),
        "by_country": bars("country", chosen, wording),
    }
