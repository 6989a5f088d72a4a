"""The index of measures: every measure of a release with all that it is listed and counted by.

It is read once for each release, and every page counts in it; so a number that leads to a list is
the length of that list. `filters` says which measures a filter keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from meagraph.core import names
from meagraph.core.names import code
from meagraph_api.index.release_data import ReleaseData, understood

Row = dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A plan that has measures, and its standing; '' for what is not known."""

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
        """Whether its period was over when a year began."""
        return bool(self.end) and self.end[:4] < f"{year:04}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a measure with a country, by the codes of what is said of it."""

    country: str
    basis: str
    evidence: str
    certainty: str
    narrowed: str


@dataclass(frozen=True, slots=True)
class ActorRole:
    """One whom a measure names: the name as printed, the role, its types and organisations."""

    name: str
    role: str
    types: frozenset[str]
    """The codes of its types and of all above them."""
    actors: frozenset[str]
    variants: frozenset[str]
    """The other names, in small letters, under which plans print its organisations."""


@dataclass(frozen=True, slots=True)
class TopicAssignment:
    """A topic of a measure."""

    topic: str
    weight: str
    of_item: bool
    """Whether only an item of the measure's list has it."""


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A measure: what is printed, and what it is found by. Codes, but for whole addresses."""

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
    doers: tuple[ActorRole, ...]
    topics: tuple[TopicAssignment, ...]
    units: tuple[str, ...]
    """Addresses."""
    taxa: tuple[str, ...]
    mentioned_taxa: tuple[str, ...]
    """Taxa that its text mentions though it is not for them."""
    place: int
    """Its place among all measures."""

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that it touches: by every basis but range-wide, and not in conflict."""
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
    """How a measure relates to an older or higher one, or to a whole instrument."""

    measure: str
    kind: str
    related: str
    """The address of the other measure, '' where a whole instrument is meant."""
    plan: str
    confidence: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Register:
    """The measures of a release in document order, and what they belong to."""

    plans: Mapping[str, Plan]
    """By address."""
    measures: tuple[Measure, ...]
    units: Mapping[str, Unit]
    relations: tuple[Relation, ...]
    above: Mapping[str, tuple[str, ...]]
    """The addresses right above an address: broader concepts, parent taxa."""
    by_address: Mapping[str, Measure] = field(default_factory=dict)
    upwards: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The codes of a thing and of all above it, by its address."""
    downwards: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The codes of all below a thing, by its address."""

    def below(self, address: str) -> list[str]:
        """What stands right below an address."""
        return [thing for thing, above in self.above.items() if address in above]


def all_above(above: Mapping[str, tuple[str, ...]], address: str) -> frozenset[str]:
    """Everything above an address, however far; a circle ends where it began.

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
    "doers",
    "above",
    "units",
    "relations",
)
"""The queries that `register` reads."""


@understood(*QUERIES)
def register(data: ReleaseData) -> Register:
    """The register of a release."""
    rows = {name: data.records(name) for name in QUERIES}
    plans = _plans(rows["plans"])
    above = {thing: tuple(row["above"] for row in of) for thing, of in _by(rows["above"], "thing")}
    measures = tuple(_measures(rows, plans, above))
    everything = {*above, *(upper for uppers in above.values() for upper in uppers)}
    everything |= {each.topic for measure in measures for each in measure.topics}
    everything |= {taxon for measure in measures for taxon in measure.taxa}
    paths = {address: all_above(above, address) for address in everything}
    below: dict[str, set[str]] = {}
    for address, uppers in paths.items():
        for upper in uppers:
            below.setdefault(upper, set()).add(code(address))
    return Register(
        plans,
        measures,
        {address: _unit(address, of) for address, of in _by(rows["units"], "unit")},
        tuple(_relation(row) for row in rows["relations"]),
        above,
        {measure.address: measure for measure in measures},
        {address: frozenset(map(code, (address, *uppers))) for address, uppers in paths.items()},
        {address: frozenset(codes) for address, codes in below.items()},
    )


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
    values, topics, links, doers = (
        dict(_by(rows[name], "measure")) for name in ("values", "topics", "links", "doers")
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
            doers=tuple(
                _doer(named, above) for _, named in _by(doers.get(address, []), "responsibility")
            ),
            topics=tuple(
                TopicAssignment(row["topic"], code(row["weight"]), bool(row["whole"]))
                for row in topics.get(address, ())
            ),
            units=tuple(row["unit"] for row in found if row["unit"]),
            taxa=tuple(row["taxon"] for row in found if row["taxon"]),
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


def _doer(rows: list[Row], above: Mapping[str, tuple[str, ...]]) -> ActorRole:
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
    """The rows by the value of a column, in the order in which values come first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found.items()


def kind_of(address: str) -> str:
    """The kind of a thing by its address.

    >>> kind_of(names.thing("topic", "grazing"))
    'topic'
    """
    return address.removeprefix(names.ID).partition("/")[0]
