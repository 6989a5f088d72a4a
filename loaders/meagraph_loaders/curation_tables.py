"""Our own judgements: the tables of data/curation as typed rows (what each holds: its README)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from meagraph.core.tables import read

Certainty = Literal["stated", "bracketed", "alternative", "conflicting"]
Evidence = Literal["document", "reference"]
StatedIn = Literal["table", "list", "heading", "text", "applicability", "title", "reference"]
ReferenceKind = Literal[
    "measure", "statement", "unit", "section", "annex", "table", "instrument", "meeting", "other"
]
FindingKind = Literal[
    "conflict",
    "uncertain",
    "gap",
    "self-reference",
    "suspect-reference",
    "wording",
    "layout",
    "undefined-scale",
    "spelling",
]


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """An instrument: its address, the class it belongs to, and its short display name."""

    where: str
    slug: str
    key: str | None
    """The row of data/reference/instruments.csv that describes it, where there is one."""
    class_name: str
    label: str
    position: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One aspect of an instrument's standing, with the source that says so."""

    where: str
    instrument: str
    aspect: Literal[
        "adoption-status",
        "legal-nature",
        "extent",
        "period-start",
        "period-end",
        "replaced-by",
        "replaces",
        "integrated-in",
        "parent",
        "addressed-to",
    ]
    value: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class PriorityLevelRow:
    """The harmonised level that we read in a printed priority."""

    where: str
    instrument: str
    notation: str
    level: Literal["high", "medium", "low"]
    reason: str


@dataclass(frozen=True, slots=True)
class ActorRow:
    """A complete actor name as printed, with its types and the organisation it names."""

    where: str
    printed: str
    types: tuple[str, ...]
    organisation: str | None
    acts_through: str | None
    """Another organisation, which acts for it and counts as named too."""
    reason: str


@dataclass(frozen=True, slots=True)
class DocumentActorRow:
    """Who acts in a section by what the document says of the section as a whole."""

    where: str
    instrument: str
    section: str
    printed: str
    role: Literal["responsible", "adviser", "involved", "addressee", "beneficiary"]
    quote: str
    reason: str
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextActorRow:
    """An actor whom the text of a measure names."""

    where: str
    instrument: str
    number: str
    printed: str
    role: Literal["responsible", "adviser", "involved", "addressee", "beneficiary"]
    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A country that a measure names; `narrows`: its text speaks of such States only."""

    where: str
    instrument: str
    number: str
    country: str
    phrase: str
    role: Literal["place", "addressee", "partner", "context"]
    narrows: bool
    stated_in: Literal["text", "applicability"]
    reason: str


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """A country of a population, with the measure or the source that says so."""

    where: str
    instrument: str
    unit: str
    country: str
    evidence: Evidence
    stated_in: StatedIn
    section: str
    number: str | None
    quote: str | None
    source: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of countries; ``@table`` as member means the States of the unit table."""

    where: str
    instrument: str
    slug: str
    name: str
    enumerated: bool
    members: tuple[str, ...]
    as_of: str | None
    footnote: str | None
    evidence: Evidence
    source: str | None
    reason: str
    quote: str | None
    """Words with which the document names the group, where no footnote explains it."""


@dataclass(frozen=True, slots=True)
class ApplicabilityRow:
    """What a printed `Applicable to` means; `units` is ``instrument first-last``."""

    where: str
    instrument: str
    printed: str
    kind: Literal["all", "group", "all-except-group", "units", "group-not-enumerated"]
    group: str | None
    units: str | None
    note: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RangeWideRow:
    """A measure or a heading (`scope`) that concerns all States of a group."""

    where: str
    instrument: str
    scope: str
    group: str
    certainty: Certainty
    stated_in: StatedIn
    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaxonNameRow:
    """A printed taxon and the accepted names behind it, for a document, heading or measure."""

    where: str
    instrument: str
    scope: str
    name_as_printed: str
    basis: Literal["title", "unit", "heading", "text"]
    certainty: Literal["stated", "alternative"]
    role: Literal["target", "also-mentioned"]
    reason: str
    taxa: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A printed reference and what it points at (paths below ``id/``)."""

    where: str
    instrument: str
    subject: str
    label: str
    phrase: str
    kind: ReferenceKind
    targets: tuple[str, ...]
    cited_name: str | None
    suspect: bool
    likely_target: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class TopicRow:
    """What a measure, or one item of its printed list, is about; the words that decide."""

    where: str
    instrument: str
    number: str
    part: str | None
    topic: str
    weight: Literal["main", "other", "secondary"]
    reason: str


@dataclass(frozen=True, slots=True)
class TopicMatchRow:
    """What corresponds to a topic of ours in the CMP actions or in the LEO terms."""

    where: str
    topic: str
    scheme: Literal["cmp", "leo"]
    code: str
    match: Literal["exactMatch", "closeMatch", "broadMatch", "narrowMatch"]
    reason: str


@dataclass(frozen=True, slots=True)
class RelationRow:
    """How a measure relates to another measure, or to an instrument as a whole."""

    where: str
    instrument: str
    number: str
    relation: Literal["same-text", "near-same-text", "continues", "applies", "implements", "frames"]
    target_instrument: str
    target_number: str | None
    confidence: Literal["high", "medium", "low"]
    stated_by: Literal["document", "curation"]
    reason: str


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """The years that a document's own definition of a timescale amounts to."""

    where: str
    instrument: str
    notation: str
    envisaged_from: int
    envisaged_by: int
    reason: str


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting that a document cites, as the document prints it; the days as ISO 8601 dates."""

    where: str
    slug: str
    name: str
    place: str
    start: str
    end: str
    instrument: str
    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class NamedPlaceRow:
    """A place that a document names and of which we know no more: no coordinates, no State."""

    where: str
    key: str
    name: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place (of data/reference/sites.csv or named_places.csv) and where a document names it."""

    where: str
    site: str
    instrument: str
    subject: str
    phrase: str
    states: tuple[str, ...]
    """States printed with the place, in the same cell or in the heading; ISO 3166-1 alpha-3."""
    reason: str


