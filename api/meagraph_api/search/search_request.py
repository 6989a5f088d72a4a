"""Parameters of a search: its own, and the filters of a canned query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meagraph.core.errors import BadValue
from meagraph.core.glossary import term
from meagraph.core.queries import parameters
from meagraph.core.queries.header import CannedQuery
from meagraph.core.queries.parameters import Parameter
from meagraph.core.quoting import quoted
from meagraph_api.http import request_params
from meagraph_api.pages.translations import N_

KINDS: Mapping[str, str] = {
    "measure": "measures",
    "part": "list_items",
    "statement": "statements",
    "footnote": "footnotes",
    "section": "sections",
    "unit": "units",
    "listed-species": "listed_species",
    "taxon": "taxa",
    "place": "places",
    "instrument": "documents",
    "country": "countries",
}
"""Kinds of hits, with the terms for several."""

ONE_OF: Mapping[str, str] = {
    "measure": "measure",
    "part": "list_item",
    "statement": "statement",
    "footnote": "footnote",
    "section": "section",
    "unit": "unit",
    "listed-species": "listed_species",
    "taxon": "taxon",
    "place": "place",
    "instrument": "document",
    "country": "country",
}
"""The terms for one of each kind."""

USUAL = 20
"""Default number of hits on a page."""
MOST_HITS = 100
_MOST_SKIPPED = 1_000_000

_WORDS = Parameter(
    type="string",
    label=term("q"),
    description=N_(
        "All words, in any order and form. Use “quotes” for a phrase and fenc* for the "
        "beginning of a word. Names of countries are found in English, French and Russian."
    ),
    required=True,
    multiple=False,
    example='"border fence" Kazakhstan',
)
_KIND = Parameter(type="string", label=term("kind"), choices=tuple(KINDS), example="measure")
_LIMIT = Parameter(
    type="integer",
    label=term("limit"),
    description=f"At most {MOST_HITS}.",
    multiple=False,
    default=(str(USUAL),),
)
_OFFSET = Parameter(
    type="integer",
    label=term("offset"),
    multiple=False,
    default=("0",),
)
_COLUMNS = {"instrument", "measure"}
"""Columns that a canned query must have to filter a search."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search; the values of its filters are not checked yet."""

    words: str
    kinds: frozenset[str] | None
    filters: dict[str, list[str]]
    limit: int
    offset: int


class Form:
    """The parameters of a search: words, kind, page, and the filters of a canned query."""

    def __init__(self, filtering: CannedQuery | None) -> None:
        """Take the filters of a canned query, if it has the columns."""
        fits = filtering is not None and set(filtering.columns) >= _COLUMNS
        self.filtering = filtering if fits else None
        of_query = self.filtering.parameters if self.filtering else {}
        own = {"q": _WORDS, "kind": _KIND, "limit": _LIMIT, "offset": _OFFSET}
        self.filters = {name: of_query[name] for name in of_query if name not in own}
        self.parameters: Mapping[str, Parameter] = {**own, **self.filters}

    def read(self, pairs: request_params.Pairs) -> SearchRequest:
        """Read the parameters of a request. Raises UnknownParameter, MissingParameter, BadValue."""
        values = self.values(pairs)
        known = parameters.complete(self.parameters, values)
        for name in ("q", "kind", "limit", "offset"):
            parameter = self.parameters[name]
            parameters.check(name, parameter, known.get(name, []), parameter.listed)
        return SearchRequest(
            words=known["q"][0],
            kinds=frozenset(known["kind"]) if "kind" in known else None,
            filters={name: known[name] for name in self.filters if any(values.get(name, ()))},
            limit=_number("limit", known["limit"][0], 1, MOST_HITS),
            offset=_number("offset", known["offset"][0], 0, _MOST_SKIPPED),
        )

    @staticmethod
    def values(pairs: request_params.Pairs) -> dict[str, list[str]]:
        """The values by parameter, without the format."""
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name != "format":
                values.setdefault(name, []).append(value)
        return values


def _number(name: str, text: str, least: int, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
        return int(text)
    raise BadValue(f"{name}={quoted(text)} is not a whole number from {least} to {most}.")
