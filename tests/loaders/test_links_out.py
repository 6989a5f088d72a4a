"""Every external IRI in the graph comes from a row of our tables, with the link it states.

The rows are those of `data/reference`, `data/reference-restricted` and `data/curation`. Terms of
vocabularies are recognised by their namespaces; the description of a release links to the standards
that it conforms to.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from meagraph_loaders import dataset, dcat, dumps
from meagraph_loaders.interfaces import INTERFACES
from meagraph_loaders.serialise import PREFIXES
from tests.nonempty import nonempty

SKOS, RDFS = names.PREFIXES["skos"], names.PREFIXES["rdfs"]
LEO = "http://www.informea.org/terms"
Row = tuple[str, dict[str, str]]
"""The location of a row (file:line) and its cells."""

COUNTRIES = {
    # All columns of a row were compared and identify the same State.
    "wikidata_uri": "exactMatch",
    "geonames_uri": "exactMatch",
    "eu_authority_uri": "exactMatch",
    "agrovoc_uri": "exactMatch",
}
TAXA = {
    "wikidata_qid": ("Wikidata", "{QID}", SKOS + "closeMatch"),
    "ncbi_taxid": ("NCBITaxon", "{taxid}", SKOS + "closeMatch"),
    "speciesplus_taxon_concept_id": ("Species+", "{id}", RDFS + "seeAlso"),
}
"""By column: the row of ontology_terms.csv with the URI pattern, its placeholder of the id, and the
property."""

VOCABULARIES = {
    *PREFIXES.values(),
    "http://data.europa.eu/eli/ontology#",
    "http://purl.org/vocab/vann/",
}
"""Namespaces of the vocabularies that we use or whose classes ours specialise."""


def rows(name: str) -> Iterator[Row]:
    """The rows of a table, in whichever folders it exists."""
    for folder in ("reference", "reference-restricted", "curation"):
        path = files.folder("data") / folder / name
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file)
                assert reader.fieldnames
                begin = reader.line_num + 1
                for row in reader:
                    yield f"{folder}/{name}:{begin}", row
                    begin = reader.line_num + 1


def patterns() -> dict[str, str]:
    return {row["vocabulary"]: row["uri"] for _, row in rows("ontology_terms.csv")}


def linked_by_rows() -> Iterator[tuple[str, str, str]]:
    """The links stated by the tables: property, IRI and row."""
    for where, row in rows("countries.csv"):
        for column, match in COUNTRIES.items():
            yield SKOS + match, row[column], where
    known = patterns()
    for where, row in rows("taxa.csv"):
        for column, (vocabulary, place, property_) in TAXA.items():
            if row[column]:
                yield property_, known[vocabulary].replace(place, row[column]), where
    for where, row in rows("instruments.csv"):
        yield RDFS + "seeAlso", row.get("url", ""), where
    terms = {row["slug"]: (where, row) for where, row in rows("leo_terms_2019.csv")}
    for where, row in terms.values():
        yield SKOS + "inScheme", LEO, where
        if row["broader_uri"] not in {described["uri"] for _, described in terms.values()}:
            yield SKOS + "topConceptOf", LEO, where
            yield SKOS + "hasTopConcept", row["uri"], where
        yield RDFS + "seeAlso", row["broader_uri"], where
        yield SKOS + "broader", row["broader_uri"], where
    for where, row in rows("topic_matches.csv"):
        if row["scheme"] == "leo" and row["code"] in terms:
            yield SKOS + row["match"], terms[row["code"]][1]["uri"], where


def described_by_rows() -> dict[str, str]:
    """External things that rows describe, each with its row."""
    found = {row["uri"]: where for where, row in rows("leo_terms_2019.csv")}
    return {**found, LEO: "reference-restricted/leo_terms_2019.csv:1"}


def is_foreign(term: object) -> bool:
    return isinstance(term, ox.NamedNode) and not term.value.startswith(names.BASE)


def is_of_a_vocabulary(address: str) -> bool:
    return any(address.startswith(space) or address == space.rstrip("#") for space in VOCABULARIES)


def leaving(store: ox.Store) -> Iterator[ox.Quad]:
    """The statements of the named graphs whose object is an external IRI."""
    for quad in store:
        if quad.graph_name not in (ox.DefaultGraph(), dataset.GRAPH) and is_foreign(quad.object):
            yield quad


@pytest.fixture(scope="module")
def listed() -> dict[tuple[str, str], list[str]]:
    """The rows that state a link, by property and IRI."""
    found = defaultdict(list)
    for property_, address, where in linked_by_rows():
        found[property_, address].append(where)
    return found


def test_every_link_to_others_stands_in_a_row(
    store: ox.Store, listed: dict[tuple[str, str], list[str]]
) -> None:
    linked = 0
    unknown = []
    for quad in leaving(store):
        assert isinstance(quad.object, ox.NamedNode)
        address, property_ = quad.object.value, quad.predicate.value
        if quad.predicate == ox.NamedNode(names.PREFIXES["rdf"] + "type"):
            assert is_of_a_vocabulary(address), quad
        elif quad.graph_name == ox.NamedNode(names.graph("ontology")):
            assert is_of_a_vocabulary(address) or address == dcat.CC_BY, quad
        elif (property_, address) in listed:
            linked += 1
        else:
            unknown.append(str(quad))
    assert unknown == []
    assert linked > 150


def test_nothing_of_others_is_described_without_a_row(store: ox.Store) -> None:
    known = described_by_rows()
    subjects = {
        quad.subject.value
        for quad in store
        if isinstance(quad.subject, ox.NamedNode) and is_foreign(quad.subject)
    }
    assert {subject for subject in subjects if not is_of_a_vocabulary(subject)} <= set(known)


def test_a_row_of_restricted_facts_is_linked_from_the_restricted_graph_alone(
    store: ox.Store, listed: dict[tuple[str, str], list[str]]
) -> None:
    for quad in nonempty(leaving(store)):
        assert isinstance(quad.object, ox.NamedNode)
        where = listed.get((quad.predicate.value, quad.object.value), ["reference/"])
        needs_it = all(row.startswith("reference-restricted/") for row in where)
        if needs_it or quad.object.value.startswith(LEO):
            assert quad.graph_name == dumps.RESTRICTED, quad


def test_no_external_thing_is_linked_with_same_as(store: ox.Store) -> None:
    same = ox.NamedNode(names.PREFIXES["owl"] + "sameAs")
    assert not [
        quad for quad in store.quads_for_pattern(None, same, None) if is_foreign(quad.object)
    ]


def test_exact_matches_are_of_countries_or_stated_by_a_row(
    store: ox.Store, listed: dict[tuple[str, str], list[str]]
) -> None:
    exact = ox.NamedNode(SKOS + "exactMatch")
    found = list(store.quads_for_pattern(None, exact, None, None))
    assert found
    for quad in found:
        assert isinstance(quad.object, ox.NamedNode)
        where = listed[exact.value, quad.object.value]
        assert all(
            row.startswith(("reference/countries.csv", "curation/topic_matches.csv"))
            for row in where
        )


def test_each_country_and_taxon_is_linked_to_its_own_row(store: ox.Store) -> None:
    for _, row in rows("countries.csv"):
        country = ox.NamedNode(names.thing("country", row["iso3"]))
        found = objects(store, country, SKOS + "exactMatch")
        assert found <= {row[column] for column in COUNTRIES}
    by_name = {row["scientific_name"]: row for _, row in rows("taxa.csv")}
    known = patterns()
    scientific = ox.NamedNode(names.PREFIXES["dwc"] + "scientificName")
    for quad in store.quads_for_pattern(None, scientific, None, ox.DefaultGraph()):
        assert isinstance(quad.subject, ox.NamedNode)
        assert isinstance(quad.object, ox.Literal)
        row = by_name[quad.object.value]
        for column, (vocabulary, place, property_) in TAXA.items():
            begin = known[vocabulary].partition("{")[0]
            found = {
                address
                for address in objects(store, quad.subject, property_)
                if address.startswith(begin)
            }
            expected = {known[vocabulary].replace(place, row[column])} if row[column] else set()
            assert found == expected


def objects(store: ox.Store, subject: ox.NamedNode, property_: str) -> set[str]:
    quads: Iterable[ox.Quad] = store.quads_for_pattern(
        subject, ox.NamedNode(property_), None, ox.DefaultGraph()
    )
    return {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode)}


def test_the_description_leads_to_standards_and_rows_alone(
    store: ox.Store, listed: dict[tuple[str, str], list[str]]
) -> None:
    standards = {
        dcat.CC_BY,
        *(address for interface in INTERFACES for address in interface.conforms_to),
    }
    authority = {row["uri"] for _, row in rows("ontology_terms.csv")}
    media = "https://www.iana.org/assignments/media-types/"
    types = {media + format.media_type for format in dumps.FORMATS} | {media + "application/gzip"}
    for quad in store.quads_for_pattern(None, None, None, dataset.GRAPH):
        if is_foreign(quad.object):
            assert isinstance(quad.object, ox.NamedNode)
            address = quad.object.value
            known = address in standards | authority | types or is_of_a_vocabulary(address)
            assert known, quad


def test_every_column_that_is_linked_has_been_checked() -> None:
    """A row names the source of its ids."""
    for _, row in nonempty(rows("countries.csv")):
        assert row["source"]
    for _, row in rows("taxa.csv"):
        assert row["sources"] or not any(row[column] for column in TAXA)


def test_the_file_and_line_of_a_row_are_where_it_stands() -> None:
    lines = Path(files.folder("data") / "reference/countries.csv").read_text().splitlines()
    for where, row in nonempty(rows("countries.csv")):
        assert lines[int(where.rpartition(":")[2]) - 1].startswith(f"{row['iso2']},{row['iso3']}")
