"""Groups of countries, and what measures apply to."""

from __future__ import annotations

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import ApplicabilityRow, GroupRow
from meagraph_loaders.graph.cell_readings import table_countries, unit_countries
from meagraph_loaders.graph.curation.curation_context import ENGLISH, CurationContext
from meagraph_loaders.graph.graph_builder import concept
from meagraph_loaders.graph.passages import write_passages


def _members(context: CurationContext, row: GroupRow) -> tuple[str, ...]:
    if row.members == ("@table",):
        return table_countries(context.document(row.where, row.instrument), context.countries)
    return row.members


def write_groups(context: CurationContext) -> None:
    """The groups of countries, with their members where they are known."""
    for row in context.curation.groups:
        document = context.document(row.where, row.instrument)
        thing = context.graph.thing(
            names.thing("group", row.instrument, row.slug), "mea:CountryGroup"
        )
        thing.link("mea:instrument", names.thing("instrument", row.instrument))
        thing.add("mea:name", row.name).add("mea:enumerated", row.enumerated)
        thing.add("mea:asOf", row.as_of, datatype="xsd:gYear")
        thing.link("mea:evidence", concept("evidence", row.evidence))
        thing.add("mea:reason", row.reason, language=ENGLISH)
        context.cite(thing, row.where, row.source)
        thing.link(
            "mea:member", *(context.country(row.where, code) for code in _members(context, row))
        )
        if row.quote is not None:
            quoted = context.locate(row.where, row.instrument, row.quote, ())
            write_passages(thing, context.sources[row.instrument], [quoted])
        for footnote in document.footnotes:
            if footnote.label == row.footnote:
                write_passages(thing, context.sources[row.instrument], footnote.passages)


def _group(context: CurationContext, where: str, path: str) -> GroupRow:
    for row in context.curation.groups:
        if f"{row.instrument}/{row.slug}" == path:
            return row
    raise DataError(where, f"there is no group {path!r}", "Add it to groups.csv")


def write_applicability(context: CurationContext) -> None:
    """What each printed applicability means; every cell must have its row."""
    rows = {(row.instrument, row.printed): row for row in context.curation.applicability}
    for document in context.documents.values():
        for measure in document.measures:
            if measure.applicability is None:
                continue
            row = rows.get((document.slug, measure.applicability))
            if row is None:
                raise DataError(
                    "applicability.csv",
                    f"{document.slug} {measure.number} applies to {measure.applicability!r}, "
                    "which no row explains",
                    "Add a row that says what it means",
                )
            address = names.thing("applicability", row.instrument, names.slug(row.printed))
            context.graph.thing(names.thing("measure", document.slug, measure.number)).link(
                "mea:applicability", address
            )
    for row in context.curation.applicability:
        _write_applicability_row(context, row)


def _write_applicability_row(context: CurationContext, row: ApplicabilityRow) -> None:
    thing = context.graph.thing(
        names.thing("applicability", row.instrument, names.slug(row.printed)),
        "mea:Applicability",
    )
    thing.link("mea:instrument", names.thing("instrument", row.instrument))
    thing.add("mea:applicabilityText", row.printed)
    thing.link("mea:applicabilityKind", concept("applicability-kind", row.kind))
    thing.add("skos:note", row.note).add("mea:reason", row.reason, language=ENGLISH)
    if row.group is not None:
        group = _group(context, row.where, row.group)
        thing.link("mea:group", names.thing("group", group.instrument, group.slug))
    for code in _resolved(context, row):
        thing.link("mea:resolvedCountry", context.country(row.where, code))
    if row.units is not None:
        for slug, number in _numbered_units(row):
            thing.link("mea:appliesToUnit", names.thing("unit", slug, number))


def _resolved(context: CurationContext, row: ApplicabilityRow) -> tuple[str, ...]:
    """The States that a printed applicability resolves to."""
    match row.kind:
        case "all" | "group":
            return _members(context, _group(context, row.where, row.group or ""))
        case "all-except-group":
            excepted = _members(context, _group(context, row.where, row.group or ""))
            return tuple(code for code in _all(context, row) if code not in excepted)
        case "units":
            numbered = set(_numbered_units(row))
            return tuple(
                sorted(
                    {
                        code
                        for document in context.documents.values()
                        for unit in document.units
                        if (document.slug, unit.slug) in numbered
                        for code in unit_countries(document, unit, context.countries)
                    }
                )
            )
        case _:
            return ()


def _all(context: CurationContext, row: ApplicabilityRow) -> tuple[str, ...]:
    """The States that `All` means in the plan of a row: the group of its rows of kind `all`."""
    plan = [r for r in context.curation.applicability if r.instrument == row.instrument]
    groups = {r.group or "" for r in plan if r.kind == "all"}
    if len(groups) != 1:
        raise DataError(
            row.where,
            f"{row.instrument} has {len(groups)} groups for the kind all, so that "
            f"{row.printed!r} has no meaning",
            "Give the rows of kind all of this plan one group",
        )
    return _members(context, _group(context, row.where, groups.pop()))


def write_range_wide(context: CurationContext) -> None:
    """Measures and headings that concern all States of a group."""
    for row in context.curation.range_wide:
        group = _group(context, row.where, row.group)
        subject = context.subjects[row.instrument](row.where, row.scope)
        thing = context.graph.thing(subject.address)
        scope = thing.part("range-wide", "mea:RangeWideScope")
        thing.link("mea:rangeWide", scope.address)
        scope.link("mea:group", names.thing("group", group.instrument, group.slug))
        scope.link("mea:certainty", concept("certainty", row.certainty))
        scope.link("mea:statedIn", concept("stated-in", row.stated_in))
        scope.add("mea:reason", row.reason, language=ENGLISH)
        quoted = context.locate(row.where, row.instrument, row.quote, ())
        if row.scope.startswith("measure:") and row.stated_in == "text":
            quoted = context.locate(row.where, row.instrument, row.quote, subject.passages)
        write_passages(scope, context.sources[row.instrument], [quoted])


def _numbered_units(row: ApplicabilityRow) -> list[tuple[str, str]]:
    """The units of a range such as ``argali-action-plan-2025-2032 1-19``."""
    slug, _, span = (row.units or "").partition(" ")
    first, _, last = span.partition("-")
    try:
        return [(slug, str(number)) for number in range(int(first), int(last) + 1)]
    except ValueError:
        raise DataError(
            row.where, f"units is {row.units!r}", "Write: instrument first-last"
        ) from None
