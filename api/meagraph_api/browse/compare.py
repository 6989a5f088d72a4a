"""Serve `/compare`: countries, units or plans side by side, heat maps, continued measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core import names
from meagraph.core.errors import BadValue, UnknownAddress
from meagraph.core.names import code
from meagraph.core.quoting import quoted, shortened
from meagraph_api.engine.current_release import Current
from meagraph_api.http import request_params
from meagraph_api.http.language import language_of
from meagraph_api.http.request_params import page_number
from meagraph_api.http.responses import Lasting
from meagraph_api.index import page_context
from meagraph_api.index.facets import Bar, bars, kept
from meagraph_api.index.measure_index import Measure, MeasureIndex, Plan, Relation
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.release_data import ReleaseData, read
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.settings import MOST_HTML_ROWS

KINDS = ("country", "unit", "instrument")
"""Kinds of things that can be compared, which are also the parameters."""
_PARAMETERS = (*KINDS, "page")
MOST = 4
_LEVELS = 5
"""Shades of a heat map, not counting zero."""
_ROWS: Mapping[str, tuple[str, ...]] = {
    "country": ("instrument", "topic", "priority_level", "taxon", "actor_type"),
    "unit": ("topic", "priority_level", "actor_type"),
    "instrument": ("topic", "priority_level", "country", "taxon", "actor_type"),
}
"""Facets by which the measures of each kind are counted."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of measures, with a link to them."""

    count: int
    href: str
    level: int = 0
    """The shade from 1, or 0."""


