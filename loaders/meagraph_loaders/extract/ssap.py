"""The annex of the argali action plan: general activities of the SSAP 2014-2024, an excerpt.

A document of its own in the same file. Objectives head tables of results and actions; an action's
first cell holds its number, its words and, behind `Applicable to:`, where it applies.
"""

from __future__ import annotations

import re
from typing import NoReturn

from meagraph.core import names
from meagraph_loaders.extract.argali import annex_start
from meagraph_loaders.extract.cells import Cell, Cells
from meagraph_loaders.extract.lines import Pieces, Source
from meagraph_loaders.extract.measure_draft import Draft, finish
from meagraph_loaders.extract.reading import Reading
from meagraph_loaders.extract.statements import Opening, split_before, take_statement
from meagraph_loaders.extract.text import bare_number
from meagraph_loaders.records import Definition, Document, Measure, Scheme, Section

OBJECTIVES, RESULTS, MEASURES = 4, 9, 51
ANNEX_HEADING = "Annex 1"
TITLE = Opening("hand-over", "General activities from the SSAP 2014-2024", "hand-over")
LANGUAGE_NOTE = Opening("language-note", "(Russian version", "language-note")
HEADINGS = ("Result", "Action", "Priority", "Time scale", "Organisations responsible")
APPLICABLE = "Applicable to:"
PRIORITIES = ("Essential", "High", "Medium", "Low")
TIMESCALES = ("Short", "Medium", "Long", "On-going", "On-going / Completed")

OBJECTIVE = re.compile(r"Objective (?P<number>\d+): .+")
RESULT = re.compile(r"(?P<number>\d+\.\d+)\.(?=\s+\S)")
ACTION = re.compile(r"(?P<number>\d+\.\d+\.\d+)\.?(?=\s+\S)")


def extract(source: Source) -> Document:
    """Reads the annex, from its heading to the end of the file.

    Raises SourceError, with file and line, where the text is not built as this document is.
    """
    return _Ssap(Reading(source, annex_start(source), bare_marks=True)).document()


