"""Small parsers: white space, numbers, footnote marks and list marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core.errors import SourceError
from meagraph_loaders.extract.lines import Source, Stretch
from meagraph_loaders.extract.measure_draft import list_items
from meagraph_loaders.extract.reading import Reading, pieces_of
from meagraph_loaders.extract.text import bare_number, collapse, ends_open

WORD = st.text(st.characters(categories=["L", "N", "P"], exclude_characters="[]-"), min_size=1)
SPACE = st.text(" \t\n\r\xa0", min_size=1)


@given(st.text())
def test_collapsing_keeps_all_words_in_order(text: str) -> None:
    assert collapse(text).split() == text.split()


@given(st.text())
def test_collapsing_leaves_single_spaces_only(text: str) -> None:
    collapsed = collapse(text)
    assert collapsed == collapsed.strip()
    assert all(
        word and not any(c.isspace() for c in word) for word in collapsed.split(" ") if text.split()
    )
    assert collapse(collapsed) == collapsed


@given(st.from_regex(r"([1-9]\d?\.){0,2}[1-9]\d?|[A-D][1-9]\d?", fullmatch=True))
def test_a_number_loses_its_closing_mark_and_nothing_else(number: str) -> None:
    for mark in ("", ".", ")", " -"):
        assert bare_number(number + mark) == number


@pytest.mark.parametrize("text", ["the end.", "an item;", "such as:"])
def test_a_closing_mark_ends_a_text(text: str) -> None:
    assert not ends_open(text)
    assert ends_open(text[:-1])


@given(st.lists(st.tuples(WORD, SPACE), min_size=1, max_size=20))
def test_lines_hold_all_words_of_a_source_at_their_places(parts: list[tuple[str, str]]) -> None:
    text = "".join(word + space for word, space in parts)
    source = Source("plan.txt", text)
    lines = source.lines(0, len(text))
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for line in lines:
        for piece in line.pieces:
            assert text[piece.start : piece.end] == piece.text == piece.text.strip()
            assert source.line_at(piece.start) == source.line_at(piece.end - 1) == line.number
    assert " ".join(piece.text for piece in pieces_of(lines)).split() == text.split()


@given(st.lists(WORD, min_size=1, max_size=8), st.lists(WORD, max_size=8))
def test_a_footnote_is_lifted_out_without_a_trace(before: list[str], after: list[str]) -> None:
    text = " ".join(before) + "[footnoteRef:3] [3: the [inner] body ] " + " ".join(after)
    reading = Reading(Source("plan.txt", text + "\n"))
    pieces = pieces_of(reading.lines)
    assert reading.words(pieces) == " ".join([*before, *after])
    assert reading.footnotes.attach(pieces, "measure:1") == ("3",)
    reading.take(pieces, "measure text")
    (footnote,) = reading.footnote_records()
    assert (footnote.label, footnote.text) == ("3", "the [inner] body")
    assert footnote.explains == ("measure:1",)
    assert reading.close()


def test_punctuation_behind_a_mark_stays_with_the_word_before_it() -> None:
    reading = Reading(Source("plan.txt", "until 2024[footnoteRef:2]. Then [2: note]"))
    taken = reading.take(pieces_of(reading.lines), "statement")
    assert taken.words == "until 2024. Then"
    assert [passage.quote for passage in taken.passages] == ["until 2024", ". Then"]


def test_a_mark_that_nothing_carries_is_refused() -> None:
    reading = Reading(Source("plan.txt", "Words [footnoteRef:2] [2: note]"))
    reading.take(pieces_of(reading.lines), "statement")
    with pytest.raises(SourceError, match=r"plan\.txt:1: the mark of footnote 2"):
        reading.footnote_records()


@pytest.mark.parametrize("name", ["IFC1", "IMG4", "COP14", "2024", "Urgency1x", "1-19"])
def test_a_name_with_a_digit_is_no_footnote_mark(name: str) -> None:
    text = f"see {name} and programmes[footnoteRef:1] [1: note]"
    reading = Reading(Source("plan.txt", text), bare_marks=True)
    assert reading.words(pieces_of(reading.lines)) == f"see {name} and programmes"


def test_a_bare_digit_behind_a_word_is_a_mark_where_it_is_known() -> None:
    text = "programmes[footnoteRef:6] [6: note]\nprogrammes6 Potentially\n"
    reading = Reading(Source("plan.txt", text), bare_marks=True)
    assert reading.words(reading.lines[1].pieces) == "programmes Potentially"
    assert reading.footnotes.attach(reading.lines[1].pieces, "measure:2") == ("6",)


def test_a_listed_word_is_joined_over_a_line_break_and_no_other() -> None:
    source = Source("plan.txt", "the e-\nbulletin")
    assert Reading(source, joined=("e-bulletin",)).words(
        pieces_of(source.lines(0, len(source.text)))
    ) == ("the e-bulletin")
    with pytest.raises(SourceError, match=r"plan\.txt:2: .*“e-bulletin”"):
        Reading(source).words(pieces_of(source.lines(0, len(source.text))))


def test_items_begin_at_their_mark_or_behind_a_colon() -> None:
    texts = ["such as:", "one;", "- two", "goes on;", "- three."]
    lines = [(Stretch(10 * n, text),) for n, text in enumerate(texts)]
    items = [[piece.text for piece in item] for item in list_items(lines, "- ")]
    assert items == [["one;"], ["two", "goes on;"], ["three."]]


@given(st.lists(WORD.filter(lambda word: not word.endswith(":")), min_size=1))
def test_words_without_a_list_have_no_items(words: list[str]) -> None:
    assert list_items([(Stretch(0, word),) for word in words], "- ") == []
