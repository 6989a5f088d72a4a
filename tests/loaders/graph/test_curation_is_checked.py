"""A row of curation that does not fit the documents stops the build with one message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from meagraph import files
from meagraph.errors import DataError
from meagraph_loaders import extract, graph
from meagraph_loaders.records import Document


@pytest.fixture(scope="module")
def documents() -> tuple[Document, ...]:
    return extract.documents(files.folder("data") / "sources")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the data folder that a test may break."""
    return Path(shutil.copytree(files.folder("data"), tmp_path / "data"))


Break = Callable[[str], str]


def replacing(old: str, new: str) -> Break:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


BROKEN: list[tuple[str, Break, str]] = [
    (
        "mentions.csv",
        replacing(",11.5,RUS,Russia,", ",11.5,RUS,Rossiya,"),
        "the words 'Rossiya' do not stand in saiga-mtiwp-2016-2020.txt",
    ),
    ("mentions.csv", replacing(",11.5,", ",11.6,"), "saiga-mtiwp-2016-2020 has no measure 11.6"),
    (
        "mentions.csv",
        replacing(",15.4,KAZ,Kazakhstan,", ",15.5,KAZ,hunting,"),
        "argali-action-plan-2025-2032 15.4 names KAZ, but the table has no row for it",
    ),
    ("mentions.csv", replacing(",12.4,TKM,", ",12.4,XXX,"), "'XXX' is no State"),
    (
        "populations.csv",
        replacing("betpak-dala,KAZ", "betpak,KAZ"),
        "has no 'unit:betpak'. Name a thing of the document, such as unit:north-west",
    ),
    (
        "applicability.csv",
        replacing(",1-19,units", ",1-20,units"),
        "argali-ssap-2014-2024 2.5.3 applies to '1-19', which no row explains",
    ),
    (
        "applicability.csv",
        replacing("2025-2032 1-19", "2025-2032 one"),
        "units is 'argali-action-plan-2025-2032 one'. Write: instrument first-last",
    ),
    ("groups.csv", replacing("trophy-hunting-programmes,", "hunting,"), "there is no group"),
    (
        "taxon_names.csv",
        replacing("Ovis ammon nigrimontana", "Ovis nigra"),
        "'Ovis nigra' is not in data/reference/taxa.csv",
    ),
    (
        "taxon_names.csv",
        replacing("printed,O.a.collium or karelini", "printed,O.a.collium"),
        "does not print 'O.a.collium' there",
    ),
    ("references.csv", replacing("instrument/cites", "instrument/cite"), "no instrument/cite"),
    ("references.csv", replacing("saiga-mtiwp-2016-2020/6.5", "saiga-mtiwp-2016-2020/6.9"), "6.9"),
    ("places.csv", replacing("khan_tengri_np", "khan_tengri"), "not in data/reference/sites.csv"),
    ("findings.csv", replacing("[4: ]", "[4: x]"), "Quote the document exactly"),
    ("findings.csv", replacing("measure:12.2,self", "measure:12.9,self"), "has no 'measure:12.9'"),
    ("standing.csv", replacing("parent,saiga-mou", "parent,saiga"), "Add it to instruments.csv"),
    (
        "priority_levels.csv",
        replacing("Essential,high", "Crucial,high"),
        "prints no priority 'Crucial'",
    ),
    ("document_actors.csv", replacing("CMS Secretariat|", "CMS Office|"), "Add it to actors.csv"),
    ("instruments.csv", replacing("gslep,gslep", "gslep,gslp"), "the instrument 'gslep' has no"),
]


@pytest.mark.parametrize(("table", "change", "message"), BROKEN)
def test_a_row_that_does_not_fit_is_named_with_its_place(
    data: Path, documents: tuple[Document, ...], table: str, change: Break, message: str
) -> None:
    path = data / "curation" / table
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        graph.load_graphs(documents, data)
    assert message in str(caught.value)
