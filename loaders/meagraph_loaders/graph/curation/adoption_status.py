"""What our tables say of the instruments: their classes, names, standing and priority levels."""

from __future__ import annotations

from collections.abc import Iterable

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import StandingRow
from meagraph_loaders.graph.curation.curation_context import ENGLISH, CurationContext
from meagraph_loaders.graph.graph_builder import concept
from meagraph_loaders.graph.vocabulary import codes

UNKNOWN = {"adoption-status": "not-verified", "legal-nature": "not-verified", "extent": "not-held"}
"""What is said of an aspect that no row of standing.csv speaks of: nothing is read in silence."""

_YEARS = frozenset(map(str, range(1900, 2101)))

_PREDICATE = {
    "adoption-status": "mea:adoptionStatus",
    "legal-nature": "mea:legalNature",
    "extent": "mea:extent",
    "parent": "mea:parentInstrument",
    "replaces": "dcterms:replaces",
    "replaced-by": "dcterms:isReplacedBy",
    "integrated-in": "mea:integratedIn",
}


def write_instruments(context: CurationContext) -> None:
    """Every instrument of instruments.csv: its class, short name and reason."""
    for row in context.curation.instruments:
        thing = context.graph.thing(names.thing("instrument", row.slug), f"mea:{row.class_name}")
        thing.add("rdfs:label", row.label, language=ENGLISH)
        thing.add("mea:position", row.position).add("mea:reason", row.reason)
        if row.key is None:  # no reference row gives a title, so the short name has to serve
            thing.add("dcterms:title", row.label, language=ENGLISH)


def write_standing(context: CurationContext) -> None:
    """Every aspect of standing.csv, directly and as a note with its source."""
    slugs = {row.slug for row in context.curation.instruments}
    _check_values(context.curation.standing)
    for row in context.curation.standing:
        if row.instrument not in slugs:
            raise DataError(
                row.where, f"{row.instrument!r} is no instrument", "Add it to instruments.csv"
            )
        _write_standing_aspect(context, row, slugs)
    known = {(row.instrument, row.aspect) for row in context.curation.standing}
    for slug in sorted(slugs):
        thing = context.graph.thing(names.thing("instrument", slug))
        for aspect, code in UNKNOWN.items():
            if (slug, aspect) not in known:
                thing.link(_PREDICATE[aspect], concept(aspect, code))


def _write_standing_aspect(context: CurationContext, row: StandingRow, slugs: set[str]) -> None:
    thing = context.graph.thing(names.thing("instrument", row.instrument))
    match row.aspect:
        case "adoption-status" | "legal-nature" | "extent":
            thing.link(_PREDICATE[row.aspect], concept(row.aspect, row.value))
        case "period-start":
            thing.add("mea:periodStart", row.value, datatype="xsd:gYear")
        case "period-end":
            thing.add("mea:periodEnd", row.value, datatype="xsd:gYear")
        case "addressed-to":
            thing.add("mea:addressedTo", row.value, language=ENGLISH)
        case "parent" | "replaces" | "replaced-by" | "integrated-in":
            if row.value not in slugs:
                raise DataError(
                    row.where, f"{row.value!r} is no instrument", "Add it to instruments.csv"
                )
            thing.link(_PREDICATE[row.aspect], names.thing("instrument", row.value))
    fragment = f"standing-{row.aspect}"
    if row.aspect == "parent":
        fragment += f"-{row.value}"
    note = thing.part(fragment, "mea:StandingNote")
    thing.link("mea:standing", note.address)
    note.add("mea:aspect", row.aspect).add("rdf:value", row.value)
    note.add("mea:reason", row.reason, language=ENGLISH)
    context.cite(note, row.where, row.source)


def _check_values(rows: Iterable[StandingRow]) -> None:
    allowed = {aspect: codes(aspect) for aspect in UNKNOWN}
    for row in rows:
        if row.aspect in allowed and row.value not in allowed[row.aspect]:
            right = f"one of: {', '.join(sorted(allowed[row.aspect]))}"
        elif row.aspect in ("period-start", "period-end") and row.value not in _YEARS:
            right = "a year from 1900 to 2100"
        else:
            continue
        raise DataError(row.where, f"value is {row.value!r}", f"The {row.aspect} must be {right}")


def write_priority_levels(context: CurationContext) -> None:
    """The harmonised level of each printed priority."""
    for row in context.curation.priority_levels:
        document = context.document(row.where, row.instrument)
        if row.notation not in {d.notation for d in document.definitions if d.scheme == "priority"}:
            raise DataError(
                row.where,
                f"{row.instrument} prints no priority {row.notation!r}",
                "Use a value that the document prints",
            )
        address = names.thing("priority", row.instrument, names.slug(row.notation))
        thing = context.graph.thing(address)
        thing.link("mea:harmonisedLevel", concept("priority-level", row.level))
        thing.add("mea:reason", row.reason, language=ENGLISH)
