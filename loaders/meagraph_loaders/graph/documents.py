"""What a document prints, as triples of its own graph `graph/{instrument}`."""

from __future__ import annotations

from meagraph.core import names
from meagraph_loaders.graph.graph_builder import GraphBuilder, Thing
from meagraph_loaders.graph.passages import Source, section_kind, write_passages
from meagraph_loaders.records import (
    Definition,
    Document,
    Footnote,
    ListedSpecies,
    Measure,
    Section,
    Statement,
    Unit,
)

ENGLISH = "en"
_SECTION_CLASS = {"objective": "mea:Objective", "result": "mea:Result"}
_UNIT_CLASS = {
    "hotspot": "mea:TransboundaryHotspot",
    "national": "mea:NationalUnit",
    "population": "mea:Population",
}


def write_document(document: Document, source: Source) -> GraphBuilder:
    """The graph of one document: all that it prints, each with its passages."""
    return _DocumentWriter(document, source).write()


class _DocumentWriter:
    def __init__(self, document: Document, source: Source) -> None:
        self.document = document
        self.source = source
        self.graph = GraphBuilder(document.slug)
        self.instrument = names.thing("instrument", document.slug)
        self.section_address = {
            section.slug: self._address(section_kind(section.kind), section.slug)
            for section in document.sections
        }

    def write(self) -> GraphBuilder:
        self._write_instrument()
        for section in self.document.sections:
            self._write_section(section)
        for definition in self.document.definitions:
            self._write_definition(definition)
        for unit in self.document.units:
            self._write_unit(unit)
        for measure in self.document.measures:
            self._write_measure(measure)
        for statement in self.document.statements:
            self._write_statement(statement)
        for footnote in self.document.footnotes:
            self._write_footnote(footnote)
        for species in self.document.species:
            self._write_species(species)
        return self.graph

    def _address(self, kind: str, name: str) -> str:
        return names.thing(kind, self.document.slug, name)

    def _start(self, kind: str, name: str, a_class: str) -> Thing:
        return self.graph.thing(self._address(kind, name), a_class).link(
            "mea:instrument", self.instrument
        )

    def _footnotes(self, thing: Thing, labels: tuple[str, ...]) -> None:
        thing.link("mea:footnote", *(self._address("footnote", label) for label in labels))

    def _write_instrument(self) -> None:
        instrument = self.graph.thing(self.instrument)
        instrument.add("dcterms:title", self.document.title, language=ENGLISH)
        instrument.link("dcterms:source", self.source.address)
        write_passages(instrument, self.source, self.document.title_passages)

    def _write_section(self, section: Section) -> None:
        a_class = _SECTION_CLASS.get(section.kind, "mea:Section")
        thing = self._start(section_kind(section.kind), section.slug, a_class)
        thing.add("mea:number", section.number).add("mea:position", section.position)
        thing.add("dcterms:title", section.title, language=ENGLISH)
        if section.parent is not None:
            thing.link("mea:parentSection", self.section_address[section.parent])
        if section.unit is not None:
            thing.link("mea:headingUnit", self._address("unit", section.unit))
        thing.add("mea:headingCountries", section.heading_countries)
        self._footnotes(thing, section.footnotes)
        write_passages(thing, self.source, section.passages)

    def _write_definition(self, definition: Definition) -> None:
        """A step of the document's own scale: a concept in the document's own scheme."""
        slug = self.document.slug
        scheme = names.thing("scheme", definition.scheme, slug)
        word = "Priority" if definition.scheme == "priority" else "Timescale"
        self.graph.thing(scheme, "skos:ConceptScheme").link("mea:instrument", self.instrument).add(
            "skos:prefLabel", f"{word} in {self.document.title}", language=ENGLISH
        )
        thing = self._start(definition.scheme, names.slug(definition.notation), "skos:Concept")
        thing.link("skos:inScheme", scheme).add("skos:notation", definition.notation)
        thing.add("skos:prefLabel", definition.label or definition.notation, language=ENGLISH)
        thing.add("skos:definition", definition.definition, language=ENGLISH)
        write_passages(thing, self.source, definition.passages)

    def _write_unit(self, unit: Unit) -> None:
        thing = self._start("unit", unit.slug, _UNIT_CLASS[unit.kind])
        thing.add("mea:number", unit.number).add("mea:position", unit.position)
        thing.add("mea:name", unit.name).add("mea:hotspotId", unit.hotspot)
        thing.add("mea:subspeciesText", unit.subspecies)
        thing.add("mea:areaText", unit.area)
        thing.add("mea:countriesText", unit.countries)
        write_passages(thing, self.source, unit.passages)

    def _write_measure(self, measure: Measure) -> None:
        thing = self._start("measure", measure.number, "mea:Measure")
        thing.add("mea:number", measure.number).add("mea:position", measure.position)
        thing.add("mea:text", measure.text, language=ENGLISH)
        thing.link("mea:section", self.section_address[measure.section])
        if measure.part is not None:
            thing.link("mea:part", self.section_address[measure.part])
        if measure.priority is not None:
            thing.link("mea:priority", self._address("priority", names.slug(measure.priority)))
        if measure.timescale is not None:
            thing.link("mea:timescale", self._address("timescale", names.slug(measure.timescale)))
        thing.add("mea:responsibilityText", measure.responsibility)
        thing.add("mea:applicabilityText", measure.applicability)
        self._footnotes(thing, measure.footnotes)
        write_passages(thing, self.source, measure.passages)
        for position, item in enumerate(measure.parts, start=1):
            address = names.thing("part", self.document.slug, measure.number, item.label)
            part = self.graph.thing(address, "mea:MeasurePart")
            thing.link("mea:measurePart", address)
            part.link("mea:partOf", thing.address).add("mea:label", item.label)
            part.add("mea:position", position).add("mea:text", item.text, language=ENGLISH)
            write_passages(part, self.source, item.passages)

    def _write_statement(self, statement: Statement) -> None:
        thing = self._start("statement", statement.slug, "mea:Statement")
        thing.add("mea:statementKind", statement.kind).add("mea:number", statement.number)
        thing.add("mea:position", statement.position)
        thing.add("mea:text", statement.text, language=ENGLISH)
        if statement.section is not None:
            thing.link("mea:section", self.section_address[statement.section])
        self._footnotes(thing, statement.footnotes)
        write_passages(thing, self.source, statement.passages)

    def _write_footnote(self, footnote: Footnote) -> None:
        thing = self._start("footnote", footnote.label, "mea:Footnote")
        thing.add("mea:number", footnote.label)
        thing.add("mea:text", footnote.text or None, language=ENGLISH)
        for explained in footnote.explains:
            kind, _, name = explained.partition(":")
            if kind == "measure":
                thing.link("mea:explains", self._address("measure", name))
            elif kind == "heading":
                thing.add("mea:explainsHeading", name)
            else:
                self._explain_paragraph(thing, name)
        write_passages(thing, self.source, footnote.passages)

    def _explain_paragraph(self, thing: Thing, number: str) -> None:
        """Links the statement of a paragraph that carries the footnote's mark."""
        for statement in self.document.statements:
            if statement.number == number and statement.footnotes:
                thing.link("mea:explains", self._address("statement", statement.slug))

    def _write_species(self, species: ListedSpecies) -> None:
        thing = self._start("listed-species", species.slug, "mea:ListedSpecies")
        thing.add("mea:position", species.position).add("mea:text", species.text, language=ENGLISH)
        thing.add("mea:name", species.common_name)
        thing.add_each("mea:nameAsPrinted", species.scientific)
        write_passages(thing, self.source, species.passages)
