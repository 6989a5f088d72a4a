"""Things of the graph: which there are, and the statements of and about each."""

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

_KNOWN_QUERY = composition.fill(
    (files(__package__) / "known.rq").read_text(encoding="utf-8"),
    {("_base",): [composition.literal(names.BASE)]},
)
_JSON = AcceptedFormats(results="application/sparql-results+json", graph=None)


@dataclass(frozen=True, slots=True)
class Thing:
    """The address of a thing, and of what belongs to it."""

    address: str
    fragments: Sequence[str] = ()
    """What is a fragment of it: links, responsibilities, passages …"""
    members: Sequence[str] = ()
    """Of a concept scheme, its concepts and what belongs to these."""

    @property
    def described(self) -> list[str]:
        """The thing and what belongs to it."""
        return [self.address, *self.fragments]

    @property
    def own(self) -> list[str]:
        """Everything that its description is about."""
        return [*self.described, *self.members]


_Plain = tuple[dict[str, tuple[str, list[str], list[str]]], dict[str, tuple[str, str, str]]]
"""What a process makes of the answer; plain values, since these come back quickly."""


@dataclass(frozen=True, slots=True)
class Known:
    """The things of a release, by the paths of their documents."""

    things: Mapping[str, tuple[str, Sequence[str], Sequence[str]]]
    """As `Thing` has them."""
    withdrawn: Mapping[str, tuple[str, str, str]]
    """When and why an address was withdrawn, and what took its place, if anything did."""

    def find(self, path: str) -> Thing:
        """The thing whose documents stand at a path. Raises UnknownAddress, Withdrawn."""
        if (gone := self.withdrawn.get(path)) is not None:
            date, reason, successor = gone
            instead = f" {successor} took its place." if successor else ""
            raise Withdrawn(f"{path} was withdrawn on {date}: {reason.rstrip('.')}.{instead}")
        if (thing := self.things.get(path)) is None:
            raise UnknownAddress(
                f"This release knows no thing {quoted(path)}. Addresses of things are those of "
                "docs/model.md, e.g. /id/country/KAZ; /queries lists ways to find them."
            )
        return Thing(*thing)


_KNOWN = Key[Known]()


async def known(request: Request, release: OpenRelease, pool: RenderPool) -> Known:
    """The things that a release knows; they are looked up once.

    Raises what the engine and the pool raise.
    """

    async def make() -> Known:
        answer = await release.engine.query(_KNOWN_QUERY, _JSON)
        return Known(*await pool.run(request, _read, answer.in_memory().body))

    return await release.values.once(_KNOWN, make)


def _read(body: bytes) -> _Plain:
    things: dict[str, tuple[str, list[str], list[str]]] = {}
    members: dict[str, list[str]] = {}
    withdrawn: dict[str, tuple[str, str, str]] = {}
    for row in table(body).records():
        address = row["address"]
        if not (urls.is_thing(address) and urls.can_be_asked(address)):
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
"""The most links back that are given; `thing.rq` asks for one more."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple, and the named graphs that say so."""

    subject: Term
    predicate: str
    object: Term
    graphs: tuple[str, ...] = ()

    @property
    def triple(self) -> tuple[Term, str, Term]:
        """What it says, whoever says so."""
        return self.subject, self.predicate, self.object


@dataclass(frozen=True, slots=True)
class Description:
    """A thing with everything that is said of it."""

    thing: Thing
    own: tuple[Statement, ...]
    """What is said of it and of what belongs to it, in this order; by predicate and value."""
    back: tuple[Statement, ...]
    """What others say of it, by predicate and subject."""
    cut: bool
    """Whether there are more links back than `MOST_BACK`."""

    def of(self, address: str) -> list[Statement]:
        """What is said of one subject."""
        return [said for said in self.own if said.subject.value == address]


def query(thing: Thing, subjects: list[str]) -> str:
    """The query that describes some subjects of a thing, and what links to it."""
    terms = [iri(address) for address in subjects]
    linked = [iri(address) for address in thing.described]
    return composition.fill(_QUERY, {("_own",): terms, ("_linked",): linked})


def described(body: bytes, thing: Thing, subjects: list[str]) -> Description:
    """The description of a thing, of the answer to `query` in JSON."""
    graphs: dict[tuple[Term, str, Term], list[str]] = {}
    back: dict[tuple[Term, str, Term], list[str]] = {}
    given = 0
    inside = {*subjects, *thing.own}
    for graph, subject, predicate, object_, is_back in table(body).rows:
        if subject is None or predicate is None or object_ is None:
            continue
        given += is_back is not None
        if is_back and subject.value in inside:
            continue
        found = (back if is_back else graphs).setdefault((subject, predicate.value, object_), [])
        if graph is not None and graph.value not in found:
            found.append(graph.value)
    place = {address: number for number, address in enumerate(subjects)}
    own = sorted(_statements(graphs), key=lambda said: (place[said.subject.value], _order(said)))
    others = sorted(_statements(back), key=_back_order)
    return Description(thing, tuple(own), tuple(others[:MOST_BACK]), given > MOST_BACK)


def _statements(found: dict[tuple[Term, str, Term], list[str]]) -> Iterable[Statement]:
    return (Statement(*triple, tuple(sorted(graphs))) for triple, graphs in found.items())


def _order(said: Statement) -> tuple[str, str, str, str]:
    value = said.object
    return said.predicate, value.language or "", value.datatype or "", value.value


def _back_order(said: Statement) -> tuple[str, str, str]:
    return said.predicate, said.subject.value, said.object.value
