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
from meagraph_loaders.graph.judged.curation_context import CurationContext
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
    context = CurationContext(documents, sources, curation, reference)
    standing.write_instruments(context)
    standing.write_standing(context)
    standing.write_priority_levels(context)
    relations.write_intervals(context)
    responsibilities.write_organisations(context)
    responsibilities.write_document_actors(context)
    responsibilities.write_text_actors(context)
    applicability.write_groups(context)
    applicability.write_applicability(context)
    applicability.write_range_wide(context)
    mentions.write_populations(context)
    mentions.write_mentions(context)
    taxa.write_taxon_links(context)
    topics.write_topics(context)
    topics.write_topic_matches(context)
    relations.write_relations(context)
    points.write_meetings(context)
    points.write_references(context)
    points.write_abbreviations(context)
    points.write_places(context)
    points.write_findings(context)
    return context.graph, context.quality, context.restricted
