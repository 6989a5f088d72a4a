"""The CMS-CITES joint work programme: text pulled out of a paginated document, in paragraphs.

Four lettered themes, each with an introduction, sub-headings and measures. A blank line ends a
paragraph, but also stands inside list items; the page heading returns in the middle of sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import NoReturn

from meagraph.core import names
from meagraph_loaders.extract.lines import Line, Pieces, Source
from meagraph_loaders.extract.measure_draft import Draft, finish
from meagraph_loaders.extract.reading import Reading, Taken, pieces_of
from meagraph_loaders.extract.statements import Opening, split_statements, take_statement
from meagraph_loaders.extract.text import ends_open
from meagraph_loaders.records import (
    Document,
    ListedSpecies,
    Measure,
    Passage,
    Section,
    SectionKind,
    Statement,
)

THEMES = "ABCD"
MEASURES, STATEMENTS, SPECIES = 33, 8, 8
TITLE = "CMS CITES JOINT WORK PROGRAMME"
PAGE_HEADING = re.compile(r"\.?Description of envisaged joint activities")
THEME_PARAGRAPHS: dict[str | None, tuple[tuple[Opening, ...], ...]] = {
    None: ((Opening("introduction", "Introduction:", "introduction"),),),
    "A": (
        (Opening("theme-introduction", "Joint activities in this area", "theme-introduction-a"),),
    ),
    "B": (
        (Opening("theme-introduction", "The Secretariats will jointly", "theme-introduction-b"),),
        (Opening("list-introduction", "Shared species of", "list-introduction"),),
        (
            Opening("theme-introduction", "The Secretariats will also", "theme-introduction-b-2"),
            Opening("caveat", "Activities shall not be limited", "caveat"),
        ),
    ),
    "C": (
        (Opening("theme-introduction", "Joint activities in this area", "theme-introduction-c"),),
    ),
    "D": (
        (Opening("theme-introduction", "Joint activities in this area", "theme-introduction-d"),),
    ),
}

THEME = re.compile(r"\((?P<letter>[A-Z])\)(?=\s+\S)")
NUMBER = re.compile(r"(?P<number>[A-Z]\d+)(?:\.|\s+-)?(?=\s+\S)")
LIST_MARK = "- "
LISTED = re.compile(r"- (?P<text>.+?)(?:; and|;)?")
SCIENTIFIC = re.compile(r"\((?P<names>[^)]+)\)")
COMMON = re.compile(r"[^,(]+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines between blank lines or page headings."""

    lines: tuple[Line, ...]
    after_heading: bool
    """Whether a page heading parts it from the paragraph before."""

    @property
    def pieces(self) -> Pieces:
        """All its pieces."""
        return pieces_of(self.lines)

    @property
    def first(self) -> str:
        """The words of its first line."""
        return self.lines[0].pieces[0].text


def extract(source: Source) -> Document:
    """Reads the joint work programme.

    Raises SourceError, with file and line, where the text is not built as this document is.
    """
    return _Jwp(Reading(source)).document()


