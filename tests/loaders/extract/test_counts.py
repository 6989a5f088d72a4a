"""Every document has the number of measures, units and so on that a person counts in it."""

from __future__ import annotations

from collections import Counter

import pytest

from meagraph.core.names import ARGALI, JWP, SAIGA, SSAP
from meagraph_loaders.records import Document
from tests.nonempty import nonempty


def test_the_documents_come_in_the_order_of_their_table(documents: dict[str, Document]) -> None:
    assert list(documents) == [SAIGA, ARGALI, SSAP, JWP]


@pytest.mark.parametrize(
    ("slug", "measures", "units", "statements", "footnotes", "definitions", "species"),
    [
        (SAIGA, 90, 5, 3, 2, 5, 0),
        (ARGALI, 115, 23, 8, 4, 3, 0),
        (SSAP, 51, 0, 2, 3, 9, 0),
        (JWP, 33, 0, 8, 0, 0, 8),
    ],
)
def test_each_document_is_complete(
    documents: dict[str, Document],
    slug: str,
    measures: int,
    units: int,
    statements: int,
    footnotes: int,
    definitions: int,
    species: int,
) -> None:
    document = documents[slug]
    assert len(document.measures) == measures
    assert len(document.units) == units
    assert len(document.statements) == statements
    assert len(document.footnotes) == footnotes
    assert len(document.definitions) == definitions
    assert len(document.species) == species


@pytest.mark.parametrize(
    ("slug", "per_section"),
    [
        (SAIGA, [13, 4, 9, 6, 4, 7, 3, 6, 4, 10, 5, 7, 6, 6]),
        (ARGALI, [4, 4, 6, 4, 11, 6, 7, 6, 6, 6, 4, 4, 4, 4, 5, 6, 5, 1, 3, 7, 4, 3, 5, 0]),
        (SSAP, [6, 10, 5, 2, 2, 3, 4, 10, 9]),
        (JWP, [2, 21, 5, 5]),
    ],
)
def test_each_section_holds_its_measures(
    documents: dict[str, Document], slug: str, per_section: list[int]
) -> None:
    document = documents[slug]
    counts = Counter(measure.section for measure in document.measures)
    numbered = [s.slug for s in document.sections if s.kind in ("section", "result")]
    assert [counts[section] for section in numbered] == per_section


def test_numbers_are_unique_and_positions_follow_the_document(
    documents: dict[str, Document],
) -> None:
    for document in nonempty(documents.values()):
        assert len({measure.number for measure in document.measures}) == len(document.measures)
        for things in (document.measures, document.sections, document.units, document.statements):
            assert [thing.position for thing in things] == list(range(1, len(things) + 1))
        starts = [measure.passages[0].start for measure in document.measures]
        assert starts == sorted(starts)


def test_slugs_name_one_thing_each(documents: dict[str, Document]) -> None:
    for document in nonempty(documents.values()):
        for things in (document.sections, document.units, document.statements, document.species):
            slugs = [thing.slug for thing in things]
            assert len(set(slugs)) == len(slugs)


def test_every_measure_names_a_section_and_part_of_its_document(
    documents: dict[str, Document],
) -> None:
    for document in nonempty(documents.values()):
        sections = {section.slug for section in document.sections}
        units = {unit.slug for unit in document.units}
        for measure in nonempty(document.measures):
            assert measure.section in sections
            assert measure.part is None or measure.part in sections
        for section in document.sections:
            assert section.parent is None or section.parent in sections
            assert section.unit is None or section.unit in units


def test_every_measure_has_the_cells_of_its_document(documents: dict[str, Document]) -> None:
    cells = {
        SAIGA: (True, True, False, False),
        ARGALI: (True, False, True, False),
        SSAP: (True, True, True, True),
        JWP: (False, False, False, False),
    }
    for document in nonempty(documents.values()):
        for m in nonempty(document.measures):
            found = (m.priority, m.timescale, m.responsibility, m.applicability)
            assert tuple(bool(cell) for cell in found) == cells[document.slug], m.number
            assert m.text


def test_priorities_and_timescales_are_those_of_the_documents(
    documents: dict[str, Document],
) -> None:
    def values(slug: str) -> tuple[Counter[str | None], Counter[str | None]]:
        measures = documents[slug].measures
        return Counter(m.priority for m in measures), Counter(m.timescale for m in measures)

    assert values(SAIGA) == (
        Counter({"1": 40, "2": 46, "3": 4}),
        Counter({"A": 65, "B": 25}),
    )
    assert values(ARGALI)[0] == Counter({"1": 59, "2": 43, "3": 13})
    assert set(values(SSAP)[0]) == {"Essential", "High", "Medium", "Low"}
    assert set(values(SSAP)[1]) == {"Short", "Medium", "Long", "On-going", "On-going / Completed"}
