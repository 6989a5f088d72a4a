"""Topics of measures, worked out by hand from the documents."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from meagraph_loaders import extract, graph
from tests.loaders.graph.graph_queries import measure, rows, values

MAIN = "mea:topicAssignment [ mea:topicWeight <https://w3id.org/meagraph/id/topic-weight/main> ; "


def topics(store: ox.Store, subject: str, weight: str) -> list[str]:
    """The topics of a measure with one weight."""
    address = names.thing("topic-weight", weight)
    query = f"""SELECT ?topic WHERE {{
      <{subject}> mea:topicAssignment ?assignment .
      ?assignment mea:topic ?topic ; mea:topicWeight <{address}> }}"""
    return [row[0] for row in rows(store, query)]


@pytest.mark.parametrize(
    ("instrument", "number", "main", "others"),
    [
        (names.SAIGA, "1.1", "funding", []),
        (
            names.SAIGA,
            "3.6",
            "training",
            ["illegal-trade", "trade-regulation", "transboundary-cooperation"],
        ),
        (names.SAIGA, "9.4", "captive-breeding", []),
        (names.ARGALI, "2.1", "border-fence", []),
        (names.ARGALI, "5.6", "ecotourism", ["impact-assessment"]),
        (names.ARGALI, "17.4", "livestock-disease-transmission", []),
        (names.SSAP, "1.2.9", "training", ["illegal-trade", "trade-regulation"]),
        (names.JWP, "C1", "convention-cooperation", []),
    ],
)
def test_a_measure_has_the_topics_of_its_words(
    store: ox.Store, instrument: str, number: str, main: str, others: list[str]
) -> None:
    assert topics(store, measure(instrument, number), "main") == [main]
    assert topics(store, measure(instrument, number), "other") == others


def test_an_item_of_a_long_list_is_secondary(store: ox.Store) -> None:
    assert topics(store, measure(names.JWP, "B2"), "secondary") == [
        "awareness",
        "capacity",
        "fundraising",
        "information-exchange",
        "reporting",
    ]


def test_the_items_of_a_printed_list_have_topics_of_their_own(store: ox.Store) -> None:
    mains = [
        topics(store, names.thing("part", names.ARGALI, "10.5", label), "main")
        for label in "abcdef"
    ]
    assert mains == [
        ["hunting-and-quotas"],
        ["anti-poaching"],
        ["illegal-trade"],
        ["funding"],
        ["health-monitoring"],
        ["rangeland-management"],
    ]


def test_topics_of_every_weight_are_topics_of_the_measure(store: ox.Store) -> None:
    assert values(store, measure(names.ARGALI, "10.5"), "mea:topic") == [
        "action-plans",
        "anti-poaching",
        "benefit-sharing-and-incentives",
        "funding",
        "health-monitoring",
        "hunting-and-quotas",
        "illegal-trade",
        "institutions-and-staffing",
        "partnerships",
        "rangeland-management",
    ]


def test_every_measure_and_item_has_exactly_one_main_topic(store: ox.Store) -> None:
    query = f"""SELECT ?kind ?mains (COUNT(?thing) AS ?things) WHERE {{
      {{ SELECT ?thing ?kind (COUNT(?topic) AS ?mains) WHERE {{
        VALUES ?kind {{ mea:Measure mea:MeasurePart }} ?thing a ?kind
        OPTIONAL {{ ?thing {MAIN} mea:topic ?topic ] }} }}
        GROUP BY ?thing ?kind }} }} GROUP BY ?kind ?mains"""
    assert rows(store, query) == [("Measure", "1", "289"), ("MeasurePart", "1", "17")]


def test_measures_with_the_same_text_share_all_topics_and_weights(store: ox.Store) -> None:
    query = """SELECT ?one ?other ?topic WHERE {
      ?one mea:sameTextAs ?other ; mea:topicAssignment ?assignment .
      ?assignment mea:topic ?topic ; mea:topicWeight ?weight
      FILTER NOT EXISTS {
        ?other mea:topicAssignment [ mea:topic ?topic ; mea:topicWeight ?weight ] } }"""
    assert rows(store, query) == []


def test_every_assignment_says_why_and_stands_in_the_graph_of_judgements(store: ox.Store) -> None:
    curation = ox.NamedNode(names.graph("curation"))
    assigned = [
        quad.object
        for quad in store.quads_for_pattern(
            None, ox.NamedNode(names.term("topicAssignment")), None, curation
        )
    ]
    reasons = [
        quad
        for node in assigned
        if isinstance(node, ox.NamedNode)
        for quad in store.quads_for_pattern(
            node, ox.NamedNode(names.term("reason")), None, curation
        )
    ]
    assert len(assigned) == len(reasons) == 749


def test_illegal_trade_lies_below_enforcement_and_below_trade(store: ox.Store) -> None:
    assert values(store, names.thing("topic", "illegal-trade"), "skos:broader") == [
        "enforcement-and-anti-poaching",
        "trade-and-use",
    ]


def test_matches_point_into_the_restricted_tables_and_stand_beside_them(store: ox.Store) -> None:
    subject = names.thing("topic", "reintroduction-and-translocation")
    assert values(store, subject, "skos:exactMatch") == ["2.2", "reintroduction"]
    restricted = names.graph("reference-restricted")
    matches = "skos:exactMatch|skos:closeMatch|skos:broadMatch|skos:narrowMatch"
    query = f"""SELECT (COUNT(*) AS ?matches) WHERE {{ GRAPH <{restricted}> {{
      ?topic {matches} ?theirs . ?theirs skos:prefLabel ?label }} }}"""
    assert rows(store, query) == [("64",)]


def test_without_the_restricted_tables_there_is_nothing_to_match(tmp_path: Path) -> None:
    kept = shutil.ignore_patterns("reference-restricted")
    data = Path(shutil.copytree(files.folder("data"), tmp_path / "data", ignore=kept))
    built = graph.load_graphs(extract.documents(data / "sources"), data)
    restricted = ox.NamedNode(names.graph("reference-restricted"))
    assert list(built.quads_for_pattern(None, None, None, restricted)) == []
