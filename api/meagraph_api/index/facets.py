"""Facets of the measures: values with counts, for filter forms and bar charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from meagraph.core import names
from meagraph.core.names import code
from meagraph_api.index.filters import Filter
from meagraph_api.index.measure_index import Measure, MeasureIndex
from meagraph_api.index.page_context import PageContext

Order = Literal["count", "fixed", "tree"]


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet: its parameter, the kind of thing its values are, and their order."""

    parameter: str
    kind: str = ""
    """'' if the values are printed marks."""
    order: Order = "count"
    codes: tuple[str, ...] = ()
    """The values of a fixed order."""


FACETS = (
    Facet("instrument", "instrument", "fixed"),
    Facet("status", "adoption-status", "fixed", ("adopted", "draft", "not-verified")),
    Facet("country", "country"),
    Facet("basis", "link-basis", "fixed", ("mention", "unit", "applicability", "range-wide")),
    Facet("certainty", "certainty", "fixed", ("stated", "bracketed", "alternative", "conflicting")),
    Facet("topic", "topic", "tree"),
    Facet("unit", "unit", "fixed"),
    Facet("taxon", "taxon", "tree"),
    Facet("actor_type", "actor-type", "tree"),
    Facet("priority_level", "priority-level", "fixed", ("high", "medium", "low")),
    Facet("timescale"),
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet with the number of measures it keeps, under all other filters."""

    code: str
    label: str
    count: int
    chosen: bool
    depth: int = 0


def values(facet: Facet, filter_: Filter, context: PageContext) -> list[Value]:
    """The values of a facet that keep any measure, and the chosen ones."""
    counts: Counter[str] = Counter()
    read = filter_.reader(facet.parameter)
    for measure in filter_.kept(but=facet.parameter):
        counts.update(set(read(measure)))
    chosen = filter_.values.get(facet.parameter, ())
    shown = [*counts, *(value for value in chosen if value not in counts)]
    labels = {value: label(facet, value, context) for value in shown}
    return [
        Value(value, labels[value], counts[value], value in chosen, depth)
        for value, depth in _ordered(facet, counts, labels, filter_.index)
    ]


def label(facet: Facet, value: str, context: PageContext) -> str:
    """The label of a value of a facet."""
    if not facet.kind:
        return _mark(facet.parameter, value, context)
    if facet.kind == "unit":
        units = context.index.units.values()
        return next((unit.words for unit in units if code(unit.address) == value), value)
    return context.labels.name(names.thing(facet.kind, value), context.language)


def _mark(kind: str, value: str, context: PageContext) -> str:
    """A printed mark with its labels in the plans that use it."""
    meant = dict.fromkeys(
        context.labels.name(address, context.language)
        for address in context.labels.of_kind(kind)
        if context.labels.notations.get(address) == value
    )
    meanings = " / ".join(name for name in meant if name != value)
    return f"{value}: {meanings}" if meanings else value


def _ordered(
    facet: Facet, counts: Mapping[str, int], labels: Mapping[str, str], index: MeasureIndex
) -> Iterator[tuple[str, int]]:
    """The values in order, each with its depth in the tree."""
    by_count = sorted(labels, key=lambda value: (-counts.get(value, 0), labels[value].casefold()))
    if facet.order == "count":
        return ((value, 0) for value in by_count)
    if facet.order == "fixed":
        fixed = facet.codes or _own_order(facet.parameter, index)
        place = {value: number for number, value in enumerate(fixed)}
        return ((value, 0) for value in sorted(by_count, key=lambda one: place.get(one, 10_000)))
    return _tree(facet.kind, by_count, index.above)


def _own_order(parameter: str, index: MeasureIndex) -> Iterable[str]:
    return map(code, index.units if parameter == "unit" else index.plans)


def _tree(
    kind: str, shown: Sequence[str], above: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, int]]:
    """Each value once, below the first of its broader values."""
    there = set(shown)
    below: dict[str, list[str]] = {}
    for value in shown:
        uppers = map(code, above.get(names.thing(kind, value), ()))
        below.setdefault(next((upper for upper in uppers if upper in there), ""), []).append(value)

    def walk(at: str, depth: int, path: frozenset[str]) -> Iterator[tuple[str, int]]:
        for value in below.get(at, ()):
            if value not in path:
                yield value, depth
                yield from walk(value, depth + 1, path | {value})

    return walk("", 0, frozenset())


Chosen = Mapping[str, tuple[str, ...]]
"""Values by parameter, as `Filter` has them."""

_BY_PARAMETER: Mapping[str, Facet] = {facet.parameter: facet for facet in FACETS}


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart."""

    label: str
    count: int
    href: str
    """The path of the list of the counted measures."""
    page: str = ""
    """The path of the page of the value, '' if it has none."""
    depth: int = 0
    language: str = ""
    """The language of the label, if it differs from the page's."""
    code: str = ""
    """The code of the value."""


def bars(
    parameter: str, chosen: Chosen, context: PageContext, deepest: int = 0, most: int | None = None
) -> list[Bar]:
    """The number of measures of each value of a parameter, under the other filters.

    `deepest` limits the depth below the broadest values, `most` the number of bars.
    """
    facet = _BY_PARAMETER[parameter]
    filtering = Filter({**chosen, parameter: ()}, context.index)
    found = values(facet, filtering, context)
    flat = {name: value for name, (value, *_) in chosen.items()}
    return [
        Bar(
            value.label,
            value.count,
            context.measures(**flat, **{parameter: value.code}),
            _page(facet, value.code, context),
            value.depth,
            context.speaks(names.thing(facet.kind, value.code)) if facet.kind else "",
            value.code,
        )
        for value in found
        if value.depth <= deepest
    ][:most]


def kept(index: MeasureIndex, **chosen: str) -> Sequence[Measure]:
    """The measures that match one value for each parameter."""
    return Filter({name: (value,) for name, value in chosen.items()}, index).kept()


def _page(facet: Facet, value: str, context: PageContext) -> str:
    if facet.kind in ("country", "topic", "taxon", "instrument", "actor-type"):
        return context.page_of(facet.kind, value)
    return ""
