"""Countries and kinds of places."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from meagraph.core import names
from tests.loaders.graph.graph_queries import rows, values


def site(key: str) -> str:
    return names.thing("site", key)


@pytest.mark.parametrize(
    ("key", "states"),
    [
        ("jambyl-province", ["KAZ"]),
        ("karatau-range", ["KAZ"]),
        ("kyrgyz-range", ["KAZ", "KGZ"]),
        ("western-tien-shan", ["KAZ", "KGZ", "UZB"]),
        ("uttarakhand", ["IND"]),
        ("buryatia", ["RUS"]),
        ("xinjiang", []),
        ("gobi-desert", []),
    ],
)
def test_a_place_lies_where_a_document_or_a_source_says(
    store: ox.Store, key: str, states: list[str]
) -> None:
    assert values(store, site(key), "mea:siteCountry") == states


def test_every_state_of_a_place_is_printed_with_it_or_has_a_source(store: ox.Store) -> None:
    query = """SELECT ?site ?country WHERE {
      ?site a mea:Site ; mea:siteCountry ?country
      FILTER NOT EXISTS { ?naming mea:site ?site ; mea:printedCountry ?country ; mea:reason ?why }
      FILTER NOT EXISTS { ?site dcterms:source ?source } }"""
    assert rows(store, query) == []


def test_a_state_printed_with_a_place_is_named_where_the_place_is(store: ox.Store) -> None:
    query = """SELECT ?naming ?name WHERE {
      ?naming mea:subject ?subject ; mea:printedCountry ?country .
      ?country rdfs:label ?label FILTER(LANG(?label) = "en")
      BIND(STR(?label) AS ?name)
      OPTIONAL { ?subject mea:section ?section . ?section dcterms:title ?heading }
      OPTIONAL { ?subject mea:name ?unit_name }
      OPTIONAL { ?unit_section mea:headingUnit ?subject ; dcterms:title ?unit_heading }
      OPTIONAL { ?subject mea:areaText ?area }
      OPTIONAL { ?subject mea:text ?text }
      BIND(CONCAT(COALESCE(?heading, ""), " ", COALESCE(?unit_heading, ""), " ",
                  COALESCE(?area, ""), " ", COALESCE(?text, ""), " ", COALESCE(?unit_name, ""))
           AS ?printed)
      FILTER(!CONTAINS(?printed, ?name)) }"""
    assert rows(store, query) == []


def test_places_of_protected_kinds_are_protected_areas_and_no_others(store: ox.Store) -> None:
    query = "SELECT ?site WHERE { ?site a mea:ProtectedArea }"
    found = {names.local_name(row[0]) for row in rows(store, query)}
    assert {"khan-tengri-np", "saigachy", "aktau-zakaznik", "great-gobi-a"} <= found
    assert not {"karatau-range", "xinjiang", "station-21"} & found
    kinds = "SELECT DISTINCT ?kind WHERE { ?site mea:siteKind ?kind }"
    assert len(rows(store, kinds)) <= 15
