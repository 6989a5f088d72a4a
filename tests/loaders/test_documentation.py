"""The ontology page has every term at its anchor, with its relations, and is reproducible."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from meagraph_loaders import documentation


@pytest.fixture(scope="module")
def ontology() -> ox.Store:
    store = ox.Store()
    path = files.folder("ontology") / "meagraph.ttl"
    store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=documentation.GRAPH)
    return store


@pytest.fixture(scope="module")
def text(ontology: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = documentation.write_page(ontology, tmp_path_factory.mktemp("page"))
    assert path is not None
    assert path.name == files.ONTOLOGY_PAGE
    return path.read_text(encoding="utf-8")


def test_each_term_has_one_anchor_with_its_name(ontology: ox.Store, text: str) -> None:
    terms = {
        names.local_name(quad.subject.value)
        for quad in ontology
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(names.ONTOLOGY)
    }
    anchors = re.findall(r' id="([^"]*)"', text)
    assert len(anchors) == len(set(anchors))
    assert terms <= set(anchors)


def test_anchors_that_were_published_remain(text: str) -> None:
    published = (Path(__file__).parent / "ontology_anchors.txt").read_text().splitlines()
    assert set(published) <= set(re.findall(r' id="([^"]*)"', text))


def test_a_term_has_labels_in_english_and_russian_and_a_comment(text: str) -> None:
    entry = _entry(text, "ConservationUnit")
    assert "population or area" in entry
    assert '<span lang="ru">популяция или территория</span>' in entry
    assert "A stretch of range or a population by which a plan arranges its measures." in entry


def test_a_class_links_to_its_relatives_and_to_the_properties_that_lead_to_it(text: str) -> None:
    assert _relations(_entry(text, "ConservationUnit")) == {
        "Subclasses": ["#Population", "#NationalUnit", "#TransboundaryHotspot"],
        "Value of": ["#appliesToUnit", "#unit", "#headingUnit", "#throughUnit"],
        "Shared properties": [
            *("#countryLink", "#instrument", "#name", "#number", "#passage"),
            *("#site", "#position", "#taxonLink"),
        ],
    }
    assert _relations(_entry(text, "Strategy"))["Subclass of"] == [
        "http://purl.org/dc/terms/BibliographicResource",
        "#Instrument",
        "http://www.w3.org/ns/prov#Plan",
    ]


def test_a_property_is_in_the_table_of_its_domain_with_its_range(text: str) -> None:
    table = text[text.index('id="Measure"') : text.index('id="MeasurePart"')]
    row = _row(table, "unit")
    assert '<td><a href="#ConservationUnit">population or area</a>' in row
    assert "At most one value." in _row(text, "parentTaxon")
    assert "Holds in both directions." in _row(table, "sameTextAs")
    assert _relations(_row(table, "measurePart"))["Inverse of"] == ["#partOf"]


def test_a_property_of_several_classes_names_those_that_use_it(text: str) -> None:
    shared = text[text.index('id="shared"') :]
    assert _relations(_row(shared, "topic")) == {
        "Subproperty of": ["http://purl.org/dc/terms/subject"],
        "Used with": ["#TopicAssignment", "#Measure"],
    }
    concepts = _relations(_row(shared, "envisagedBy"))
    assert concepts["Domain"] == ["http://www.w3.org/2004/02/skos/core#Concept"]


def test_each_arrow_of_the_diagram_is_a_property_of_the_class_that_it_leaves(text: str) -> None:
    drawn = re.search(r"<svg.*?</svg>", text, re.DOTALL)
    assert drawn is not None
    measure, *found = re.findall(r'<a href="([^"]*)">', drawn[0])
    assert measure == "#Measure"
    assert len(found) == 32
    for first, between, second, last in zip(*(iter(found),) * 4, strict=True):
        for source, arrow, target in ((measure, first, between), (between, second, last)):
            row = _row(text, arrow[1:])
            users = _relations(row).get("Used with")
            assert (
                source in users if users else f'<tr id="{arrow[1:]}">' in _entry(text, source[1:])
            )
            assert f'<td><a href="{target}">' in row


def _entry(text: str, name: str) -> str:
    """The section of a class."""
    return text[text.index(f'<section id="{name}">') :].partition("</section>")[0]


def _row(text: str, name: str) -> str:
    """The row of a property."""
    return text[text.index(f'<tr id="{name}">') :].partition("</tr>")[0]


def _relations(entry: str) -> dict[str, list[str]]:
    """The links of a term's own relations, which precede those of its properties."""
    own = entry.partition("<table>")[0]
    return {
        name: re.findall(r'href="([^"]*)"', links)
        for name, links in re.findall(r'<span class="meta">(.*?):</span>(.*?)</p>', own, re.DOTALL)
    }


def test_it_holds_no_script_no_style_and_nothing_that_is_loaded(text: str) -> None:
    assert not re.search(r"<(script|style|link|img|iframe)|\ssrc=|\sstyle=|\son\w+=", text)


def test_links_within_it_lead_to_anchors_in_it(text: str) -> None:
    anchors = set(re.findall(r' id="([^"]*)"', text))
    assert set(re.findall(r'href="#([^"]*)"', text)) <= anchors


def test_it_is_the_same_whatever_order_the_triples_come_in(
    ontology: ox.Store, text: str, tmp_path: Path
) -> None:
    turned = ox.Store()
    turned.extend(reversed(list(ontology)))
    path = documentation.write_page(turned, tmp_path)
    assert path is not None
    assert path.read_text(encoding="utf-8") == text


def test_without_an_ontology_there_is_no_page(small: ox.Store, tmp_path: Path) -> None:
    assert documentation.write_page(small, tmp_path) is None
    assert list(tmp_path.iterdir()) == []
