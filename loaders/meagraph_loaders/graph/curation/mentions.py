"""The States of populations, and the States that measures name."""

from __future__ import annotations

from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import MentionRow, PopulationRow
from meagraph_loaders.graph.cell_readings import names_a_country
from meagraph_loaders.graph.curation.curation_context import ENGLISH, CurationContext
from meagraph_loaders.graph.graph_builder import concept
from meagraph_loaders.graph.passages import write_passages
from meagraph_loaders.records import Document, Passage, Section


def write_populations(context: CurationContext) -> None:
    """The States of the populations."""
    for row in context.curation.populations:
        _write_population(context, row)


def _write_population(context: CurationContext, row: PopulationRow) -> None:
    slug = row.instrument
    document = context.document(row.where, slug)
    subject = context.subjects[slug](row.where, f"unit:{row.unit}")
    unit = context.graph.thing(subject.address)
    link = unit.part(f"link-{row.country}", "mea:CountryLink")
    unit.link("mea:countryLink", link.address)
    link.link("mea:country", context.country(row.where, row.country))
    link.link("mea:evidence", concept("evidence", row.evidence))
    link.link("mea:certainty", concept("certainty", "stated"))
    link.link("mea:statedIn", concept("stated-in", row.stated_in))
    link.add("mea:reason", row.reason, language=ENGLISH)
    context.cite(link, row.where, row.source)
    if row.quote is not None:
        within: tuple[Passage, ...] = ()
        if row.number is not None:
            measure, _ = context.measure(row.where, slug, row.number)
            within = measure.passages
        else:
            within = _section(document, row).passages
        write_passages(
            link, context.sources[slug], [context.locate(row.where, slug, row.quote, within)]
        )


def _section(document: Document, row: PopulationRow) -> Section:
    """The section of a row, which is about the unit of the row."""
    for section in document.sections:
        if section.slug == row.section and section.unit == row.unit:
            return section
    raise DataError(
        row.where,
        f"{document.slug} has no section {row.section} about {row.unit}",
        "Name the section of that unit",
    )


def write_mentions(context: CurationContext) -> None:
    """The States that measures name, each in its role; none may be overlooked."""
    for row in context.curation.mentions:
        _write_mention(context, row)
    _check_none_is_overlooked(context)


def _check_none_is_overlooked(context: CurationContext) -> None:
    """Every State that a measure names must have a row: none is overlooked."""
    rows = {(row.instrument, row.number, row.country) for row in context.curation.mentions}
    for document in context.documents.values():
        for measure in document.measures:
            for code in sorted(names_a_country(measure, context.countries)):
                if (document.slug, measure.number, code) not in rows:
                    raise DataError(
                        "mentions.csv",
                        f"{document.slug} {measure.number} names {code}, "
                        "but the table has no row for it",
                        "Add a row with the role in which the State is named",
                    )


def _write_mention(context: CurationContext, row: MentionRow) -> None:
    measure, subject = context.measure(row.where, row.instrument, row.number)
    link = subject.part(f"link-{row.country}-mention", "mea:CountryLink")
    subject.link("mea:countryLink", link.address)
    link.link("mea:country", context.country(row.where, row.country))
    link.link("mea:basis", concept("link-basis", "mention"))
    link.link("mea:evidence", concept("evidence", "document"))
    link.link("mea:certainty", concept("certainty", "stated"))
    link.link("mea:mentionRole", concept("mention-role", row.role))
    link.link("mea:statedIn", concept("stated-in", row.stated_in))
    link.add("mea:narrowed", False).add("mea:narrows", row.narrows)
    link.add("mea:reason", row.reason, language=ENGLISH).add("skos:note", row.reason)
    within = tuple(p for p in measure.passages if p.role == row.stated_in)
    quoted = context.locate(row.where, row.instrument, row.phrase, within)
    write_passages(link, context.sources[row.instrument], [quoted])
