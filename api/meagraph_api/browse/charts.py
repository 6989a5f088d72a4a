"""Charts: rows of a table with a bar each, whose numbers lead to the measures that they count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meagraph import names
from meagraph_api.browse.facets import FACETS, Facet, values
from meagraph_api.browse.matching import Filter
from meagraph_api.browse.register import Measure, Register
from meagraph_api.browse.wording import Wording

Chosen = Mapping[str, tuple[str, ...]]
"""Values by parameter, as `Filter` has them."""

_BY_PARAMETER: Mapping[str, Facet] = {facet.parameter: facet for facet in FACETS}


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart."""

    label: str
    count: int
    href: str
    """The path of the measures that are counted."""
    page: str = ""
    """The path of the page of what is counted by, '' where there is none."""
    depth: int = 0
    language: str = ""
    """The language of the label, where it is not the page's."""
    code: str = ""
    """The value that is counted."""


def bars(
    parameter: str, chosen: Chosen, wording: Wording, deepest: int = 0, most: int | None = None
) -> list[Bar]:
    """How many measures each value of a parameter has, among those that others keep.

    `deepest` says how far below the broadest values it goes; `most` how many values there are.
    """
    facet = _BY_PARAMETER[parameter]
    filtering = Filter({**chosen, parameter: ()}, wording.register)
    found = values(facet, filtering, wording.called, wording.language)
    flat = {name: value for name, (value, *_) in chosen.items()}
    return [
        Bar(
            value.label,
            value.count,
            wording.measures(**flat, **{parameter: value.code}),
            _page(facet, value.code, wording),
            value.depth,
            wording.speaks(names.thing(facet.kind, value.code)) if facet.kind else "",
            value.code,
        )
        for value in found
        if value.depth <= deepest
    ][:most]


def kept(register: Register, **chosen: str) -> Sequence[Measure]:
    """The measures that some values keep, one for each parameter."""
    return Filter({name: (value,) for name, value in chosen.items()}, register).kept()


def _page(facet: Facet, value: str, wording: Wording) -> str:
    if facet.kind in ("country", "topic", "taxon", "instrument", "actor-type"):
        return wording.page_of(facet.kind, value)
    return ""
