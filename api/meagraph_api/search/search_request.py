"""Parameters of a search: its own, and the filters of a canned query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meagraph.core.errors import BadValue
from meagraph.core.queries import parameters
from meagraph.core.queries.header import CannedQuery
from meagraph.core.queries.parameters import Parameter
from meagraph.core.quoting import quoted
from meagraph_api.http import request_params
from meagraph_api.pages.translations import N_

KINDS: Mapping[str, str] = {
    "measure": N_("Measures"),
    "part": N_("List items"),
    "statement": N_("Statements"),
    "footnote": N_("Footnotes"),
    "section": N_("Sections"),
    "unit": N_("Populations and areas"),
    "listed-species": N_("Listed species"),
    "taxon": N_("Taxa"),
    "place": N_("Places"),
    "instrument": N_("Instruments"),
    "country": N_("Countries"),
}
"""Kinds of hits, with their plural labels."""

ONE_OF: Mapping[str, str] = {
    "measure": N_("measure"),
    "part": N_("list item"),
    "statement": N_("statement"),
    "footnote": N_("footnote"),
    "section": N_("section"),
    "unit": N_("population or area"),
    "listed-species": N_("listed species"),
    "taxon": N_("taxon"),
    "place": N_("place"),
    "instrument": N_("instrument"),
    "country": N_("Country"),
}
"""Their singular labels."""

USUAL = 20
"""Default number of hits on a page."""
MOST_HITS = 100
_MOST_SKIPPED = 1_000_000

_WORDS = Parameter(
    type="string",
    label=N_("Text"),
    description=N_(
        "All words, in any order and form. Use “quotes” for a phrase and fenc* for the "
        "beginning of a word. Names of countries are found in English, French and Russian."
    ),
    required=True,
    multiple=False,
    example='"border fence" Kazakhstan',
)
_KIND = Parameter(type="string", label=N_("Kind"), choices=tuple(KINDS), example="measure")
_LIMIT = Parameter(
    type="integer",
    label=N_("Results per page"),
    description=f"At most {MOST_HITS}.",
    multiple=False,
    default=(str(USUAL),),
)
_OFFSET = Parameter(
    type="integer",
    label=N_("Results to skip"),
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
