"""Under which terms a description may be used, and to which release it belongs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from meagraph.core import names
from meagraph.core.queries import composition
from meagraph.core.results.terms import Term, table
from meagraph_api.engine.current_release import OpenRelease, Shared, answer_of
from meagraph_api.http.urls import iri
from meagraph_api.things.description import Statement

DATASET = names.thing("dataset", "meagraph")
"""What a release of ours calls itself."""
_DCTERMS = names.PREFIXES["dcterms"]
LICENSE, RIGHTS, MODIFIED = _DCTERMS + "license", _DCTERMS + "rights", _DCTERMS + "modified"

_QUERY = composition.fill(
    (files(__package__) / "release.rq").read_text(encoding="utf-8"),
    {("_dataset",): [iri(DATASET)]},
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a release says of its own terms."""

    statements: tuple[Statement, ...]

    @property
    def describes_itself(self) -> bool:
        """Whether it says anything of itself; arbitrary data do not."""
        return any(said.subject.value == DATASET for said in self.statements)

    @property
    def modified(self) -> Term | None:
        """The date of its data."""
        found = (said.object for said in self._of(DATASET) if said.predicate == MODIFIED)
        return next(found, None)

    def of_graphs(self, graphs: Iterable[str]) -> list[Statement]:
        """The licences and rights of named graphs."""
        return [
            said
            for graph in sorted(set(graphs))
            for said in self._of(graph)
            if said.predicate in (LICENSE, RIGHTS)
        ]

    def licenses(self, graphs: Iterable[str]) -> list[str]:
        """Where the terms of what stands in some graphs are told.

        The licence of a graph; of one without a licence the address of the graph, whose description
        has its rights.
        """
        found: dict[str, None] = {}
        for said in self.of_graphs(graphs):
            value = said.object if said.predicate == LICENSE else said.subject
            found[value.value] = None
        return list(found)

    def license_of_all(self, graphs: Iterable[str]) -> str | None:
        """The one licence of everything in some graphs, None where there is no such."""
        named = set(graphs)
        found = self.licenses(named)
        licensed = {said.subject.value for said in self.of_graphs(named)}
        return found[0] if len(found) == 1 and found[0] not in named and licensed == named else None

    def _of(self, address: str) -> Iterable[Statement]:
        return (said for said in self.statements if said.subject.value == address)


async def answer(release: OpenRelease) -> Shared:
    """What `terms` reads. Raises what the engine raises."""
    return await answer_of(release, _QUERY)


@lru_cache(2)
def terms(answer: Shared) -> Terms:
    """The terms that a release states."""
    rows = table(answer.content).rows
    return Terms(tuple(Statement(s, p.value, o) for s, p, o in rows if s and p and o))
