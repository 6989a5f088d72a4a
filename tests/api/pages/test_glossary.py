"""The glossary agrees with the ontology and the catalogue of the interface."""

from __future__ import annotations

import re
from pathlib import Path

from rdflib import RDFS, SKOS, Graph

from meagraph.core import files
from meagraph_api.pages.message_extraction import strings
from meagraph_api.pages.translations import catalogue

GLOSSARY = Path(__file__).resolve().parents[3] / "docs" / "glossary.md"

ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| (?!English|-)", line)
]
"""English, Russian, where it stands, note."""


def test_the_glossary_has_the_terms_of_the_field() -> None:
    terms = {row[0] for row in ROWS}
    assert len(ROWS) == len(terms) > 45
    assert {"measure", "action plan", "range State", "conservation unit or population"} <= terms


def test_its_terms_are_those_of_the_ontology() -> None:
    graph = Graph()
    for path in sorted(files.folder("ontology").glob("*.ttl")):
        graph.parse(path, format="turtle")
    pairs = {
        (str(english), str(russian))
        for label in (RDFS.label, SKOS.prefLabel)
        for thing in set(graph.subjects(label))
        for english in graph.objects(thing, label)
        for russian in graph.objects(thing, label)
        if (english.language, russian.language) == ("en", "ru")  # type: ignore[attr-defined]
    }
    terms = {(english, russian) for english, russian, where, *_ in ROWS if where == "ontology"}
    assert terms
    assert terms <= pairs


def test_its_other_terms_are_used_by_the_interface() -> None:
    text = " ".join(" ".join(strings(message)) for message in catalogue("ru") if message.id).lower()
    stems = {
        english: russian.split(" ")[-1][:5]
        for english, russian, where, *_ in ROWS
        if where == "catalogue"
    }
    assert stems
    assert [english for english, stem in stems.items() if stem not in text] == []
