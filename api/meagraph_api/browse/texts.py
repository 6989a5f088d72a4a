"""Texts beside the measures: items of lists, footnotes, statements, references between texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from meagraph_api.browse.called import code
from meagraph_api.browse.reading import ReleaseData, understood


@dataclass(frozen=True, slots=True)
class Text:
    """A text that belongs to a measure or to a plan."""

    address: str
    kind: str
    """`part`, `footnote` or `statement`."""
    of: str
    """The measure of an item, '' for others."""
    label: str
    """The label of an item, the number of a footnote, the kind of a statement."""
    words: str
    heading: str
    """The heading of a column that a footnote explains."""
    plan: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as printed, and what it is read as."""

    address: str
    plan: str
    label: str
    """Where in the plan it stands."""
    phrase: str
    kind: str
    targets: tuple[str, ...]
    cited: str
    suspect: bool
    likely: str
    reason: str


QUERIES = ("texts", "references")
"""The queries that `texts` and `references` read."""


@understood("texts")
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


@understood("references")
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
