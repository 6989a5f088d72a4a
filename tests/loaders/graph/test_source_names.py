"""Every source of a statement has a readable name as well as its technical locator."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

from meagraph.core import names
from tests.loaders.graph.graph_queries import rows, values

_TECHNICAL = re.compile(
    r"github:|https?://|fixture|tests/|package|commit|@|[\w-]\.(csv|html?|json|rda|txt|ya?ml)\b"
)


def shown(store: ox.Store, predicate: str) -> list[tuple[str, ...]]:
    return rows(store, f"SELECT DISTINCT ?value WHERE {{ ?thing {predicate} ?value }}")


def test_every_source_that_is_text_has_its_name_in_words(store: ox.Store) -> None:
    query = """SELECT ?thing WHERE { ?thing dcterms:source|mea:factSource ?source
      FILTER(ISLITERAL(?source)) FILTER NOT EXISTS { ?thing mea:sourceName ?name } }"""
    assert rows(store, query) == []


def test_no_name_of_a_source_is_a_repository_a_file_or_a_fixture(store: ox.Store) -> None:
    found = [name for (name,) in shown(store, "mea:sourceName")]
    assert "Page of CMS on the Saiga MOU" in found
    assert [name for name in found if _TECHNICAL.search(name)] == []


@pytest.mark.parametrize("predicate", ["skos:note", "mea:reason"])
def test_no_note_and_no_reason_names_a_repository_a_file_of_ours_or_a_fixture(
    store: ox.Store, predicate: str
) -> None:
    found = [text for (text,) in shown(store, predicate)]
    pattern = re.compile(r"github:|fixture|data/(reference|curation)|[a-z]\.(csv|rda|json)\b")
    assert [text for text in found if pattern.search(text)] == []


def test_a_name_stands_in_the_graph_of_its_source(store: ox.Store) -> None:
    property_ = ox.NamedNode(names.term("sourceName"))
    open_facts = ox.NamedNode(names.graph("reference"))
    restricted = ox.NamedNode(names.graph("reference-restricted"))
    sourced = {
        graph: [str(quad.object) for quad in store.quads_for_pattern(None, property_, None, graph)]
        for graph in (open_facts, restricted)
    }
    assert [name for name in sourced[open_facts] if "manytreaties" in name] == []
    assert [name for name in sourced[restricted] if "manytreaties" in name] != []


def test_a_link_by_rule_has_the_name_of_its_source_too(store: ox.Store) -> None:
    query = """SELECT DISTINCT ?name WHERE { ?link mea:basis
        <https://w3id.org/meagraph/id/link-basis/unit> ; dcterms:source ?source ;
      mea:sourceName ?name }"""
    assert rows(store, query) == [("Wiki at jwork.org: Saiga",)]


def fact(instrument: str, aspect: str) -> str:
    return names.fragment(names.thing("instrument", instrument), f"fact-{aspect}")


@pytest.mark.parametrize(
    ("instrument", "aspect", "value", "confidence"),
    [
        ("saiga-mtiwp-2016-2020", "symbol", "UNEP/CMS/Saiga/MOS3/Report Annex 5", "high"),
        ("saiga-mtiwp-2016-2020", "issued", "2015-12-07", "high"),
        ("cami-pow-2014-2020", "symbol", "UNEP/CMS/CAMI/Doc.5", "high"),
    ],
)
def test_a_document_has_its_symbol_and_date_with_source_and_confidence(
    store: ox.Store, instrument: str, aspect: str, value: str, confidence: str
) -> None:
    subject = fact(instrument, aspect)
    assert values(store, subject, "rdf:value") == [value]
    assert values(store, subject, "mea:confidence") == [confidence]
    assert values(store, subject, "dcterms:source") != []
    plain = {"symbol": "dcterms:identifier", "issued": "dcterms:issued"}[aspect]
    sourced = f"symbol:{value}" if aspect == "symbol" else value
    assert sourced in values(store, names.thing("instrument", instrument), plain)


def test_the_decision_on_the_saker_plan_is_named(store: ox.Store) -> None:
    [decision] = values(store, fact("sakergap", "resolution"), "rdf:value")
    assert decision.startswith("CMS Resolution 11.18 (Rev.COP12)")
    assert values(store, names.thing("instrument", "sakergap"), "mea:adoptionStatus") == ["adopted"]