@dataclass(frozen=True, slots=True)
class Row:
    """A table row with one cell for each column."""

    label: str
    page: str
    cells: tuple[Cell, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """A heat map: topics by plan or by country."""

    columns: tuple[Bar, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Succession:
    """Measures of an older plan that a newer one continues, or applies to units."""

    newer: Plan
    older: Plan
    continued: tuple[tuple[Measure, tuple[tuple[Measure, Relation], ...]], ...]
    """Older measures, each with the newer ones and their relation to it."""
    left: tuple[Measure, ...]
    """Older measures without such a relation."""


class Compare:
    """Route of the comparison page."""

    def __init__(self, current: Current, pool: RenderPool) -> None:
        self._current = current
        self._pool = pool

    def add_routes(self, app: FastAPI) -> None:
        """Add the route to an application."""
        app.add_route("/compare", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """Serve the chosen things side by side, or heat maps by topic. Raises RequestError."""
        language = language_of(request)
        today = datetime.now(UTC).date()
        pairs = request_params.query_pairs(request)
        for name, _ in pairs:
            if name not in _PARAMETERS:
                raise BadValue(
                    f"{shortened(name)} is no parameter here; there is {', '.join(_PARAMETERS)}."
                )
        number = page_number(request_params.one(pairs, "page"))
        async with self._current.reading() as release:
            lasting = Lasting(request, release.pages, "compare", language, str(today))
            if (kept := lasting.kept) is not None:
                return kept
            data = await read(release, page_context.QUERIES)
            return await lasting.make(
                self._pool, "text/html", (), _comparison, data, pairs, number, language, today.year
            )


def _comparison(
    data: ReleaseData, pairs: request_params.Pairs, number: int, language: str, year: int
) -> str:
    """Render the page in a process of the pool. Raises BadValue, UnknownAddress."""
    context = PageContext(data, language, year)
    kind, chosen = _chosen(pairs, context)
    side_by_side = len(chosen) > 1
    return rendered(
        "browse/compare.html",
        language,
        context=context,
        kind=kind,
        chosen=chosen,
        parameters=[(kind, value) for value in chosen],
        compared=_compared(kind, chosen, number, context) if side_by_side else None,
        offered={each: _offered(each, context) for each in KINDS},
        most=MOST,
        own_plans=list(context.index.plans.values()),
        by_plan=None if side_by_side else _heat("instrument", context),
        by_country=None if side_by_side else _heat("country", context),
        successions=[] if side_by_side else _successions(context.index),
        release=data.release,
    )


def _chosen(pairs: request_params.Pairs, context: PageContext) -> tuple[str, tuple[str, ...]]:
    """The kind to compare and the chosen values. Raises BadValue."""
    values: dict[str, dict[str, None]] = {}
    for name, value in pairs:
        if name in KINDS and value:
            values.setdefault(name, {})[value] = None
    if len(values) > 1:
        raise BadValue(f"Compare one kind of thing at a time, not {' and '.join(values)}.")
    if not values:
        return "", ()
    ((kind, chosen),) = values.items()
    if len(chosen) > MOST:
        raise BadValue(f"{len(chosen)} values of {kind} are too many to compare; at most {MOST}.")
    offered = {value for value, _ in _offered(kind, context)}
    for value in chosen:
        if value not in offered:
            raise BadValue(
                f"{kind}={quoted(value)} cannot be compared. Use: {', '.join(sorted(offered))}."
            )
    return kind, tuple(chosen)


def _offered(kind: str, context: PageContext) -> list[tuple[str, str]]:
    """Codes and labels of the things that can be compared."""
    match kind:
        case "country":
            return context.countries(map(code, context.labels.of_kind("country")))
        case "unit":
            units = context.index.units.values()
            return list({code(unit.address): unit.words for unit in units}.items())
        case _:
            return [(plan.slug, plan.label) for plan in context.index.plans.values()]


def _compared(
    kind: str, chosen: Sequence[str], number: int, context: PageContext
) -> dict[str, object]:
    """Count the measures of the chosen things, and find what these have in common.

    `number` is the page of the common measures, from 1. Raises UnknownAddress.
    """
    register = context.index
    found = {value: kept(register, **{kind: value}) for value in chosen}
    offered = dict(_offered(kind, context))
    common = set.intersection(*(set(own) for own in found.values()))
    in_all = [measure for measure in register.measures if measure in common]
    pages = max(1, -(-len(in_all) // MOST_HTML_ROWS))
    if number > pages:
        raise UnknownAddress(f"There is no page {number} of this comparison, only {pages}.")
    first = (number - 1) * MOST_HTML_ROWS
    units = [unit for unit in register.units.values() if set(chosen) <= set(unit.countries)]
    plans = {names.thing("instrument", value) for value in chosen}
    return {
        "columns": [
            Bar(offered[value], len(found[value]), context.measures(**{kind: value}), page)
            for value in chosen
            for page in (_page(kind, value, context),)
        ],
        "tables": {by: _side_by_side(by, kind, chosen, context) for by in _ROWS[kind]},
        "in_all": len(in_all),
        "shown": in_all[first : first + MOST_HTML_ROWS],
        "page_number": number,
        "pages": pages,
        "units": units if kind == "country" else [],
        "countries": _common_countries(chosen, register) if kind == "unit" else [],
        "successions": [
            each
            for each in _successions(register)
            if kind == "instrument" and {each.newer.address, each.older.address} <= plans
        ],
        "own_plans": list(dict.fromkeys(one.plan for own in found.values() for one in own)),
    }


def _page(kind: str, value: str, context: PageContext) -> str:
    if kind != "unit":
        return context.page_of(kind, value)
    return next(context.page(unit) for unit in context.index.units if code(unit) == value)


def _common_countries(chosen: Sequence[str], register: MeasureIndex) -> list[str]:
    units = [unit for unit in register.units.values() if code(unit.address) in chosen]
    return sorted(set.intersection(*(set(unit.countries) for unit in units)))


def _side_by_side(by: str, kind: str, chosen: Sequence[str], context: PageContext) -> list[Row]:
    """A row for each value of the facet `by` that a chosen thing has, the most frequent first."""
    counted = {value: bars(by, {kind: (value,)}, context) for value in chosen}
    cells = {value: {bar.code: bar for bar in found} for value, found in counted.items()}
    every = {bar.code: bar for found in counted.values() for bar in found}
    top = max((bar.count for found in counted.values() for bar in found), default=1)
    rows = [
        Row(
            bar.label,
            bar.page,
            tuple(_cell(cells[value].get(each), top) for value in chosen),
            bar.language,
        )
        for each, bar in every.items()
    ]
    if by in ("instrument", "priority_level"):
        return rows
    return sorted(rows, key=lambda row: -sum(cell.count for cell in row.cells))


def _cell(bar: Bar | None, top: int) -> Cell:
    if bar is None:
        return Cell(0, "")
    return Cell(bar.count, bar.href, -(-bar.count * _LEVELS // top) if top else 0)


def _heat(by: str, context: PageContext) -> Heat:
    """The number of measures of each topic in each plan or country."""
    columns = bars(by, {}, context)
    topics = bars("topic", {}, context)
    counted = {
        topic.code: {bar.code: bar for bar in bars(by, {"topic": (topic.code,)}, context)}
        for topic in topics
    }
    top = max((bar.count for found in counted.values() for bar in found.values()), default=1)
    return Heat(
        tuple(columns),
        tuple(
            Row(
                topic.label,
                topic.page,
                tuple(_cell(counted[topic.code].get(column.code), top) for column in columns),
                topic.language,
            )
            for topic in topics
        ),
    )


_CARRIED = ("continues", "applies")
"""Kinds of relations from a measure to one of an older plan."""


def _successions(register: MeasureIndex) -> list[Succession]:
    """Continued and applied measures, by pair of plans."""
    pairs: dict[tuple[str, str], dict[str, list[tuple[Measure, Relation]]]] = {}
    for relation in register.relations:
        newer = register.by_address.get(relation.measure)
        older = register.by_address.get(relation.related)
        if relation.kind not in _CARRIED or newer is None or older is None:
            continue
        if newer.plan is not older.plan:
            pair = pairs.setdefault((newer.plan.address, older.plan.address), {})
            pair.setdefault(older.address, []).append((newer, relation))
    return [
        Succession(
            register.plans[newer],
            register.plans[older],
            tuple(
                (measure, tuple(found[measure.address]))
                for measure in register.measures
                if measure.address in found
            ),
            tuple(
                measure
                for measure in register.measures
                if measure.plan.address == older and measure.address not in found
            ),
        )
        for (newer, older), found in pairs.items()
    ]
