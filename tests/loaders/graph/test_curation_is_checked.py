"""A curation row that does not match the documents stops the build with one message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from meagraph.core import files, tables
from meagraph.core.errors import DataError
from meagraph_loaders import curation_tables, extract, graph, reference, sources
from meagraph_loaders.curation_tables import Curation
from meagraph_loaders.graph.curation import (
    adoption_status,
    applicability,
    mentions,
    printed_references,
    relations,
    responsibilities,
    taxa,
    topics,
)
from meagraph_loaders.graph.curation.curation_context import CurationContext
from meagraph_loaders.graph.facts import FactGraphs
from meagraph_loaders.graph.passages import Source
from meagraph_loaders.records import Document
from tests.sampling import sampled

DATA = files.folder("data")

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
        "populations.csv",
        replacing("mongolia,MNG,document,heading,14.0", "mongolia,MNG,document,heading,13.0"),
        "saiga-mtiwp-2016-2020 has no section 13.0 about mongolia",
    ),
    (
        "populations.csv",
        replacing("saiga-mtiwp-2016-2020,mongolia", "argali-action-plan-2025-2032,mongolia"),
        "argali-action-plan-2025-2032 has no 'unit:mongolia'",
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
    (
        "places.csv",
        replacing("khan_tengri_np", "khan_tengri"),
        "in neither data/reference/sites.csv nor named_places.csv",
    ),
    ("findings.csv", replacing("[4: ]", "[4: x]"), "Quote the document exactly"),
    ("findings.csv", replacing("measure:12.2,self", "measure:12.9,self"), "has no 'measure:12.9'"),
    ("standing.csv", replacing("period-start,2016", "period-start,16"), "a year from 1900 to 2100"),
    ("standing.csv", replacing("adoption-status,draft", "adoption-status,drafted"), "'drafted'"),
    ("standing.csv", replacing("parent,saiga-mou", "parent,saiga"), "Add it to instruments.csv"),
    (
        "priority_levels.csv",
        replacing("Essential,high", "Crucial,high"),
        "prints no priority 'Crucial'",
    ),
    ("document_actors.csv", replacing("CMS Secretariat|", "CMS Office|"), "Add it to actors.csv"),
    ("instruments.csv", replacing("gslep,gslep", "gslep,gslp"), "the instrument 'gslep' has no"),
    ("actors.csv", replacing("WWF International,", "WWF,"), "'WWF International' has no address"),
    ("topics.csv", replacing(",1.1,,funding,", ",1.1,,finance,"), "topics.csv:2: 'finance' is no"),
    ("topics.csv", replacing(",1.1,,funding,", ",1.111,,funding,"), "no measure 1.111"),
    (
        "topics.csv",
        replacing(
            "saiga-mtiwp-2016-2020,1.1,,funding,main", "saiga-mtiwp-2016-2020,1.1,,funding,other"
        ),
        "saiga-mtiwp-2016-2020 1.1 has no main topic",
    ),
    (
        "topics.csv",
        replacing(",10.5,f,rangeland-management,main", ",10.5,f,rangeland-management,other"),
        "argali-action-plan-2025-2032 10.5 (f) has no main topic",
    ),
    (
        "topics.csv",
        replacing("mass-mortality,other", "mass-mortality,main"),
        "topics.csv:3: saiga-mtiwp-2016-2020 1.2 has 2 main topics",
    ),
    (
        "topics.csv",
        replacing(",10.5,f,", ",10.5,g,"),
        "10.5 has no item 'g'. Name one of: a, b, c, d, e, f",
    ),
    ("topics.csv", replacing(",1.1,,", ",1.1,a,"), "1.1 has no item 'a'. Leave part empty"),
    (
        "topics.csv",
        replacing("12.2,,corridors-and-connectivity", "12.2,,protected-area-establishment"),
        "the topic protected-area-establishment stands twice",
    ),
    (
        "topics.csv",
        replacing("'appropriate investment'", "'suitable investment'"),
        "the words 'suitable investment' do not stand in saiga-mtiwp-2016-2020 1.1",
    ),
    (
        "topic_matches.csv",
        replacing("\nanti-poaching,", "\npoaching,"),
        "'poaching' is no topic",
    ),
    ("topic_matches.csv", replacing(",cmp,4.1,", ",cmp,4.11,"), "'4.11' is no code of cmp"),
    ("relations.csv", replacing(",4.3,same", ",4.33,same"), "no measure 4.33"),
    ("relations.csv", replacing(",3.5,high", ",3.55,high"), "no measure 3.55"),
    ("relations.csv", replacing(",cites,,high", ",cite,,high"), "'cite' is no instrument"),
    ("relations.csv", replacing(",4.3,same", ",3.5,same"), "the measure is related to itself"),
    (
        "relations.csv",
        replacing(",4.3,same-text,", ",4.3,continues,"),
        "argali-action-plan-2025-2032 4.3 prints the same text as argali-action-plan-2025-2032 3.5",
    ),
    (
        "relations.csv",
        replacing(",4.3,same-text,", ",4.3,near-same-text,"),
        "relations.csv:2: the texts of 4.3 and 3.5 are the same. Call them same-text",
    ),
    (
        "relations.csv",
        replacing(",11.1,near-same-text,", ",11.1,same-text,"),
        "the texts of 11.1 and 10.2 differ. Call them near-same-text",
    ),
    (
        "relations.csv",
        replacing("1.1,implements,saiga-mou", "1.1,continues,saiga-mou"),
        "continues needs a measure as its target",
    ),
    (
        "relations.csv",
        replacing("2020,1.3,implements,saiga-mou", "2020,1.1,implements,saiga-mou"),
        "this relation stands twice",
    ),
    ("intervals.csv", replacing("2020,A,", "2020,C,"), "defines no timescale 'C'"),
    (
        "intervals.csv",
        replacing("saiga-mtiwp-2016-2020,A", "argali-ssap-2014-2024,Short"),
        "argali-ssap-2014-2024 defines no timescale 'Short'",
    ),
    ("intervals.csv", replacing(",A,2016,2017", ",A,2017,2016"), "ends before it begins"),
]


def write_facts(context: CurationContext) -> None:
    """Write the facts about the instruments and organisations that curation names."""
    curation = context.curation
    FactGraphs(context.reference, curation.instruments, curation.actors).write()


WRITERS: dict[str, Callable[[CurationContext], None]] = {
    "actors.csv": write_facts,
    "applicability.csv": applicability.write_applicability,
    "document_actors.csv": responsibilities.write_document_actors,
    "findings.csv": printed_references.write_findings,
    "groups.csv": applicability.write_applicability,
    "instruments.csv": write_facts,
    "intervals.csv": relations.write_intervals,
    "mentions.csv": mentions.write_mentions,
    "places.csv": printed_references.write_places,
    "populations.csv": mentions.write_populations,
    "priority_levels.csv": adoption_status.write_priority_levels,
    "references.csv": printed_references.write_references,
    "relations.csv": relations.write_relations,
    "standing.csv": adoption_status.write_standing,
    "taxon_names.csv": taxa.write_taxon_links,
    "topic_matches.csv": topics.write_topic_matches,
    "topics.csv": topics.write_topics,
}
"""The step of the build that checks the rows of each table."""


@pytest.fixture(scope="module")
def documents() -> tuple[Document, ...]:
    return extract.documents(DATA / "sources")


@pytest.fixture(scope="module")
def context(documents: tuple[Document, ...]) -> CurationContext:
    """The documents and all tables as they are."""
    folder = DATA / "sources"
    texts = {row.file: sources.read(row, folder) for row in sources.rows(folder)}
    return CurationContext(
        {document.slug: document for document in documents},
        {one.slug: Source(one.source, texts[one.source]) for one in documents},
        curation_tables.load(DATA / "curation"),
        reference.load(DATA / "reference", DATA / "reference-restricted"),
    )


def with_table(context: CurationContext, path: Path) -> CurationContext:
    """The documents and all tables, one of them read from another file."""
    row_type: type[Any] = get_args(get_type_hints(Curation)[path.stem])[0]
    curation = replace(context.curation, **{path.stem: tables.read(path, row_type)})
    return CurationContext(context.documents, context.sources, curation, context.reference)


@pytest.mark.parametrize("table", list(WRITERS))
def test_the_rows_as_they_are_fit(context: CurationContext, table: str) -> None:
    same = with_table(context, DATA / "curation" / table)
    assert same.curation == context.curation
    WRITERS[table](same)


@pytest.mark.parametrize(("table", "change", "message"), BROKEN)
def test_a_row_that_does_not_fit_is_named_with_its_place(
    context: CurationContext, tmp_path: Path, table: str, change: Break, message: str
) -> None:
    path = tmp_path / "curation" / table
    path.parent.mkdir()
    text = (DATA / "curation" / table).read_text(encoding="utf-8")
    path.write_text(change(text), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        WRITERS[table](with_table(context, path))
    assert message in str(caught.value)


@pytest.mark.parametrize(("table", "change", "message"), sampled(BROKEN, 3))
def test_a_build_checks_the_rows_of_every_table(
    documents: tuple[Document, ...], tmp_path: Path, table: str, change: Break, message: str
) -> None:
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    path = data / "curation" / table
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        graph.load_graphs(documents, data)
    assert message in str(caught.value)
