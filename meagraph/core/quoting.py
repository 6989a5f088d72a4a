"""Quoting in messages what a client sent: never more than 200 characters of it."""

from __future__ import annotations

_MOST = 200


def quoted(text: str | None) -> str:
    """Quote what a client sent as Python writes it, cut after 200 characters.

    >>> quoted("text/csv")
    "'text/csv'"
    >>> len(quoted("a" * 1000))
    203
    """
    return repr(shortened(text))


def shortened(text: str | None) -> str:
    """Cut what a client sent after 200 characters, for a message without quotes.

    >>> shortened("text/csv"), shortened(None)
    ('text/csv', '')
    """
    return text if text and len(text) <= _MOST else f"{text[:_MOST]}…" if text else ""
