"""The view model of the page of any thing, built from its description.

It is the same for all kinds of things; `kind_pages` adds the templates of single kinds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from meagraph.core import names
from meagraph.core.glossary import term
from meagraph.core.names import SOURCE
from meagraph.core.results.terms import Term
from meagraph_api.http import urls
from meagraph_api.pages.dates import dates_in_words
from meagraph_api.pages.translations import N_, translated
from meagraph_api.things.description import Description, Statement, Thing
from meagraph_api.things.linked_data import Part
from meagraph_api.things.statement_labels import INSTRUMENT, NUMBER, TEXT, TITLES, TYPE, Labels

MOST_PARTS = 100
"""The most fragments on a page; the data have all."""
MOST_VALUES = 100
"""The most values of one property of one subject on a page."""

_SKOS, _XSD = names.PREFIXES["skos"], names.PREFIXES["xsd"]
_BOOLEANS = {"true": N_("yes"), "false": N_("no")}
_DATES = frozenset(_XSD + name for name in ("date", "dateTime", "gYearMonth"))
_CODES = frozenset(
    (
        *(_SKOS + "notation", names.PREFIXES["rdf"] + "value"),
        *(names.PREFIXES["dcterms"] + name for name in ("identifier", "source")),
        *(
            names.term(name)
            for name in ("aspect", "factPredicate", "factSource", "factSubject", "statementKind")
        ),
    )
)
"""Properties whose values may be codes."""
_CODE = re.compile(r"[A-Z]{2,3}|[A-Za-z0-9]+([_.:-][A-Za-z0-9]+)+|[a-z]+[A-Z][A-Za-z]*")
_FIRST = (NUMBER, *TITLES, TEXT, _SKOS + "definition", _SKOS + "scopeNote", INSTRUMENT)
"""The first properties on a page, in this order."""

_ORIGINS: Mapping[str, str] = MappingProxyType(
    {
        "curation": "editors",
        "inferred": "by_rule",
        "reference": "external",
        "reference-restricted": "external",
        "quality": "meagraph_check",
        "ontology": "meagraph_vocabulary",
        "dataset": "dataset_description",
    }
)
"""The terms for the sources of named graphs of meagraph; all others contain texts of a document."""
_FROM_DOCUMENT = "from_document"


InWords = Callable[[str, str], str]
"""A function that replaces codes in a text in a language."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A named graph, and its source in words."""

    graph: str
    words: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value: a term and its label."""

    term: Term
    words: str
    is_code: bool = False
    """Whether it is an identifier, for machines."""


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one property that come from the same graphs."""

    predicate: Term
    words: str
    values: tuple[Value, ...]
    origins: tuple[Origin, ...]
    left: int = 0
    """The number of further values, which only the data have."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the thing, with the statements about it."""

    anchor: str
    words: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of a scheme, with its depth in the hierarchy."""

    value: Value
    definition: str
    depth: int


@dataclass(frozen=True, slots=True)
class View:
    """The values of the page of a thing."""

    address: str
    title: str
    types: tuple[Value, ...]
    groups: tuple[Group, ...]
    sections: tuple[Section, ...]
    sections_left: int
    """The number of further sections, which only the data have."""
    concepts: tuple[Concept, ...]
    back: tuple[Group, ...]
    part: Part
    cut: bool
    instruments: frozenset[str]
    """The instruments that the page is about or shows statements from."""


def shown(thing: Thing) -> list[str]:
    """The subjects of a page."""
    concepts = [member for member in thing.members if "#" not in member]
    return [thing.address, *thing.fragments[:MOST_PARTS], *concepts]


def view(description: Description, part: Part, labels: Labels, in_words: InWords) -> View:
    """The page of a thing with a page of backlinks.

    `labels` has labels of all its terms. `in_words` gets each text that is not from a document.
    """
    thing = description.thing
    known = Labels.of(description.own) | labels
    own = description.of(thing.address)
    instrument = next(
        (statement.object.value for statement in own if statement.predicate == INSTRUMENT), None
    )
    within = {thing.address, instrument or thing.address}
    parts = thing.fragments[:MOST_PARTS] if part.number == 1 else []
    types = [statement.object for statement in own if statement.predicate == TYPE]
    types.sort(key=lambda term: not term.value.startswith(names.ONTOLOGY))
    return View(
        address=thing.address,
        title=known.name(thing.address),
        types=tuple(Value(term, known.predicate(term.value)) for term in types),
        groups=_groups(own, known, within, in_words) if part.number == 1 else (),
        sections=tuple(
            _section(description.of(each), each, known, within, in_words) for each in parts
        ),
        sections_left=max(0, len(thing.fragments) - MOST_PARTS) if part.number == 1 else 0,
        concepts=_concepts(description, known) if part.number == 1 else (),
        back=_back(part.links, known, within, in_words),
        part=part,
        cut=description.cut,
        instruments=_instruments(known, thing.address, part.links),
    )


def named(description: Description, part: Part) -> set[str]:
    """The IRIs on the page, to look up labels for."""
    statements = [*_kept(description.own), *part.links]
    terms = {
        term for each in statements for term in (each.subject, each.object) if term.kind == "uri"
    }
    addresses_ = {term.value for term in terms} | {each.predicate for each in statements}
    return {*addresses_, *map(urls.document, addresses_)} - {description.thing.address}


def _groups(
    statements: Iterable[Statement], labels: Labels, within: Container[str], in_words: InWords
) -> tuple[Group, ...]:
    """The statements about one subject without its types: important properties first."""
    every = [each for each in statements if each.predicate != TYPE]
    kept = [(each, each.object) for each in _kept(every)]
    counts = Counter((each.predicate, each.graphs) for each in every)
    return tuple(sorted(_grouped(kept, counts, labels, within, in_words), key=_rank))


def _back(
    links: Sequence[Statement], labels: Labels, within: Container[str], in_words: InWords
) -> tuple[Group, ...]:
    """The backlinks by property, in their order."""
    counts = Counter((each.predicate, each.graphs) for each in links)
    return tuple(
        _grouped([(each, each.subject) for each in links], counts, labels, within, in_words)
    )


def _grouped(
    shown: Iterable[tuple[Statement, Term]],
    counts: Counter[tuple[str, tuple[str, ...]]],
    labels: Labels,
    within: Container[str],
    in_words: InWords,
) -> Iterator[Group]:
    found: dict[tuple[str, tuple[str, ...]], list[Value]] = {}
    for statement, found_term in shown:
        text = found_term.value
        code = statement.predicate in _CODES and _CODE.fullmatch(text) is not None
        words = _words(found_term, labels, within)
        if found_term.kind == "literal" and not any(map(_is_printed, statement.graphs)):
            own = labels.language if found_term.language is None else SOURCE
            words = in_words(words, own)
        value = Value(found_term, words, code)
        found.setdefault((statement.predicate, statement.graphs), []).append(value)
    for (predicate, graphs), values in found.items():
        yield Group(
            Term("uri", predicate),
            labels.predicate(predicate),
            tuple(values),
            tuple(_origin(graph, labels.language) for graph in graphs),
            counts[predicate, graphs] - len(values),
        )


def _kept(statements: Iterable[Statement]) -> Iterator[Statement]:
    """The statements within the limit of `MOST_VALUES`."""
    counts: Counter[tuple[Term, str, tuple[str, ...]]] = Counter()
    for each in statements:
        key = (each.subject, each.predicate, each.graphs)
        counts[key] += 1
        if counts[key] <= MOST_VALUES:
            yield each


def _rank(group: Group) -> tuple[int, str]:
    predicate = group.predicate.value
    first = _FIRST.index(predicate) if predicate in _FIRST else len(_FIRST)
    return first, group.words.lower()


def _section(
    statements: list[Statement],
    address: str,
    labels: Labels,
    within: Container[str],
    in_words: InWords,
) -> Section:
    fragment = address.partition("#")[2]
    return Section(
        fragment, labels.name(address, within), _groups(statements, labels, within, in_words)
    )


def _words(term: Term, labels: Labels, within: Container[str]) -> str:
    if term.kind == "literal":
        return _literal(term, labels.language)
    return labels.name(term.value, within) if term.kind == "uri" else f"_:{term.value}"


def _literal(term: Term, language: str) -> str:
    """A literal for people: booleans and dates in words."""
    if term.datatype == f"{_XSD}boolean":
        return translated(_BOOLEANS.get(term.value, term.value), language)
    if term.datatype in _DATES:
        return dates_in_words(term.value, language)
    return term.value


def _is_printed(graph: str) -> bool:
    """Whether a graph has the texts of a document, which are shown unchanged."""
    return graph.startswith(names.GRAPH) and _origin_term(graph) == _FROM_DOCUMENT


def _origin_term(graph: str) -> str:
    return _ORIGINS.get(graph.removeprefix(names.GRAPH), _FROM_DOCUMENT)


def _origin(graph: str, language: str) -> Origin:
    if not graph.startswith(names.GRAPH):
        return Origin(graph, graph)
    return Origin(graph, term(_origin_term(graph), language, capital=False))


def _concepts(description: Description, labels: Labels) -> tuple[Concept, ...]:
    """The concepts of a scheme in order, each below all broader concepts of the scheme."""
    members = [member for member in description.thing.members if "#" not in member]
    below: dict[str, list[str]] = {}
    for member in members:
        broader = [
            statement.object.value
            for statement in description.of(member)
            if statement.predicate == _SKOS + "broader" and statement.object.value in members
        ]
        for above in broader or [""]:
            below.setdefault(above, []).append(member)

    def walk(above: str, path: tuple[str, ...]) -> Iterator[Concept]:
        for member in below.get(above, ()):
            if member not in path:  # cycles would not end
                yield _concept(description.of(member), member, labels, len(path))
                yield from walk(member, (*path, member))

    return tuple(walk("", ()))


def _concept(statements: list[Statement], address: str, labels: Labels, depth: int) -> Concept:
    value = Value(Term("uri", address), labels.name(address, (address,)))
    texts = [
        each.object.value
        for key in ("definition", "scopeNote")
        for each in statements
        if each.predicate == _SKOS + key and each.object.language in (None, "en")
    ]
    return Concept(value, " ".join(texts), depth)


def _instruments(labels: Labels, address: str, links: Iterable[Statement]) -> frozenset[str]:
    subjects = {urls.document(statement.subject.value) for statement in links}
    return frozenset({address} | labels.values({address, *subjects}, INSTRUMENT))
