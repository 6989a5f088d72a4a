"""The language of the interface that a reader gets."""

from __future__ import annotations

from starlette.requests import Request

from meagraph_api import requests

LANGUAGES = ("en", "ru")
"""The languages there are, the usual one first."""


def N_(text: str) -> str:  # noqa: N802 - the name by which collectors of texts know it
    """A text to be translated where it is shown, as gettext marks it."""
    return text


def language_of(request: Request) -> str:
    """The language that a request asks for: `?lang=`, else what Accept-Language likes best.

    https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4. Another language gets the usual one.
    """
    asked = requests.one(requests.query_pairs(request), "lang")
    if asked in LANGUAGES:
        return asked
    return _liked(request.headers.get("accept-language") or "")


def _liked(header: str) -> str:
    """The language that an Accept-Language header likes best.

    >>> [_liked(header) for header in ("ru-RU, en;q=0.5", "en, ru;q=0.9", "kk, ru;q=0.8", "", "*")]
    ['ru', 'en', 'ru', 'en', 'en']
    """
    best, chosen = 0.0, LANGUAGES[0]
    for item in header.lower().split(","):
        name, _, parameter = item.strip().partition(";")
        language = name.partition("-")[0].strip()
        try:
            quality = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if language in LANGUAGES and quality > best:
            best, chosen = quality, language
    return chosen
