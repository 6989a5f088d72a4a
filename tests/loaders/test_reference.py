"""Outside facts stand in the folder that the terms of their source allow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meagraph import files
from meagraph.errors import DataError
from meagraph_loaders import reference


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the data folder that a test may break."""
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
