"""Which things a release knows: their addresses, what belongs to each, what was withdrawn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from meagraph import names
from meagraph.errors import UnknownAddress, Withdrawn
from meagraph.queries import binding
from meagraph.quoting import quoted
from meagraph_api import results
from meagraph_api.current import Open
from meagraph_api.engine import Wanted
from meagraph_api.things import addresses

_QUERY = binding.place(
    (files(__package__) / "known.rq").read_text(encoding="utf-8"),
    {("_base",): [binding.literal(names.BASE)]},
)
_JSON = Wanted(results="application/sparql-results+json", graph=None)


@dataclass(slots=True)
class Thing:
    """The address of a thing, and of what belongs to it."""

    address: str
    fragments: list[str] = field(default_factory=list)
    """What is a fragment of it: links, responsibilities, passages …"""
    members: list[str] = field(default_factory=list)
    """Of a concept scheme, its concepts and what belongs to these."""

    @property
    def described(self) -> list[str]:
        """The thing and what belongs to it."""
        return [self.address, *self.fragments]

    @property
    def own(self) -> list[str]:
        """Everything that its description is about."""
        return [*self.described, *self.members]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why and when an address was withdrawn, and what took its place, if anything did."""

    date: str
    reason: str
    successor: str


@dataclass(frozen=True, slots=True)
class Known:
    """The things of a release, by the paths of their documents."""

    things: Mapping[str, Thing]
    withdrawn: Mapping[str, Withdrawal]

    def find(self, path: str) -> Thing:
        """The thing whose documents stand at a path. Raises UnknownAddress, Withdrawn."""
        if (gone := self.withdrawn.get(path)) is not None:
            instead = f" {gone.successor} took its place." if gone.successor else ""
            raise Withdrawn(
                f"{path} was withdrawn on {gone.date}: {gone.reason.rstrip('.')}.{instead}"
            )
        if (thing := self.things.get(path)) is None:
            raise UnknownAddress(
                f"This release knows no thing {quoted(path)}. Addresses of things are those of "
                "docs/model.md, e.g. /id/country/KAZ; /queries lists ways to find them."
            )
        return thing


async def known(held: Open) -> Known:
    """The things that a release knows; they are looked up once. Raises what the engine raises."""
    if "known things" not in held.remembered:
        answer = await held.engine.query(_QUERY, _JSON)
        held.remembered["known things"] = await asyncio.to_thread(_read, answer.in_memory().body)
    found: Known = held.remembered["known things"]
    return found


def _read(body: bytes) -> Known:
    things: dict[str, Thing] = {}
    members: dict[str, list[str]] = {}
    withdrawn: dict[str, Withdrawal] = {}
    for row in results.table(body).records():
        address = row["address"]
        if not (addresses.is_thing(address) and addresses.can_be_asked(address)):
            continue
        path = addresses.normal(addresses.path(addresses.document(address)))
        thing = things.setdefault(path, Thing(addresses.document(address)))
        if "#" in address and address not in thing.fragments[-1:]:
            thing.fragments.append(address)
        if row["scheme"]:
            members.setdefault(row["scheme"], []).append(addresses.document(address))
        if row["withdrawn"]:
            withdrawn[path] = Withdrawal(row["withdrawn"], row["reason"], row["successor"])
    of = {thing.address: thing for thing in things.values()}
    for scheme, concepts in members.items():
        if scheme in of:
            of[scheme].members = [each for concept in concepts for each in of[concept].described]
    return Known(things, withdrawn)
