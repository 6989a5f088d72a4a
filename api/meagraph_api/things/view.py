"""The page of a thing: its description as a template shows it.

Nothing here is about one kind of thing. What a kind wants shown first, or otherwise, changes the
groups or takes a template of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from meagraph import names
from meagraph_api.results import Term
from meagraph_api.things import addresses
from meagraph_api.things.data import Part
from meagraph_api.things.description import Description, Statement
from meagraph_api.things.known import Thing
from meagraph_api.things.labels import INSTRUMENT, NUMBER, TEXT, TITLES, TYPE, Labels

MOST_PARTS = 100
"""Fragments that a page shows; the data have all."""

_SKOS = names.PREFIXES["skos"]
_FIRST = (NUMBER, *TITLES, TEXT, _SKOS + "definition", _SKOS + "scopeNote", INSTRUMENT)
"""Properties that come first on a page, in this order."""

_ORIGINS: Mapping[str, str] = MappingProxyType(
    {
        "curation": "our judgement",
        "inferred": "our rules",
        "reference": "outside fact",
        "reference-restricted": "outside fact",
        "quality": "our check",
        "ontology": "our vocabulary",
        "dataset": "description of the release",
    }
)
"""Who says what stands in a named graph of ours; all others hold what a document prints."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A named graph that says something, and whose word it is."""

    graph: str
    words: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value: its words, and the term that it is, which may lead somewhere."""

    term: Term
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one property that come from the same graphs."""

    predicate: Term
    words: str
    values: tuple[Value, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Something that belongs to the thing, with what is said of it."""

    anchor: str
    words: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of a scheme, with how many of the scheme stand above it."""

    value: Value
    definition: str
    depth: int


@dataclass(frozen=True, slots=True)
class View:
    """What the page of a thing shows."""

    address: str
    title: str
    types: tuple[Value, ...]
    groups: tuple[Group, ...]
    sections: tuple[Section, ...]
    sections_left: int
    """How many more there are, which only the data have."""
    concepts: tuple[Concept, ...]
    back: tuple[Group, ...]
    part: Part
    cut: bool
    instruments: frozenset[str]
    """The instruments that the page is about or shows something from."""


def shown(thing: Thing) -> list[str]:
    """The subjects that a page tells of."""
    concepts = [member for member in thing.members if "#" not in member]
    return [thing.address, *thing.fragments[:MOST_PARTS], *concepts]


def view(description: Description, part: Part, labels: Labels) -> View:
    """The page of a thing, with one part of its links back; `labels` know all that it names."""
    thing = description.thing
    known = Labels.of(description.own) | labels
    own = description.of(thing.address)
    instrument = next((said.object.value for said in own if said.predicate == INSTRUMENT), None)
    within = instrument or thing.address
    parts = thing.fragments[:MOST_PARTS] if part.number == 1 else []
    types = [said.object for said in own if said.predicate == TYPE]
    return View(
        address=thing.address,
        title=known.name(thing.address),
        types=tuple(Value(term, known.predicate(term.value)) for term in types),
        groups=_groups(own, known, within) if part.number == 1 else (),
        sections=tuple(_section(description.of(each), each, known, within) for each in parts),
        sections_left=max(0, len(thing.fragments) - MOST_PARTS) if part.number == 1 else 0,
        concepts=_concepts(description, known) if part.number == 1 else (),
        back=_back(part.links, known, within),
        part=part,
        cut=description.cut,
        instruments=_instruments(known, thing.address, part.links),
    )


def named(description: Description, part: Part) -> set[str]:
    """The addresses that the page names, and whose labels it wants."""
    said = [*description.own, *part.links]
    terms = {term for each in said for term in (each.subject, each.object) if term.kind == "uri"}
    addresses_ = {term.value for term in terms} | {each.predicate for each in said}
    return {*addresses_, *map(addresses.document, addresses_)} - {description.thing.address}


def _groups(said: Iterable[Statement], labels: Labels, within: str) -> tuple[Group, ...]:
    """What is said of one subject but its types: the important first, the rest by its words."""
    found: dict[tuple[str, tuple[str, ...]], list[Value]] = {}
    for each in said:
        if each.predicate != TYPE:
            value = Value(each.object, _words(each.object, labels, within))
            found.setdefault((each.predicate, each.graphs), []).append(value)
    groups = [_group(predicate, graphs, found, labels) for predicate, graphs in found]
    return tuple(sorted(groups, key=_rank))


def _back(links: Sequence[Statement], labels: Labels, within: str) -> tuple[Group, ...]:
    found: dict[tuple[str, tuple[str, ...]], list[Value]] = {}
    for each in links:
        value = Value(each.subject, _words(each.subject, labels, within))
        found.setdefault((each.predicate, each.graphs), []).append(value)
    return tuple(_group(predicate, graphs, found, labels) for predicate, graphs in found)


def _group(
    predicate: str,
    graphs: tuple[str, ...],
    found: Mapping[tuple[str, tuple[str, ...]], list[Value]],
    labels: Labels,
) -> Group:
    values = tuple(found[predicate, graphs])
    origins = tuple(map(_origin, graphs))
    return Group(Term("uri", predicate), labels.predicate(predicate), values, origins)


def _rank(group: Group) -> tuple[int, str]:
    predicate = group.predicate.value
    first = _FIRST.index(predicate) if predicate in _FIRST else len(_FIRST)
    return first, group.words.lower()


def _section(said: list[Statement], address: str, labels: Labels, within: str) -> Section:
    fragment = address.partition("#")[2]
    kind = labels.type_name(address)
    words = f"{kind[:1].upper()}{kind[1:]} {fragment}" if kind else fragment
    return Section(fragment, words, _groups(said, labels, within))


def _words(term: Term, labels: Labels, within: str) -> str:
    if term.kind == "literal":
        return term.value
    return labels.name(term.value, within) if term.kind == "uri" else f"_:{term.value}"


def _origin(graph: str) -> Origin:
    if not graph.startswith(names.GRAPH):
        return Origin(graph, graph)
    return Origin(graph, _ORIGINS.get(graph.removeprefix(names.GRAPH), "printed"))


def _concepts(description: Description, labels: Labels) -> tuple[Concept, ...]:
    """The concepts of a scheme in their order, each below all that are broader in the scheme."""
    members = [member for member in description.thing.members if "#" not in member]
    below: dict[str, list[str]] = {}
    for member in members:
        broader = [
            said.object.value
            for said in description.of(member)
            if said.predicate == _SKOS + "broader" and said.object.value in members
        ]
        for above in broader or [""]:
            below.setdefault(above, []).append(member)

    def walk(above: str, path: tuple[str, ...]) -> Iterator[Concept]:
        for member in below.get(above, ()):
            if member not in path:  # a circle of concepts has no end
                yield _concept(description.of(member), member, labels, len(path))
                yield from walk(member, (*path, member))

    return tuple(walk("", ()))


def _concept(said: list[Statement], address: str, labels: Labels, depth: int) -> Concept:
    value = Value(Term("uri", address), labels.name(address, address))
    texts = [
        each.object.value
        for key in ("definition", "scopeNote")
        for each in said
        if each.predicate == _SKOS + key and each.object.language in (None, "en")
    ]
    return Concept(value, " ".join(texts), depth)


def _instruments(labels: Labels, address: str, links: Iterable[Statement]) -> frozenset[str]:
    subjects = {addresses.document(said.subject.value) for said in links}
    return frozenset({address} | labels.values({address, *subjects}, INSTRUMENT))
