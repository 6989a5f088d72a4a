"""Every character of the source texts has exactly one role, and the right one."""

from __future__ import annotations

from collections import Counter

import pytest

from meagraph.core.errors import SourceError
from meagraph.core.names import ARGALI, JWP, SAIGA, SSAP
from meagraph_loaders.extract.ledger import Ledger, prove_whole
from meagraph_loaders.extract.lines import Source, Stretch
from meagraph_loaders.records import Document, LineRole

TOGETHER = [(SAIGA,), (ARGALI, SSAP), (JWP,)]


@pytest.mark.parametrize("slugs", TOGETHER)
def test_the_documents_of_a_file_account_for_each_of_its_characters_once(
    documents: dict[str, Document], texts: dict[str, str], slugs: tuple[str, ...]
) -> None:
    text = texts[slugs[0]]
    times = Counter(
        offset
        for slug in slugs
        for role in documents[slug].lines
        for offset in range(role.start, role.end)
        if not text[offset].isspace()
    )
    assert set(times.values()) == {1}
    assert set(times) == {at for at, character in enumerate(text) if not character.isspace()}


@pytest.mark.parametrize("slugs", TOGETHER)
def test_every_line_with_words_has_a_role_and_every_role_names_its_line(
    documents: dict[str, Document], texts: dict[str, str], slugs: tuple[str, ...]
) -> None:
    lines = texts[slugs[0]].split("\n")
    roles = [role for slug in slugs for role in documents[slug].lines]
    assert {role.line for role in roles} == {n for n, line in enumerate(lines, 1) if line.strip()}
    for role in roles:
        assert texts[slugs[0]][role.start : role.end] in lines[role.line - 1]


@pytest.mark.parametrize(
    ("slug", "role", "lines"),
    [
        (SAIGA, "table heading", [13]),
        (SAIGA, "page furniture", [67, 156, 241, 313, 382, 455, 532, 604]),
        (SAIGA, "footnote", [65, 66]),
        (ARGALI, "table heading", [12, 13, 14, 15, 16, 17, 164, 165, 166, 168]),
        (ARGALI, "footnote", [5, 166, 516, 517]),
        (ARGALI, "part heading", [196]),
        (SSAP, "annex heading", [882]),
        (SSAP, "objective", [887, 1025, 1151, 1236]),
        (
            SSAP,
            "footnote mark",
            [903, 903, 962, 962, 971, 978, 985, 985, 993, 1018],
        ),
        (JWP, "page furniture", [21, 62, 80, 167, 216, 270]),
        (JWP, "listed species", [48, 49, 50, 51, 52, 53, 54, 55]),
    ],
)
def test_furniture_and_headings_are_known_by_their_lines(
    documents: dict[str, Document], slug: str, role: str, lines: list[int]
) -> None:
    found = [line for line in documents[slug].lines if line.role == role]
    numbers = [line.line for line in found]
    assert sorted(numbers if role == "footnote mark" else set(numbers)) == lines


def test_a_line_with_several_things_has_a_role_for_each(
    documents: dict[str, Document], texts: dict[str, str]
) -> None:
    def roles(slug: str, line: int) -> list[tuple[str, str]]:
        text = texts[slug]
        return [(r.role, text[r.start : r.end]) for r in documents[slug].lines if r.line == line]

    assert roles(SAIGA, 421) == [
        (
            "measure text",
            "Develop and officially endorse a long-term programme and action plan to restore and "
            "protect the population",
        ),
        ("priority", "1"),
        ("timescale", "A"),
    ]
    assert roles(SSAP, 978) == [
        ("applicability label", "Applicable to:"),
        ("applicability", "Countries with trophy hunting programmes"),
        ("footnote mark", "6"),
        ("applicability", "Potentially also in other areas"),
    ]


def test_a_character_cannot_have_two_roles() -> None:
    ledger = Ledger(Source("plan.txt", "one\ntwo three"))
    ledger.claim(Stretch(4, "two"), "title")
    with pytest.raises(SourceError, match=r"plan\.txt:2: .*already part of a title"):
        ledger.claim(Stretch(4, "two three"), "measure text")


def test_a_character_cannot_be_left_over() -> None:
    ledger = Ledger(Source("plan.txt", "one\n\n two three"))
    ledger.claim(Stretch(0, "one"), "title")
    ledger.claim(Stretch(6, "two"), "measure text")
    with pytest.raises(SourceError, match=r"plan\.txt:3: nothing is known to read “three”"):
        ledger.close(0, 15)


def test_documents_that_leave_a_gap_between_them_are_refused() -> None:
    source = Source("plan.txt", "one two\nthree")
    whole = [LineRole(1, "title", 0, 7), LineRole(2, "statement", 8, 13)]
    prove_whole(source, whole)
    with pytest.raises(SourceError, match=r"plan\.txt:2"):
        prove_whole(source, whole[:1])
    with pytest.raises(SourceError, match=r"plan\.txt:1"):
        prove_whole(source, [*whole, whole[0]])
