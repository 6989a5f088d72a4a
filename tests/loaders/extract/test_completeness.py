"""The records contain all words of the files, counted independently of the extractor.

The words of a file, without table headings, page headings and a few labels (all listed here), must
be the words of the records, with the same frequency.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import pytest

from meagraph.core.names import ARGALI, JWP, SAIGA, SSAP
from meagraph_loaders.records import Document

# Text of the files that belongs to no record: a regular expression and its replacement.
FURNITURE = {
    SAIGA: [
        (r"(?m)^ *Measures to be taken Urgency1 Timescale2 *$", ""),
        (r"through the e-\nbulletin", "through the e-bulletin"),
    ],
    ARGALI: [
        (r"(?s)\nAnnex 1\n.*", ""),
        (r"\[footnoteRef:\d\]", ""),
        (
            r"(?m)^\t(No\.|Hotspot ID as per Report|Site name|Subspecies|Geographic area|Countries"
            r"|Nr\.|Conservation measures|Responsibility|Priority) *(?=$|\[)",
            "",
        ),
    ],
    SSAP: [
        (r"(?s)^.*\n(?=Annex 1\n)", ""),
        (r"\[footnoteRef:\d\]", ""),
        (r"(?m)^\t(Result|Action|Priority|Time scale|Organisations responsible)$", ""),
        (r"Applicable to:", ""),
        (r"programmes[67]\b", "programmes"),
    ],
    JWP: [
        (r"(?m)^\.?Description of envisaged joint activities *$", ""),
        (r"\(Cheloniidae and Dermochelyidae\); and", "(Cheloniidae and Dermochelyidae)"),
    ],
}


def words(texts: Iterable[str | None]) -> Counter[str]:
    """Count each word, ignoring punctuation, so that `1.1.` and `1.1` are the same word."""
    tokens = (token for text in texts for token in (text or "").split())
    return Counter(word for token in tokens if (word := re.sub(r"[\W_]", "", token)))


def texts_of(document: Document) -> list[str | None]:
    """All texts of a document's records, each once."""
    found: list[str | None] = [passage.quote for passage in document.title_passages]
    for section in document.sections:
        found += [section.title, None if section.kind == "objective" else section.number]
    for measure in document.measures:
        found += [measure.number, measure.text, measure.priority, measure.timescale]
        found += [measure.responsibility, measure.applicability]
    for unit in document.units:
        if unit.kind == "hotspot":
            found += [unit.number, unit.hotspot, unit.name, unit.subspecies]
            found += [unit.area, unit.countries]
        elif unit.kind == "national":
            found += [unit.number, unit.name]
    for footnote in document.footnotes:
        found += [footnote.label, footnote.text]
    found += {statement.number for statement in document.statements}
    found += [s.text for s in document.statements if s.text != document.title]
    found += [species.text for species in document.species]
    return found


@pytest.mark.parametrize("slug", [SAIGA, ARGALI, SSAP, JWP])
def test_the_words_of_the_records_are_the_words_of_the_file(
    documents: dict[str, Document], texts: dict[str, str], slug: str
) -> None:
    text = texts[slug]
    for pattern, left in FURNITURE[slug]:
        text, times = re.subn(pattern, left, text)
        assert times
    printed = words([text])
    recorded = words(texts_of(documents[slug]))
    assert recorded - printed == Counter()
    assert printed - recorded == Counter()
    assert printed.total() > 1000
