"""Statistics of a graph, counted from its N-Triples line by line.

What is held in memory grows with the different terms of a graph, not with its triples. The classes
of a thing are those that any graph of the dataset gives it, because a graph that speaks of a
measure need not be the one that says what it is.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Lines = Iterable[bytes]
"""The N-Triples of a graph as Oxigraph writes them; read as often as needed."""

Term = bytes
"""A term as N-Triples writes it: `<http://…>`, `_:b1`, `"text"@en`."""

Ends = tuple[Term, Term, Term]
"""A class, a predicate, and the class or datatype that it leads to."""

TYPE: Term = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

_XSD = b"<http://www.w3.org/2001/XMLSchema#"
_RDF = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_SKOS = b"<http://www.w3.org/2004/02/skos/core#"
LINKS: frozenset[Term] = frozenset(
    (
        *(_SKOS + kind + b"Match>" for kind in (b"exact", b"close", b"broad", b"narrow")),
        _SKOS + b"relatedMatch>",
        b"<http://www.w3.org/2002/07/owl#sameAs>",
        b"<http://www.w3.org/2000/01/rdf-schema#seeAlso>",
    )
)
"""The predicates whose triples lead to what another dataset describes."""


@dataclass(slots=True)
class Counts:
    """What a graph holds, or several together."""

    triples: int = 0
    subjects: set[Term] = field(default_factory=set)
    objects: set[Term] = field(default_factory=set)
    classes: set[Term] = field(default_factory=set)
    """What is the object of an `rdf:type` here."""
    properties: Counter[Term] = field(default_factory=Counter)
    """Triples of each predicate."""
    members: Counter[Term] = field(default_factory=Counter)
    """How many subjects are of each class."""
    used: Counter[tuple[Term, Term]] = field(default_factory=Counter)
    """Triples by the class of their subject and their predicate."""
    ends: Counter[Ends] = field(default_factory=Counter)
    """Those whose object is of a class, by that class too; but not those that say a class."""
    datatypes: Counter[Ends] = field(default_factory=Counter)
    """Those whose object is a literal, by its datatype too."""
    crossing: Counter[Ends] = field(default_factory=Counter)
    """Those of `ends` whose object is no subject of this graph: another one describes it."""
    links: Counter[tuple[Term, Term]] = field(default_factory=Counter)
    """Triples of the predicates that link datasets, by predicate and object."""

    def __iadd__(self, other: Counts) -> Counts:
        """Add what another graph holds; no triple may stand in both."""
        self.triples += other.triples
        for name in ("subjects", "objects", "classes"):
            getattr(self, name).update(getattr(other, name))
        self.properties += other.properties
        self.used += other.used
        self.ends += other.ends
        self.datatypes += other.datatypes
        self.crossing += other.crossing
        self.links += other.links
        return self


@dataclass(slots=True)
class OutgoingLinks:
    """The links of one predicate to what one other host describes."""

    triples: int = 0
    objects: set[Term] = field(default_factory=set)


Types = Mapping[Term, tuple[Term, ...]]
"""The classes of each thing that has any."""

_NONE: tuple[Term, ...] = ()


def types_of(graphs: Iterable[Lines]) -> Types:
    """The classes that the graphs give to things; one without an address is no class here."""
    found: dict[Term, set[Term]] = defaultdict(set)
    for lines in graphs:
        for line in lines:
            if TYPE in line:
                subject, predicate, rest = line.split(b" ", 2)
                if predicate == TYPE and is_iri(class_ := rest[:-3]):
                    found[subject].add(class_)
    return {thing: tuple(sorted(classes)) for thing, classes in found.items()}


def count(lines: Lines, types: Types) -> Counts:
    """Count a graph whose things have these classes."""
    counts = Counts(subjects={line.split(b" ", 1)[0] for line in lines})
    described, objects = counts.subjects, counts.objects
    kinds: Counter[tuple[tuple[Term, ...], Term, tuple[Term, ...], bool]] = Counter()
    literals: Counter[tuple[tuple[Term, ...], Term, bytes]] = Counter()
    for line in lines:
        subject, predicate, rest = line.split(b" ", 2)
        object_ = rest[:-3]
        objects.add(object_)
        of = types.get(subject, _NONE)
        if object_.startswith(b'"'):
            literals[of, predicate, object_[object_.rindex(b'"') :]] += 1
        elif predicate == TYPE:
            kinds[of, predicate, _NONE, True] += 1
            counts.classes.add(object_)
        else:
            kinds[of, predicate, types.get(object_, _NONE), object_ in described] += 1
            if predicate in LINKS:
                counts.links[predicate, object_] += 1
    counts.triples = kinds.total() + literals.total()
    _count_members(counts, types)
    for (classes, predicate, suffix), triples in literals.items():
        counts.properties[predicate] += triples
        for class_ in classes:
            counts.used[class_, predicate] += triples
            counts.datatypes[class_, predicate, datatype(suffix)] += triples
    for (classes, predicate, ends, stays), triples in kinds.items():
        counts.properties[predicate] += triples
        for class_ in classes:
            counts.used[class_, predicate] += triples
            for end in ends:
                counts.ends[class_, predicate, end] += triples
                if not stays:
                    counts.crossing[class_, predicate, end] += triples
    return counts


def merge(graphs: Iterable[Counts], types: Types) -> Counts:
    """What graphs hold together that have no triple in common."""
    counts = Counts()
    for graph in graphs:
        counts += graph
    _count_members(counts, types)
    return counts


def outgoing_links(counts: Counts) -> dict[tuple[Term, str], OutgoingLinks]:
    """The links to what is not described here, by predicate and by the host they lead to."""
    found: dict[tuple[Term, str], OutgoingLinks] = defaultdict(OutgoingLinks)
    for (predicate, object_), triples in counts.links.items():
        if object_ not in counts.subjects and (host := _host(object_)):
            found[predicate, host].triples += triples
            found[predicate, host].objects.add(object_)
    return dict(found)


def _count_members(counts: Counts, types: Types) -> None:
    kinds = Counter(types.get(subject, _NONE) for subject in counts.subjects)
    for classes, members in kinds.items():
        for class_ in classes:
            counts.members[class_] += members


def spaces(objects: Iterable[Term]) -> Iterator[str]:
    """What the addresses of things have in common, up to a slash or hash; one for each scheme.

    >>> list(spaces([b"<http://www.wikidata.org/entity/Q232>", b"<http://www.wikidata.org/wiki/Q>"]))
    ['http://www.wikidata.org/']
    """
    by_scheme: dict[str, list[str]] = defaultdict(list)
    for object_ in objects:
        address = iri(object_)
        by_scheme[urlsplit(address).scheme].append(address)
    for _, addresses in sorted(by_scheme.items()):
        # By characters, since an address may be divided by a hash too.
        yield namespace(os.path.commonprefix(addresses))  # noqa: RUF071


def namespace(address: str) -> str:
    """An address up to its last slash or hash, '' where it has none.

    >>> namespace("http://www.w3.org/2004/02/skos/core#Concept")
    'http://www.w3.org/2004/02/skos/core#'
    """
    return address[: max(address.rfind("/"), address.rfind("#")) + 1]


def iri(term: Term) -> str:
    """The address that a term is.

    >>> iri(b"<http://example.org/a>")
    'http://example.org/a'
    """
    return term[1:-1].decode()


def is_iri(term: Term) -> bool:
    """Whether a term is an address: no literal, blank node or triple term.

    >>> [is_iri(term) for term in (b"<a:b>", b"_:b", b'"a"', b"<<( <a:s> <a:p> <a:o> )>>")]
    [True, False, False, False]
    """
    return term.startswith(b"<") and not term.startswith(b"<<")


def datatype(literal: Term) -> Term:
    """The datatype of a literal (https://www.w3.org/TR/rdf12-concepts/#section-Graph-Literal).

    >>> [datatype(text)[-12:] for text in (b'"a"', b'"a"@en', b'"1"^^<a:integer>')]
    [b'hema#string>', b'#langString>', b'<a:integer>']
    """
    suffix = literal[literal.rfind(b'"') + 1 :]
    if suffix.startswith(b"^^"):
        return suffix[2:]
    if suffix.startswith(b"@"):
        return _RDF + (b"dirLangString>" if b"--" in suffix else b"langString>")
    return _XSD + b"string>"


def _host(term: Term) -> str:
    """The host of a web address, '' of anything else."""
    if not is_iri(term):
        return ""
    try:
        parts = urlsplit(iri(term))
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:  # what is an IRI by RDF need not be an address that can be visited
        return ""
