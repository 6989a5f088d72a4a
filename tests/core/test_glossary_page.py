"""The table in docs/glossary.md has the terms of the glossary; `--record` replaces it."""

from __future__ import annotations

import re

import pytest
from babel import Locale

from meagraph.core import files
from meagraph.core.glossary import avoided, glossary
from meagraph.core.names import SOURCE
from meagraph_api.http.language import languages

PAGE = files.root() / "docs" / "glossary.md"
TABLE = re.compile(r"(?<=\n\n)\|[^\n]*\n\|-.*?(?=\n\n)", re.DOTALL)


def table_of_terms() -> str:
    """The terms in all languages, those of several keys once."""
    names = [Locale.parse(language).get_display_name(SOURCE) for language in languages()]
    rows: dict[tuple[str, ...], str] = {}
    for key in glossary(SOURCE).terms:
        rows.setdefault(tuple(glossary(language).terms[key] for language in languages()), key)
    lines = [f"| `{key}` | {' | '.join(terms)} |" for terms, key in rows.items()]
    return "\n".join(
        [f"| key | {' | '.join(map(str, names))} |", "|---" * len(names) + "|---|", *lines]
    )


def table_of_avoided_words() -> str:
    """The avoided words in all languages, with those to use."""
    lines = [
        f"| `{word}` | {instead} |"
        for language in languages()
        for word, instead in avoided(language).items()
    ]
    return "\n".join(["| avoid | use |", "|---|---|", *lines])


def test_the_page_has_the_terms_and_the_avoided_words(pytestconfig: pytest.Config) -> None:
    tables = [table_of_terms(), table_of_avoided_words()]
    if pytestconfig.getoption("--record"):
        left = iter(tables)
        text = TABLE.sub(lambda _: next(left), PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(text, encoding="utf-8")
    assert TABLE.findall(PAGE.read_text(encoding="utf-8")) == tables


def test_the_table_has_a_term_of_several_keys_once() -> None:
    assert table_of_terms().count("| Why listed | Основание |") == 1
    assert table_of_terms().count("| Through a population or area |") == 1
    assert "| `instrument` |" not in table_of_terms()
    assert "| `plan` | Plan | План |" in table_of_terms()
