"""Charts and maps of a table, if its columns allow them.

A chart shows a column of numbers, if the first one or two columns are a key of the rows; otherwise
the number of rows with each value of a column. Nothing is summed, since a measure may be in many
rows. Scales of a single plan (priority, time …) have a chart for each plan, so that no bar counts
rows of different plans.
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
"""The most bars of one table."""
_MOST_VALUES, _LONGEST, _MOST_CHARTS = 25, 60, 4
"""The most values of a column with a chart, characters of a value, and columns with charts."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS = frozenset({_XSD + "integer", _XSD + "decimal"})
_NO_QUANTITIES = frozenset({"position", "start", "end"})
"""Columns of numbers that are not quantities."""
_COUNTED = "measures"
"""The preferred column of several quantities."""

Row = Mapping[str, str]
"""The values of a row by column, '' for unbound."""


class Naming(Protocol):
    """Labels of the codes in a table."""

    def head(self, column: str) -> str:
        """The head of a column."""

    def label(self, column: str, code: str, row: Row) -> str:
        """The label of a code in a column of a row."""

    def plan_column(self, column: str) -> str | None:
        """The column of the plan that defines the scheme of a column, if any."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: label, number, and length in % of the longest."""

    label: str
    number: float
    share: float

    @property
    def shown(self) -> str:
        """The number as text, without `.0`."""
        return f"{self.number:g}"


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars with a heading, which may be ''."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts of a table; `column` is the head of the numbers, or '' for counts of rows."""

    column: str
    charts: tuple[Chart, ...]
    left: int = 0
    """The number of bars beyond `MOST_BARS`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row with coordinates."""

    name: str
    iri: str
    longitude: float
    latitude: float


def charts(whole: Table, naming: Naming) -> Charts | None:
    """The charts of a table, None if its columns allow none."""
    if not whole.rows:
        return None
    return _of_numbers(whole, naming) or _of_counts(whole, naming)


def by_state(whole: Table) -> tuple[str, dict[str, float]] | None:
    """The column for a map, and its number by country code.

    If a country has several rows, the rows are counted and the column is ''. None if no row has a
    country.
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
    """The rows with coordinates, each place once."""
    if not {"lat", "lon"} <= set(whole.columns):
        return []
    found: dict[tuple[str, float, float], Place] = {}
    for record in whole.records():
        try:
            at = float(record["lon"]), float(record["lat"])
        except ValueError:
            continue  # no valid coordinates
        name = next((record[column] for column in whole.columns if record[column]), "")
        found.setdefault((name, *at), Place(name, record.get("iri", ""), *at))
    return list(found.values())


def _of_numbers(whole: Table, naming: Naming) -> Charts | None:
    """Bars of a column of numbers, if the first columns of text are a key."""
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
    return Charts(naming.head(column), drawn, max(0, len(numbers) - MOST_BARS))


def _of_counts(whole: Table, naming: Naming) -> Charts | None:
    """Counts of rows for each column of few values, by plan if the plan defines the scheme."""
    rows = whole.records()
    counted = [found for column in _texts(whole) if (found := _counted(rows, column, naming))]
    drawn = [chart for found in counted[:_MOST_CHARTS] for chart in found]
    return Charts("", tuple(drawn)) if drawn else None


def _counted(rows: Sequence[Row], column: str, naming: Naming) -> list[Chart]:
    """The charts of one column; none if it has too many values or only one."""
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
            head = naming.head(column)
            heading = f"{head}: {named}" if named else head
            charted.append(_chart(heading, bars, max(counts.values())))
    return charted


def _key_width(whole: Table, texts: list[str]) -> int | None:
    """How many of these columns are needed as a key; None if all are not enough."""
    for width in range(1, len(texts) + 1):
        columns = [_column(whole, name) for name in texts[:width]]
        rows = [
            tuple(term.value if term else "" for term in row) for row in zip(*columns, strict=True)
        ]
        if len(set(rows)) == len(rows):
            return width
    return None


def _texts(whole: Table) -> list[str]:
    """The non-empty columns of text, neither numbers nor IRIs."""
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
    """The column of a quantity: of several, `measures` or else the last."""
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
    """The views of a table."""
    yield "table"
    if drawn is not None:
        yield "chart"
    if mapped:
        yield "map"
