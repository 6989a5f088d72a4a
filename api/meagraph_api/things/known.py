"""Which things a release knows: their addresses, what belongs to each, what was withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from starlette.requests import Request

from meagraph import names
from meagraph.errors import UnknownAddress, Withdrawn
from meagraph.queries import binding
from meagraph.quoting import quoted
from meagraph_api import results
from meagraph_api.current import Open
from meagraph_api.engine import Wanted
from meagraph_api.render_pool import RenderPool
from meagraph_api.things import addresses

_QUERY = binding.place(
    (files(__package__) / "known.rq").read_text(encoding="utf-8"),
    {("_base",): [binding.literal(names.BASE)]},
)
_JSON = Wanted(results="application/sparql-results+json", graph=None)


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


async def known(request: Request, held: Open, pool: RenderPool) -> Known:
    """The things that a release knows; they are looked up once.

    Raises what the engine and the pool raise.
    """

    async def make() -> Known:
        answer = await held.engine.query(_QUERY, _JSON)
        return Known(*await pool.run(request, _read, answer.in_memory().body))

    return await held.once(Known, make)


def _read(body: bytes) -> _Plain:
    things: dict[str, tuple[str, list[str], list[str]]] = {}
    members: dict[str, list[str]] = {}
    withdrawn: dict[str, tuple[str, str, str]] = {}
    for row in results.table(body).records():
        address = row["address"]
        if not (addresses.is_thing(address) and addresses.can_be_asked(address)):
            continue
        document = addresses.document(address)
        path = addresses.normal(addresses.path(document))
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