@dataclass(frozen=True, slots=True)
class SiteKindRow:
    """The controlled kind of a place whose source describes its kind in these words."""

    where: str
    words: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AbbreviationRow:
    """An abbreviation and its full form, which are one term, with the words that say so."""

    where: str
    slug: str
    abbreviations: tuple[str, ...]
    full_forms: tuple[str, ...]
    """The usual one first, then plurals and other forms."""
    instrument: str
    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A point to check in a source text, with the words that show it."""

    where: str
    instrument: str
    subject: str
    slug: str
    kind: FindingKind
    severity: Literal["info", "warning"]
    message: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WithdrawnRow:
    """An address that was published and is no more; `address` and `successor` begin with `id/`."""

    where: str
    address: str
    date: str
    successor: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Curation:
    """All tables of data/curation."""

    instruments: tuple[InstrumentRow, ...]
    standing: tuple[StandingRow, ...]
    priority_levels: tuple[PriorityLevelRow, ...]
    actors: tuple[ActorRow, ...]
    document_actors: tuple[DocumentActorRow, ...]
    text_actors: tuple[TextActorRow, ...]
    mentions: tuple[MentionRow, ...]
    populations: tuple[PopulationRow, ...]
    groups: tuple[GroupRow, ...]
    applicability: tuple[ApplicabilityRow, ...]
    range_wide: tuple[RangeWideRow, ...]
    taxon_names: tuple[TaxonNameRow, ...]
    references: tuple[ReferenceRow, ...]
    topics: tuple[TopicRow, ...]
    topic_matches: tuple[TopicMatchRow, ...]
    relations: tuple[RelationRow, ...]
    intervals: tuple[IntervalRow, ...]
    meetings: tuple[MeetingRow, ...]
    site_kinds: tuple[SiteKindRow, ...]
    named_places: tuple[NamedPlaceRow, ...]
    places: tuple[PlaceRow, ...]
    abbreviations: tuple[AbbreviationRow, ...]
    findings: tuple[FindingRow, ...]
    withdrawn: tuple[WithdrawnRow, ...]


def load(folder: Path) -> Curation:
    """Reads every table. Raises DataError for the first malformed row."""
    return Curation(
        instruments=read(folder / "instruments.csv", InstrumentRow),
        standing=read(folder / "standing.csv", StandingRow),
        priority_levels=read(folder / "priority_levels.csv", PriorityLevelRow),
        actors=read(folder / "actors.csv", ActorRow),
        document_actors=read(folder / "document_actors.csv", DocumentActorRow),
        text_actors=read(folder / "text_actors.csv", TextActorRow),
        mentions=read(folder / "mentions.csv", MentionRow),
        populations=read(folder / "populations.csv", PopulationRow),
        groups=read(folder / "groups.csv", GroupRow),
        applicability=read(folder / "applicability.csv", ApplicabilityRow),
        range_wide=read(folder / "range_wide.csv", RangeWideRow),
        taxon_names=read(folder / "taxon_names.csv", TaxonNameRow),
        references=read(folder / "references.csv", ReferenceRow),
        topics=read(folder / "topics.csv", TopicRow),
        topic_matches=read(folder / "topic_matches.csv", TopicMatchRow),
        relations=read(folder / "relations.csv", RelationRow),
        intervals=read(folder / "intervals.csv", IntervalRow),
        meetings=read(folder / "meetings.csv", MeetingRow),
        site_kinds=read(folder / "site_kinds.csv", SiteKindRow),
        named_places=read(folder / "named_places.csv", NamedPlaceRow),
        places=read(folder / "places.csv", PlaceRow),
        abbreviations=read(folder / "abbreviations.csv", AbbreviationRow),
        findings=read(folder / "findings.csv", FindingRow),
        withdrawn=read(folder / "withdrawn.csv", WithdrawnRow),
    )
