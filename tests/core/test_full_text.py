"""Words of a canned query find what the search finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import full_text
from meagraph.core.errors import BadValue
from meagraph.core.queries.header import MAX_FOUND
from meagraph_loaders import search
from tests.ready_made import QUERIES

MEASURES = QUERIES["measures"]
GRAPH = """
PREFIX : <https://w3id.org/meagraph/id/measure/p/>
PREFIX mea: <https://w3id.org/meagraph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
<https://w3id.org/meagraph/id/instrument/p> a mea:Instrument ; rdfs:label "Plan" .
"""
TEXTS = {
    "1": "Border fence (new)",
    "2": "A fence; a border",
    "3": "Fences everywhere",
    "4": "Saiga: 100% (САЙГАК)",
    "5": "Range-wide trade and/or use, see No. 5",
    "6": "l'appui d'une mesure au caf\u00e9",
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the search index of measures with these texts."""
    folder = tmp_path_factory.mktemp("release")
    measures = "".join(
        f':{number} a mea:Measure ; mea:number "{number}" ; mea:position {number} ; '
        f'mea:text "{text}" ; mea:instrument <https://w3id.org/meagraph/id/instrument/p> .\n'
        for number, text in TEXTS.items()
    )
    store = ox.Store(str(folder / "store"))
    store.load((GRAPH + measures).encode(), ox.RdfFormat.TURTLE)
    store.flush()
    del store
    search.write_index(folder)
    return folder


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("FENCE", "123"),
        ("fences", "123"),
        ("fenc*", "123"),
        ("fence border", "12"),
        ('"border fence"', "1"),
        ("“border fen*”", "1"),
        ('"fences"', "3"),
        ("сайгак", "4"),
        ("100%", "4"),
        ("(new)", "1"),
        ("range-wide", "5"),
        ("and/or", "5"),
        ("d'une", "6"),
        ("cafe\u0301", "6"),
        ('"No. 5"', "5"),
        ("f.nce", ""),
        ("nothing", ""),
    ],
)
def test_words_find_forms_phrases_and_beginnings(release: Path, words: str, numbers: str) -> None:
    found = full_text.found(release, "text", words, ["measure"])
    assert [iri.rpartition("/")[2] for iri in found] == list(numbers)


def test_things_of_other_kinds_are_not_found(release: Path) -> None:
    assert full_text.found(release, "text", "fence", ["statement"]) == ()
    assert full_text.found(release, "text", "Plan", ["instrument"]) != ()


@pytest.mark.parametrize("words", ["?!", "x" * 201, "a " * 21])
def test_words_that_cannot_be_looked_up_are_refused(release: Path, words: str) -> None:
    with pytest.raises(BadValue, match="text"):
        full_text.found(release, "text", words, ["measure"])


def test_a_release_without_an_index_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=r"text cannot be looked up.* no search index"):
        full_text.found(tmp_path, "text", "fence", ["measure"])


def finding(*iris: str) -> Sequence[str]:
    return [f"https://w3id.org/meagraph/id/measure/{iri}" for iri in iris]


def test_what_words_find_stands_in_the_query_with_a_comment() -> None:
    text = MEASURES.bind({"text": ["fence\nrail"]}, look_up=lambda *_: finding("p/1", "p/2"))
    _, _, listed = text.partition("VALUES ?measure {\n")
    comment, first, second, *_ = (line.strip() for line in listed.splitlines())
    assert comment == "# fence rail: 2 found"
    assert [first, second] == [f"<{iri}>" for iri in finding("p/1", "p/2")]
    ox.Store().query(text)


def test_any_of_several_words_will_do_unless_all_are_wanted() -> None:
    def look_up(_name: str, words: str, _kinds: object) -> Sequence[str]:
        return finding(words)

    two = {"text": ["p/1", "p/2"]}
    assert MEASURES.bind(two, look_up=look_up).count("VALUES ?measure") == 1
    both = MEASURES.bind({**two, "match": ["all"]}, look_up=look_up)
    assert both.count("VALUES ?measure") == 2


def test_words_that_find_too_much_are_refused() -> None:
    many = finding(*map(str, range(MAX_FOUND + 1)))
    assert MEASURES.bind({"text": ["a"]}, look_up=lambda *_: many[1:])
    with pytest.raises(BadValue, match=r"text='a' finds 5,001 .* Give a rarer word"):
        MEASURES.bind({"text": ["a"]}, look_up=lambda *_: many)


def test_words_are_never_bound_without_being_looked_up() -> None:
    with pytest.raises(ValueError, match="must be looked up"):
        MEASURES.bind({"text": ["fence"]})
