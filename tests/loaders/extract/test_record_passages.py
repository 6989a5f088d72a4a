"""The text of every record occurs in the file at the lines and offsets of its passages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from meagraph.core.names import ARGALI, JWP, SAIGA, SSAP
from meagraph_loaders.records import Document, Passage
from tests.nonempty import nonempty

SLUGS = [SAIGA, ARGALI, SSAP, JWP]


def passages_in(record: Any) -> Iterator[Passage]:
    """All passages in a record, at any depth."""
    if isinstance(record, Passage):
        yield record
    elif isinstance(record, tuple):
        for item in record:
            yield from passages_in(item)
    elif is_dataclass(record):
        for each in fields(record):
            yield from passages_in(getattr(record, each.name))


def joined(passages: tuple[Passage, ...], role: str) -> str:
    """The text of the passages with a role, without white space."""
    quotes = "".join(passage.quote for passage in passages if passage.role == role)
    return re.sub(r"\s", "", quotes)


def bare(text: str | None) -> str:
    """A text without its white space."""
    return re.sub(r"\s", "", text or "")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_quote_is_found_again_at_its_offsets_and_lines(
    documents: dict[str, Document], texts: dict[str, str], slug: str
) -> None:
    text = texts[slug]
    found = list(passages_in(documents[slug]))
    assert len(found) > len(documents[slug].measures)
    for passage in found:
        assert text[passage.start : passage.end] == passage.quote
        assert passage.quote == passage.quote.strip() != ""
        assert text.count("\n", 0, passage.start) + 1 == passage.start_line
        assert text.count("\n", 0, passage.end) + 1 == passage.end_line


@pytest.mark.parametrize("slug", SLUGS)
def test_a_measure_is_the_sum_of_its_passages(documents: dict[str, Document], slug: str) -> None:
    for measure in nonempty(documents[slug].measures):
        number = joined(measure.passages, "number")
        assert re.sub(r"(\.|-)$", "", number) == measure.number
        assert joined(measure.passages, "text") == bare(measure.text)
        assert joined(measure.passages, "priority") == bare(measure.priority)
        assert joined(measure.passages, "timescale") == bare(measure.timescale)
        assert joined(measure.passages, "responsibility") == bare(measure.responsibility)
        assert joined(measure.passages, "applicability") == bare(measure.applicability)
        for part in measure.parts:
            assert joined(part.passages, "text") == bare(part.text)


@pytest.mark.parametrize("slug", SLUGS)
def test_statements_sections_units_and_footnotes_are_the_sums_of_theirs(
    documents: dict[str, Document], slug: str
) -> None:
    document = documents[slug]
    for statement in nonempty(document.statements):
        assert joined(statement.passages, "text") == bare(statement.text)
    for section in nonempty(document.sections):
        assert joined(section.passages, "title") == bare(section.title)
    for unit in document.units:
        assert joined(unit.passages, "name") == bare(unit.name)
        assert joined(unit.passages, "hotspot") == bare(unit.hotspot)
        assert joined(unit.passages, "subspecies") == bare(unit.subspecies)
        assert joined(unit.passages, "area") == bare(unit.area)
        assert joined(unit.passages, "countries") == bare(unit.countries)
    for footnote in document.footnotes:
        assert not footnote.text or joined(footnote.passages, "footnote") == bare(footnote.text)
    for species in document.species:
        assert joined(species.passages, "text") == bare(species.text)


def test_only_interrupted_texts_have_more_than_one_passage(
    documents: dict[str, Document],
) -> None:
    broken = {
        (document.slug, measure.number)
        for document in documents.values()
        for measure in document.measures
        if sum(passage.role == "text" for passage in measure.passages) > 1
    }
    assert broken == {(SAIGA, "10.7"), (SAIGA, "12.4"), (JWP, "B2"), (JWP, "B15")}
