"""What a reader asks of the browser of measures: filters, order, page; all of it in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request

from meagraph.errors import BadValue
from meagraph.queries import parameters
from meagraph.queries.header import CannedQuery
from meagraph.quoting import quoted
from meagraph_api import requests
from meagraph_api.browse.matching import MOST_WORDS
from meagraph_api.browse.register import Measure
from meagraph_api.things.answers import page_number

_OWN = ("sort", "page")
MOST_VALUES = 200
"""Values that one request may filter by."""

_LEVELS = {"high": 0, "medium": 1, "low": 2}

SORTS: Mapping[str, Callable[[Measure], tuple[object, ...]]] = {
    "document": lambda measure: (measure.place,),
    "priority": lambda measure: (_LEVELS.get(measure.level, 3), measure.place),
    "countries": lambda measure: (-len(measure.countries), measure.place),
    "words": lambda measure: (measure.text.casefold(), measure.place),
}
"""The orders there are, the usual one first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the browser."""

    values: Mapping[str, tuple[str, ...]]
    """The values of each parameter that is given, and the defaults of the others."""
    given: tuple[tuple[str, str], ...]
    """What is given, in the order of the parameters."""
    sort: str
    page: int
    text: str = field(repr=False, default="")
    """The bound query."""

    def address(self, **changed: str | None) -> str:
        """The query string of this state with some of it changed; None leaves something out."""
        own: dict[str, str | None] = {
            "sort": self.sort if self.sort != next(iter(SORTS)) else None,
            "page": None,
            **changed,
        }
        return urlencode([*self.given, *((name, value) for name, value in own.items() if value)])

    def without(self, parameter: str, value: str) -> str:
        """The query string without one value."""
        left = tuple(pair for pair in self.given if pair != (parameter, value))
        return Asked(self.values, left, self.sort, 1).address()

    @property
    def filters(self) -> str:
        """The query string of the filters alone, as the canned query takes it."""
        return urlencode(self.given)


def read(request: Request, query: CannedQuery, choices: Mapping[str, tuple[str, ...]]) -> Asked:
    """What a request asks. Raises UnknownParameter, BadValue."""
    pairs = requests.query_pairs(request)
    own = {name: requests.one(pairs, name) for name in _OWN}
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in _OWN and value.strip():
            given.setdefault(name, []).append(value)
    if sum(map(len, given.values())) > MOST_VALUES:
        raise BadValue(f"More than {MOST_VALUES} values to filter by; give fewer.")
    if sum(map(len, given.get("text", ()))) > MOST_WORDS:
        raise BadValue(f"text is longer than {MOST_WORDS} characters.")
    text = query.bind(given, choices)
    sort = own["sort"] or next(iter(SORTS))
    if sort not in SORTS:
        raise BadValue(f"sort={quoted(sort)} is no order; there are {', '.join(SORTS)}.")
    values = parameters.complete(query.parameters, given)
    return Asked(
        {name: tuple(chosen) for name, chosen in values.items()},
        tuple(
            (name, value)
            for name in query.parameters
            if name in given
            for value in dict.fromkeys(given[name])
        ),
        sort,
        page_number(own["page"]),
        text,
    )
