"""No text that people see uses a word that the glossary avoids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from rdflib import RDFS, SKOS, Graph

from meagraph.core import files
from meagraph.core.glossary import avoided, glossary
from meagraph.core.names import SOURCE
from meagraph_api.http.language import languages
from meagraph_api.pages.message_extraction import strings, texts
from meagraph_api.pages.translations import catalogue
from tests.nonempty import nonempty

VARIABLE_OR_CODE = re.compile(r"%\(\w+\)s|\{\w+\}|`[^`]*`")
"""Parts of a text that are no words: variables and names of columns and values."""


def shown(language: str) -> Iterator[tuple[str, str]]:
    """The terms, labels and messages of a language, each with its place."""
    yield from glossary(language).terms.items()
    if language == SOURCE:
        for text in texts():
            for one in [text.id] if isinstance(text.id, str) else text.id:
                yield text.file, one
    for label in labels(language):
        yield "ontology", label
    for message in catalogue(language):
        for one in strings(message) if message.id else ():
            yield str(message.id), one


@cache
def labels(language: str) -> list[str]:
    """The labels of the ontology and its concept schemes, and the definitions of concepts."""
    graph = Graph()
    for path in sorted(files.folder("ontology").glob("*.ttl")):
        graph.parse(path, format="turtle")
    found = [
        text
        for property_ in (RDFS.label, SKOS.prefLabel, SKOS.definition)
        for text in graph.objects(None, property_)
    ]
    return sorted({str(one) for one in found if getattr(one, "language", None) == language})


def uses(text: str, avoid: str) -> bool:
    """Whether a text uses a word or phrase; `*` is any ending of a word."""
    words = r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in avoid.split())
    return re.search(rf"\b{words}\b", VARIABLE_OR_CODE.sub(" ", text), re.IGNORECASE) is not None


@pytest.mark.parametrize("language", languages())
def test_texts_use_the_words_of_the_glossary(language: str) -> None:
    found = list(shown(language))
    assert len(found) > 900
    wrong = [
        f"{place}: {text!r} uses {word!r}. Use: {instead}"
        for word, instead in avoided(language).items()
        for place, text in found
        if uses(text, word) and text not in glossary(language).exempt
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", languages())
def test_a_text_is_exempt_only_as_long_as_it_uses_an_avoided_word(language: str) -> None:
    texts_ = [text for _, text in shown(language)]
    for text in nonempty(glossary(language).exempt):
        assert text in texts_
        assert any(uses(text, word) for word in avoided(language))


@pytest.mark.parametrize(
    ("text", "avoid", "is_used"),
    [
        ("Questions about plans", "question*", True),
        ("Unquestioned", "question*", False),
        ("It works\ntowards a goal", "work* towards", True),
        ("It prints a list", "prints", True),
        ("The blueprints", "prints", False),
        ("Data version %(release)s", "release*", False),
        ("`release` is an identifier", "release*", False),
        ("Один из вопросов", "вопрос*", True),
    ],
)
def test_a_word_is_found_as_a_whole_word_outside_code(text: str, avoid: str, is_used: bool) -> None:
    assert uses(text, avoid) is is_used
