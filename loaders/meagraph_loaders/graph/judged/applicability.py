"""Groups of countries, and what measures apply to."""

from __future__ import annotations

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation import ApplicabilityRow, GroupRow
from meagraph_loaders.graph.judged.desk import ENGLISH, Desk
from meagraph_loaders.graph.places import write_passages
from meagraph_loaders.graph.readings import table_countries, unit_countries
from meagraph_loaders.graph.things import concept


def _members(desk: Desk, row: GroupRow) -> tuple[str, ...]:
    if row.members == ("@table",):
        return table_countries(desk.document(row.where, row.instrument), desk.countries)
    return row.members


def write_groups(desk: Desk) -> None:
    """The groups of countries, with their members where they are known."""
    for row in desk.curation.groups:
        document = desk.document(row.where, row.instrument)
        thing = desk.graph.thing(names.thing("group", row.instrument, row.slug), "mea:CountryGroup")
        thing.link("mea:instrument", names.thing("instrument", row.instrument))
        thing.say("mea:name", row.name).say("mea:enumerated", row.enumerated)
        thing.say("mea:asOf", row.as_of, datatype="xsd:gYear")
        thing.link("mea:evidence", concept("evidence", row.evidence))
        thing.say("mea:reason", row.reason, language=ENGLISH)
        desk.cite(thing, row.where, row.source)
        thing.link("mea:member", *(desk.country(row.where, code) for code in _members(desk, row)))
        if row.quote is not None:
            quoted = desk.locate(row.where, row.instrument, row.quote, ())
            write_passages(thing, desk.sources[row.instrument], [quoted])
        for footnote in document.footnotes:
            if footnote.label == row.footnote:
                write_passages(thing, desk.sources[row.instrument], footnote.passages)


def _group(desk: Desk, where: str, path: str) -> GroupRow:
    for row in desk.curation.groups:
        if f"{row.instrument}/{row.slug}" == path:
            return row
    raise DataError(where, f"there is no group {path!r}", "Add it to groups.csv")


def write_applicability(desk: Desk) -> None:
    """What each printed applicability means; every cell must have its row."""
    rows = {(row.instrument, row.printed): row for row in desk.curation.applicability}
    for document in desk.documents.values():
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
            desk.graph.thing(names.thing("measure", document.slug, measure.number)).link(
                "mea:applicability", address
            )
    for row in desk.curation.applicability:
        _write_applicability_row(desk, row)


def _write_applicability_row(desk: Desk, row: ApplicabilityRow) -> None:
    thing = desk.graph.thing(
        names.thing("applicability", row.instrument, names.slug(row.printed)),
        "mea:Applicability",
    )
    thing.link("mea:instrument", names.thing("instrument", row.instrument))
    thing.say("mea:applicabilityText", row.printed)
    thing.link("mea:applicabilityKind", concept("applicability-kind", row.kind))
    thing.say("skos:note", row.note).say("mea:reason", row.reason, language=ENGLISH)
    if row.group is not None:
        group = _group(desk, row.where, row.group)
        thing.link("mea:group", names.thing("group", group.instrument, group.slug))
    for code in _resolved(desk, row):
        thing.link("mea:resolvedCountry", desk.country(row.where, code))
    if row.units is not None:
        for slug, number in _numbered_units(row):
            thing.link("mea:appliesToUnit", names.thing("unit", slug, number))


def _resolved(desk: Desk, row: ApplicabilityRow) -> tuple[str, ...]:
    """The States that a printed applicability resolves to."""
    match row.kind:
        case "all" | "group":
            return _members(desk, _group(desk, row.where, row.group or ""))
        case "all-except-group":
            excepted = _members(desk, _group(desk, row.where, row.group or ""))
            return tuple(code for code in _all(desk, row) if code not in excepted)
        case "units":
            numbered = set(_numbered_units(row))
            return tuple(
                sorted(
                    {
                        code
                        for document in desk.documents.values()
                        for unit in document.units
                        if (document.slug, unit.slug) in numbered
                        for code in unit_countries(document, unit, desk.countries)
                    }
                )
            )
        case _:
            return ()


def _all(desk: Desk, row: ApplicabilityRow) -> tuple[str, ...]:
    """The States that `All` means in the plan of a row: the group of its rows of kind `all`."""
    plan = [r for r in desk.curation.applicability if r.instrument == row.instrument]
    groups = {r.group or "" for r in plan if r.kind == "all"}
    if len(groups) != 1:
        raise DataError(
            row.where,
            f"{row.instrument} has {len(groups)} groups for the kind all, so that "
            f"{row.printed!r} has no meaning",
            "Give the rows of kind all of this plan one group",
        )
    return _members(desk, _group(desk, row.where, groups.pop()))


def write_range_wide(desk: Desk) -> None:
    """Measures and headings that concern all States of a group."""
    for row in desk.curation.range_wide:
        group = _group(desk, row.where, row.group)
        subject = desk.subjects[row.instrument](row.where, row.scope)
        thing = desk.graph.thing(subject.address)
        scope = thing.part("range-wide", "mea:RangeWideScope")
        thing.link("mea:rangeWide", scope.address)
        scope.link("mea:group", names.thing("group", group.instrument, group.slug))
        scope.link("mea:certainty", concept("certainty", row.certainty))
        scope.link("mea:statedIn", concept("stated-in", row.stated_in))
        scope.say("mea:reason", row.reason, language=ENGLISH)
        quoted = desk.locate(row.where, row.instrument, row.quote, ())
        if row.scope.startswith("measure:") and row.stated_in == "text":
            quoted = desk.locate(row.where, row.instrument, row.quote, subject.passages)
        write_passages(scope, desk.sources[row.instrument], [quoted])


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
