"""What the interface says in other languages: gettext catalogues, compiled when first used.

English is the language of the source. Every folder of `locale/` is one more language; what is in
the ``.po`` files of its `LC_MESSAGES` counts together, so that a package may keep a file of its
own.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from meagraph_api.http.language import LOCALE


def catalogues(language: str) -> list[Path]:
    """The files that hold the translations into a language."""
    return sorted((LOCALE / language / "LC_MESSAGES").glob("*.po"))


@cache
def translations_into(language: str) -> NullTranslations:
    """The translations into a language; English text stays as it is.

    Doubtful ones (fuzzy, as gettext says) are left out.
    """
    found = NullTranslations()
    for path in reversed(catalogues(language)):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        with_more = GNUTranslations(compiled)
        with_more.add_fallback(found)
        found = with_more
    return found


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
