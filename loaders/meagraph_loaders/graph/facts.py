"""Outside facts as triples of `graph/reference` and `graph/reference-restricted`.

Every thing that a row describes carries that row's source. Rows with a source whose terms are not
known or are not those of CC BY go to the restricted graph, which stays out of the CC BY dumps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from pyoxigraph import Literal, NamedNode

from meagraph.core import names
from meagraph.core.errors import DataError
from meagraph_loaders.curation_tables import ActorRow, InstrumentRow
from meagraph_loaders.graph.graph_builder import GraphBuilder, Thing, concept
from meagraph_loaders.reference import Fact, Facts, Reference

ENGLISH = "en"
PREFERRED_BY = "Preferred by meagraph editors."
"""Why a common name is shown before the others of its language: no source says so."""
LEO_SCHEME = "http://www.informea.org/terms"
"""The concept scheme of the LEO terms, as their addresses give it."""

REGIONS = ("region as printed", "first-level administrative unit")
"""The kinds of sites.csv that are regions."""

WKT = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")

_RANK_CLASS = {"species": "mea:Species", "subspecies": "mea:Subspecies"}


class FactGraphs:
    """Writes all reference tables into the two graphs."""

    def __init__(
        self,
        reference: Reference,
        instruments: Iterable[InstrumentRow],
        actors: Iterable[ActorRow],
    ) -> None:
        self.reference = reference
        rows = [row for row in instruments if row.key]
        self.instrument_by_key = {row.key: names.thing("instrument", row.slug) for row in rows}
        self.organisations = {
            row.printed: names.thing("actor", names.slug(row.organisation))
            for row in actors
            if row.organisation is not None
        }
        self.loaded = frozenset(row.key for row in rows if row.position is not None)
        self.taxon_by_key = {
            row["key"]: names.thing("taxon", names.slug(row["scientific_name"]))
            for row in reference.taxa
        }
        self.iso3 = {row["iso2"]: row["iso3"] for row in reference.countries}
        self.open = GraphBuilder("reference")
        self.restricted = GraphBuilder("reference-restricted")

    def write(self) -> tuple[GraphBuilder, GraphBuilder]:
        """Both graphs."""
        self._each(self.reference.countries, self._write_country)
        self._each(self.reference.taxa, self._write_taxon)
        self._write_taxa_names()
        self._each(self.reference.taxa_cites, self._write_cites_view)
        self._each(self.reference.taxa_iucn, self._write_iucn_category)
        self._each(self.reference.instruments, self._write_instrument)
        self._each(self.reference.documents, self._write_document_fact)
        self._each(self.reference.memberships, self._write_membership)
        self._each(self.reference.membership_details, self._write_membership_detail)
        self._each(self.reference.sites, self._write_site)
        self._write_range_facts()
        self._each(self.reference.cmp_actions, self._write_cmp_action)
        self._each(self.reference.leo_terms, self._write_leo_term)
        return self.open, self.restricted

    def _each(self, facts: Facts, write: Callable[[GraphBuilder, Fact], None]) -> None:
        for graph, rows in ((self.open, facts.open), (self.restricted, facts.restricted)):
            for row in rows:
                write(graph, row)

    def _cite(
        self, thing: Thing, row: Fact, column: str, *, property_: str = "dcterms:source"
    ) -> None:
        """Write where a row's facts come from: its locators, and their names in words."""
        if row[column]:
            thing.add(property_, row[column])
            name = self.reference.source_names.name(row["where"], row[column])
            thing.add("mea:sourceName", name, language=ENGLISH)

    def _country(self, row: Fact, iso2: str) -> str:
        if iso2 not in self.iso3:
            raise DataError(
                row["where"], f"{iso2!r} is no State of countries.csv", "Use its alpha-2 code"
            )
        return names.thing("country", self.iso3[iso2])

    def _write_country(self, graph: GraphBuilder, row: Fact) -> None:
        thing = graph.thing(names.thing("country", row["iso3"]), "mea:Country")
        thing.add("skos:notation", row["iso3"]).add("mea:iso2", row["iso2"])
        thing.add("mea:m49", row["m49"])
        english = row["name_un_short_en"]
        for label in ("rdfs:label", "skos:prefLabel"):
            thing.add(label, english, language="en")
            thing.add(label, row["name_m49_fr"], language="fr")
            thing.add(label, row["name_un_short_ru"], language="ru")
        for language, columns in (
            ("en", ("name_un_official_en", "name_iso_en", "name_m49_en", "name_cldr_en")),
            ("fr", ("name_cldr_fr",)),
            ("ru", ("name_m49_ru", "name_cldr_ru")),
        ):
            shown = {english, row["name_m49_fr"], row["name_un_short_ru"], ""}
            thing.add_each(
                "skos:altLabel", sorted({row[c] for c in columns} - shown), language=language
            )
        uris = ("wikidata_uri", "geonames_uri", "eu_authority_uri", "agrovoc_uri")
        thing.link("skos:exactMatch", *(row[column] or None for column in uris))
        self._cite(thing, row, "source")

    def _write_taxon(self, graph: GraphBuilder, row: Fact) -> None:
        thing = graph.thing(self.taxon_by_key[row["key"]], "mea:Taxon")
        if a_class := _RANK_CLASS.get(row["rank"].split(" ")[0]):
            graph.thing(thing.address, a_class)
        thing.add("dwc:scientificName", row["scientific_name"])
        thing.add("dwc:scientificNameAuthorship", row["authority"] or None)
        thing.add("dwc:taxonRank", row["rank"])
        if row["parent_key"]:
            thing.link("mea:parentTaxon", self.taxon_by_key[row["parent_key"]])
        thing.add_each("dwc:vernacularName", _listed(row["common_en"]), language=ENGLISH)
        thing.add_each("dcterms:identifier", _identifiers(row))
        for column, property_, address in _ELSEWHERE:
            thing.link(property_, address.format(row[column]) if row[column] else None)
        thing.add("mea:cmsAppendix", row["cms_appendix"] or None)
        thing.add("mea:cmsListingBasis", row["cms_listing_basis"] or None)
        thing.add("mea:cmsSince", row["cms_effective"] or None)
        thing.add("skos:note", row["note"] or None)
        self._cite(thing, row, "sources")

    def _write_taxa_names(self) -> None:
        # The open rows are numbered first: an address is the same without the restricted folder.
        numbers: Counter[tuple[str, str]] = Counter()
        table = self.reference.taxa_names
        for graph, rows in ((self.open, table.open), (self.restricted, table.restricted)):
            for row in rows:
                pair = (row["key"], row["language"])
                numbers[pair] += 1
                self._write_taxon_name(graph, row, numbers[pair])

    def _write_taxon_name(self, graph: GraphBuilder, row: Fact, number: int) -> None:
        taxon = graph.thing(self.taxon_by_key[row["key"]])
        name = taxon.part(f"name-{row['language']}-{number}", "mea:VernacularName")
        taxon.link("mea:commonName", name.address)
        for thing in (taxon, name):
            thing.add("dwc:vernacularName", row["name"], language=row["language"])
        preferred = row["preferred"] == "yes"
        name.add("mea:preferred", preferred)
        name.add("mea:reason", PREFERRED_BY if preferred else None)
        name.add("mea:independentSources", int(row["independent_sources"]))
        self._cite(name, row, "sources")
        name.add("mea:sourceTerms", row["licence"])
        name.add("skos:note", row["note"] or None)

    def _write_cites_view(self, graph: GraphBuilder, row: Fact) -> None:
        thing = graph.thing(self.taxon_by_key[row["key"]])
        thing.add("mea:citesName", row["speciesplus_name"] or None)
        thing.add("mea:citesAppendix", row["cites_appendix"] or None)
        thing.add("mea:citesSince", row["cites_effective"] or None)
        thing.add("mea:citesNote", row["cites_note"] or None)

    def _write_iucn_category(self, graph: GraphBuilder, row: Fact) -> None:
        thing = graph.thing(self.taxon_by_key[row["key"]])
        thing.add("mea:iucnCategory", row["iucn_category"] or None)
        thing.add("mea:iucnAssessed", row["iucn_year"] or None)

    def _write_instrument(self, graph: GraphBuilder, row: Fact) -> None:
        if row["key"] not in self.instrument_by_key:
            raise DataError(
                row["where"],
                f"the instrument {row['key']!r} has no address",
                "Add it to data/curation/instruments.csv",
            )
        thing = graph.thing(self.instrument_by_key[row["key"]])
        # A document that is held has its printed title; the others have only the official one.
        title = "mea:officialTitle" if row["key"] in self.loaded else "dcterms:title"
        thing.add(title, row["official_title"] or None, language=ENGLISH)
        thing.add("dcterms:type", row["kind"] or None)
        thing.add("mea:adoptedOrSigned", row["adopted_or_signed_start"] or None)
        thing.add("mea:adoptedOrSignedUntil", row["adopted_or_signed_end"] or None)
        thing.add("mea:adoptedOrSignedNote", row["adopted_or_signed_note"] or None)
        thing.add("mea:inForce", row["in_force"] or None).add("mea:place", row["place"] or None)
        thing.add("mea:depositaryOrIssuer", row["depositary_or_issuer"] or None)
        thing.add_each("dcterms:identifier", _instrument_identifiers(row))
        if row["url"].startswith("http") and " " not in row["url"]:
            thing.link("rdfs:seeAlso", row["url"])
        thing.add("skos:note", row["note"] or None)
        self._cite(thing, row, "sources", property_="mea:factSource")

    def _write_document_fact(self, graph: GraphBuilder, row: Fact) -> None:
        instrument = names.thing("instrument", row["instrument"])
        aspect = names.slug(row["aspect"])
        fact = graph.thing(instrument).part(f"fact-{aspect}", "mea:DocumentFact")
        thing = graph.thing(instrument).link("mea:documentFact", fact.address)
        fact.add("mea:aspect", row["aspect"]).add("rdf:value", row["value"])
        fact.add("mea:confidence", row["confidence"]).add("skos:note", row["note"] or None)
        self._cite(fact, row, "source")
        if row["aspect"] == "symbol":
            thing.add("dcterms:identifier", f"symbol:{row['value']}")
        if row["aspect"] == "issued":
            thing.add("dcterms:issued", row["value"], datatype="xsd:date")

    def _write_membership(self, graph: GraphBuilder, row: Fact) -> None:
        instrument = self.instrument_by_key[row["instrument"]]
        status = row["status"]
        if row["iso2"]:
            member = country = self._country(row, row["iso2"])
        else:
            status, _, organisation = status.partition(": ")
            member, country = self._organisation(row, organisation), None
        slug = names.local_name(instrument)
        membership = graph.thing(member).part(f"membership-{slug}", "mea:Membership")
        graph.thing(member).link("mea:membership", membership.address)
        membership.link("mea:country", country).link("mea:instrument", instrument)
        membership.link("mea:membershipRole", concept("membership-role", row["role"]))
        membership.add("mea:membershipStatus", status)
        membership.add("mea:since", _date(row, "since"))
        membership.add("mea:ratified", _date(row, "ratified"))
        membership.add("mea:partyNumber", int(row["party_number"]) if row["party_number"] else None)
        membership.add("mea:membershipAsOf", _date(row, "as_of"))
        membership.add("mea:sourceKind", row["source_kind"] or None)
        membership.add("skos:note", row["note"] or None)
        self._cite(membership, row, "source")

    def _write_membership_detail(self, graph: GraphBuilder, row: Fact) -> None:
        """What another source adds to a membership of memberships.csv."""
        known = {(each["iso2"], each["instrument"]) for each in self.reference.memberships}
        if (row["iso2"], row["instrument"]) not in known:
            raise DataError(
                row["where"],
                f"memberships.csv has no row of {row['iso2']} and {row['instrument']}",
                "Add the membership there",
            )
        country = self._country(row, row["iso2"])
        slug = names.local_name(self.instrument_by_key[row["instrument"]])
        membership = graph.thing(country).part(f"membership-{slug}")
        membership.add("mea:ratified", _date(row, "ratified"))
        membership.add("skos:note", row["note"] or None)
        self._cite(membership, row, "source")

    def _organisation(self, row: Fact, name: str) -> str:
        if name not in self.organisations:
            raise DataError(
                row["where"],
                f"the organisation {name!r} has no address",
                "Add it to data/curation/actors.csv",
            )
        return self.organisations[name]

    def _write_site(self, graph: GraphBuilder, row: Fact) -> None:
        thing = graph.thing(names.thing("site", names.slug(row["key"])), "mea:Site")
        # A region keeps the name that the document prints.
        name = "name_as_printed" if row["kind"] in REGIONS else "normalised_name"
        thing.add("rdfs:label", row[name], language=ENGLISH).add("mea:kindInSource", row["kind"])
        # A region as printed may reach over borders; its row's State is that of a part of it.
        if row["country"] and row["kind"] != "region as printed":
            thing.link("mea:siteCountry", self._country(row, row["country"]))
        if bool(row["lat"]) != bool(row["lon"]):
            raise DataError(
                row["where"], "one of lat and lon is empty", "Write both coordinates, or none"
            )
        if row["lat"]:
            geometry = thing.part("geometry", "geo:Geometry")
            thing.link("geo:hasGeometry", geometry.address)
            point = f"POINT({float(row['lon'])} {float(row['lat'])})"
            geometry.add("geo:asWKT", Literal(point, datatype=WKT))
            self._cite(geometry, row, "coord_source")
        thing.add("mea:area", row["area"] or None).add(
            "mea:established", row["established"] or None
        )
        thing.add("mea:confidence", row["confidence"] or None)
        thing.add("skos:note", row["note"] or None)
        self._cite(thing, row, "sources")

    def _write_range_facts(self) -> None:
        for number, row in enumerate(self.reference.range_facts, start=1):
            graph = self.open if row in self.reference.range_facts.open else self.restricted
            fact = graph.thing(names.thing("range-fact", str(number)), "mea:RangeFact")
            fact.add("mea:factSubject", row["subject"]).add("mea:factPredicate", row["predicate"])
            if row["object"] in self.iso3:
                fact.link("mea:country", self._country(row, row["object"]))
            else:
                fact.add("rdf:value", row["object"])
            fact.add("skos:note", row["qualifier"] or None)
            self._cite(fact, row, "source")

    def _write_cmp_action(self, graph: GraphBuilder, row: Fact) -> None:
        scheme = graph.thing(names.thing("scheme", "cmp-action"), "skos:ConceptScheme")
        scheme.add("skos:prefLabel", "CMP Conservation Actions v2.0", language=ENGLISH)
        thing = graph.thing(names.thing("cmp-action", row["code"]), "skos:Concept")
        thing.add("skos:notation", row["code"]).link("skos:inScheme", scheme.address)
        thing.add("skos:prefLabel", row["label"], language=ENGLISH)
        if row["parent"]:
            thing.link("skos:broader", names.thing("cmp-action", row["parent"]))
        else:
            _put_at_top(scheme, thing)
        self._cite(thing, row, "source")

    def _write_leo_term(self, graph: GraphBuilder, row: Fact) -> None:
        scheme = graph.thing(LEO_SCHEME, "skos:ConceptScheme")
        scheme.add("skos:prefLabel", "LEO / InforMEA terms (2019)", language=ENGLISH)
        thing = graph.thing(row["uri"], "skos:Concept").link("skos:inScheme", scheme.address)
        thing.add("skos:notation", row["slug"])
        thing.add("skos:prefLabel", row["pref_label_en"], language=ENGLISH)
        described = {term["uri"] for term in self.reference.leo_terms}
        if row["broader_uri"] not in described:
            _put_at_top(scheme, thing)
        if row["broader_uri"]:
            above = "skos:broader" if row["broader_uri"] in described else "rdfs:seeAlso"
            thing.link(above, row["broader_uri"])
        alternatives = [label.strip() for label in row["alt_labels_en"].split(",")]
        thing.add_each("skos:altLabel", filter(None, alternatives), language=ENGLISH)
        self._cite(thing, row, "source")


