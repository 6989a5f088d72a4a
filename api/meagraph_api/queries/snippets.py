"""Code snippets for the result of a canned query: shell, Python and R."""

from __future__ import annotations

import json
import keyword
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from meagraph.core import names

_MOST_NAMED = 200

Filters = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Snippets:
    """A line of code for each language, with the same table as result."""

    curl: str
    python: str
    r: str


def snippets(address: str, name: str, filters: Filters) -> Snippets:
    """Code snippets for a canned query of a service at a URL.

    >>> print(snippets("http://127.0.0.1:8000", "units", [("country", "KAZ")]).curl)
    curl -s 'http://127.0.0.1:8000/queries/units.csv?country=KAZ'
    """
    pairs = [(key, value) for key, value in filters if value]
    table = f"{address}/queries/{name}.csv" + (f"?{urlencode(pairs)}" if pairs else "")
    return Snippets(
        curl=f"curl -s {shlex.quote(table)}",
        python=(
            f"import meagraph; answer = meagraph.open({json.dumps(address)})"
            f".canned({', '.join([json.dumps(name), *_arguments(pairs)])})"
        ),
        # Percent-encoded URLs contain neither quotation marks nor backslashes.
        r=(
            f'answer <- read.csv("{table}", colClasses = "character", na.strings = "", '
            'encoding = "UTF-8")'
        ),
    )


def sparql(text: str) -> str:
    """The SPARQL of a canned query without its header.

    >>> sparql("#+ summary: All\\nASK { }\\n")
    'ASK { }'
    """
    return re.sub(r"^#\+.*\n", "", text, flags=re.MULTILINE).strip()


def editor(text: str) -> str:
    """The query string of the editor for a query, '' if the query is too long.

    >>> editor("ASK { }")
    'query=ASK+%7B+%7D'
    """
    shown = sparql(text)
    return "" if is_long(shown) else urlencode({"query": shown})


def is_long(text: str) -> bool:
    """Whether a query lists too many search hits to be readable."""
    return text.count(f"<{names.ID}") > _MOST_NAMED


def _arguments(pairs: Filters) -> list[str]:
    """The filters as keyword arguments; repeated names become lists."""
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    plain = {key: items[0] if len(items) == 1 else items for key, items in values.items()}
    written = [f"{key}={value!r}" for key, value in plain.items() if not keyword.iskeyword(key)]
    odd = {key: value for key, value in plain.items() if keyword.iskeyword(key)}
    return [*written, *([f"**{odd!r}"] if odd else [])]
