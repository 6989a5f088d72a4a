"""The page of a species or subspecies: how each convention sees it, and what is planned for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meagraph_api.browse.called import code
from meagraph_api.browse.charts import bars, kept
from meagraph_api.browse.facts import Facts, Source
from meagraph_api.browse.related_taxa import related_taxa
from meagraph_api.browse.seen import Seen

_VIEWS = {
    "CMS": ("", "cmsAppendix", "cmsSince", "cmsListingBasis", ""),
    "CITES": ("citesName", "citesAppendix", "citesSince", "", "citesNote"),
}
"""Name, appendix, since when, basis and note in the view of each convention."""


_NO_SOURCE = Source((), ())


@dataclass(frozen=True, slots=True)
class CommonName:
    """A common name with its sources; none are known of names in English."""

    words: str
    preferred: bool = False
    independent_sources: int = 0
    source: Source = _NO_SOURCE
    terms: str = ""
    note: str = ""


def find(seen: Seen) -> Mapping[str, object]:
    """What the page of a taxon shows."""
    wording, facts = seen.wording, seen.facts
    taxon = code(seen.address)
    chosen = {"taxon": (taxon,)}
    found = kept(wording.register, taxon=taxon)
    related = related_taxa(wording.register, seen.address)
    return {
        "taxon": taxon,
        "scientific": facts.one("dwc:scientificName"),
        "authorship": facts.one("dwc:scientificNameAuthorship"),
        "rank": facts.one("dwc:taxonRank"),
        "common_name": wording.called.common_name(seen.address, wording.language),
        "names": _names(facts),
        "printed": wording.called.printed.get(seen.address, ()),
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
        "filed_above": [one for one in related if one.direction == "above"],
        "filed_below": [one for one in related if one.direction == "below"],
        "mentions": [
            measure
            for measure in wording.register.measures
            if seen.address in measure.mentioned_taxa
        ],
        "own_plans": list(dict.fromkeys(measure.plan for measure in found)),
        "by_plan": bars("instrument", chosen, wording),
        "by_topic": bars("topic", chosen, wording),
        "by_country": bars("country", chosen, wording),
    }


def _names(facts: Facts) -> dict[str, list[CommonName]]:
    """The common names by language: those that meagraph editors prefer, then the best confirmed."""
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
    for names in found.values():
        names.sort(key=lambda name: (not name.preferred, -name.independent_sources))
    return dict(sorted(found.items()))
