"""External facts are in the folder that the terms of their source allow."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from meagraph.core import files
from meagraph.core.errors import DataError
from meagraph_loaders import graph, reference


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the data folder that a test may modify."""
    return Path(shutil.copytree(files.folder("data"), tmp_path / "data"))


def load(data: Path) -> reference.Reference:
    return reference.load(data / "reference", data / "reference-restricted")


def test_every_row_names_a_source_of_sources_csv(data: Path) -> None:
    facts = load(data)
    assert len(facts.countries.open) == 13
    assert len(facts.taxa.open) == 26
    assert facts.countries.restricted == ()


def test_without_the_restricted_folder_the_open_facts_load(data: Path) -> None:
    shutil.rmtree(data / "reference-restricted")
    facts = load(data)
    assert len(facts.countries.open) == 13
    assert list(facts.cmp_actions) == []


def test_a_row_whose_terms_are_unknown_may_not_stand_among_the_open_ones(data: Path) -> None:
    restricted = (data / "reference-restricted" / "memberships.csv").read_text(encoding="utf-8")
    (data / "reference" / "memberships.csv").write_text(restricted, encoding="utf-8")
    with pytest.raises(DataError, match=r"The row belongs in data/reference-restricted"):
        load(data)


def test_a_source_that_sources_csv_does_not_list_is_refused(data: Path) -> None:
    path = data / "reference" / "sites.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("CMS, CITES, UNESCO", "Hearsay, CITES, UNESCO"), encoding="utf-8")
    with pytest.raises(DataError, match=r"sites\.csv:2: the terms of 'Hearsay"):
        load(data)


def test_one_coordinate_without_the_other_is_refused(data: Path) -> None:
    path = data / "reference" / "sites.csv"
    text = path.read_text(encoding="utf-8")
    assert ",39.77447," in text
    path.write_text(text.replace(",39.77447,", ",,"), encoding="utf-8")
    with pytest.raises(DataError, match=r"sites\.csv:\d+: one of lat and lon is empty"):
        graph.load_graphs((), data)


def test_one_source_with_terms_of_its_own_keeps_a_row_out_of_the_open_ones(data: Path) -> None:
    path = data / "reference" / "taxa_names.csv"
    text = path.read_text(encoding="utf-8")
    open_terms = "pages named in the rows"
    both = f"{open_terms}|OpenFauna (tphakala/openfauna)"
    path.write_text(text.replace(open_terms, both, 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"OpenFauna.* is redistributable: own-terms"):
        load(data)


def test_a_row_with_an_open_source_and_one_that_is_not_is_restricted(data: Path) -> None:
    terms = [row["terms"] for row in load(data).taxa_names.restricted]
    assert any("|" in cell for cell in terms)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("between Russia and Kazakhstan", ["RUS", "KAZ"]),
        ("the Kazakhstan-Uzbekistan border fence", ["KAZ", "UZB"]),
        ("the Russian Federation", ["RUS"]),
        ("the Turkestan Range and the Uzbek part", []),
    ],
)
def test_states_are_found_by_every_name_that_documents_print(
    data: Path, text: str, codes: list[str]
) -> None:
    countries = reference.Countries(load(data).countries)
    assert [code for code, _ in countries.find(text)] == codes


def test_names_of_states_stand_without_an_article_in_brackets(data: Path) -> None:
    cells = [
        value
        for row in load(data).countries
        for column, value in row.items()
        if column.startswith("name_")
    ]
    assert "Russian Federation" in cells
    assert [value for value in cells if "(" in value] == []


def names_of(*rows: tuple[str, str]) -> reference.SourceNames:
    return reference.SourceNames([{"locator": locator, "name": name} for locator, name in rows])


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("https://www.cms.int/saiga/es/legalinstrument", "Page of CMS on the Saiga MOU"),
        ("http://cms.int/other (year)", "CMS"),
        ("github:owner/data@4bf79f94 data/x.rda ; http://www.cms.int/x", "Data set; CMS"),
        ("https://cms.int/a ; https://cms.int/b", "CMS"),
        ("plan-2025.txt lines 2-4", "The plan"),
    ],
)
def test_a_source_is_named_in_words_by_the_longest_locator_in_its_order(
    source: str, name: str
) -> None:
    known = names_of(
        ("cms.int/", "CMS"),
        ("cms.int/saiga/", "Page of CMS on the Saiga MOU"),
        ("github:owner/data", "Data set"),
        ("plan-2025", "The plan"),
    )
    assert known.name("row", source) == name


@pytest.mark.parametrize(
    ("source", "nameless"),
    [
        ("hearsay", "hearsay"),
        ("http://cms.int/a ; https://nowhere.example/b", "https://nowhere.example/b"),
        ("http://cms.int/a ; github:owner/data@1", "github:owner/data@1"),
        ("", ""),
    ],
)
def test_a_source_without_a_name_in_words_is_refused(source: str, nameless: str) -> None:
    with pytest.raises(DataError) as caught:
        names_of(("cms.int/", "CMS")).name("sites.csv:2", source)
    assert f"sites.csv:2: the source {nameless!r} has no name in words" in str(caught.value)


def test_every_name_of_a_source_is_used(data: Path) -> None:
    cells = [
        cell
        for folder in ("reference", "reference-restricted", "curation", "sources")
        for path in sorted((data / folder).glob("*.csv"))
        if path.name not in ("source_names.csv", "SOURCES.csv")
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
        for cell in row.values()
        if cell
    ]
    everything = "\n".join(cells)
    text = (data / "reference" / "source_names.csv").read_text(encoding="utf-8")
    locators = [row["locator"] for row in csv.DictReader(text.splitlines())]
    assert [locator for locator in locators if locator not in everything] == []
