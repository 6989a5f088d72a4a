"""The things of a graph, and the statements about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from starlette.requests import Request

from meagraph.core import names
from meagraph.core.errors import UnknownAddress, Withdrawn
from meagraph.core.queries import composition
from meagraph.core.quoting import quoted
from meagraph.core.results.formats import AcceptedFormats
from meagraph.core.results.terms import Term, table
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.release_cache import Key
from meagraph_api.http import urls
from meagraph_api.http.urls import iri
from meagraph_api.pages.render_pool import RenderPool

_THINGS_QUERY = composition.fill(
    (files(__package__) / "things.rq").read_text(encoding="utf-8"),
    {("_base",): [composition.literal(names.BASE)]},
)
_JSON = AcceptedFormats(results="application/sparql-results+json", graph=None)


@dataclass(frozen=True, slots=True)
class Thing:
    """The IRI of a thing, and those of its parts."""

    address: str
    fragments: Sequence[str] = ()
    """IRIs with a fragment of it: links, responsibilities, passages …"""
    members: Sequence[str] = ()
    """Of a concept scheme: its concepts and their fragments."""

    @property
    def described(self) -> list[str]:
        """The thing and its fragments."""
        return [self.address, *self.fragments]

    @property
    def own(self) -> list[str]:
        """All subjects of its description."""
        return [*self.described, *self.members]


_Plain = tuple[dict[str, tuple[str, list[str], list[str]]], dict[str, tuple[str, str, str]]]
"""The parsed result as plain values, which a process returns quickly."""


@dataclass(frozen=True, slots=True)
class ThingIndex:
    """The things of a release, by the paths of their documents."""

    things: Mapping[str, tuple[str, Sequence[str], Sequence[str]]]
    """The fields of `Thing`."""
    withdrawn: Mapping[str, tuple[str, str, str]]
    """Date and reason of each withdrawal, and the IRI of the replacement or ''."""

    def find(self, path: str) -> Thing:
        """The thing with documents at a path. Raises UnknownAddress, Withdrawn."""
        if (gone := self.withdrawn.get(path)) is not None:
            date, reason, successor = gone
            instead = f" {successor} took its place." if successor else ""
            raise Withdrawn(f"{path} was withdrawn on {date}: {reason.rstrip('.')}.{instead}")
        if (thing := self.things.get(path)) is None:
            raise UnknownAddress(
                f"No thing {quoted(path)} in this release. docs/model.md describes the IRIs of "
                "things, e.g. /id/country/KAZ; /queries lists ways to find them."
            )
        return Thing(*thing)


_THINGS = Key[ThingIndex]()


async def thing_index(request: Request, release: OpenRelease, pool: RenderPool) -> ThingIndex:
    """The things of a release, read once for each release.

    Raises the errors of the engine and of the pool.
    """

    async def make() -> ThingIndex:
        answer = await release.engine.query(_THINGS_QUERY, _JSON)
        return ThingIndex(*await pool.run(request, _read, answer.in_memory().body))

    return await release.values.once(_THINGS, make)


def _read(body: bytes) -> _Plain:
    things: dict[str, tuple[str, list[str], list[str]]] = {}
    members: dict[str, list[str]] = {}
    withdrawn: dict[str, tuple[str, str, str]] = {}
    for row in table(body).records():
        address = row["address"]
        if not (urls.is_thing(address) and urls.is_iri(address)):
            continue
        document = urls.document(address)
        path = urls.normal(urls.path(document))
        _, fragments, _ = things.setdefault(path, (document, [], []))
        if "#" in address and address not in fragments[-1:]:
            fragments.append(address)
        if row["scheme"]:
            members.setdefault(row["scheme"], []).append(document)
        if row["withdrawn"]:
            withdrawn[path] = row["withdrawn"], row["reason"], row["successor"]
    of = {thing[0]: thing for thing in things.values()}
    for scheme, concepts in members.items():
        if scheme in of:
            of[scheme][2][:] = [each for concept in concepts for each in (concept, *of[concept][1])]
    return things, withdrawn


_QUERY = (files(__package__) / "thing.rq").read_text(encoding="utf-8")

MOST_BACK = 10_000
"""The most backlinks of a description; `thing.rq` selects one more."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple, and the named graphs that contain it."""

    subject: Term
    predicate: str
    object: Term
    graphs: tuple[str, ...] = ()

    @property
    def triple(self) -> tuple[Term, str, Term]:
        """The triple without its graphs."""
        return self.subject, self.predicate, self.object


@dataclass(frozen=True, slots=True)
class Description:
    """A thing with all statements about it."""

    thing: Thing
    own: tuple[Statement, ...]
    """Statements about the thing, then about its parts; by predicate and value."""
    back: tuple[Statement, ...]
    """Backlinks: statements with the thing as object, by predicate and subject."""
    cut: bool
    """Whether there are more backlinks than `MOST_BACK`."""

    def of(self, address: str) -> list[Statement]:
        """The statements about one subject."""
        return [statement for statement in self.own if statement.subject.value == address]


def query(thing: Thing, subjects: list[str]) -> str:
    """The query for the statements about some subjects of a thing, and for its backlinks."""
    terms = [iri(address) for address in subjects]
    linked = [iri(address) for address in thing.described]
    return composition.fill(_QUERY, {("_own",): terms, ("_linked",): linked})


def described(body: bytes, thing: Thing, subjects: list[str]) -> Description:
    """The description of a thing, from the result of `query` in JSON."""
    graphs: dict[tuple[Term, str, Term], list[str]] = {}
    back: dict[tuple[Term, str, Term], list[str]] = {}
    links_back = 0
    inside = {*subjects, *thing.own}
    for graph, subject, predicate, object_, is_back in table(body).rows:
        if subject is None or predicate is None or object_ is None:
            continue
        links_back += is_back is not None
        if is_back and subject.value in inside:
            continue
        found = (back if is_back else graphs).setdefault((subject, predicate.value, object_), [])
        if graph is not None and graph.value not in found:
            found.append(graph.value)
    place = {address: number for number, address in enumerate(subjects)}
    own = sorted(
        _statements(graphs),
        key=lambda statement: (place[statement.subject.value], _order(statement)),
    )
    others = sorted(_statements(back), key=_back_order)
    return Description(thing, tuple(own), tuple(others[:MOST_BACK]), links_back > MOST_BACK)


def _statements(found: dict[tuple[Term, str, Term], list[str]]) -> Iterable[Statement]:
    return (Statement(*triple, tuple(sorted(graphs))) for triple, graphs in found.items())


def _order(statement: Statement) -> tuple[str, str, str, str]:
    value = statement.object
    return statement.predicate, value.language or "", value.datatype or "", value.value


def _back_order(statement: Statement) -> tuple[str, str, str]:
    return statement.predicate, statement.subject.value, statement.object.value
