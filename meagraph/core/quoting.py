"""Quote client input in messages, at most 200 characters of it."""

from __future__ import annotations

_MAX = 200


def quoted(text: str | None) -> str:
    """Quote client input as a Python literal, cut after 200 characters.

    >>> quoted("text/csv")
    "'text/csv'"
    >>> len(quoted("a" * 1000))
    203
    """
    return repr(shortened(text))


def shortened(text: str | None) -> str:
    """Cut client input after 200 characters, for a message without quotes.

    >>> shortened("text/csv"), shortened(None)
    ('text/csv', '')
    """
    return text if text and len(text) <= _MAX else f"{text[:_MAX]}…" if text else ""
