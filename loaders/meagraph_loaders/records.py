"""Records: what a document says, as printed, with the place where it says it.

No RDF, no reading of ours. Everything after extraction works on these, whichever kind of document
they came from. White space in every text is collapsed to single spaces; nothing is corrected.
Texts keep all printed words, list marks and trailing punctuation; footnote marks and bodies are
taken out and attached (`footnotes`); numbers lose their closing period or dash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

PassageRole = Literal[
    "text",
    "number",
    "priority",
    "timescale",
    "responsibility",
    "applicability",
    "hotspot",
    "name",
    "subspecies",
    "area",
    "countries",
    "title",
    "footnote",
]

CellRole = Literal["priority", "timescale", "responsibility", "applicability"]

Role = (
    CellRole
    | Literal[
        "title",
        "annex heading",
        "statement",
        "part heading",
        "section heading",
        "sub-heading",
        "objective",
        "result",
        "number",
        "measure text",
        "applicability label",
        "unit",
        "listed species",
        "footnote",
        "footnote mark",
        "table heading",
        "page furniture",
    ]
)
"""What a stretch of a source file is for, in the accounts of extraction."""

Scheme = Literal["priority", "timescale"]

SectionKind = Literal["part", "section", "sub-heading", "objective", "result"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A contiguous stretch of a source file.

    `start_line` and `end_line` count from 1 and are inclusive. `start` and `end` are offsets in
    Unicode code points from the beginning of the decoded file, `end` exclusive, so that
    ``source_text[start:end] == quote``. A statement that is broken by page furniture has several.
    """

    start_line: int
    end_line: int
    start: int
    end: int
    quote: str
    role: PassageRole = "text"


@dataclass(frozen=True, slots=True)
class Section:
    """A part heading, numbered section, sub-heading, objective or result, with its printed title.

    `number` is as printed without a closing period (`1.0`, `A`, `1.1`; objectives `1`), None where
    none is printed. `slug` names it in its address: the number, or for unnumbered ones a slug of
    the title. `parent` is the slug of the section that contains it. `title` is the heading as
    printed without its own leading number (the argali `1) High Pamirs (…)` keeps the unit number,
    which is part of the title; an objective keeps `Objective 1: …`, a JWP theme loses `(A)`).
    """

    slug: str
    number: str | None
    title: str
    kind: SectionKind
    position: int
    passages: tuple[Passage, ...]
    parent: str | None = None
    unit: str | None = None
    """The slug of the conservation unit that the heading names, where it names one."""
    heading_countries: str | None = None
    """The countries as the heading prints them, e.g. `China, Kazakhstan`."""
    footnotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a printed list inside a measure: `label` a, b, c …; `text` without its mark."""

    label: str
    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One numbered measure with its cells as printed (None where the document prints none)."""

    number: str
    text: str
    section: str
    """Slug of its numbered section (SSAP: its result; JWP: the letter)."""
    position: int
    """1, 2, 3 … in document order."""
    passages: tuple[Passage, ...]
    part: str | None = None
    """Slug of the part heading, objective or sub-heading above it."""
    priority: str | None = None
    timescale: str | None = None
    responsibility: str | None = None
    responsibility_lines: tuple[str, ...] = ()
    """The responsibility cell line by line: a line break separates actors."""
    applicability: str | None = None
    """What stands behind `Applicable to:`, without that label and without footnote marks."""
    parts: tuple[Part, ...] = ()
    footnotes: tuple[str, ...] = ()
    """Labels of the footnotes whose marks stand in its text or cells."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A conservation unit as printed: a table row, a list item, or a saiga population heading."""

    slug: str
    kind: Literal["hotspot", "national", "population"]
    position: int
    name: str
    passages: tuple[Passage, ...]
    number: str | None = None
    hotspot: str | None = None
    subspecies: str | None = None
    area: str | None = None
    countries: str | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """One step of a document's own scale (urgency, priority, timescale).

    `label` and `definition` are None where the document uses a value that it does not define.
    """

    scheme: Scheme
    notation: str
    label: str | None
    definition: str | None
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote: its label as printed, its text ('' where the document leaves it empty)."""

    label: str
    text: str
    passages: tuple[Passage, ...]
    explains: tuple[str, ...] = ()
    """What carries its mark: `measure:1.1.2`, `paragraph:2`, `heading:Priority` …"""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the document says beyond measures; `text` with its run-in label (`Overall goal: …`)."""

    slug: str
    kind: str
    text: str
    passages: tuple[Passage, ...]
    position: int
    number: str | None = None
    """Paragraph number as printed, where there is one."""
    section: str | None = None
    """Slug of the section it introduces."""
    footnotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedSpecies:
    """An item of the JWP's list of shared species, as printed."""

    slug: str
    text: str
    common_name: str
    scientific: tuple[str, ...]
    """Scientific names as printed, in order."""
    position: int
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class LineRole:
    """The one role that a non-blank source line (or a stretch of it) plays.

    `start` and `end` are offsets as in `Passage`: all roles of a file together cover each of its
    non-white characters exactly once.
    """

    line: int
    role: Role
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that one document says."""

    slug: str
    source: str
    """File name in data/sources."""
    title: str
    title_passages: tuple[Passage, ...]
    sections: tuple[Section, ...]
    measures: tuple[Measure, ...]
    units: tuple[Unit, ...] = ()
    definitions: tuple[Definition, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    statements: tuple[Statement, ...] = ()
    species: tuple[ListedSpecies, ...] = ()
    lines: tuple[LineRole, ...] = field(default=(), repr=False)
    """Line accounting: one role for every non-blank line of the document's stretch of the file."""
