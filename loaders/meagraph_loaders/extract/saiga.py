"""The saiga work programme: text pulled out of a paginated table.

A measure is a number, words and two cells (urgency, timescale), each on lines of their own or
behind the one before. The table's heading returns on every page, twice in the middle of a sentence
whose cells stand before the break. Two footnotes define the scales.
"""

from __future__ import annotations

import re

from meagraph.core import names
from meagraph_loaders.extract.lines import Line, Source, Stretch
from meagraph_loaders.extract.measure_draft import Draft, finish
from meagraph_loaders.extract.reading import Reading, pieces_of
from meagraph_loaders.extract.scales import read_scale
from meagraph_loaders.extract.statements import Opening, split_statements, take_statement
from meagraph_loaders.extract.text import ends_open
from meagraph_loaders.records import (
    CellRole,
    Definition,
    Document,
    Footnote,
    Measure,
    Scheme,
    Section,
    Unit,
)

MEASURES = 90
JOINED = ("e-bulletin",)
TABLE_HEADING = "Measures to be taken Urgency1 Timescale2"
PARTS = ("Range-wide measures", "Population-specific measures")
POPULATIONS_PART = PARTS[1]
PREAMBLE = (
    Opening("title", "MEDIUM-TERM INTERNATIONAL WORK PROGRAMME", "title"),
    Opening("vision", "Long-term vision:", "vision"),
    Opening("goal", "Overall goal:", "goal"),
    Opening("goal-assessment", "Achievement of this goal", "goal-assessment"),
)

SECTION = re.compile(r"(?P<section>\d+)\.0(?=\s+\S)")
NUMBER = re.compile(r"(?P<number>\d+\.\d+)(?!\S)")
CELLS = re.compile(r"(?P<priority>[123])?(?:(?:^|\s+)(?P<timescale>[AB]))?")
TEXT_AND_CELLS = re.compile(r"(?P<text>.*\S)\s+(?P<cells>[123]\s+[AB])")
FOOTNOTE = re.compile(r"(?P<label>\d)\s\s(?P<words>(?P<heading>Urgency|Timescale): .+)")
SCHEMES: dict[str, Scheme] = {"Urgency": "priority", "Timescale": "timescale"}
COLUMNS: tuple[CellRole, ...] = ("priority", "timescale")
POPULATION = re.compile(r"(?P<name>.+?)(?: region)? population")


def extract(source: Source) -> Document:
    """Reads the saiga work programme.

    Raises SourceError, with file and line, where the text is not built as this document is.
    """
    return _Saiga(Reading(source, joined=JOINED)).document()


