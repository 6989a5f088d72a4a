"""Translations of the interface: gettext catalogues, compiled on first use.

The source language is English. Every folder of `locale/` is another language.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from meagraph_api.http.language import LOCALE


def catalogue_file(language: str) -> Path:
    """The path of the catalogue of a language."""
    return LOCALE / language / "LC_MESSAGES" / "meagraph.po"


def catalogue(language: str) -> Catalog:
    """The catalogue of a language; empty if it has no file."""
    path = catalogue_file(language)
    if not path.exists():
        comment = "# Texts of the interface of meagraph."
        return Catalog(language, project="meagraph", header_comment=comment, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def translations_into(language: str) -> NullTranslations:
    """The compiled translations into a language; English text is unchanged.

    Fuzzy translations are left out.
    """
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translated(text: str, language: str) -> str:
    """Translate a text; without a translation, return it unchanged.

    >>> translated("nobody has translated this", "ru")
    'nobody has translated this'
    """
    return translations_into(language).gettext(text) if text else ""


def N_(text: str) -> str:  # noqa: N802 - gettext's usual name
    """Mark a text for extraction, and return it unchanged.

    >>> N_("Measures")
    'Measures'
    """
    return text


def with_dates(text: str, language: str) -> str:
    """The text with its ISO dates in words.

    >>> with_dates("since 2000-04-19", "en")
    'since 19 April 2000'
    """

    def in_words(found: re.Match[str]) -> str:
        try:
            day = date.fromisoformat(found[0])
        except ValueError:
            return found[0]
        return format_date(day, "long", locale="en_GB" if language == "en" else language)

    return re.sub(r"\b\d{4}-\d\d-\d\d\b", in_words, text)
