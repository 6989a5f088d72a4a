"""The texts of the interface: all of them in Russian, with the same places in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from starlette.requests import Request

import meagraph_api
from meagraph.errors import BadValue
from meagraph_api.pages.language import language_of

ROOT = Path(meagraph_api.__file__).parent
CATALOGUE = ROOT / "pages/locale/ru/LC_MESSAGES/browse.po"
SOURCES = [*(ROOT / "pages/templates/browse").glob("*.html"), *(ROOT / "browse").rglob("*.py")]


def texts(path: Path) -> set[str]:
    """The texts that a template or a module marks for translation."""
    method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
    with path.open("rb") as file:
        found = extract(method, file)
        return {str(text) for _, text, _, _ in found}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """The Russian catalogue of these pages."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ru", abort_invalid=True)


def test_every_text_has_its_translation_and_no_translation_is_left_over(
    catalogue: Catalog,
) -> None:
    marked = set().union(*(texts(path) for path in SOURCES))
    assert len(marked) > 200
    translated = {str(message.id): str(message.string) for message in catalogue if message.id}
    assert marked == set(translated)
    assert all(re.search("[А-Яа-я]", text) or "%" in text for text in translated.values())
    assert not [message for message in catalogue if message.id and message.fuzzy]


def test_translations_keep_the_places_of_their_texts(catalogue: Catalog) -> None:
    for message in catalogue:
        if message.id:
            places = re.findall(r"%\(\w+\)s", str(message.id))
            assert sorted(places) == sorted(re.findall(r"%\(\w+\)s", str(message.string)))


def request(query: str = "", accept: str = "") -> Request:
    headers = [(b"accept-language", accept.encode())] if accept else []
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", "", "en"),
        ("", "ru", "ru"),
        ("lang=en", "ru", "en"),
        ("lang=ru", "en", "ru"),
        ("lang=tlh", "ru-KZ, en;q=0.5", "ru"),
        ("", "ru;q=0.1, en;q=0.2", "en"),
        ("", "ru;q=0, fr", "en"),
        ("", "ru;q=high", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_one_liked_best(
    query: str, accept: str, language: str
) -> None:
    assert language_of(request(query, accept)) == language


def test_a_language_is_asked_for_once() -> None:
    with pytest.raises(BadValue):
        language_of(request("lang=en&lang=ru"))
