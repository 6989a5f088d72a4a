"""The data of a thing: its description as triples, and metadata of the document.

The first page contains the statements about the thing and its parts, and the labels of all IRIs in
them; each page contains some backlinks. See https://www.w3.org/TR/void/#backlinks for backlinks and
https://www.hydra-cg.com/spec/latest/core/#collections for pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from meagraph.core import names
from meagraph.core.results.terms import Term
from meagraph_api.http import urls
from meagraph_api.things.dataset_terms import DATASET, LICENSE, MODIFIED, RIGHTS, Terms
from meagraph_api.things.description import MOST_BACK, Description, Statement
from meagraph_api.things.statement_labels import Labels

PAGE_SIZE = 200
"""Backlinks on a page of data."""

PREFIXES = {
    **names.PREFIXES,
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "spdx": "http://spdx.org/rdf/terms#",
    "void": "http://rdfs.org/ns/void#",
}
"""The prefixes in data."""

_CUT = (
    f"Only the first {MOST_BACK:,} links to this thing are listed here; "
    "the SPARQL endpoint has them all."
)


@dataclass(frozen=True, slots=True)
class Part:
    """A page of the backlinks of a description."""

    links: Sequence[Statement]
    number: int
    pages: int
    total: int

    @property
    def previous(self) -> int | None:
        """The number of the previous page."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The number of the next page."""
        return self.number + 1 if self.number < self.pages else None


def part(description: Description, number: int, size: int) -> Part | None:
    """A page of the backlinks, by its number from 1; None if it does not exist."""
    total = len(description.back)
    pages = last(description, size)
    if number > pages:
        return None
    return Part(description.back[(number - 1) * size : number * size], number, pages, total)


def last(description: Description, size: int) -> int:
    """The number of the last page."""
    return max(1, -(-len(description.back) // size))


def named(own: Iterable[Statement], links: Iterable[Statement]) -> set[str]:
    """The IRIs in statements, to look up labels for."""
    pointed = {statement.object.value for statement in own if statement.object.kind == "uri"}
    linking = {statement.subject.value for statement in links if statement.subject.kind == "uri"}
    return pointed | linking | set(map(urls.document, linking))


def statements(
    description: Description, part: Part, labels: Labels, terms: Terms, release: str, base: str
) -> list[Statement]:
    """All statements of a page of data; `base` is the URL of this service."""
    own = description.own if part.number == 1 else ()
    shown = [*own, *part.links]
    about = {statement.subject.value for statement in own}
    more = [statement for statement in labels.statements if statement.subject.value not in about]
    graphs = {graph for statement in (*shown, *more) for graph in statement.graphs}
    every = [
        *_document(description, part, terms, graphs, release, base),
        *shown,
        *more,
        *(of for of in terms.of_graphs(graphs) if of.subject.value != description.thing.address),
    ]
    return list({each.triple: each for each in every}.values())


def _document(
    description: Description,
    part: Part,
    terms: Terms,
    graphs: set[str],
    release: str,
    base: str,
) -> Iterator[Statement]:
    """Metadata of the page: its topic, sources, licence, and other pages."""
    path = base + urls.data(description.thing.address)
    document = page_address(path, part.number)

    def statement(curie: str, value: Term | str) -> Statement:
        return Statement(
            Term("uri", document), _full(curie), value if isinstance(value, Term) else _uri(value)
        )

    yield statement("rdf:type", _full("foaf:Document"))
    yield statement("foaf:primaryTopic", description.thing.address)
    yield statement("dcat:version", Term("literal", release))
    if terms.describes_itself:
        yield statement("void:inDataset", DATASET)
    if (modified := terms.modified) is not None:
        yield Statement(Term("uri", document), MODIFIED, modified)
    for graph in sorted(graphs):
        yield statement("prov:wasDerivedFrom", graph)
    if (license_ := terms.license_of_all(graphs)) is not None:
        yield Statement(Term("uri", document), LICENSE, _uri(license_))
    else:
        for of in terms.of_graphs(graphs):
            if of.predicate == RIGHTS:
                yield Statement(Term("uri", document), RIGHTS, of.object)
    if description.cut:
        yield statement("rdfs:comment", Term("literal", _CUT, language="en"))
    if part.pages > 1:
        yield statement("rdf:type", _full("hydra:PartialCollectionView"))
        for relation, number in neighbours(part):
            yield statement(f"hydra:{_HYDRA.get(relation, relation)}", page_address(path, number))


def neighbours(part: Part) -> list[tuple[str, int]]:
    """The other pages by link relation (RFC 8288: first, prev, next, last)."""
    found = [("first", 1), ("prev", part.previous), ("next", part.next), ("last", part.pages)]
    return [(relation, number) for relation, number in found if number and part.pages > 1]


_HYDRA = {"prev": "previous"}


def page_address(path: str, number: int) -> str:
    """The URL of a page.

    >>> page_address("/data/country/KAZ.ttl", 2)
    '/data/country/KAZ.ttl?page=2'
    """
    return path if number == 1 else f"{path}?page={number}"


def _full(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


def _uri(address: str) -> Term:
    return Term("uri", address)
