"""Who acts where no responsibility cell says so, and the organisations behind printed names."""

from __future__ import annotations

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.actors import Actor
from meagraph_loaders.graph.judged.desk import ENGLISH, Desk
from meagraph_loaders.graph.places import write_passages
from meagraph_loaders.graph.readings import describe_actor
from meagraph_loaders.graph.things import Thing, concept
from meagraph_loaders.records import Passage


def write_organisations(desk: Desk) -> None:
    """The named organisations of actors.csv."""
    for row in desk.curation.actors:
        if row.organisation is not None:
            actor = desk.graph.thing(
                names.thing("actor", names.slug(row.organisation)), "mea:Actor"
            )
            actor.say("skos:prefLabel", row.organisation, language=ENGLISH)
            actor.say("skos:altLabel", row.printed)
            actor.link("mea:actorType", *(concept("actor-type", code) for code in row.types))


def write_document_actors(desk: Desk) -> None:
    """Who acts in a section as a whole, for each measure of that section."""
    for row in desk.curation.document_actors:
        document = desk.document(row.where, row.instrument)
        quoted = desk.locate(row.where, row.instrument, row.quote, ())
        for name in row.organisations:
            if desk.actors.row(name) is None:
                raise DataError(row.where, f"{name!r} is unknown", "Add it to actors.csv")
        for measure in document.measures:
            if measure.section != row.section:
                continue
            subject = desk.graph.thing(names.thing("measure", row.instrument, measure.number))
            thing = _write_responsibility(
                desk, subject, "document", row.printed, row.role, row.reason, row.instrument, quoted
            )
            thing.link(
                "mea:actor",
                *(names.thing("actor", names.slug(name)) for name in row.organisations),
            )


def write_text_actors(desk: Desk) -> None:
    """Actors whom the text of a measure names."""
    for row in desk.curation.text_actors:
        measure, subject = desk.measure(row.where, row.instrument, row.number)
        quoted = desk.locate(row.where, row.instrument, row.quote, measure.passages)
        _write_responsibility(
            desk, subject, "text", row.printed, row.role, row.reason, row.instrument, quoted
        )


def _write_responsibility(
    desk: Desk,
    subject: Thing,
    source: str,
    printed: str,
    role: str,
    reason: str,
    instrument: str,
    quoted: Passage,
) -> Thing:
    position = desk.number(f"responsibility-{source}", subject.address)
    thing = subject.part(f"responsibility-{source}-{position}", "mea:Responsibility")
    subject.link("mea:responsibility", thing.address)
    thing.say("mea:position", position).say("mea:reason", reason, language=ENGLISH)
    thing.link("mea:responsibilityRole", concept("responsibility-role", role))
    thing.link("mea:responsibilitySource", concept("responsibility-source", source))
    describe_actor(thing, Actor(printed), desk.actors)
    write_passages(thing, desk.sources[instrument], [quoted])
    return thing
