"""Texts of the documents: passages with their surroundings, and cross-references.

A release does not contain whole sources, but passages cover nearly all of their text. The rest
(page headers and the like) shows as a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from meagraph.core.glossary import term, value_label
from meagraph.core.names import code
from meagraph_api.index.release_data import ReleaseData, once_per_release

_AROUND = 4
"""Passages shown before and after the marked ones."""
_NEAR = 12
"""The most characters between two passages without a gap: table marks, white space."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a source."""

    address: str
    source: str
    start: int
    end: int
    line: int
    last: int
    role: str
    exact: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line; `marked` if it belongs to a passage of interest."""

    words: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a source, as far as passages cover it."""

    number: int
    pieces: tuple[Piece, ...]
    after_gap: bool


@dataclass(frozen=True, slots=True)
class Context:
    """Lines around the marked passages of one source."""

    source: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Passages:
    """All passages of a release."""

    by_address: Mapping[str, Passage]
    by_source: Mapping[str, Sequence[Passage]]
    """The widest non-overlapping passages, in document order."""

    def quotes(self, addresses: Iterable[str]) -> list[Passage]:
        """The passages with these addresses; unknown addresses are skipped."""
        return [self.by_address[each] for each in addresses if each in self.by_address]

    def context(self, quotes: Sequence[Passage]) -> list[Context]:
        """The passages with the lines around them, source by source."""
        return [
            Context(source, tuple(_lines(self._near(source, marked), marked)))
            for source, marked in _by_source(quotes).items()
        ]

    def _near(self, source: str, marked: Sequence[Passage]) -> list[Passage]:
        """The widest passages that overlap the marked ones, with some before and after each."""
        every = self.by_source.get(source, ())
        numbers: set[int] = set()
        for number, passage in enumerate(every):
            if any(passage.start < one.end and one.start < passage.end for one in marked):
                numbers.update(range(max(0, number - _AROUND), number + _AROUND + 1))
        return [every[number] for number in sorted(numbers) if number < len(every)]


def _lines(passages: Sequence[Passage], marked: Sequence[Passage]) -> Iterable[Line]:
    found: list[tuple[int, list[Piece], bool]] = []
    end = None
    for passage in passages:
        gap = end is not None and passage.start - end > _NEAR
        if not found or found[-1][0] != passage.line or gap:
            found.append((passage.line, [], gap))
        found[-1][1].extend(_pieces(passage, marked))
        end = passage.end
    return (Line(number, tuple(pieces), gap) for number, pieces, gap in found)


def _pieces(passage: Passage, marked: Sequence[Passage]) -> Iterable[Piece]:
    """A passage split where marked passages begin and end."""
    within = [
        (max(one.start, passage.start), min(one.end, passage.end))
        for one in marked
        if one.start < passage.end and passage.start < one.end
    ]
    if len(passage.exact) != passage.end - passage.start:
        return [Piece(passage.exact, bool(within))]  # offsets differ from the text
    edges = sorted({passage.start, passage.end, *(edge for pair in within for edge in pair)})
    return [
        Piece(
            passage.exact[start - passage.start : end - passage.start],
            any(first <= start and end <= last for first, last in within),
        )
        for start, end in pairwise(edges)
    ]


def _by_source(passages: Iterable[Passage]) -> dict[str, list[Passage]]:
    found: dict[str, list[Passage]] = {}
    for passage in passages:
        found.setdefault(passage.source, []).append(passage)
    return found


PASSAGE_QUERIES = ("passages",)
"""The queries that `passages` reads."""


@once_per_release(*PASSAGE_QUERIES)
def passages(data: ReleaseData) -> Passages:
    """The passages of a release."""
    found = [
        Passage(
            row["passage"],
            row["source"],
            _number(row["start"]),
            _number(row["end"]),
            _number(row["line"]),
            _number(row["last"]),
            row["role"],
            row["exact"],
        )
        for row in data.records("passages")
    ]
    return Passages({each.address: each for each in found}, _widest(found))


def _number(text: str) -> int:
    """A number from the graph; 0 if it is not a number, since a graph may contain anything."""
    return int(text) if text.isascii() and text.isdigit() else 0


def _widest(found: Iterable[Passage]) -> dict[str, list[Passage]]:
    """The passages of each source without nested ones; the input is sorted."""
    kept: dict[str, list[Passage]] = {}
    for passage in found:
        before = kept.setdefault(passage.source, [])
        if not before or passage.start >= before[-1].end:
            before.append(passage)
    return kept


@dataclass(frozen=True, slots=True)
class Text:
    """A text that belongs to a measure or to a plan."""

    address: str
    kind: str
    """`part`, `footnote` or `statement`."""
    of: str
    """The measure that an item belongs to; '' for other kinds."""
    label: str
    """The label of an item, the number of a footnote, the kind of a statement."""
    words: str
    heading: str
    """The heading of the column that a footnote explains."""
    plan: str

    def name(self, language: str) -> str:
        """The kind of a footnote or statement in words, and the number of a footnote."""
        if self.kind == "footnote":
            return f"{term('footnote', language)} {self.label}".strip()
        return value_label("statements", "kind", self.label, language) or term(
            "statement", language
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """A cross-reference: the printed phrase, and the targets it resolves to."""

    address: str
    plan: str
    label: str
    """Its place in the plan."""
    phrase: str
    kind: str
    targets: tuple[str, ...]
    cited: str
    suspect: bool
    likely: str
    reason: str


TEXT_QUERIES = ("texts",)
"""The queries that `texts` reads."""
QUERIES = (*TEXT_QUERIES, "references")
"""The queries that `texts` and `references` read."""


@once_per_release(*TEXT_QUERIES)
def texts(data: ReleaseData) -> list[Text]:
    """The texts of a release."""
    return list(dict.fromkeys(map(_text, data.records("texts"))))


def _text(row: dict[str, str]) -> Text:
    return Text(
        row["text"],
        row["kind"],
        row["of"],
        row["label"],
        row["words"],
        row["heading"],
        row["plan"],
    )


@once_per_release("references")
def references(data: ReleaseData) -> list[Reference]:
    """The references of a release."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in data.records("references"):
        found.setdefault(row["reference"], []).append(row)
    return [_reference(address, rows) for address, rows in found.items()]


def _reference(address: str, rows: list[dict[str, str]]) -> Reference:
    row = rows[0]
    return Reference(
        address,
        row["plan"],
        row["label"],
        row["phrase"],
        code(row["kind"]),
        _distinct(each["target"] for each in rows),
        row["cited"],
        row["suspect"] == "true",
        row["likely"],
        row["reason"],
    )


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
