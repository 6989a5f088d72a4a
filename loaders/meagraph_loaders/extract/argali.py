"""The draft argali action plan: text pulled out of word-processor tables.

Three numbered paragraphs, a table of transboundary hotspots, a list of units in one country, the
goal, and a table of measures. The annex behind it is a document of its own (`ssap`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

from meagraph.core import names
from meagraph.core.errors import SourceError
from meagraph_loaders.extract.argali_units import HOTSPOT_HEADINGS, read_hotspots, read_list_unit
from meagraph_loaders.extract.cells import Cell, Cells
from meagraph_loaders.extract.lines import Line, Pieces, Source
from meagraph_loaders.extract.measure_draft import Draft, finish
from meagraph_loaders.extract.reading import Reading
from meagraph_loaders.extract.scales import read_scale
from meagraph_loaders.extract.statements import Opening, split_statements, take_statement
from meagraph_loaders.records import (
    Definition,
    Document,
    Measure,
    Section,
    Statement,
    Unit,
)

MEASURES = 115
SECTIONS = 24
UNITS = 23
STATEMENTS = 8
TITLE = "DRAFT ACTION PLAN"
PARAGRAPHS: dict[str, tuple[Opening, ...]] = {
    "1": (Opening("mandate", "In line with Decision", "mandate"),),
    "2": (
        Opening("approach", "Therefore, the Secretariat suggests", "approach"),
        Opening("hand-over", "Cross-cutting activities", "hand-over"),
    ),
    "3": (
        Opening("definition", "Conservation units can be", "definition"),
        Opening("scope", "This Action Plan is based on", "scope"),
    ),
}
TABLE_INTRODUCTION = Opening(
    "table-introduction", "Transboundary hotspots identified", "table-introduction"
)
LIST_INTRODUCTION = Opening(
    "list-introduction", "Subspecies or populations entirely", "list-introduction"
)
GOAL = Opening("goal", "Goal:", "goal")

MEASURE_HEADINGS = ("Nr.", "Conservation measures", "Priority", "Responsibility")
PART = "Specific measures for conservation units"
LIST_MARK = "·"

ANNEX = re.compile(r"^Annex 1[ \t]*$", re.MULTILINE)
PARAGRAPH = re.compile(r"(?P<number>\d+)\.\s")
NUMBER = re.compile(r"(?P<section>\d+)\.(?P<measure>\d+)")
UNIT_HEADING = re.compile(r"(?P<unit>\d+)\) .+?")
HEADING_COUNTRIES = re.compile(r"\((?P<countries>[^()]+)\)$")
PRIORITY = re.compile(r"[123]")


def annex_start(source: Source) -> int:
    """The offset of the line with which the annex begins.

    Raises SourceError when there is none, or more than one.
    """
    match [found.start() for found in ANNEX.finditer(source.text)]:
        case [start]:
            return start
        case found:
            raise SourceError(
                source.name,
                f"{len(found)} lines read “Annex 1”",
                "One such line parts the action plan from the excerpt of the SSAP 2014-2024",
            )


def extract(source: Source) -> Document:
    """Reads the action plan, up to its annex.

    Raises SourceError, with file and line, where the text is not built as this document is.
    """
    return _Argali(Reading(source, end=annex_start(source))).document()


class _Argali:
    """The state of reading: what was read so far, the open part and the open section."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.sections: list[Section] = []
        self.measures: list[Measure] = []
        self.statements: list[Statement] = []
        self.units: list[Unit] = []
        self.definitions: list[Definition] = []
        self.part: str | None = None
        self.section: Section | None = None
        self.section_number = 0
        self.measure_number = 0

    def document(self) -> Document:
        """Reads the four stretches of the document one after the other."""
        reading = self.reading
        table, units, plan = (
            reading.find_line(beginning)
            for beginning in (HOTSPOT_HEADINGS[0], LIST_INTRODUCTION.words, MEASURE_HEADINGS[0])
        )
        if not reading.words(reading.lines[0].pieces).startswith(TITLE):
            reading.stop(reading.lines[0], "no title stands here", f"It begins with “{TITLE}”")
        title = reading.take(reading.lines[0].pieces, "title", "title")
        for line in reading.lines[1:table]:
            if line.pieces:
                self.read_prose(line)
        self.units += read_hotspots(reading, reading.lines[table:units])
        for line in reading.lines[units:plan]:
            if line.pieces:
                self.read_list(line)
        reading.expect_count("units", len(self.units), UNITS)
        reading.expect_count("statements", len(self.statements), STATEMENTS)
        self.read_plan(Cells(reading, reading.lines[plan:]))
        reading.expect_count("measures", len(self.measures), MEASURES)
        reading.expect_count("sections", self.section_number, SECTIONS)
        return Document(
            slug=names.ARGALI,
            source=reading.source.name,
            title=title.words,
            title_passages=title.passages,
            sections=tuple(self.sections),
            measures=tuple(self.measures),
            units=tuple(self.units),
            definitions=tuple(self.definitions),
            footnotes=reading.footnote_records(),
            statements=tuple(self.statements),
            lines=reading.close(),
        )

    def read_prose(self, line: Line) -> None:
        """A numbered paragraph, one statement or two, or the introduction of the table."""
        first, *rest = line.pieces
        if first.text.startswith(TABLE_INTRODUCTION.words):
            self.add_statements(line.pieces, (TABLE_INTRODUCTION,))
            return
        match = PARAGRAPH.match(first.text)
        if match is None or match["number"] not in PARAGRAPHS:
            self.stray(line, f"Before the table stand the paragraphs {', '.join(PARAGRAPHS)}")
        self.reading.take((first.cut(0, match.end()),), "number")
        number = match["number"]
        pieces = (first.cut(match.end()), *rest)
        self.add_statements(pieces, PARAGRAPHS[number], number)

    def read_list(self, line: Line) -> None:
        """A unit in one country, or a statement before or behind the list."""
        first = line.pieces[0]
        for opening in (LIST_INTRODUCTION, GOAL):
            if first.text.startswith(opening.words):
                self.add_statements(line.pieces, (opening,))
                return
        self.units.append(read_list_unit(self.reading, line, len(self.units) + 1))

    def add_statements(
        self, pieces: Pieces, openings: Sequence[Opening], number: str | None = None
    ) -> None:
        """The statements that a paragraph makes."""
        for opening, words in split_statements(self.reading, pieces, openings):
            position = len(self.statements) + 1
            carrier = f"paragraph:{number}" if number else None
            self.statements.append(
                take_statement(
                    self.reading, opening, words, position, number=number, carrier=carrier
                )
            )

    def read_plan(self, cells: Cells) -> None:
        """The table of measures: section rows, one part heading, rows of measures."""
        headings = cells.take_headings(MEASURE_HEADINGS)
        for cell in headings:
            labels = self.reading.footnotes.attach(cell.pieces, f"heading:{cell.words}")
            if cell.words == "Priority":
                self.define_priority(labels)
        while cells:
            cell = cells.take("a section or a measure")
            match = NUMBER.fullmatch(cell.words)
            if match is None:
                self.begin_part(cell)
            elif match["measure"] == "0":
                self.begin_section(cell, int(match["section"]), cells.take("a section's heading"))
            else:
                self.add_measure(cell, cells)

    def define_priority(self, labels: Sequence[str]) -> None:
        """The scale that a footnote of the column's heading defines."""
        for body in self.reading.footnotes.bodies:
            if body.label in labels:
                self.definitions += read_scale(self.reading, "priority", body.words)

    def begin_part(self, cell: Cell) -> None:
        """The one part heading, above the sections about units."""
        if cell.words != PART or self.part is not None:
            self.stray(cell.lines[0], f"A row begins with its number; the one part is “{PART}”")
        taken = self.reading.take(cell.pieces, "part heading", "title")
        self.part = names.slug(taken.words)
        self.sections.append(
            Section(
                slug=self.part,
                number=None,
                title=taken.words,
                kind="part",
                position=len(self.sections) + 1,
                passages=taken.passages,
            )
        )

    def begin_section(self, cell: Cell, number: int, heading: Cell) -> None:
        """A section row; in the part about units the heading names one of them."""
        if number != self.section_number + 1 or not heading.is_one_line:
            self.stray(
                cell.lines[0],
                f"The next section is {self.section_number + 1}.0, with a heading of one line",
            )
        unit = self.heading_unit(heading) if self.part else None
        countries = (
            HEADING_COUNTRIES.search(heading.words) if unit and unit.kind == "hotspot" else None
        )
        printed = self.reading.take(cell.pieces, "number", "number")
        title = self.reading.take(heading.pieces, "section heading", "title")
        self.section = Section(
            slug=printed.words,
            number=printed.words,
            title=title.words,
            kind="section",
            position=len(self.sections) + 1,
            passages=(*printed.passages, *title.passages),
            parent=self.part,
            unit=unit.slug if unit else None,
            heading_countries=countries["countries"] if countries else None,
        )
        self.sections.append(self.section)
        self.section_number, self.measure_number = number, 0

    def heading_unit(self, heading: Cell) -> Unit:
        """The unit whose number a heading begins with."""
        match = UNIT_HEADING.match(heading.words)
        for unit in self.units:
            if match and unit.slug == match["unit"]:
                return unit
        self.stray(
            heading.lines[0], "A section of this part is headed by the number of a unit: 1) …"
        )

    def add_measure(self, number: Cell, cells: Cells) -> None:
        """A row: number, words, priority, responsibility."""
        right = f"{self.section_number}.{self.measure_number + 1}"
        if self.section is None or number.words != right:
            self.stray(number.lines[0], f"The next measure is {right}")
        self.measure_number += 1
        text, priority, responsibility = (
            cells.take(f"the {what} of measure {right}")
            for what in ("text", "priority", "responsibility")
        )
        for cell, what, fits in (
            (text, "text", not self.is_mark(text) and self.goes_on_as_list(text)),
            (priority, "priority", bool(PRIORITY.fullmatch(priority.words))),
            (
                responsibility,
                "responsibility",
                not self.is_mark(responsibility) and responsibility.is_one_line,
            ),
        ):
            if not fits:
                self.reading.stop(
                    cell.lines[0],
                    f"“{cell.words[:60]}” stands where the {what} of measure {right} was expected",
                    "A row holds number, text, priority (1, 2, 3) and responsibility; only a list "
                    f"({LIST_MARK}) takes more than one line",
                )
        draft = Draft(number.pieces[0], self.section.slug, self.part)
        draft.text = text.by_line
        draft.cells = {"priority": priority.by_line, "responsibility": responsibility.by_line}
        self.measures.append(finish(self.reading, draft, len(self.measures) + 1, LIST_MARK))

    def is_mark(self, cell: Cell) -> bool:
        """Whether a cell holds a number or a priority and thus no words."""
        return bool(NUMBER.fullmatch(cell.words) or PRIORITY.fullmatch(cell.words))

    def goes_on_as_list(self, cell: Cell) -> bool:
        """Whether all lines of a cell behind its first are items of a list."""
        return all(line.pieces[0].text.startswith(LIST_MARK) for line in cell.lines[1:])

    def stray(self, line: Line, right: str) -> NoReturn:
        """Stops at a line that does not fit."""
        words = self.reading.words(line.pieces)[:60]
        self.reading.stop(line, f"“{words}” does not fit here", right)
