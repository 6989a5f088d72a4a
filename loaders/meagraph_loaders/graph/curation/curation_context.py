"""Lookup context for writing curation triples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import Curation
from meagraph_loaders.graph.cell_readings import ActorNames
from meagraph_loaders.graph.graph_builder import GraphBuilder, Thing
from meagraph_loaders.graph.passages import Source, Subjects, locate
from meagraph_loaders.records import Document, Measure, Passage
from meagraph_loaders.reference import Countries, Reference

ENGLISH = "en"


class CurationContext:
    """The documents, the tables, the graphs being written, and look-ups that check rows.

    Every look-up takes the place of the row (`where`) and raises DataError naming it when the row
    speaks of something that is not there.
    """

    def __init__(
        self,
        documents: Mapping[str, Document],
        sources: Mapping[str, Source],
        curation: Curation,
        reference: Reference,
    ) -> None:
        self.documents = documents
        self.sources = sources
        self.curation = curation
        self.reference = reference
        self.countries = Countries(reference.countries)
        self.actors = ActorNames(curation)
        self.subjects = {slug: Subjects(document) for slug, document in documents.items()}
        self.graph = GraphBuilder("curation")
        self.quality = GraphBuilder("quality")
        self.restricted = GraphBuilder("reference-restricted")
        self._country_codes = frozenset(row["iso3"] for row in reference.countries)
        self._counts: Counter[tuple[str, str]] = Counter()

    def document(self, where: str, slug: str) -> Document:
        """The document of a slug."""
        if slug not in self.documents:
            raise DataError(
                where, f"{slug!r} is no document", f"Name one of: {', '.join(self.documents)}"
            )
        return self.documents[slug]

    def measure(self, where: str, slug: str, number: str) -> tuple[Measure, Thing]:
        """A measure as printed, and as a thing of the graph of judgements."""
        for measure in self.document(where, slug).measures:
            if measure.number == number:
                return measure, self.graph.thing(names.thing("measure", slug, number))
        raise DataError(
            where, f"{slug} has no measure {number}", "Use a number that the document prints"
        )

    def country(self, where: str, code: str) -> str:
        """The address of a State by its ISO 3166-1 alpha-3 code."""
        if code not in self._country_codes:
            raise DataError(
                where,
                f"{code!r} is no State of data/reference/countries.csv",
                "Use an ISO 3166-1 alpha-3 code of that table",
            )
        return names.thing("country", code)

    def cite(self, thing: Thing, where: str, source: str | None) -> None:
        """Write where a row's statement comes from: its locators, and their names in words."""
        if source:
            thing.add("dcterms:source", source)
            name = self.reference.source_names.name(where, source)
            thing.add("mea:sourceName", name, language=ENGLISH)

    def locate(self, where: str, slug: str, quote: str, within: tuple[Passage, ...]) -> Passage:
        """Where a document prints the quoted words."""
        return locate(where, self.sources[slug], quote, within)

    def number(self, kind: str, subject: str) -> int:
        """1, 2, 3 … for the fragments of one kind of one subject."""
        self._counts[kind, subject] += 1
        return self._counts[kind, subject]
