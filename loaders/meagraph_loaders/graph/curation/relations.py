"""How measures relate to other measures and to instruments, and when they are envisaged."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import IntervalRow, RelationRow
from meagraph_loaders.graph.curation.curation_context import ENGLISH, CurationContext
from meagraph_loaders.graph.graph_builder import concept
from meagraph_loaders.records import Measure


def write_relations(context: CurationContext) -> None:
    """The relations of measures; no two measures with the same text may be overlooked."""
    written: set[tuple[str, ...]] = set()
    for row in context.curation.relations:
        pair = (row.instrument, row.number, row.target_instrument, row.target_number or "")
        if (row.relation, *pair) in written:
            raise DataError(row.where, "this relation stands twice", "Keep one row")
        written.add((row.relation, *pair))
        _write_relation(context, row)
    _check_same_texts(context)


def _write_relation(context: CurationContext, row: RelationRow) -> None:
    measure, thing = context.measure(row.where, row.instrument, row.number)
    target = _target(context, row)
    if target is measure:
        raise DataError(row.where, "the measure is related to itself", "Name another measure")
    _check_texts(row, measure, target)
    number = context.number("relation", thing.address)
    node = thing.part(f"relation-{number}", "mea:MeasureRelation")
    thing.link("mea:measureRelation", node.address)
    node.link("mea:relationKind", concept("relation-kind", row.relation))
    node.link("mea:relatedInstrument", names.thing("instrument", row.target_instrument))
    if target is not None:
        node.link(
            "mea:relatedMeasure", names.thing("measure", row.target_instrument, target.number)
        )
    node.link("mea:confidenceLevel", concept("confidence", row.confidence))
    node.link("mea:statedBy", concept("stated-by", row.stated_by))
    node.add("mea:reason", row.reason, language=ENGLISH)


def _target(context: CurationContext, row: RelationRow) -> Measure | None:
    """The measure that a row points at, or None where it points at a whole instrument."""
    if row.target_number is not None:
        return context.measure(row.where, row.target_instrument, row.target_number)[0]
    if row.target_instrument not in {r.slug for r in context.curation.instruments}:
        raise DataError(
            row.where, f"{row.target_instrument!r} is no instrument", "Add it to instruments.csv"
        )
    if row.relation not in ("implements", "frames"):
        raise DataError(
            row.where,
            f"{row.relation} needs a measure as its target",
            "Fill in target_number; only implements and frames point at whole instruments",
        )
    return None


def _check_texts(row: RelationRow, measure: Measure, target: Measure | None) -> None:
    """The same text is the same, and nearly the same is not."""
    if target is None:
        return
    same = plain(measure.text) == plain(target.text)
    if row.relation == "same-text" and not same:
        raise DataError(
            row.where,
            f"the texts of {row.number} and {row.target_number} differ",
            "Call them near-same-text, or correct the numbers",
        )
    if row.relation == "near-same-text" and same:
        raise DataError(
            row.where,
            f"the texts of {row.number} and {row.target_number} are the same",
            "Call them same-text, or correct the numbers",
        )


def _check_same_texts(context: CurationContext) -> None:
    """Every two measures that print the same text have their row."""
    rows = {
        frozenset([(r.instrument, r.number), (r.target_instrument, r.target_number)])
        for r in context.curation.relations
        if r.relation == "same-text"
    }
    families: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for document in context.documents.values():
        for measure in document.measures:
            families[plain(measure.text)].append((document.slug, measure.number))
    for family in families.values():
        for first, second in combinations(family, 2):
            if frozenset([first, second]) not in rows:
                raise DataError(
                    "relations.csv",
                    f"{' '.join(second)} prints the same text as {' '.join(first)}, "
                    "but the table has no row for it",
                    "Add a same-text row",
                )


def plain(text: str) -> str:
    """A text without what may differ between printings of the same words: white space, capitals,
    punctuation at the end.

    >>> plain("Count the  herds.") == plain("count the herds")
    True
    """
    return re.sub(r"[\W_]+$", "", " ".join(text.split())).casefold()


def write_intervals(context: CurationContext) -> None:
    """The years of the steps of a timescale, where the document itself defines the step."""
    for row in context.curation.intervals:
        _check_interval(context, row)
        address = names.thing("timescale", row.instrument, names.slug(row.notation))
        thing = context.graph.thing(address)
        thing.add("mea:envisagedFrom", str(row.envisaged_from), datatype="xsd:gYear")
        thing.add("mea:envisagedBy", str(row.envisaged_by), datatype="xsd:gYear")
        thing.add("mea:reason", row.reason, language=ENGLISH)


def _check_interval(context: CurationContext, row: IntervalRow) -> None:
    document = context.document(row.where, row.instrument)
    defined = {d.notation for d in document.definitions if d.scheme == "timescale" and d.definition}
    if row.notation not in defined:
        raise DataError(
            row.where,
            f"{row.instrument} defines no timescale {row.notation!r}",
            "Give years only to a step that the document itself defines",
        )
    if row.envisaged_from > row.envisaged_by:
        raise DataError(
            row.where,
            f"the interval {row.envisaged_from} to {row.envisaged_by} ends before it begins",
            "Write the earlier year in envisaged_from",
        )
