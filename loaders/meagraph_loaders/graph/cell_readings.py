"""What rules of ours read in the printed cells: responsible actors and the States of the units.

These readings stand in `graph/inferred`; the cells as printed stay in the document's graph.
"""

from __future__ import annotations

import re

from meagraph.core import names
from meagraph.core.errors import SourceError
from meagraph_loaders import actors
from meagraph_loaders.curation_tables import ActorRow, Curation
from meagraph_loaders.graph.graph_builder import GraphBuilder, Thing, concept
from meagraph_loaders.graph.passages import Source, write_passages
from meagraph_loaders.records import Document, Measure, Passage, Section, Unit
from meagraph_loaders.reference import Countries


class ActorNames:
    """The complete actor names that we know, with their types and organisations."""

    def __init__(self, curation: Curation) -> None:
        self._rows = {row.printed.lower(): row for row in curation.actors}

    @property
    def known(self) -> frozenset[str]:
        """Every known name in lower case."""
        return frozenset(self._rows)

    def row(self, name: str) -> ActorRow | None:
        """What we know of a printed name, whatever its capitals."""
        return self._rows.get(name.lower())

    def types(self, actor: actors.Actor) -> tuple[str, ...]:
        """The actor types of a name, with those of the authorities that its qualifier lists."""
        found = [self.row(actor.name)]
        found += [self.row(item) for item in re.split(r",\s*", actor.qualifier or "")]
        return tuple(dict.fromkeys(a_type for row in found if row for a_type in row.types))


def describe_actor(thing: Thing, actor: actors.Actor, known: ActorNames) -> None:
    """Says the name, qualifier, types and organisation of a responsibility."""
    thing.add("mea:actorText", actor.name).add("mea:qualifier", actor.qualifier)
    thing.link("mea:actorType", *(concept("actor-type", code) for code in known.types(actor)))
    row = known.row(actor.name)
    if row is not None:
        for organisation in filter(None, (row.organisation, row.acts_through)):
            thing.link("mea:actor", names.thing("actor", names.slug(organisation)))


def write_responsibilities(graph: GraphBuilder, document: Document, known: ActorNames) -> None:
    """One responsibility per actor of each responsibility cell."""
    for measure in document.measures:
        subject = graph.thing(names.thing("measure", document.slug, measure.number))
        found = actors.split(measure.responsibility_lines, known.known)
        for position, actor in enumerate(found, start=1):
            thing = subject.part(f"responsibility-{position}", "mea:Responsibility")
            subject.link("mea:responsibility", thing.address)
            thing.add("mea:position", position)
            thing.link("mea:responsibilityRole", concept("responsibility-role", actor.role))
            thing.link("mea:responsibilitySource", concept("responsibility-source", "cell"))
            describe_actor(thing, actor, known)


def write_unit_countries(
    graph: GraphBuilder, document: Document, source: Source, countries: Countries
) -> None:
    """The States of each unit of a table or list.

    The table counts. A State that only the heading of the unit's section adds is kept as
    conflicting; one that the table prints in brackets is bracketed.
    """
    headings = {section.unit: section for section in document.sections if section.unit}
    for unit in document.units:
        if unit.kind == "hotspot":
            _write_hotspot(graph, document, source, countries, unit, headings.get(unit.slug))
        elif unit.kind == "national":
            _write_national(graph, document, source, countries, unit)


def table_countries(document: Document, countries: Countries) -> tuple[str, ...]:
    """Every State of the document's table of units, in alphabetical order of its code."""
    found = {
        code
        for unit in document.units
        if unit.countries
        for code, _ in _printed_countries(document, unit.countries, countries)
    }
    return tuple(sorted(found))


def unit_countries(document: Document, unit: Unit, countries: Countries) -> tuple[str, ...]:
    """The States that the table gives for one unit."""
    cell = unit.countries or ""
    return tuple(code for code, _ in _printed_countries(document, cell, countries))


def _write_hotspot(
    graph: GraphBuilder,
    document: Document,
    source: Source,
    countries: Countries,
    unit: Unit,
    heading: Section | None,
) -> None:
    cell = [passage for passage in unit.passages if passage.role == "countries"]
    in_table = _printed_countries(document, unit.countries or "", countries)
    for code, bracketed in in_table:
        certainty = "bracketed" if bracketed else "stated"
        _write_link(graph, document, unit, code, certainty, "table", source, cell)
    if heading is None or heading.heading_countries is None:
        return
    tabled = {code for code, _ in in_table}
    for code, _ in _printed_countries(document, heading.heading_countries, countries):
        if code not in tabled:
            _write_link(
                graph,
                document,
                unit,
                code,
                "conflicting",
                "heading",
                source,
                list(heading.passages),
                "only the heading of the section names this State; the table does not",
            )


def _write_national(
    graph: GraphBuilder,
    document: Document,
    source: Source,
    countries: Countries,
    unit: Unit,
) -> None:
    for code in dict.fromkeys(code for code, _ in countries.find(unit.area or "")):
        _write_link(graph, document, unit, code, "stated", "list", source, list(unit.passages))


def _printed_countries(
    document: Document, cell: str, countries: Countries
) -> list[tuple[str, bool]]:
    """The States of a cell such as `(China)-Mongolia`: (code, whether it stands in brackets)."""
    found = []
    for name in filter(None, re.split(r"\s*[-,]\s*|\s+and\s+", cell)):
        bracketed = name.startswith("(") and name.endswith(")")
        code = countries.code(name.strip("()"))
        if code is None:
            raise SourceError(
                document.source,
                f"{name!r} in the cell {cell!r} is no State of data/reference/countries.csv",
                "Add the State there, or correct the reading of the cell",
            )
        found.append((code, bracketed))
    return found


def _write_link(
    graph: GraphBuilder,
    document: Document,
    unit: Unit,
    code: str,
    certainty: str,
    stated_in: str,
    source: Source,
    passages: list[Passage],
    note: str | None = None,
) -> None:
    subject = graph.thing(names.thing("unit", document.slug, unit.slug))
    link = subject.part(f"link-{code}", "mea:CountryLink")
    subject.link("mea:countryLink", link.address)
    link.link("mea:country", names.thing("country", code))
    link.link("mea:evidence", concept("evidence", "document"))
    link.link("mea:certainty", concept("certainty", certainty))
    link.link("mea:statedIn", concept("stated-in", stated_in)).add("skos:note", note)
    write_passages(link, source, passages)


def names_a_country(measure: Measure, countries: Countries) -> set[str]:
    """The States whose names occur in a measure's text or applicability."""
    printed = f"{measure.text} {measure.applicability or ''}"
    return {code for code, _ in countries.find(printed)}
