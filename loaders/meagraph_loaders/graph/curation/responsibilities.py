"""Who acts where no responsibility cell says so, and the organisations behind printed names."""

from __future__ import annotations

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.actors import Actor
from meagraph_loaders.graph.cell_readings import describe_actor
from meagraph_loaders.graph.curation.curation_context import ENGLISH, CurationContext
from meagraph_loaders.graph.graph_builder import Thing, concept
from meagraph_loaders.graph.passages import write_passages
from meagraph_loaders.records import Passage


def write_organisations(context: CurationContext) -> None:
    """The named organisations of actors.csv."""
    for row in context.curation.actors:
        if row.organisation is not None:
            actor = context.graph.thing(
                names.thing("actor", names.slug(row.organisation)), "mea:Actor"
            )
            actor.add("skos:prefLabel", row.organisation, language=ENGLISH)
            actor.add("skos:altLabel", row.printed)
            actor.link("mea:actorType", *(concept("actor-type", code) for code in row.types))


def write_document_actors(context: CurationContext) -> None:
    """Who acts in a section as a whole, for each measure of that section."""
    for row in context.curation.document_actors:
        document = context.document(row.where, row.instrument)
        quoted = context.locate(row.where, row.instrument, row.quote, ())
        for name in row.organisations:
            if context.actors.row(name) is None:
                raise DataError(row.where, f"{name!r} is unknown", "Add it to actors.csv")
        for measure in document.measures:
            if measure.section != row.section:
                continue
            subject = context.graph.thing(names.thing("measure", row.instrument, measure.number))
            thing = _write_responsibility(
                context,
                subject,
                "document",
                row.printed,
                row.role,
                row.reason,
                row.instrument,
                quoted,
            )
            thing.link(
                "mea:actor",
                *(names.thing("actor", names.slug(name)) for name in row.organisations),
            )


def write_text_actors(context: CurationContext) -> None:
    """Actors whom the text of a measure names."""
    for row in context.curation.text_actors:
        measure, subject = context.measure(row.where, row.instrument, row.number)
        quoted = context.locate(row.where, row.instrument, row.quote, measure.passages)
        _write_responsibility(
            context, subject, "text", row.printed, row.role, row.reason, row.instrument, quoted
        )


def _write_responsibility(
    context: CurationContext,
    subject: Thing,
    source: str,
    printed: str,
    role: str,
    reason: str,
    instrument: str,
    quoted: Passage,
) -> Thing:
    position = context.number(f"responsibility-{source}", subject.address)
    thing = subject.part(f"responsibility-{source}-{position}", "mea:Responsibility")
    subject.link("mea:responsibility", thing.address)
    thing.add("mea:position", position).add("mea:reason", reason, language=ENGLISH)
    thing.link("mea:responsibilityRole", concept("responsibility-role", role))
    thing.link("mea:responsibilitySource", concept("responsibility-source", source))
    describe_actor(thing, Actor(printed), context.actors)
    write_passages(thing, context.sources[instrument], [quoted])
    return thing
