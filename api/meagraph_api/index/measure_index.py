"""The index of measures: every measure of a release with all values for lists and counts.

It is built once for each release, and all pages count in it, so a number that links to a list is
the length of that list. `filters` selects measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from meagraph.core import names
from meagraph.core.names import code
from meagraph_api.index.release_data import ReleaseData, once_per_release

Row = dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A plan with measures, and its status. Unknown fields are ''."""

    address: str
    label: str
    status: str
    extent: str
    start: str
    end: str
    replaced_by: tuple[str, ...]
    integrated_in: tuple[str, ...]

    @property
    def slug(self) -> str:
        """The last segment of its address."""
        return code(self.address)

    def ended(self, year: int) -> bool:
        """Whether its period ended before a year began."""
        return bool(self.end) and self.end[:4] < f"{year:04}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a measure to a country. All fields are codes."""

    country: str
    basis: str
    evidence: str
    certainty: str
    narrowed: str


@dataclass(frozen=True, slots=True)
class ActorRole:
    """An actor named by a measure: printed name, role, types and organisations."""

    name: str
    role: str
    types: frozenset[str]
    """The codes of its types and of all above them."""
    actors: frozenset[str]
    variants: frozenset[str]
    """Other printed names of its organisations, in lower case."""


@dataclass(frozen=True, slots=True)
class TopicAssignment:
    """A topic of a measure."""

    topic: str
    weight: str
    of_item: bool
    """Whether it belongs to a list item of the measure only."""


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A measure: its text and filter values. Values are codes unless noted as addresses."""

    address: str
    plan: Plan
    number: str
    text: str
    section: str
    """The address of its section."""
    section_number: str
    section_title: str
    part_title: str
    priority: str
    timescale: str
    responsibility: str
    applicability: str
    applies: str
    level: str
    links: tuple[Link, ...]
    actor_roles: tuple[ActorRole, ...]
    topics: tuple[TopicAssignment, ...]
    units: tuple[str, ...]
    """Addresses."""
    taxa: tuple[str, ...]
    target_taxa: tuple[tuple[str, str], ...]
    """The address of each target taxon, and the code of its certainty."""
    mentioned_taxa: tuple[str, ...]
    """Taxa that its text mentions but that it does not target."""
    place: int
    """Its place among all measures."""

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries of all links, except range-wide and conflicting ones."""
        return tuple(
            dict.fromkeys(
                link.country
                for link in self.links
                if link.basis != "range-wide" and link.certainty != "conflicting"
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A conservation unit or population."""

    address: str
    plan: str
    name: str
    number: str
    countries: Mapping[str, str]
    """Certainty by country."""
    taxa: frozenset[str]

    @property
    def words(self) -> str:
        """Its number and name."""
        return f"{self.number} {self.name}".strip()


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A relation of a measure to an older or higher measure, or to a whole instrument."""

    measure: str
    kind: str
    related: str
    """The address of the other measure, '' for a whole instrument."""
    plan: str
    confidence: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class MeasureIndex:
    """The measures of a release in document order, with plans, units, relations and hierarchies."""

    plans: Mapping[str, Plan]
    """By address."""
    measures: tuple[Measure, ...]
    units: Mapping[str, Unit]
    relations: tuple[Relation, ...]
    above: Mapping[str, tuple[str, ...]]
    """The direct parents of an address: broader concepts, parent taxa."""
    by_address: Mapping[str, Measure] = field(default_factory=dict)
    upwards: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The codes of a thing and of all its ancestors, by address."""
    downwards: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The codes of all descendants of a thing, by address."""

    matches: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The codes of terms of other classifications that a topic matches, by its address."""

    def below(self, address: str) -> list[str]:
        """The direct children of an address."""
        return [thing for thing, above in self.above.items() if address in above]


def all_above(above: Mapping[str, tuple[str, ...]], address: str) -> frozenset[str]:
    """All ancestors of an address. Cycles are cut.

    >>> sorted(all_above({"a": ("b",), "b": ("c",)}, "a"))
    ['b', 'c']
    """
    found: set[str] = set()
    waiting = [address]
    while waiting:
        for upper in above.get(waiting.pop(), ()):
            if upper not in found:
                found.add(upper)
                waiting.append(upper)
    return frozenset(found - {address})


QUERIES = (
    "plans",
    "measures",
    "values",
    "topics",
    "links",
    "actor_roles",
    "above",
    "units",
    "relations",
    "matches",
)
"""The queries that `index_of` reads."""


@once_per_release(*QUERIES)
def index_of(data: ReleaseData) -> MeasureIndex:
    """The index of a release."""
    rows = {name: data.records(name) for name in QUERIES}
    plans = _plans(rows["plans"])
    above = {thing: tuple(row["above"] for row in of) for thing, of in _by(rows["above"], "thing")}
    measures = tuple(_measures(rows, plans, above))
    everything = {*above, *(upper for uppers in above.values() for upper in uppers)}
    everything |= {each.topic for measure in measures for each in measure.topics}
    everything |= {taxon for measure in measures for taxon in measure.taxa}
    everything |= {taxon for measure in measures for taxon, _ in measure.target_taxa}
    paths = {address: all_above(above, address) for address in everything}
    below: dict[str, set[str]] = {}
    for address, uppers in paths.items():
        for upper in uppers:
            below.setdefault(upper, set()).add(code(address))
    return MeasureIndex(
        plans,
        measures,
        {address: _unit(address, of) for address, of in _by(rows["units"], "unit")},
        tuple(_relation(row) for row in rows["relations"]),
        above,
        {measure.address: measure for measure in measures},
        {address: frozenset(map(code, (address, *uppers))) for address, uppers in paths.items()},
        {address: frozenset(codes) for address, codes in below.items()},
        _matches(rows["matches"], paths),
    )


def _matches(rows: Iterable[Row], paths: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The codes of the terms that each topic, or one above it, matches."""
    own = {topic: {code(row["term"]) for row in of} for topic, of in _by(rows, "topic")}
    return {
        address: frozenset().union(*(own.get(topic, ()) for topic in (address, *uppers)))
        for address, uppers in paths.items()
    }


def _plans(rows: Iterable[Row]) -> dict[str, Plan]:
    return {
        address: Plan(
            address,
            of[0]["label"] or of[0]["title"] or code(address),
            code(of[0]["status"]),
            code(of[0]["extent"]),
            of[0]["start"][:4],
            of[0]["end"][:4],
            tuple(dict.fromkeys(row["replaced_by"] for row in of if row["replaced_by"])),
            tuple(dict.fromkeys(row["integrated_in"] for row in of if row["integrated_in"])),
        )
        for address, of in _by(rows, "plan")
    }


def _measures(
    rows: Mapping[str, list[Row]],
    plans: Mapping[str, Plan],
    above: Mapping[str, tuple[str, ...]],
) -> Iterator[Measure]:
    values, topics, links, actor_roles = (
        dict(_by(rows[name], "measure")) for name in ("values", "topics", "links", "actor_roles")
    )
    for place, (address, of) in enumerate(_by(rows["measures"], "measure")):
        row = of[0]
        found = values.get(address, [])
        yield Measure(
            address=address,
            plan=plans[row["plan"]],
            number=row["number"],
            text=row["text"],
            section=row["section"],
            section_number=row["section_number"],
            section_title=row["section_title"],
            part_title=row["part_title"],
            priority=row["priority"],
            timescale=row["timescale"],
            responsibility=row["responsibility"],
            applicability=row["applicability"],
            applies=code(row["applies"]),
            level=code(row["level"]),
            links=tuple(_link(link) for link in links.get(address, ())),
            actor_roles=tuple(
                _actor_role(group, above)
                for _, group in _by(actor_roles.get(address, []), "responsibility")
            ),
            topics=tuple(
                TopicAssignment(row["topic"], code(row["weight"]), bool(row["whole"]))
                for row in topics.get(address, ())
            ),
            units=tuple(row["unit"] for row in found if row["unit"]),
            taxa=tuple(row["taxon"] for row in found if row["taxon"]),
            target_taxa=tuple(
                (row["target"], code(row["certainty"])) for row in found if row["target"]
            ),
            mentioned_taxa=tuple(row["mentioned"] for row in found if row["mentioned"]),
            place=place,
        )


def _link(row: Row) -> Link:
    return Link(
        code(row["country"]),
        code(row["basis"]),
        code(row["evidence"]),
        code(row["certainty"]),
        row["narrowed"],
    )


def _actor_role(rows: list[Row], above: Mapping[str, tuple[str, ...]]) -> ActorRole:
    types = {row["type"] for row in rows if row["type"]}
    wider = {upper for each in types for upper in all_above(above, each)}
    return ActorRole(
        rows[0]["name"],
        code(rows[0]["role"]),
        frozenset(map(code, types | wider)),
        frozenset(code(row["actor"]) for row in rows if row["actor"]),
        frozenset(row["variant"].lower() for row in rows if row["variant"]),
    )


def _unit(address: str, rows: list[Row]) -> Unit:
    return Unit(
        address,
        rows[0]["plan"],
        rows[0]["name"],
        rows[0]["number"],
        {code(row["country"]): code(row["certainty"]) for row in rows if row["country"]},
        frozenset(row["taxon"] for row in rows if row["taxon"]),
    )


def _relation(row: Row) -> Relation:
    return Relation(
        row["measure"],
        code(row["kind"]),
        row["related"],
        row["plan"],
        code(row["confidence"]),
        code(row["by"]),
        row["reason"],
    )


def _by(rows: Iterable[Row], key: str) -> Iterable[tuple[str, list[Row]]]:
    """Group rows by the value of a column, in order of first appearance."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found.items()


def kind_of(address: str) -> str:
    """The kind of a thing: the first segment of its address.

    >>> kind_of(names.thing("topic", "grazing"))
    'topic'
    """
    return address.removeprefix(names.ID).partition("/")[0]
