"""The views of a table beside the table itself: charts and maps, as its columns allow.

A chart shows the numbers of the rows, where the first one or two columns tell the rows apart; else
how many rows have each value of a column. Nothing is added up: a measure may count in many rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from meagraph_api.results import Table, Term

VIEWS = ("table", "chart", "map")
"""The values of ``?view=``."""

MOST_BARS = 200
"""Bars that are drawn of one table."""
_MOST_VALUES, _LONGEST, _MOST_CHARTS = 25, 60, 4
"""Values of a column that are worth a chart of their own, characters of the longest of them, and
how many such charts there are."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS = frozenset({_XSD + "integer", _XSD + "decimal"})
_NO_QUANTITIES = frozenset({"position", "start", "end"})
"""Columns of numbers that count nothing."""
_COUNTED = "measures"
"""The column that is shown where there are several."""

Call = Callable[[str, str], str]
"""Called with a column and a code in it; gives what people call it."""


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


def charts(whole: Table, call: Call) -> Charts | None:
    """The charts of a table, None where its columns allow none.

    >>> rows = [(Term("literal", "a"), Term("literal", "2", _XSD + "integer")),
    ...         (Term("literal", "b"), Term("literal", "4", _XSD + "integer"))]
    >>> charts(Table(("kind", "measures"), rows), lambda column, code: code.upper()).charts
    (Chart(heading='', bars=(Bar(label='A', number=2.0, share=50.0), \
Bar(label='B', number=4.0, share=100.0))),)
    """
    if not whole.rows:
        return None
    return _of_numbers(whole, call) or _of_counts(whole, call)


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


def _of_numbers(whole: Table, call: Call) -> Charts | None:
    """Bars of a column of numbers, where the first texts of a row tell which row it is."""
    column = _quantity(whole)
    texts = _texts(whole)[:2]
    told = _telling_apart(whole, texts)
    if column is None or told is None:
        return None
    numbers = [_number(term) for term in _column(whole, column)]
    groups: dict[str, list[tuple[str, float]]] = {}
    for labels, number in list(zip(told, numbers, strict=True))[:MOST_BARS]:
        called = [call(name, label) for name, label in zip(texts, labels, strict=False)]
        groups.setdefault(called[0] if len(called) > 1 else "", []).append((called[-1], number))
    most = max(numbers, default=0)
    drawn = tuple(_chart(heading, bars, most) for heading, bars in groups.items())
    return Charts(column, drawn, max(0, len(numbers) - MOST_BARS))


def _of_counts(whole: Table, call: Call) -> Charts | None:
    """For each column of few values, how many rows have which."""
    drawn = []
    for column in _texts(whole):
        counts = Counter(term.value if term else "" for term in _column(whole, column))
        short = max(map(len, counts)) <= _LONGEST
        if short and 2 <= len(counts) <= _MOST_VALUES and max(counts.values()) > 1:
            bars = [(call(column, code), float(count)) for code, count in counts.most_common()]
            drawn.append(_chart(column, bars, max(counts.values())))
    return Charts("", tuple(drawn[:_MOST_CHARTS])) if drawn else None


def _telling_apart(whole: Table, texts: list[str]) -> list[tuple[str, ...]] | None:
    """The values of as few of these columns as tell the rows apart, None where none do."""
    for width in range(1, len(texts) + 1):
        columns = [_column(whole, name) for name in texts[:width]]
        rows = [
            tuple(term.value if term else "" for term in row) for row in zip(*columns, strict=True)
        ]
        if len(set(rows)) == len(rows):
            return rows
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


def caller(known: Mapping[str, Mapping[str, str]]) -> Call:
    """What codes are called, by the choices of the parameters: first those of the same name.

    >>> caller({"instrument": {"a": "Plan A"}})("column", "a")
    'Plan A'
    """
    every: dict[str, str] = {}
    for labels in known.values():
        every = {**labels, **every}

    def call(column: str, code: str) -> str:
        return known.get(column, every).get(code, code)

    return call


def offered(drawn: Charts | None, mapped: bool) -> Iterator[str]:
    """The views that a table has."""
    yield "table"
    if drawn is not None:
        yield "chart"
    if mapped:
        yield "map"
