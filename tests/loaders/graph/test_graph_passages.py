"""Every quotation in the graph is in its source file at the stated lines and offsets."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from meagraph.core import files, names

PASSAGES = """
PREFIX mea: <https://w3id.org/meagraph/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?source ?start ?end ?quote ?first ?last WHERE {
  ?passage a mea:Passage ; mea:sourceDocument ?source ; oa:start ?start ; oa:end ?end ;
    oa:exact ?quote ; mea:startLine ?first ; mea:endLine ?last .
}
"""


def test_every_passage_stands_in_its_source_at_its_offsets_and_lines(store: ox.Store) -> None:
    texts: dict[str, str] = {}
    rows = store.query(PASSAGES)
    assert isinstance(rows, ox.QuerySolutions)
    read = 0
    for source, start, end, quote, first, last in rows:
        file = names.local_name(source.value)
        if file not in texts:
            path = files.folder("data") / "sources" / file
            texts[file] = path.read_bytes().decode("utf-8")
        text = texts[file]
        assert text[int(start.value) : int(end.value)] == quote.value
        assert text.count("\n", 0, int(start.value)) + 1 == int(first.value)
        assert text.count("\n", 0, int(end.value) - 1) + 1 == int(last.value)
        read += 1
    assert read > 1500


@pytest.mark.parametrize(
    "a_class", ["Measure", "Statement", "ConservationUnit", "CrossReference", "QualityFinding"]
)
def test_each_thing_that_a_document_says_has_a_passage(store: ox.Store, a_class: str) -> None:
    query = f"""
    PREFIX mea: <{names.ONTOLOGY}>
    SELECT ?thing WHERE {{
      ?thing a mea:{a_class} FILTER NOT EXISTS {{ ?thing mea:passage ?passage }} }}"""
    rows = store.query(query)
    assert isinstance(rows, ox.QuerySolutions)
    assert [row[0].value for row in rows] == []


def test_each_country_link_that_a_document_states_has_a_passage(store: ox.Store) -> None:
    query = f"""
    PREFIX mea: <{names.ONTOLOGY}>
    SELECT ?link WHERE {{
      ?link a mea:CountryLink ; mea:evidence <{names.thing("evidence", "document")}>
      FILTER NOT EXISTS {{ ?link mea:passage ?passage }} }}"""
    rows = store.query(query)
    assert isinstance(rows, ox.QuerySolutions)
    assert [row[0].value for row in rows] == []
