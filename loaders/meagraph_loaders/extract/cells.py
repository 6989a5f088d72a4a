"""Table cells as a word processor's export prints them.

A line that begins with a tab opens a cell, even where nothing stands on it; lines without a tab
continue the open cell; an empty line closes it. Cells without words are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meagraph_loaders.extract.lines import Line, Pieces
from meagraph_loaders.extract.reading import Reading, pieces_of


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its lines that hold words, and those words as one text."""

    lines: tuple[Line, ...]
    words: str

    @property
    def pieces(self) -> Pieces:
        """All its pieces."""
        return pieces_of(self.lines)

    @property
    def is_one_line(self) -> bool:
        """Whether all its words stand on one line."""
        return len(self.lines) == 1

    @property
    def by_line(self) -> list[Pieces]:
        """Its pieces, line by line."""
        return [line.pieces for line in self.lines]


class Cells:
    """The cells of a table, read one after the other."""

    def __init__(self, reading: Reading, lines: Sequence[Line]) -> None:
        self._reading = reading
        self._cells = [
            Cell(tuple(group), reading.words(pieces_of(group)))
            for group in _grouped(reading, lines)
        ]
        self._next = 0
        self._end = lines[-1] if lines else reading.lines[-1]

    def __bool__(self) -> bool:
        """Whether there are cells left."""
        return self._next < len(self._cells)

    def take(self, expected: str) -> Cell:
        """The next cell. Raises SourceError when the table is over."""
        if not self:
            self._reading.stop(
                self._end,
                f"the table ends where {expected} was expected",
                "A row is complete or absent",
            )
        self._next += 1
        return self._cells[self._next - 1]

    def take_headings(self, headings: Sequence[str]) -> list[Cell]:
        """The cells of a heading row. Raises SourceError when they are others."""
        found = []
        for heading in headings:
            cell = self.take(f"the column heading “{heading}”")
            if cell.words != heading:
                self._reading.stop(
                    cell.lines[0],
                    f"“{cell.words[:60]}” stands where the column heading “{heading}” was expected",
                    f"The columns are: {', '.join(headings)}",
                )
            self._reading.take(cell.pieces, "table heading")
            found.append(cell)
        return found


def _grouped(reading: Reading, lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of each cell that holds words."""
    groups: list[list[Line]] = []
    is_open = False
    for line in lines:
        if line.tabbed:
            groups.append([])
            is_open = True
        if line.pieces:
            if not is_open:
                reading.stop(
                    line,
                    f"“{reading.words(line.pieces)[:60]}” stands outside the table's cells",
                    "A cell begins with a tab, or follows its first line without an empty line",
                )
            groups[-1].append(line)
        elif not line.tabbed:
            is_open = False
    return [group for group in groups if group]
