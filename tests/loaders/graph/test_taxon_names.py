"""Common names of taxa: each with its language, its sources and their terms, in the right graph."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files, names, tables
from meagraph_loaders import extract, graph
from tests.loaders.graph.graph_queries import rows

RESTRICTED = ox.NamedNode(names.graph("reference-restricted"))


@pytest.fixture(scope="module")
def whole() -> ox.Store:
    return graph.load_graphs(extract.documents(files.folder("data") / "sources"))


def preferred(whole: ox.Store, taxon: str, language: str) -> list[tuple[str, ...]]:
    """The preferred names of a taxon in a language, each with its number of sources."""
    return rows(
        whole,
        f"""SELECT ?words ?sources ?reason WHERE {{ GRAPH ?graph {{
          <{names.thing("taxon", taxon)}> mea:commonName ?name .
          ?name dwc:vernacularName ?words ; mea:preferred true ; mea:reason ?reason ;
                mea:independentSources ?sources
          FILTER(LANG(?words) = "{language}")
        }} }}""",
    )


@pytest.mark.parametrize(
    ("taxon", "language", "found"),
    [
        ("ovis-ammon", "ru", [("архар", "2"), ("аргали", "2")]),
        ("ovis-ammon", "kk", [("арқар", "2")]),
        ("saiga-tatarica", "ru", [("сайгак", "2")]),
        ("saiga-tatarica", "kk", [("ақбөкен", "3")]),
        ("panthera-uncia", "fr", [("panthère des neiges", "3")]),
        ("panthera-uncia", "ru", [("снежный барс", "2")]),
        ("saiga-tatarica-tatarica", "mn", [("соргог бөхөн", "2")]),
        ("acinonyx-jubatus", "mn", []),
    ],
)
def test_meagraph_editors_prefer_a_name_and_say_so(
    whole: ox.Store, taxon: str, language: str, found: list[tuple[str, str]]
) -> None:
    reason = "Preferred by meagraph editors."
    assert preferred(whole, taxon, language) == sorted((*each, reason) for each in found)


def test_a_taxon_has_the_words_of_each_of_its_names(whole: ox.Store) -> None:
    query = """SELECT ?name ?words WHERE { GRAPH ?graph { ?taxon mea:commonName ?name .
      ?name dwc:vernacularName ?words
      FILTER NOT EXISTS { ?taxon dwc:vernacularName ?words } } }"""
    assert rows(whole, query) == []


def test_no_statement_on_a_name_that_asks_for_its_own_terms_is_in_an_open_graph(
    whole: ox.Store,
) -> None:
    terms = ox.NamedNode(names.term("sourceTerms"))
    bound = [q for q in whole.quads_for_pattern(None, terms, None) if "CC BY-SA" in str(q.object)]
    assert bound
    for quad in bound:
        about = whole.quads_for_pattern(quad.subject, None, None)
        assert {q.graph_name for q in about} == {RESTRICTED}


def test_addresses_of_open_names_are_the_same_without_the_restricted_folder(
    whole: ox.Store, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(files.folder("data"), tmp_path / "data"))
    shutil.rmtree(data / "reference-restricted")
    alone = graph.load_graphs(extract.documents(data / "sources"), data)
    name = ox.NamedNode(names.term("VernacularName"))
    rdf_type = ox.NamedNode(names.PREFIXES["rdf"] + "type")
    open_graph = ox.NamedNode(names.graph("reference"))
    without, with_it = (
        set(each.quads_for_pattern(None, rdf_type, name, open_graph)) for each in (alone, whole)
    )
    assert without == with_it != set()


def test_names_are_in_lower_case_unless_they_begin_with_a_proper_name() -> None:
    found = [
        row["name"]
        for folder in ("reference", "reference-restricted")
        for row in tables.read_cells(files.folder("data") / folder / "taxa_names.csv")
    ]
    assert [name for name in found if name[0].isupper()] == ["Қаратау арқары"]
