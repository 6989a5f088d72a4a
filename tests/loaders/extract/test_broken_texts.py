"""A text with an unexpected structure stops extraction with an error that names file and line."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meagraph.core.errors import SourceError
from meagraph.core.names import ARGALI, JWP, SAIGA, SSAP
from meagraph_loaders.records import Document

Read = Callable[[str, str], Document]
Edit = Callable[[list[str]], None]


def without(*numbers: int) -> Edit:
    """The text without some lines."""

    def edit(lines: list[str]) -> None:
        for number in sorted(numbers, reverse=True):
            del lines[number - 1]

    return edit


def with_line(number: int, line: str) -> Edit:
    """The text with a line inserted at this number."""
    return lambda lines: lines.insert(number - 1, line)


def with_other(number: int, old: str, new: str) -> Edit:
    """The text with words replaced on one line."""

    def edit(lines: list[str]) -> None:
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new)

    return edit


CASES = [
    # saiga
    (SAIGA, "a deleted number", without(36), 38, "behind the end of measure 1.3"),
    (SAIGA, "a deleted measure", without(*range(46, 54)), 47, "The next measure is 1.5"),
    (SAIGA, "a doubled number", with_other(29, "1.3", "1.2"), 29, "number 1.2 stands here"),
    (SAIGA, "a measure without cells", without(22), 19, "measure 1.1 lacks"),
    (SAIGA, "a measure without urgency", with_other(22, "1 A", "A"), 22, "no timescale that"),
    (SAIGA, "a second urgency", with_line(23, "2 B"), 23, "no priority that measure 1.1"),
    (SAIGA, "a stray line", with_line(28, "Sources: own data."), 28, "behind the end of measure"),
    (SAIGA, "a stray heading", with_line(118, "Anti-poaching"), 118, "behind the end of measure"),
    (SAIGA, "a missing section", without(118), 118, "The next measure is 1.14"),
    (SAIGA, "a new broken word", with_other(126, "States.", "trans-\nfrontier"), 127, "hyphen"),
    (SAIGA, "a section that is no population", with_other(477, "population", "herd"), 477, "herd"),
    # argali
    (ARGALI, "a deleted number", without(181), 181, "does not fit here"),
    (ARGALI, "a doubled number", with_other(186, "1.3", "1.2"), 186, "The next measure is 1.3"),
    (ARGALI, "a measure without priority", without(183), 183, "priority of measure 1.2"),
    (ARGALI, "a measure without responsibility", without(184), 185, "responsibility of measure"),
    (ARGALI, "a measure without words", without(182), 182, "text of measure 1.2"),
    (ARGALI, "an unknown priority", with_other(183, "1", "4"), 183, "priority of measure 1.2"),
    (ARGALI, "a line below the words", with_line(183, "More."), 182, "text of measure 1.2"),
    (ARGALI, "a line below the actors", with_line(185, "More."), 184, "responsibility of"),
    (ARGALI, "a line below a hotspot", with_line(25, "More."), 24, "countries of unit 1"),
    (ARGALI, "a line below a heading", with_line(200, "More."), 198, "a heading of one line"),
    (ARGALI, "a line outside the cells", with_line(186, "Stray words."), 186, "outside"),
    (ARGALI, "a stray cell", with_line(186, "\tStray words."), 186, "does not fit here"),
    (ARGALI, "a missing section", without(198, 199), 199, "The next measure is 1.5"),
    (ARGALI, "a heading without a unit", with_other(222, "2) ", ""), 222, "number of a unit"),
    (ARGALI, "a hotspot without an id", without(27), 27, "hotspot of unit 2"),
    (ARGALI, "a hotspot without countries", without(24), 25, "countries of unit 1"),
    (ARGALI, "a missing column", without(15), 15, "Subspecies"),
    (ARGALI, "a missing listed unit", without(159), 159, "where unit 21 was expected"),
    (ARGALI, "a footnote without a body", with_other(5, "[2:", "[9:"), 5, "footnote 2"),
    (ARGALI, "a body without an end", with_other(517, "2024].] ", "2024. "), 516, "does not end"),
    (ARGALI, "a stray paragraph", with_line(9, "5. Stray words."), 9, "does not fit here"),
    # the annex of the argali file
    (SSAP, "a deleted number", with_other(910, "1.1.3. ", ""), 910, "does not fit here"),
    (SSAP, "a doubled number", with_other(910, "1.1.3.", "1.1.2."), 910, "next action is 1.1.3"),
    (SSAP, "a measure without priority", without(912), 913, "timescale of measure 1.1.3"),
    (SSAP, "a measure without timescale", without(913), 913, "timescale of measure 1.1.3"),
    (SSAP, "a measure without responsibility", without(914), 916, "lacks its responsibility"),
    (SSAP, "a measure without applicability", without(911), 910, "Applicable to:"),
    (SSAP, "an unknown priority", with_other(912, "High", "Urgent"), 912, "“Urgent”"),
    (SSAP, "a line below the words", with_line(911, "More."), 910, "Applicable to:"),
    (SSAP, "a line below a result", with_line(946, "More."), 945, "on one line"),
    (SSAP, "a line outside the cells", with_line(916, "Stray words."), 916, "outside"),
    (SSAP, "a missing result", without(945), 946, "next action is 1.1.7"),
    (SSAP, "a missing objective", without(1025), 1026, "does not fit here"),
    (SSAP, "a mark without a footnote", with_other(971, "programmes6", "programmes9"), 971, "9"),
    # the joint work programme
    (JWP, "a deleted number", with_other(93, "B4 ", ""), 93, "does not fit here"),
    (JWP, "a doubled number", with_other(93, "B4", "B3"), 93, "does not fit here"),
    (JWP, "a deleted measure", without(93), 98, "The next measure is B4"),
    (JWP, "a stray paragraph", with_line(95, "Stray words.\n"), 95, "does not fit here"),
    (JWP, "an unknown introduction", with_line(17, "Stray words.\n"), 17, "does not fit here"),
    (JWP, "words below a heading", with_line(16, "Stray words."), 15, "no closing mark"),
    (JWP, "a missing theme", without(210), 211, "does not fit here"),
    (JWP, "a theme out of order", with_other(210, "(C)", "(D)"), 210, "A, B, C, D"),
    (JWP, "an item that is no species", with_other(49, " - Saiga", " Saiga"), 49, "listed"),
]


@pytest.mark.parametrize(
    ("slug", "edit", "line", "message"),
    [pytest.param(s, e, line, message, id=f"{s}: {name}") for s, name, e, line, message in CASES],
)
def test_a_broken_text_stops_the_reading_at_its_line(
    texts: dict[str, str], read: Read, slug: str, edit: Edit, line: int, message: str
) -> None:
    lines = texts[slug].split("\n")
    edit(lines)
    with pytest.raises(SourceError) as stopped:
        read(slug, "\n".join(lines))
    assert stopped.value.where.endswith(f".txt:{line}"), str(stopped.value)
    assert message in str(stopped.value)


Change = tuple[str, int, str]
"""An edit, its line (modulo the number of lines) and its words."""

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "swap", "blank", "insert", "cut"]),
        st.integers(0, 1400),
        st.text("\t[]()1A:.- ", max_size=8),
    ),
    min_size=1,
    max_size=3,
)


def changed(text: str, changes: list[Change]) -> str:
    """The text with the changes applied in order."""
    lines = text.split("\n")
    for kind, number, words in changes:
        at = number % len(lines)
        if kind == "delete" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "swap":
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
        elif kind == "blank":
            lines[at] = "\t"
        elif kind == "insert":
            lines.insert(at, words)
        elif kind == "cut":
            del lines[at + 1 :]
    return "\n".join(lines)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(slug=st.sampled_from([SAIGA, ARGALI, SSAP, JWP]), changes=CHANGES)
def test_any_broken_text_is_read_whole_or_refused_in_words(
    texts: dict[str, str], read: Read, slug: str, changes: list[Change]
) -> None:
    text = changed(texts[slug], changes)
    outcome = read_or_refusal(read, slug, text)
    if isinstance(outcome, SourceError):
        assert re.fullmatch(r"[\w.-]+\.txt(:\d+)?", outcome.where)
        assert outcome.right
    else:
        annex = re.search(r"^Annex 1[ \t]*$", text, re.MULTILINE)
        start = annex.start() if annex and slug == SSAP else 0
        end = annex.start() if annex and slug == ARGALI else len(text)
        accounted = {at for role in outcome.lines for at in range(role.start, role.end)}
        assert {at for at in range(start, end) if not text[at].isspace()} <= accounted


def read_or_refusal(read: Read, slug: str, text: str) -> Document | SourceError:
    """The document, or the error that refuses its text; any other error is a failure."""
    try:
        return read(slug, text)
    except SourceError as refusal:
        return refusal


@pytest.mark.parametrize("slug", [SAIGA, ARGALI, SSAP, JWP])
@pytest.mark.parametrize("text", ["", "\n \n\t\n", "Annex 1\n", "Some other text.\n"])
def test_another_text_is_refused(read: Read, slug: str, text: str) -> None:
    with pytest.raises(SourceError):
        read(slug, text)
