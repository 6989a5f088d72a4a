"""The accepted names behind printed taxa."""

from __future__ import annotations

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import TaxonNameRow
from meagraph_loaders.graph.curation.curation_context import ENGLISH, CurationContext
from meagraph_loaders.graph.graph_builder import Thing, concept


def write_taxon_links(context: CurationContext) -> None:
    """The taxa of documents, units, headings and measures; every cell must have its row."""
    accepted = {taxon["scientific_name"] for taxon in context.reference.taxa}
    for row in context.curation.taxon_names:
        document = context.document(row.where, row.instrument)
        for name in row.taxa:
            if name not in accepted:
                raise DataError(
                    row.where,
                    f"{name!r} is not in data/reference/taxa.csv",
                    "Use a scientific name of that table",
                )
        kind, _, scope = row.scope.partition(":")
        match kind:
            case "document":
                subjects = [names.thing("instrument", row.instrument)]
            case "printed":
                subjects = [
                    names.thing("unit", row.instrument, unit.slug)
                    for unit in document.units
                    if unit.subspecies == row.name_as_printed
                ]
            case "heading":
                headed = {s.slug for s in document.sections if s.title == scope}
                subjects = [
                    names.thing("measure", row.instrument, measure.number)
                    for measure in document.measures
                    if measure.part in headed
                ]
            case _:
                subjects = [context.subjects[row.instrument](row.where, row.scope).address]
        if not subjects:
            raise DataError(
                row.where,
                f"{row.instrument} does not print {row.name_as_printed!r} there",
                "Copy the name from the document",
            )
        for subject in subjects:
            for name in row.taxa:
                _write_taxon_link(context, context.graph.thing(subject), row, name)
    printed = {(r.instrument, r.name_as_printed) for r in context.curation.taxon_names}
    for document in context.documents.values():
        for unit in document.units:
            if unit.subspecies and (document.slug, unit.subspecies) not in printed:
                raise DataError(
                    "taxon_names.csv",
                    f"{document.slug} unit {unit.slug} prints {unit.subspecies!r}, "
                    "which no row explains",
                    "Add a row with its accepted names",
                )


def _write_taxon_link(
    context: CurationContext, subject: Thing, row: TaxonNameRow, name: str
) -> None:
    address = names.thing("taxon", names.slug(name))
    link = subject.part(f"taxon-{names.local_name(address)}", "mea:TaxonLink")
    subject.link("mea:taxonLink", link.address)
    link.link("mea:taxon", address)
    link.link("mea:taxonBasis", concept("taxon-basis", row.basis))
    link.link("mea:certainty", concept("certainty", row.certainty))
    link.link("mea:taxonRole", concept("taxon-role", row.role))
    link.add("mea:nameAsPrinted", row.name_as_printed)
    link.add("mea:reason", row.reason, language=ENGLISH)
