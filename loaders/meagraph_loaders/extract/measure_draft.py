"""Measures: gathered line by line, then made into records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from string import ascii_lowercase

from meagraph_loaders.extract.lines import Pieces, Stretch, filled
from meagraph_loaders.extract.reading import Reading, Taken
from meagraph_loaders.extract.text import bare_number
from meagraph_loaders.records import CellRole, Measure, Part, PassageRole, Role

CELLS: tuple[CellRole, ...] = ("priority", "timescale", "responsibility", "applicability")


@dataclass(slots=True)
class Draft:
    """A measure while its lines are being read."""

    number: Stretch
    """As printed, with its closing mark."""
    section: str
    part: str | None
    text: list[Pieces] = field(default_factory=list)
    """The text, line by line."""
    cells: dict[CellRole, list[Pieces]] = field(default_factory=dict)
    """The cells, each line by line."""

    @property
    def label(self) -> str:
        """Its number without the closing mark."""
        return bare_number(self.number.text)


def finish(reading: Reading, draft: Draft, position: int, list_mark: str | None = None) -> Measure:
    """The record of a measure; its words now have their roles.

    `list_mark` is the mark of list items in this document, where measures hold lists.
    """
    number = reading.take((draft.number,), "number", "number")
    text = _take_lines(reading, draft.text, "measure text", "text")
    cells = {
        role: _take_lines(reading, draft.cells[role], role, role)
        for role in CELLS
        if role in draft.cells
    }
    words = {role: cell.words for role, cell in cells.items()}
    pieces = chain.from_iterable(chain(draft.text, *draft.cells.values()))
    return Measure(
        number=draft.label,
        text=text.words,
        section=draft.section,
        position=position,
        passages=(
            *text.passages,
            *number.passages,
            *(passage for cell in cells.values() for passage in cell.passages),
        ),
        part=draft.part,
        priority=words.get("priority"),
        timescale=words.get("timescale"),
        responsibility=words.get("responsibility"),
        responsibility_lines=tuple(
            reading.words(line) for line in draft.cells.get("responsibility", ())
        ),
        applicability=words.get("applicability"),
        parts=_parts(reading, draft.text, list_mark) if list_mark else (),
        footnotes=reading.footnotes.attach(pieces, f"measure:{draft.label}"),
    )


def _take_lines(
    reading: Reading, lines: Sequence[Pieces], role: Role, shown_as: PassageRole
) -> Taken:
    return reading.take(chain.from_iterable(lines), role, shown_as)


def _parts(reading: Reading, lines: Sequence[Pieces], mark: str) -> tuple[Part, ...]:
    """The list items of a text, labelled a, b, c …"""
    items = [reading.quote(item) for item in list_items(lines, mark)]
    return tuple(
        Part(label, item.words, item.passages)
        for label, item in zip(ascii_lowercase, items, strict=False)
    )


def list_items(lines: Sequence[Pieces], mark: str) -> list[Pieces]:
    """The items of a list inside a text, without their marks.

    An item begins at a line with the mark, and behind a line that ends with a colon: an export may
    lose the first item's mark.
    """
    items: list[list[Stretch]] = []
    after_colon = False
    for first, *rest in lines:
        if first.text.startswith(mark):
            items.append([first.cut(len(mark)), *rest])
        elif after_colon:
            items.append([first, *rest])
        elif items:
            items[-1] += [first, *rest]
        after_colon = (rest[-1] if rest else first).text.endswith(":")
    return [filled(item) for item in items]
