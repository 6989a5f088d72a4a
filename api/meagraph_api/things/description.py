"""What the graph says of a thing: its statements, and what says something of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from meagraph.queries import binding
from meagraph_api import results
from meagraph_api.results import Term
from meagraph_api.things.addresses import iri
from meagraph_api.things.known import Thing

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
    return binding.place(_QUERY, {("_own",): terms, ("_linked",): linked})


def described(body: bytes, thing: Thing, subjects: list[str]) -> Description:
    """The description of a thing, of the answer to `query` in JSON."""
    graphs: dict[tuple[Term, str, Term], list[str]] = {}
    back: dict[tuple[Term, str, Term], list[str]] = {}
    given = 0
    inside = {*subjects, *thing.own}
    for graph, subject, predicate, object_, is_back in results.table(body).rows:
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
