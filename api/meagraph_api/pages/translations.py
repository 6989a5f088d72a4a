"""What the interface says in other languages: gettext catalogues, compiled when first used.

English is the language of the source. Every folder of `locale/` is one more language.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from meagraph_api.http.language import LOCALE


def catalogue_file(language: str) -> Path:
    """The file with the translations into a language."""
    return LOCALE / language / "LC_MESSAGES" / "meagraph.po"


def catalogue(language: str) -> Catalog:
    """The translations into a language; none if it has no file."""
    path = catalogue_file(language)
    if not path.exists():
        comment = "# Texts of the interface of meagraph."
        return Catalog(language, project="meagraph", header_comment=comment, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def translations_into(language: str) -> NullTranslations:
    """The translations into a language; English text stays as it is.

    Doubtful ones (fuzzy, as gettext says) are left out.
    """
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translated(text: str, language: str) -> str:
    """A text of ours in a language; the text itself where there is no translation.

    >>> translated("nobody has translated this", "ru")
    'nobody has translated this'
    """
    return translations_into(language).gettext(text) if text else ""


def N_(text: str) -> str:  # noqa: N802 - the name by which collectors of texts know it
    """The text itself: marks it for the catalogues where it is said elsewhere.

    >>> N_("Measures")
    'Measures'
    """
    return text
