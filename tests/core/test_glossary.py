"""The glossary has a term for each column and parameter, in every language of the interface."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from meagraph.core import glossary
from meagraph.core.glossary import avoided, column_head, parameter_label, term
from meagraph.core.names import SOURCE
from meagraph_api.http.language import languages
from tests.nonempty import nonempty
from tests.ready_made import QUERIES

LANGUAGES = list(languages())


def keys(language: str) -> list[str]:
    """The keys of a glossary as they are in its file."""
    text = (files(glossary.__name__) / f"{language}.yaml").read_text(encoding="utf-8")
    return re.findall(r"^  (\S.*?): ", text.partition("\navoid:")[0], re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_terms_in_the_same_order(language: str) -> None:
    assert keys(language) == keys(SOURCE)
    assert len(set(keys(language))) == len(keys(language)) > 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_is_text_with_a_capital_letter(language: str) -> None:
    for key in nonempty(keys(language)):
        found = term(key, language)
        assert found == found.strip()
        in_sentences = key.startswith("rank/") or found.startswith("meagraph")
        assert in_sentences or not found[0].islower(), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_column_and_parameter_of_a_table_has_a_term(name: str, language: str) -> None:
    query = QUERIES[name]
    for column in nonempty(query.columns):
        assert column_head(name, column, language) != column
    for parameter in query.parameters:
        assert parameter_label(name, parameter, language) != parameter


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_no_two_columns_of_a_table_have_the_same_head(name: str) -> None:
    for language in nonempty(LANGUAGES):
        heads = [column_head(name, column, language) for column in QUERIES[name].columns]
        assert sorted(heads) == sorted(set(heads))


def test_a_term_of_one_table_names_one_of_its_columns_or_parameters() -> None:
    own = [key.partition("/")[0] for key in keys(SOURCE) if re.search(r"[.?]", key)]
    assert len(own) > 30
    for key in own:
        query, mark, name = re.split(r"([.?])", key)
        there = QUERIES[query].parameters if mark == "?" else QUERIES[query].columns
        assert name in there or (mark == "." and name in QUERIES[query].parameters), key


def test_a_column_means_something_else_in_one_table() -> None:
    assert column_head("measures", "section") == "Section"
    assert column_head("country-profile", "section") == "Part of the profile"
    assert parameter_label("country-profile", "section") == "Part of the profile"


def test_a_parameter_means_something_else_than_the_column_of_its_name() -> None:
    assert column_head("national-checklist", "evidence", "ru") == "Подтверждающий документ"
    assert parameter_label("national-checklist", "evidence", "ru") == "Источник связи"


def test_a_column_without_a_term_is_headed_by_its_name() -> None:
    assert column_head("measures", "wingspan") == "wingspan"
    assert parameter_label("measures", "wingspan") == "wingspan"


def test_a_key_without_a_term_is_an_error() -> None:
    with pytest.raises(KeyError, match="wingspan"):
        term("wingspan")


def test_a_term_inside_a_sentence_begins_with_a_small_letter() -> None:
    assert term("adoption-status/not-verified", capital=False) == "adoption not verified"
    assert term("unit", "ru", capital=False) == "популяция или территория"


def test_a_language_without_a_glossary_has_the_english_terms() -> None:
    assert term("basis", "kk") == term("basis")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_avoided_word_comes_with_what_to_use(language: str) -> None:
    assert len(avoided(language)) > 8
    assert all(word and instead for word, instead in avoided(language).items())