class _Saiga:
    """The state of reading: the open part, section and measure, and what stands above the line."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.sections: list[Section] = []
        self.units: list[Unit] = []
        self.measures: list[Measure] = []
        self.footnotes: list[Footnote] = []
        self.definitions: list[Definition] = []
        self.part: Section | None = None
        self.section: Section | None = None
        self.section_number = 0
        self.measure_number = 0
        self.draft: Draft | None = None
        self.new_page = False
        self.after_blank = False

    def document(self) -> Document:
        """Reads all lines: the title and statements, then the table."""
        start = self.reading.find_line(TABLE_HEADING)
        preamble = pieces_of(self.reading.lines[:start])
        (_, first), *prose = split_statements(self.reading, preamble, PREAMBLE)
        title = self.reading.take(first, "title", "title")
        statements = tuple(
            take_statement(self.reading, opening, pieces, position)
            for position, (opening, pieces) in enumerate(prose, 1)
        )
        self.reading.take(self.reading.lines[start].pieces, "table heading")
        for line in self.reading.lines[start + 1 :]:
            if line.pieces:
                self.read(line)
            self.after_blank = not line.pieces
        self.end_measure()
        self.reading.expect_count("measures", len(self.measures), MEASURES)
        self.reading.expect_count("footnotes", len(self.footnotes), len(SCHEMES))
        return Document(
            slug=names.SAIGA,
            source=self.reading.source.name,
            title=title.words,
            title_passages=title.passages,
            sections=tuple(self.sections),
            measures=tuple(self.measures),
            units=tuple(self.units),
            definitions=tuple(self.definitions),
            footnotes=tuple(self.footnotes),
            statements=statements,
            lines=self.reading.close(),
        )

    def read(self, line: Line) -> None:
        """Gives one line of the table its role."""
        piece = line.pieces[0]
        if piece.text == TABLE_HEADING:
            self.reading.take((piece,), "page furniture")
            self.new_page = True
            return
        if match := FOOTNOTE.fullmatch(piece.text):
            self.add_footnote(piece, match)
        elif piece.text in PARTS:
            self.begin_part(piece)
        elif match := SECTION.match(piece.text):
            self.begin_section(piece, match)
        elif match := NUMBER.match(piece.text):
            self.begin_measure(piece, match)
        else:
            self.continue_measure(piece)
        self.new_page = False

    def add_footnote(self, piece: Stretch, match: re.Match[str]) -> None:
        """A footnote at the end of a page: it defines the steps of one scale."""
        self.reading.take((piece.cut(0, match.end("label")),), "footnote mark")
        words = piece.cut(match.start("words"))
        taken = self.reading.take((words,), "footnote", "footnote")
        carrier = f"heading:{match['heading']}"
        self.footnotes.append(Footnote(match["label"], taken.words, taken.passages, (carrier,)))
        self.definitions += read_scale(self.reading, SCHEMES[match["heading"]], words)

    def begin_part(self, piece: Stretch) -> None:
        """A part heading."""
        self.end_measure()
        taken = self.reading.take((piece,), "part heading", "title")
        self.part = Section(
            slug=names.slug(taken.words),
            number=None,
            title=taken.words,
            kind="part",
            position=len(self.sections) + 1,
            passages=taken.passages,
        )
        self.sections.append(self.part)

    def begin_section(self, piece: Stretch, match: re.Match[str]) -> None:
        """A section heading; in the second part it also names a population."""
        self.end_measure()
        if self.part is None or int(match["section"]) != self.section_number + 1:
            self.reading.stop(
                piece,
                f"section {match[0]} begins here",
                f"A section stands in a part, and the next one is {self.section_number + 1}.0",
            )
        number = self.reading.take((piece.cut(0, match.end()),), "number", "number")
        heading = piece.cut(match.end())
        title = self.reading.take((heading,), "section heading", "title")
        self.section = Section(
            slug=number.words,
            number=number.words,
            title=title.words,
            kind="section",
            position=len(self.sections) + 1,
            passages=(*number.passages, *title.passages),
            parent=self.part.slug,
            unit=self.add_population(heading) if self.part.title == POPULATIONS_PART else None,
        )
        self.sections.append(self.section)
        self.section_number, self.measure_number = self.section_number + 1, 0

    def add_population(self, heading: Stretch) -> str:
        """The population that a heading names becomes a unit; gives its slug."""
        printed = POPULATION.fullmatch(heading.text)
        if printed is None:
            self.reading.stop(
                heading,
                f"“{heading.text}” names no population",
                "A section of the population-specific measures is headed “… population”",
            )
        quoted = self.reading.quote((heading,), "name")
        unit = Unit(
            slug=names.slug(printed["name"]),
            kind="population",
            position=len(self.units) + 1,
            name=quoted.words,
            passages=quoted.passages,
        )
        self.units.append(unit)
        return unit.slug

    def begin_measure(self, piece: Stretch, match: re.Match[str]) -> None:
        """The number of a measure, alone or with the first words behind it."""
        self.end_measure()
        right = f"{self.section_number}.{self.measure_number + 1}"
        if self.section is None or match["number"] != right:
            self.reading.stop(
                piece,
                f"the number {match['number']} stands here",
                f"The next measure is {right}, the next section {self.section_number + 1}.0",
            )
        self.measure_number += 1
        number = piece.cut(0, match.end())
        self.draft = Draft(number, self.section.slug, self.section.parent)
        if rest := piece.cut(match.end()):
            self.continue_measure(rest)

    def continue_measure(self, piece: Stretch) -> None:
        """Words of the open measure, its cells, or both."""
        draft = self.draft
        if draft is None:
            self.reading.stop(
                piece,
                f"“{piece.text[:60]}” belongs to no measure",
                "Behind a heading stands a measure, which begins with its number",
            )
        if match := CELLS.fullmatch(piece.text):
            self.add_cells(draft, piece, match)
            return
        self.check_place(draft, piece)
        if match := TEXT_AND_CELLS.fullmatch(piece.text):
            draft.text.append((piece.cut(0, match.end("text")),))
            self.continue_measure(piece.cut(match.start("cells")))
        else:
            draft.text.append((piece,))

    def check_place(self, draft: Draft, piece: Stretch) -> None:
        """Words go on behind a blank line, or behind a page heading, in an open sentence only."""
        if not draft.text or not (self.after_blank or self.new_page or draft.cells):
            return
        if not ends_open(draft.text[-1][-1].text) or (draft.cells and not self.new_page):
            self.reading.stop(
                piece,
                f"“{piece.text[:60]}” stands behind the end of measure {draft.label}",
                "Words go on behind a blank line or a page heading only where a sentence is "
                "open, and behind the cells only on a new page",
            )

    def add_cells(self, draft: Draft, piece: Stretch, match: re.Match[str]) -> None:
        """The urgency, the timescale, or both, in this order and once each."""
        for role in COLUMNS:
            if match[role] is None:
                continue
            if not draft.text or role in draft.cells or len(draft.cells) != COLUMNS.index(role):
                self.reading.stop(
                    piece,
                    f"“{piece.text}” is no {role} that measure {draft.label} can have here",
                    "Behind the words of a measure stand its urgency (1, 2, 3), then its "
                    "timescale (A, B), once each",
                )
            draft.cells[role] = [(piece.cut(match.start(role), match.end(role)),)]

    def end_measure(self) -> None:
        """Makes the record of the open measure, if there is one."""
        draft, self.draft = self.draft, None
        if draft is None:
            return
        if not draft.text or len(draft.cells) != len(COLUMNS):
            self.reading.stop(
                draft.number,
                f"measure {draft.label} lacks its words, its urgency or its timescale",
                "A measure has words, an urgency (1, 2, 3) and a timescale (A, B)",
            )
        self.measures.append(finish(self.reading, draft, len(self.measures) + 1))
