"""The search index has one entry per thing and is reproducible."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files, names
from meagraph.core.errors import ReleaseError
from meagraph.core.releases import read_manifest
from meagraph_loaders import pipeline, search
from meagraph_loaders.validate import Report
from tests.nonempty import nonempty

_CLASSES = {
    "measure": "Measure",
    "part": "MeasurePart",
    "statement": "Statement",
    "footnote": "Footnote",
    "section": "Section",
    "unit": "ConservationUnit",
    "listed-species": "ListedSpecies",
    "taxon": "Taxon",
    "place": "Site",
    "instrument": "Instrument",
    "country": "Country",
}


def rows(release: Path, query: str, *values: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(release / files.SEARCH)) as index:
        return index.execute(query, values).fetchall()


def test_every_kind_is_declared_in_a_file() -> None:
    assert tuple(_CLASSES) == search.KINDS


@pytest.mark.parametrize("kind", search.KINDS)
def test_every_thing_of_a_kind_is_in_the_index_once(
    release: Path, store: ox.Store, kind: str
) -> None:
    typed = ox.NamedNode(names.PREFIXES["rdf"] + "type")
    class_ = ox.NamedNode(names.term(_CLASSES[kind]))
    there = Counter(
        str(quad.subject)
        for quad in store.quads_for_pattern(None, typed, class_, ox.DefaultGraph())
    )
    found = rows(release, "SELECT iri FROM entry WHERE kind = ?", kind)
    assert Counter(f"<{iri}>" for (iri,) in found) == there
    assert there


def test_texts_stand_as_printed(release: Path, store: ox.Store) -> None:
    for iri, text in nonempty(rows(release, "SELECT iri, text FROM entry WHERE kind = 'measure'")):
        (quad,) = store.quads_for_pattern(
            ox.NamedNode(iri), ox.NamedNode(names.term("text")), None, ox.DefaultGraph()
        )
        assert isinstance(quad.object, ox.Literal)
        assert quad.object.value == text


def test_things_stand_in_the_order_of_their_documents(release: Path) -> None:
    plan = "saiga-mtiwp-2016-2020"
    query = "SELECT number FROM entry WHERE kind = 'measure' AND instrument = ? ORDER BY id"
    numbers = [number for (number,) in rows(release, query, plan)]
    assert numbers[:3] == ["1.1", "1.2", "1.3"]
    assert numbers.index("1.9") + 1 == numbers.index("1.10")


def test_what_touches_a_state_bears_all_its_names(release: Path) -> None:
    iri = names.thing("unit", "saiga-mtiwp-2016-2020", "ustiurt")
    ((line,),) = rows(release, "SELECT countries FROM entry WHERE iri = ?", iri)
    assert line.split("\n")[0].startswith("Kazakhstan · ")
    assert "Казахстан" in line
    assert "Ouzbékistan" in line


def test_a_part_and_its_measure_belong_to_the_measure(release: Path) -> None:
    part = names.thing("part", "argali-action-plan-2025-2032", "10.5", "a")
    query = "SELECT measure FROM belongs JOIN entry ON entry.id = belongs.entry WHERE iri = ?"
    measure = names.thing("measure", "argali-action-plan-2025-2032", "10.5")
    assert rows(release, query, part) == rows(release, query, measure) == [(measure,)]


def test_the_same_graph_gives_the_same_index(small: ox.Store, tmp_path: Path) -> None:
    other = ox.Store()
    other.extend(sorted(small, key=str, reverse=True))
    one, two = (
        pipeline.release_graph(graph, Report(()), tmp_path / name).path
        for graph, name in ((small, "one"), (other, "two"))
    )
    assert (one / files.SEARCH).read_bytes() == (two / files.SEARCH).read_bytes()
    assert files.SEARCH in read_manifest(one)["files"]


def test_marks_of_the_service_stay_out_of_the_index(small: ox.Store, tmp_path: Path) -> None:
    measure = ox.NamedNode(names.thing("measure", "plan", "1.1"))
    text, graph = ox.NamedNode(names.term("text")), ox.NamedNode(names.graph("plan"))
    (old,) = small.quads_for_pattern(measure, text, None, graph)
    small.remove(old)
    small.add(ox.Quad(measure, text, ox.Literal("a \x02steppe\x03\nhere"), graph))
    release = pipeline.release_graph(small, Report(()), tmp_path / "releases").path
    query = "SELECT text FROM entry WHERE iri = ?"
    assert rows(release, query, measure.value) == [("a steppe here",)]


def test_an_index_that_cannot_be_written_stops_the_build(small: ox.Store, tmp_path: Path) -> None:
    release = pipeline.release_graph(small, Report(()), tmp_path / "releases").path
    with pytest.raises(ReleaseError, match="search index cannot be made"):
        search.write_index(release)  # there is one already


def test_an_abbreviation_stands_beside_its_full_form_and_their_plurals(release: Path) -> None:
    query = "SELECT name FROM state WHERE iri = ? ORDER BY name"
    found = [name for (name,) in rows(release, query, names.thing("abbreviation", "nbsap"))]
    assert found == [
        "NBSAP",
        "NBSAPs",
        "National Biodiversity Strategies and Action Plans",
        "National Biodiversity Strategy and Action Plan",
        "National Biodiversity Strategy and Action Plans",
    ]


def test_a_taxon_has_its_scientific_its_english_and_its_preferred_names(release: Path) -> None:
    query = "SELECT name FROM state WHERE iri = ?"
    found = [name for (name,) in rows(release, query, names.thing("taxon", "panthera-uncia"))]
    assert {"Panthera uncia", "Snow leopard", "снежный барс", "ілбіс", "雪豹"} <= set(found)
    assert not {"once", "барс"} & set(found), "common words, of which no editor prefers one"