_ELSEWHERE = (
    ("wikidata_qid", "skos:closeMatch", "http://www.wikidata.org/entity/{}"),
    ("ncbi_taxid", "skos:closeMatch", "http://purl.obolibrary.org/obo/NCBITaxon_{}"),
    (
        "speciesplus_taxon_concept_id",
        "rdfs:seeAlso",
        "https://speciesplus.net/species#/taxon_concepts/{}/legal",
    ),
)
"""What speaks of the same taxon elsewhere, by the column of its id. Close, not exact: who counts
which animals to a name differs. The patterns stand in data/reference/ontology_terms.csv."""


def _put_at_top(scheme: Thing, concept: Thing) -> None:
    """Make a concept a top concept of its scheme, said both ways."""
    scheme.link("skos:hasTopConcept", concept.address)
    concept.link("skos:topConceptOf", scheme.address)


def _listed(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(";") if item.strip()]


def _identifiers(row: Mapping[str, str]) -> list[str]:
    """External identifiers of a taxon as ``register:id``."""
    columns = {
        "wikidata": "wikidata_qid",
        "gbif-backbone": "gbif_backbone_key_legacy",
        "ncbi": "ncbi_taxid",
        "iucn-sis": "iucn_sis_id",
        "speciesplus": "speciesplus_taxon_concept_id",
        "col": "col_id",
        "itis": "itis_tsn",
        "eol": "eol_id",
        "msw3": "msw3_id",
        "mdd": "mdd_id",
    }
    return [f"{name}:{row[column]}" for name, column in columns.items() if row[column]]


def _instrument_identifiers(row: Mapping[str, str]) -> list[str]:
    columns = {
        "ecolex": "ecolex_id",
        "ieadb": "ieadb_id",
        "geneva-graduate": "geneva_graduate_id",
        "wikidata": "wikidata_qid",
    }
    return [f"{name}:{row[column]}" for name, column in columns.items() if row[column]]


def _date(row: Fact, column: str) -> Literal | None:
    """A date as precise as the source gives it (XML Schema date, gYearMonth or gYear)."""
    value = row[column]
    if not value:
        return None
    kind = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(value)]
    return Literal(value, datatype=NamedNode(names.PREFIXES["xsd"] + kind))