class _Ssap:
    """The state of reading: what was read so far, the open objective and the open result."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.sections: list[Section] = []
        self.measures: list[Measure] = []
        self.definitions: list[Definition] = []
        self.objectives = 0
        self.results = 0
        self.objective: Section | None = None
        self.result: Section | None = None
        self.results_in_objective = 0
        self.measures_in_result = 0

    def document(self) -> Document:
        """Reads the three lines of heading, then the tables."""
        reading = self.reading
        annex, title, note = (
            reading.lines[reading.find_line(beginning)]
            for beginning in (ANNEX_HEADING, TITLE.words, LANGUAGE_NOTE.words)
        )
        annex_heading = reading.take(annex.pieces, "annex heading", "title")
        statements = (
            take_statement(reading, TITLE, title.pieces, 1),
            take_statement(reading, LANGUAGE_NOTE, note.pieces, 2),
        )
        heading = reading.quote(title.pieces, "title")
        first_cell = next(
            (i for i, line in enumerate(reading.lines) if line.tabbed and line.pieces), None
        )
        self.read_tables(Cells(reading, reading.lines[first_cell:]))
        reading.expect_count("objectives", self.objectives, OBJECTIVES)
        reading.expect_count("results", self.results, RESULTS)
        reading.expect_count("measures", len(self.measures), MEASURES)
        return Document(
            slug=names.SSAP,
            source=reading.source.name,
            title=heading.words,
            title_passages=(*annex_heading.passages, *heading.passages),
            sections=tuple(self.sections),
            measures=tuple(self.measures),
            definitions=tuple(self.definitions),
            footnotes=reading.footnote_records(),
            statements=statements,
            lines=reading.close(),
        )

    def read_tables(self, cells: Cells) -> None:
        """Each objective, the headings of its table, its results and their actions."""
        while cells:
            cell = cells.take("an objective, a result or an action")
            if match := OBJECTIVE.fullmatch(cell.words):
                self.begin_objective(cell, int(match["number"]))
                cells.take_headings(HEADINGS)
            elif match := RESULT.match(cell.pieces[0].text):
                self.begin_result(cell, match)
            elif match := ACTION.match(cell.pieces[0].text):
                self.add_measure(cell, match, cells)
            else:
                self.stray(cell, "Here stands an objective, a result (1.1.) or an action (1.1.1.)")

    def begin_objective(self, cell: Cell, number: int) -> None:
        """The heading of an objective."""
        if number != self.objectives + 1 or not cell.is_one_line:
            self.stray(cell, f"The next objective is {self.objectives + 1}, on one line")
        taken = self.reading.take(cell.pieces, "objective", "title")
        self.objectives, self.results_in_objective = number, 0
        self.objective, self.result = (
            Section(
                slug=str(number),
                number=str(number),
                title=taken.words,
                kind="objective",
                position=len(self.sections) + 1,
                passages=taken.passages,
            ),
            None,
        )
        self.sections.append(self.objective)

    def begin_result(self, cell: Cell, match: re.Match[str]) -> None:
        """The number and words of a result."""
        right = f"{self.objectives}.{self.results_in_objective + 1}"
        if self.objective is None or match["number"] != right or not cell.is_one_line:
            self.stray(cell, f"The next result is {right}, on one line")
        first, *rest = cell.pieces
        number = self.reading.take((first.cut(0, match.end()),), "number", "number")
        title = self.reading.take((first.cut(match.end()), *rest), "result", "title")
        self.results, self.results_in_objective = self.results + 1, self.results_in_objective + 1
        self.measures_in_result = 0
        self.result = Section(
            slug=bare_number(number.words),
            number=bare_number(number.words),
            title=title.words,
            kind="result",
            position=len(self.sections) + 1,
            passages=(*number.passages, *title.passages),
            parent=self.objective.slug,
        )
        self.sections.append(self.result)

    def add_measure(self, cell: Cell, match: re.Match[str], cells: Cells) -> None:
        """A row: number, words and applicability in one cell, then the other three."""
        if self.result is None:
            self.stray(cell, "An action stands below a result (1.1.)")
        right = f"{self.result.slug}.{self.measures_in_result + 1}"
        if match["number"] != right:
            self.stray(cell, f"The next action is {right}")
        self.measures_in_result += 1
        priority, timescale, responsibility = (
            cells.take(f"the {what} of measure {right}")
            for what in ("priority", "time scale", "responsibility")
        )
        self.define("priority", priority, PRIORITIES, right)
        self.define("timescale", timescale, TIMESCALES, right)
        if any(row.match(responsibility.words) for row in (OBJECTIVE, RESULT, ACTION)):
            self.stray(responsibility, f"Measure {right} lacks its responsibility")
        first, *rest = cell.pieces
        text, applicability = self.split_applicability(cell, (first.cut(match.end()), *rest))
        draft = Draft(first.cut(0, match.end()), self.result.slug, self.result.parent)
        draft.text = [text]
        draft.cells = {
            "priority": priority.by_line,
            "timescale": timescale.by_line,
            "responsibility": responsibility.by_line,
            "applicability": [applicability],
        }
        self.measures.append(finish(self.reading, draft, len(self.measures) + 1))

    def split_applicability(self, cell: Cell, pieces: Pieces) -> tuple[Pieces, Pieces]:
        """The words of an action, and what stands behind `Applicable to:`."""
        right = (
            f"Behind the words of an action, on the same line or the next, stands “{APPLICABLE}” "
            "with where it applies, once"
        )
        cut = split_before(pieces, APPLICABLE)
        if cut is None or not cut[0] or not self.is_row_head(cell):
            self.stray(cell, right)
        text, (first, *rest) = cut
        label, words = first.cut(0, len(APPLICABLE)), first.cut(len(APPLICABLE))
        if not words or split_before((words, *rest), APPLICABLE):
            self.stray(cell, right)
        self.reading.take((label,), "applicability label")
        return text, (words, *rest)

    def is_row_head(self, cell: Cell) -> bool:
        """Whether a cell is one line, or words and applicability on a line each."""
        second = [line.pieces[0].text for line in cell.lines[1:]]
        return not second or (len(second) == 1 and second[0].startswith(APPLICABLE))

    def define(self, scheme: Scheme, cell: Cell, values: tuple[str, ...], number: str) -> None:
        """Checks a cell against its scale; a value's first use stands for its definition."""
        if cell.words not in values:
            self.reading.stop(
                cell.lines[0],
                f"“{cell.words[:60]}” stands where the {scheme} of measure {number} was expected",
                f"A {scheme} is one of: {', '.join(values)}",
            )
        if not any(
            known.scheme == scheme and known.notation == cell.words for known in self.definitions
        ):
            passages = self.reading.quote(cell.pieces, scheme).passages
            self.definitions.append(Definition(scheme, cell.words, None, None, passages))

    def stray(self, cell: Cell, right: str) -> NoReturn:
        """Stops at a cell that does not fit."""
        self.reading.stop(cell.lines[0], f"“{cell.words[:60]}” does not fit here", right)
