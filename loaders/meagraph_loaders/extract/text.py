"""Words as printed: white space collapsed, numbers without their closing mark."""

from __future__ import annotations

import re


def collapse(text: str) -> str:
    r"""The text with every run of white space made one space, none at the ends.

    >>> collapse(" Great Gobi B SPA\n\tKhovd-Xinjiang ")
    'Great Gobi B SPA Khovd-Xinjiang'
    """
    return " ".join(text.split())


def bare_number(printed: str) -> str:
    """A printed number without its closing period, dash or parenthesis.

    >>> [bare_number(printed) for printed in ("1.1.1.", "A1.", "B1 -", "20)", "1.10", "B2")]
    ['1.1.1', 'A1', 'B1', '20', '1.10', 'B2']
    """
    return re.sub(r"\s*[.)-]$", "", printed)


def ends_open(text: str) -> bool:
    """Whether a text breaks off without a closing mark, so that more of it may follow.

    >>> ends_open("resident populations in"), ends_open("saigas.")
    (True, False)
    """
    return not text.endswith((".", ";", ":"))
