"""Our own judgements (data/curation) as triples of `graph/curation` and `graph/quality`."""

from __future__ import annotations

from collections.abc import Mapping

from meagraph_loaders.curation import Curation
from meagraph_loaders.graph.judged import (
    applicability,
    mentions,
    points,
    relations,
    responsibilities,
    standing,
    taxa,
    topics,
)
from meagraph_loaders.graph.judged.desk import Desk
from meagraph_loaders.graph.places import Source
from meagraph_loaders.graph.things import GraphUnderConstruction
from meagraph_loaders.records import Document
from meagraph_loaders.reference import Reference


def write_judgements(
    documents: Mapping[str, Document],
    sources: Mapping[str, Source],
    curation: Curation,
    reference: Reference,
) -> tuple[GraphUnderConstruction, ...]:
    """The graphs of judgements and of points to check, and what points at restricted facts.

    Every row is checked against the documents; raises DataError for the first that does not fit.
    """
    desk = Desk(documents, sources, curation, reference)
    standing.write_instruments(desk)
    standing.write_standing(desk)
    standing.write_priority_levels(desk)
    relations.write_intervals(desk)
    responsibilities.write_organisations(desk)
    responsibilities.write_document_actors(desk)
    responsibilities.write_text_actors(desk)
    applicability.write_groups(desk)
    applicability.write_applicability(desk)
    applicability.write_range_wide(desk)
    mentions.write_populations(desk)
    mentions.write_mentions(desk)
    taxa.write_taxon_links(desk)
    topics.write_topics(desk)
    topics.write_topic_matches(desk)
    relations.write_relations(desk)
    points.write_meetings(desk)
    points.write_references(desk)
    points.write_abbreviations(desk)
    points.write_places(desk)
    points.write_findings(desk)
    return desk.graph, desk.quality, desk.restricted
