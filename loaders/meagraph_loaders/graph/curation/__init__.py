"""Our own judgements (data/curation) as triples of `graph/curation` and `graph/quality`."""

from __future__ import annotations

from collections.abc import Mapping

from meagraph_loaders.curation_tables import Curation
from meagraph_loaders.graph.curation import (
    adoption_status,
    applicability,
    mentions,
    printed_references,
    relations,
    responsibilities,
    taxa,
    topics,
)
from meagraph_loaders.graph.curation.curation_context import CurationContext
from meagraph_loaders.graph.graph_builder import GraphBuilder
from meagraph_loaders.graph.passages import Source
from meagraph_loaders.records import Document
from meagraph_loaders.reference import Reference


def write_curation(
    documents: Mapping[str, Document],
    sources: Mapping[str, Source],
    curation: Curation,
    reference: Reference,
) -> tuple[GraphBuilder, ...]:
    """The graphs of judgements and of points to check, and what points at restricted facts.

    Every row is checked against the documents; raises DataError for the first that does not fit.
    """
    context = CurationContext(documents, sources, curation, reference)
    adoption_status.write_instruments(context)
    adoption_status.write_standing(context)
    adoption_status.write_priority_levels(context)
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
    printed_references.write_meetings(context)
    printed_references.write_references(context)
    printed_references.write_abbreviations(context)
    printed_references.write_places(context)
    printed_references.write_findings(context)
    return context.graph, context.quality, context.restricted