class _Jwp:
    """The state of reading: the open theme, sub-heading and measure."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.sections: list[Section] = []
        self.measures: list[Measure] = []
        self.statements: list[Statement] = []
        self.species: list[ListedSpecies] = []
        self.theme: str | None = None
        self.sub_heading: str | None = None
        self.measure_number = 0
        self.draft: Draft | None = None

    def document(self) -> Document:
        """Reads the title and the introduction, then paragraph after paragraph."""
        reading = self.reading
        paragraphs = self.paragraphs()
        if not paragraphs or not paragraphs[0].first.startswith(TITLE):
            reading.stop(reading.lines[0], "no title stands here", f"It begins with “{TITLE}”")
        title = reading.take(paragraphs[0].pieces, "title", "title")
        for paragraph, following in zip_longest(paragraphs[1:], paragraphs[2:]):
            self.read(paragraph, following)
        self.end_measure()
        reading.expect_count("statements", len(self.statements), STATEMENTS)
        reading.expect_count("listed species", len(self.species), SPECIES)
        reading.expect_count("measures", len(self.measures), MEASURES)
        return Document(
            slug=names.JWP,
            source=reading.source.name,
            title=title.words,
            title_passages=title.passages,
            sections=tuple(self.sections),
            measures=tuple(self.measures),
            statements=tuple(self.statements),
            species=tuple(self.species),
            lines=reading.close(),
        )

    def paragraphs(self) -> list[Paragraph]:
        """The paragraphs, without the page headings."""
        found: list[Paragraph] = []
        lines: list[Line] = []
        after_heading = False
        for line in [*self.reading.lines, None]:
            is_heading = bool(line and line.pieces and PAGE_HEADING.fullmatch(line.pieces[0].text))
            if line and line.pieces and not is_heading:
                lines.append(line)
                continue
            if lines:
                found.append(Paragraph(tuple(lines), after_heading))
                lines, after_heading = [], False
            if line and is_heading:
                self.reading.take(line.pieces, "page furniture")
                after_heading = True
        return found

    def read(self, paragraph: Paragraph, following: Paragraph | None) -> None:
        """Gives one paragraph its role."""
        if match := THEME.match(paragraph.first):
            self.begin_theme(paragraph, match)
        elif match := NUMBER.match(paragraph.first):
            self.begin_measure(paragraph, match)
        elif self.is_sub_heading(paragraph, following):
            self.begin_sub_heading(paragraph)
        elif self.draft is not None:
            self.continue_measure(self.draft, paragraph)
        elif paragraph.first.startswith(LIST_MARK):
            self.read_species(paragraph)
        else:
            self.read_theme_paragraph(paragraph)

    def is_sub_heading(self, paragraph: Paragraph, following: Paragraph | None) -> bool:
        """One line without a closing mark, directly above a measure."""
        return (
            len(paragraph.lines) == 1
            and ends_open(paragraph.first)
            and not paragraph.first.startswith(LIST_MARK)
            and following is not None
            and NUMBER.match(following.first) is not None
        )

    def begin_theme(self, paragraph: Paragraph, match: re.Match[str]) -> None:
        """The heading of a theme, on one line or two."""
        self.end_measure()
        right = next((letter for letter in THEMES if letter > (self.theme or "")), "none")
        if match["letter"] != right:
            self.stray(paragraph, f"The themes are {', '.join(THEMES)}, in this order")
        if not ends_open(paragraph.pieces[-1].text):
            self.stray(paragraph, "The heading of a theme has no closing mark")
        first, *rest = paragraph.pieces
        number = self.reading.take((first.cut(0, match.end()),), "number", "number")
        title = self.reading.take((first.cut(match.end()), *rest), "section heading", "title")
        self.theme, self.sub_heading, self.measure_number = right, None, 0
        self.add_section(right, right, "section", title, (*number.passages, *title.passages))

    def begin_sub_heading(self, paragraph: Paragraph) -> None:
        """A sub-heading inside a theme."""
        self.end_measure()
        title = self.reading.take(paragraph.pieces, "sub-heading", "title")
        self.sub_heading = names.slug(title.words)
        self.add_section(self.sub_heading, None, "sub-heading", title, title.passages)

    def add_section(
        self,
        slug: str,
        number: str | None,
        kind: SectionKind,
        title: Taken,
        passages: tuple[Passage, ...],
    ) -> None:
        """The record of a theme or a sub-heading."""
        self.sections.append(
            Section(
                slug=slug,
                number=number,
                title=title.words,
                kind=kind,
                position=len(self.sections) + 1,
                passages=passages,
                parent=self.theme if kind == "sub-heading" else None,
            )
        )

    def read_theme_paragraph(self, paragraph: Paragraph) -> None:
        """A paragraph between the heading of a theme and its first measure."""
        for openings in THEME_PARAGRAPHS[self.theme]:
            if paragraph.first.startswith(openings[0].words):
                self.add_statements(paragraph, openings)
                return
        self.stray(paragraph, "Here stands a theme, its introduction, a sub-heading or a measure")

    def add_statements(self, paragraph: Paragraph, openings: tuple[Opening, ...]) -> None:
        """The statements that a paragraph makes."""
        for opening, pieces in split_statements(self.reading, paragraph.pieces, openings):
            position = len(self.statements) + 1
            self.statements.append(
                take_statement(self.reading, opening, pieces, position, section=self.theme)
            )

    def read_species(self, paragraph: Paragraph) -> None:
        """The list of shared species, one per line."""
        if not self.statements or self.statements[-1].kind != "list-introduction":
            self.stray(paragraph, "A list stands in a measure or behind its introduction")
        for line in paragraph.lines:
            piece = line.pieces[0]
            match = LISTED.fullmatch(piece.text)
            common = COMMON.match(match["text"]) if match else None
            if match is None or common is None:
                self.reading.stop(
                    line,
                    f"“{piece.text}” does not read like a listed species",
                    "An item reads like: - Argali sheep (Ovis ammon);",
                )
            self.reading.take((piece,), "listed species")
            text = self.reading.quote((piece.cut(match.start("text"), match.end("text")),))
            scientific = [
                name for group in SCIENTIFIC.findall(text.words) for name in group.split(" and ")
            ]
            self.species.append(
                ListedSpecies(
                    slug=names.slug(common[0]),
                    text=text.words,
                    common_name=common[0].strip(),
                    scientific=tuple(scientific),
                    position=len(self.species) + 1,
                    passages=text.passages,
                )
            )

    def begin_measure(self, paragraph: Paragraph, match: re.Match[str]) -> None:
        """A paragraph that begins with the number of a measure."""
        self.end_measure()
        right = f"{self.theme}{self.measure_number + 1}"
        if self.theme is None or match["number"] != right:
            self.stray(paragraph, f"The next measure is {right}")
        self.measure_number += 1
        first, *rest = paragraph.lines
        piece, *after = first.pieces
        self.draft = Draft(piece.cut(0, match.end()), self.theme, self.sub_heading)
        self.draft.text = [
            (piece.cut(match.end()), *after),
            *(line.pieces for line in rest),
        ]

    def continue_measure(self, draft: Draft, paragraph: Paragraph) -> None:
        """A paragraph that goes on with the open measure: behind a page heading, or in a list."""
        last = draft.text[-1][-1].text
        in_list = last.endswith(":") or any(
            line[0].text.startswith(LIST_MARK) for line in draft.text
        )
        begins_list = last.endswith(":") and paragraph.first.startswith(LIST_MARK)
        if not begins_list and not (ends_open(last) and (paragraph.after_heading or in_list)):
            self.stray(
                paragraph,
                f"Measure {draft.label} goes on only where a page heading or a blank line "
                "breaks its sentence",
            )
        draft.text += [line.pieces for line in paragraph.lines]

    def end_measure(self) -> None:
        """Makes the record of the open measure, if there is one."""
        draft, self.draft = self.draft, None
        if draft is not None:
            position = len(self.measures) + 1
            self.measures.append(finish(self.reading, draft, position, LIST_MARK))

    def stray(self, paragraph: Paragraph, right: str) -> NoReturn:
        """Stops at a paragraph that does not fit."""
        self.reading.stop(paragraph.lines[0], f"“{paragraph.first[:60]}” does not fit here", right)
