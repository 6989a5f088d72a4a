"""Pages take terms from the glossary; the catalogues of messages have the sentences."""

from __future__ import annotations

import re

import pytest

from meagraph.core.glossary import glossary
from meagraph.core.names import SOURCE
from meagraph_api.http.language import languages
from meagraph_api.pages.message_extraction import key, texts
from meagraph_api.pages.problem_types import problem_types
from meagraph_api.pages.renderer import NAVIGATION, NOTICES, TEMPLATES, Pages
from meagraph_api.search.search_request import KINDS, ONE_OF
from tests.nonempty import nonempty
from tests.ready_made import QUERIES

TERMS = glossary(SOURCE).terms


def test_templates_use_terms_of_the_glossary() -> None:
    used = {
        name
        for path in sorted(TEMPLATES.rglob("*.html"))
        for name in re.findall(r'\bterm\("([^"]*)"', path.read_text(encoding="utf-8"))
    }
    assert len(used) > 80
    assert used <= set(TERMS)


def test_no_template_shows_the_call_of_a_term() -> None:
    for path in nonempty(sorted(TEMPLATES.rglob("*.html"))):
        code = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
        shown = code.sub("", path.read_text(encoding="utf-8"))
        assert not re.search(r"\b(?:\w+_)?(?:term|label|head)\(", shown), path.name


def test_lists_of_terms_in_code_use_terms_of_the_glossary() -> None:
    in_lists = {name for _, name in (*NAVIGATION, *NOTICES)}
    assert in_lists | {*KINDS.values(), *ONE_OF.values()} <= set(TERMS)


def test_every_subject_of_ready_made_tables_is_a_term() -> None:
    assert {query.header.tags[0] for query in QUERIES.values()} <= set(TERMS)


def test_no_message_is_only_a_term() -> None:
    terms = {found.casefold() for found in TERMS.values()}
    titles = {query.header.summary for query in QUERIES.values()}
    messages = {key(text.id) for text in texts()} - titles
    assert len(messages) > 500
    assert not [one for one in messages if one.strip(" .:").casefold() in terms]


@pytest.mark.parametrize("language", languages())
def test_a_page_has_the_terms_of_its_language(language: str) -> None:
    kind = problem_types()["not-found"]
    page = Pages().render("problem_type.html", language, kind=kind, permanent="/problem/not-found")
    for _, name in nonempty((*NAVIGATION, *NOTICES)):
        assert f">{glossary(language).terms[name]}</a>" in page
