"""Dates in the language of the reader; data keep those of ISO 8601."""

from __future__ import annotations

import re
from datetime import date
from functools import partial

from babel.dates import format_date, format_skeleton

from meagraph.core.names import SOURCE

_DAY = r"[12][0-9]{3}-[01][0-9](?:-[0-3][0-9])?"
_DATES = re.compile(
    rf"(?<![\w/.=-])({_DAY})(?:/({_DAY}))?(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?(?![\w/-])"
)
"""A date, a month, or a range of them; not within a name or a URL."""
_LOCALES = {"en": "en_GB"}


def dates_in_words(text: str, language: str = SOURCE) -> str:
    """A text with its ISO dates in words. Impossible dates are unchanged.

    >>> dates_in_words("2026-12-05")
    '5 December 2026'
    >>> dates_in_words("adopted 2015-10-26/2015-10-29, in force since 2016-01")
    'adopted 26 October 2015 – 29 October 2015, in force since January 2016'
    >>> dates_in_words("https://example.org/2026-12-05")
    'https://example.org/2026-12-05'
    """
    return _DATES.sub(partial(_in_words, language=language), text)


def _in_words(found: re.Match[str], language: str) -> str:
    locale = _LOCALES.get(language, language)
    try:
        return " – ".join(_day(day, locale) for day in found.groups() if day)
    except ValueError:
        return found[0]


def _day(text: str, locale: str) -> str:
    if text.count("-") == 1:
        return format_skeleton("yMMMM", date.fromisoformat(f"{text}-01"), locale=locale)
    return format_date(date.fromisoformat(text), "long", locale=locale)
