"""Every message of the interface has a complete translation."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest
from babel.messages.catalog import Message

from meagraph.core import names as core_names
from meagraph_api.http import language as http_language
from meagraph_api.pages import message_extraction, translations
from meagraph_api.pages.message_extraction import key, strings
from meagraph_api.pages.renderer import TEMPLATES
from tests.nonempty import nonempty

OTHERS = [language for language in http_language.languages() if language != core_names.SOURCE]

KEPT = re.compile(
    r"%\([a-z_]+\)s"  # a value in a template
    r"|\{[a-z_]+\}"  # a value in the program
    r"|`[^`]+`"  # a code in a text of a query
    r"|</?[a-z]+[^>]*>"  # a tag
    r"|\b(?:CSV|JSON|SPARQL|RDF/XML|MEA|RFC [0-9]+)\b"
)
"""Parts that are the same in a message and its translation."""


@cache
def used() -> list[message_extraction.Text]:
    """The texts of the interface as its files contain them."""
    return list(message_extraction.texts())


def messages(language: str) -> dict[str, Message]:
    """The messages of the catalogue of a language, by their singular."""
    found = translations.catalogue(language)
    return {key(message.id): message for message in found if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_a_translation_that_nobody_doubts(language: str) -> None:
    known = messages(language)
    texts = used()
    assert len({key(text.id) for text in texts}) > 450
    missing = [text for text in texts if key(text.id) not in known]
    assert missing == []
    assert [one.id for one in known.values() if one.fuzzy or not all(strings(one))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_of_a_text_that_is_gone(language: str) -> None:
    there = {key(text.id) for text in used()}
    assert [text for text in messages(language) if text not in there] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_holds_what_its_text_holds(language: str) -> None:
    for message in nonempty(messages(language).values()):
        many = message.id if isinstance(message.id, str) else message.id[1]
        for string in nonempty(strings(message)):
            assert Counter(KEPT.findall(string)) == Counter(KEPT.findall(many)), string


@pytest.mark.parametrize("language", OTHERS)
def test_a_text_that_counts_has_every_form_of_its_language(language: str) -> None:
    catalogue = translations.catalogue(language)
    counting = [message for message in catalogue if message.id and message.pluralizable]
    for message in nonempty(counting):
        assert len(strings(message)) == catalogue.num_plurals


def test_russian_counts_as_it_should() -> None:
    russian = translations.translations_into("ru")
    one, many = "%(count)s filter", "%(count)s filters"
    counted = [russian.ngettext(one, many, number) % {"count": number} for number in (1, 3, 5, 21)]
    assert counted == ["1 фильтр", "3 фильтра", "5 фильтров", "21 фильтр"]


def test_templates_say_nothing_that_cannot_be_translated() -> None:
    """Outside tags and expressions, templates contain only punctuation and names."""
    names = {
        "BibTeX", "CC BY 4.0", "CSL-JSON", "CSV", "HTML", "JSON", "OData", "OpenAPI", "XLSX",
        "SPARQL", "SHA-256", "VoID", "openapi.json", "Python", "R", "curl", "meagraph",
        "PREFIX mea:", "API · meagraph", "&lt;https://w3id.org/meagraph/ontology#&gt;",
    }  # fmt: skip
    for path in nonempty(sorted(TEMPLATES.rglob("*.html"))):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
        text = re.sub(r"\{%-?\+?\s*trans.*?endtrans\s*[-+]?%\}", "", text, flags=re.DOTALL)
        # Text marked as English is the same in every language.
        text = re.sub(r'<(\w+)[^>]* lang="en">.*?</\1>', "\n", text, flags=re.DOTALL)
        text = re.sub(r"<textarea.*?</textarea>", "", text, flags=re.DOTALL)
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\n", text, flags=re.DOTALL)
        text = re.sub(r"<code>.*?</code>|<[^>]*>", "\n", text, flags=re.DOTALL)
        lines = {line.strip(" \n·,.;:()–=/") for line in text.splitlines()}
        lines = {line for line in lines if re.search(r"[A-Za-z]", line)}
        assert lines - names == set(), path.name


def test_a_catalogue_that_is_brought_up_to_date_stays_as_it_is() -> None:
    before = {name: strings(message) for name, message in messages("ru").items()}
    after = {
        key(message.id): strings(message)
        for message in message_extraction.updated("ru")
        if message.id
    }
    assert after == before


def test_a_new_language_begins_with_every_text_and_no_translation() -> None:
    begun = [message for message in message_extraction.updated("kk") if message.id]
    assert {key(message.id) for message in begun} == set(messages("ru"))
    assert not any(message.string and any(message.string) for message in begun)
