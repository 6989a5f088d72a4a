"""The views of a table beside the table itself: charts and maps, as its columns allow.

A chart shows the numbers of the rows, where the first one or two columns tell the rows apart; else
how many rows have each value of a column. Nothing is added up: a measure may count in many rows.
Each plan's own scale (of priority, of time …) has a chart of its own, so that no bar counts rows of
different plans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from meagraph.core.results.terms import Table, Term

VIEWS = ("table", "chart", "map")
"""The values of ``?view=``."""

MOST_BARS = 200
"""Bars that are drawn of one table."""
_MOST_VALUES, _LONGEST, _MOST_CHARTS = 25, 60, 4
"""Values of a column that are worth a chart of their own, characters of the longest of them, and
how many such columns have charts."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS = frozenset({_XSD + "integer", _XSD + "decimal"})
_NO_QUANTITIES = frozenset({"position", "start", "end"})
"""Columns of numbers that count nothing."""
_COUNTED = "measures"
"""The column that is shown where there are several."""

Row = Mapping[str, str]
"""The values of a row by column, '' where there is none."""


class Naming(Protocol):
    """What the codes in the columns of a table are called."""

    def label(self, column: str, code: str, row: Row) -> str:
        """What people call a code in a column of a row."""

    def plan_column(self, column: str) -> str | None:
        """The column of the plan whose own scheme the codes of a column belong to, if any."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it stands for, its number, and its length as a share of the longest, in %."""

    label: str
    number: float
    share: float

    @property
    def shown(self) -> str:
        """The number without a fraction that says nothing."""
        return f"{self.number:g}"


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars below a heading; '' where there is none."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Charts:
    """What is shown: the column whose numbers these are, or '' where rows are counted."""

    column: str
    charts: tuple[Chart, ...]
    left: int = 0
    """How many bars there would be beyond the most that are drawn."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row that has coordinates."""

    name: str
    iri: str
    longitude: float
    latitude: float


def charts(whole: Table, naming: Naming) -> Charts | None:
    """The charts of a table, None where its columns allow none."""
    if not whole.rows:
        return None
    return _of_numbers(whole, naming) or _of_counts(whole, naming)


def by_state(whole: Table) -> tuple[str, dict[str, float]] | None:
    """The column that a map shows, and its number for each code of a State.

    Where a State has several rows, the rows are counted, and the column is ''. None where the table
    tells of no State.
    """
    if "country" not in whole.columns:
        return None
    codes = [term.value if term else "" for term in _column(whole, "country")]
    counts = Counter(code for code in codes if code)
    if not counts:
        return None
    numbers = _quantity(whole)
    if numbers is None or max(counts.values()) > 1:
        return "", {code: float(count) for code, count in counts.items()}
    values = zip(codes, _column(whole, numbers), strict=True)
    return numbers, {code: _number(term) for code, term in values if code}


def places(whole: Table) -> list[Place]:
    """The rows that have coordinates, each place once."""
    if not {"lat", "lon"} <= set(whole.columns):
        return []
    found: dict[tuple[str, float, float], Place] = {}
    for record in whole.records():
        try:
            at = float(record["lon"]), float(record["lat"])
        except ValueError:
            continue  # a row without coordinates, or with none that can be read
        name = next((record[column] for column in whole.columns if record[column]), "")
        found.setdefault((name, *at), Place(name, record.get("iri", ""), *at))
    return list(found.values())


def _of_numbers(whole: Table, naming: Naming) -> Charts | None:
    """Bars of a column of numbers, where the first texts of a row tell which row it is."""
    column = _quantity(whole)
    texts = _texts(whole)[:2]
    width = _key_width(whole, texts)
    if column is None or width is None:
        return None
    numbers = [_number(term) for term in _column(whole, column)]
    groups: dict[str, list[tuple[str, float]]] = {}
    for row, number in list(zip(whole.records(), numbers, strict=True))[:MOST_BARS]:
        named = [naming.label(name, row[name], row) for name in texts[:width]]
        groups.setdefault(named[0] if len(named) > 1 else "", []).append((named[-1], number))
    most = max(numbers, default=0)
    drawn = tuple(_chart(heading, bars, most) for heading, bars in groups.items())
    return Charts(column, drawn, max(0, len(numbers) - MOST_BARS))


def _of_counts(whole: Table, naming: Naming) -> Charts | None:
    """For each column of few values, how many rows have which; plan by plan for its own scheme."""
    rows = whole.records()
    counted = [found for column in _texts(whole) if (found := _counted(rows, column, naming))]
    drawn = [chart for found in counted[:_MOST_CHARTS] for chart in found]
    return Charts("", tuple(drawn)) if drawn else None


def _counted(rows: Sequence[Row], column: str, naming: Naming) -> list[Chart]:
    """The charts of one column, none where it has too many values or only one."""
    plan = naming.plan_column(column)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[plan] if plan else "", []).append(row)
    charted = []
    for of_plan in groups.values():
        counts = Counter(row[column] for row in of_plan)
        short = max(map(len, counts)) <= _LONGEST
        if short and 2 <= len(counts) <= _MOST_VALUES and max(counts.values()) > 1:
            example = {row[column]: row for row in of_plan}
            bars = [
                (naming.label(column, code, example[code]), float(count))
                for code, count in counts.most_common()
            ]
            named = naming.label(plan, of_plan[0][plan], of_plan[0]) if plan else ""
            heading = f"{column}: {named}" if named else column
            charted.append(_chart(heading, bars, max(counts.values())))
    return charted


def _key_width(whole: Table, texts: list[str]) -> int | None:
    """How many of these columns, at least, tell the rows apart; None where they do not."""
    for width in range(1, len(texts) + 1):
        columns = [_column(whole, name) for name in texts[:width]]
        rows = [
            tuple(term.value if term else "" for term in row) for row in zip(*columns, strict=True)
        ]
        if len(set(rows)) == len(rows):
            return width
    return None


def _texts(whole: Table) -> list[str]:
    """The columns of texts, neither numbers nor addresses, of which some row has one."""
    return [
        name
        for name in whole.columns
        if any(_column(whole, name))
        and all(
            term is None or (term.kind == "literal" and term.datatype not in _NUMBERS)
            for term in _column(whole, name)
        )
    ]


def _quantity(whole: Table) -> str | None:
    """The column of numbers that count something: of several the measures, else the last."""
    found = [
        name
        for name in whole.columns
        if name not in _NO_QUANTITIES
        and any(_column(whole, name))
        and all(term is None or term.datatype in _NUMBERS for term in _column(whole, name))
    ]
    return _COUNTED if _COUNTED in found else next(reversed(found), None)


def _column(whole: Table, name: str) -> list[Term | None]:
    index = whole.columns.index(name)
    return [row[index] for row in whole.rows]


def _chart(heading: str, bars: list[tuple[str, float]], most: float) -> Chart:
    return Chart(heading, tuple(Bar(label, number, _share(number, most)) for label, number in bars))


def _share(number: float, most: float) -> float:
    return round(100 * number / most, 1) if most > 0 and number > 0 else 0.0


def _number(term: Term | None) -> float:
    read = term.plain() if term else 0
    return float(read) if isinstance(read, int | float) else 0.0


def offered(drawn: Charts | None, mapped: bool) -> Iterator[str]:
    """The views that a table has."""
    yield "table"
    if drawn is not None:
        yield "chart"
    if mapped:
        yield "map"
