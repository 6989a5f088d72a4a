"""Answers `/compare`: countries, units or plans side by side, heat maps, what continues."""

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
from meagraph_api.index.measure_index import Measure, Plan, Register, Relation
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.release_data import ReleaseData, read
from meagraph_api.pages.render_pool import RenderPool, rendered
from meagraph_api.settings import MOST_HTML_ROWS

KINDS = ("country", "unit", "instrument")
"""What can be compared; the parameters of the page."""
_PARAMETERS = (*KINDS, "page")
MOST = 4
_LEVELS = 5
"""Shades of a heat map, beside none."""
_ROWS: Mapping[str, tuple[str, ...]] = {
    "country": ("instrument", "topic", "priority_level", "taxon", "actor_type"),
    "unit": ("topic", "priority_level", "actor_type"),
    "instrument": ("topic", "priority_level", "country", "taxon", "actor_type"),
}
"""By what the measures of each kind are counted side by side."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number that leads to the measures that it counts."""

    count: int
    href: str
    level: int = 0
    """The shade, 0 for none."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cells, one for each column."""

    label: str
    page: str
    cells: tuple[Cell, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """A heat map: topics by something."""

    columns: tuple[Bar, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Succession:
    """What a plan takes over from an older one: continued, or applied to units."""

    newer: Plan
    older: Plan
    continued: tuple[tuple[Measure, tuple[tuple[Measure, Relation], ...]], ...]
    """Each older measure that is continued, with those that continue it."""
    left: tuple[Measure, ...]
    """The older measures that nothing continues or applies."""


class Compare:
    """Answers the comparisons."""

    def __init__(self, current: Current, pool: RenderPool) -> None:
        self._current = current
        self._pool = pool

    def add_routes(self, app: FastAPI) -> None:
        """Put the page into an application."""
        app.add_route("/compare", self.answer, include_in_schema=False)

    async def answer(self, request: Request) -> Response:
        """What is compared side by side, else everything by topic. Raises RequestError."""
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
    """The page, made in a process of the pool. Raises BadValue, UnknownAddress."""
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
        own_plans=list(context.register.plans.values()),
        by_plan=None if side_by_side else _heat("instrument", context),
        by_country=None if side_by_side else _heat("country", context),
        successions=[] if side_by_side else _successions(context.register),
        release=data.release,
    )


def _chosen(pairs: request_params.Pairs, context: PageContext) -> tuple[str, tuple[str, ...]]:
    """The kind that is compared and its values. Raises BadValue."""
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
    there = {value for value, _ in _offered(kind, context)}
    for value in chosen:
        if value not in there:
            raise BadValue(
                f"{kind}={quoted(value)} is nothing to compare; there are: "
                f"{', '.join(sorted(there))}."
            )
    return kind, tuple(chosen)


def _offered(kind: str, context: PageContext) -> list[tuple[str, str]]:
    """What can be compared, by code, with its name."""
    match kind:
        case "country":
            return context.countries(map(code, context.labels.of_kind("country")))
        case "unit":
            units = context.register.units.values()
            return list({code(unit.address): unit.words for unit in units}.items())
        case _:
            return [(plan.slug, plan.label) for plan in context.register.plans.values()]


def _compared(
    kind: str, chosen: Sequence[str], number: int, context: PageContext
) -> dict[str, object]:
    """The measures of some things, counted side by side; and what these have in common.

    Of the measures in common a page, by its number from 1; raises UnknownAddress.
    """
    known = context.register
    found = {value: kept(known, **{kind: value}) for value in chosen}
    offered = dict(_offered(kind, context))
    common = set.intersection(*(set(own) for own in found.values()))
    in_all = [measure for measure in known.measures if measure in common]
    pages = max(1, -(-len(in_all) // MOST_HTML_ROWS))
    if number > pages:
        raise UnknownAddress(f"There is no page {number} of this comparison, but {pages}.")
    first = (number - 1) * MOST_HTML_ROWS
    units = [unit for unit in known.units.values() if set(chosen) <= set(unit.countries)]
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
        "countries": _common_countries(chosen, known) if kind == "unit" else [],
        "successions": [
            each
            for each in _successions(known)
            if kind == "instrument" and {each.newer.address, each.older.address} <= plans
        ],
        "own_plans": list(dict.fromkeys(one.plan for own in found.values() for one in own)),
    }


def _page(kind: str, value: str, context: PageContext) -> str:
    if kind != "unit":
        return context.page_of(kind, value)
    return next(context.page(unit) for unit in context.register.units if code(unit) == value)


def _common_countries(chosen: Sequence[str], known: Register) -> list[str]:
    units = [unit for unit in known.units.values() if code(unit.address) in chosen]
    return sorted(set.intersection(*(set(unit.countries) for unit in units)))


def _side_by_side(by: str, kind: str, chosen: Sequence[str], context: PageContext) -> list[Row]:
    """A row for each value of a facet that any of the chosen has; the most frequent first."""
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
    """Topics, each with how many measures it has in each plan or country."""
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
"""Kinds of relations by which a measure takes up one of an older plan."""


def _successions(known: Register) -> list[Succession]:
    """What each plan continues or applies of an older one, by pairs of plans."""
    pairs: dict[tuple[str, str], dict[str, list[tuple[Measure, Relation]]]] = {}
    for relation in known.relations:
        newer = known.by_address.get(relation.measure)
        older = known.by_address.get(relation.related)
        if relation.kind not in _CARRIED or newer is None or older is None:
            continue
        if newer.plan is not older.plan:
            pair = pairs.setdefault((newer.plan.address, older.plan.address), {})
            pair.setdefault(older.address, []).append((newer, relation))
    return [
        Succession(
            known.plans[newer],
            known.plans[older],
            tuple(
                (measure, tuple(found[measure.address]))
                for measure in known.measures
                if measure.address in found
            ),
            tuple(
                measure
                for measure in known.measures
                if measure.plan.address == older and measure.address not in found
            ),
        )
        for (newer, older), found in pairs.items()
    ]
