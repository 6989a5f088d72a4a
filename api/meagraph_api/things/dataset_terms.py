"""Licences and rights of a release and of its named graphs."""

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
"""The IRI of the dataset in releases of meagraph."""
_DCTERMS = names.PREFIXES["dcterms"]
LICENSE, RIGHTS, MODIFIED = _DCTERMS + "license", _DCTERMS + "rights", _DCTERMS + "modified"

_QUERY = composition.fill(
    (files(__package__) / "release.rq").read_text(encoding="utf-8"),
    {("_dataset",): [iri(DATASET)]},
)


@dataclass(frozen=True, slots=True)
class Terms:
    """The licences, rights and dates of a release."""

    statements: tuple[Statement, ...]

    @property
    def describes_itself(self) -> bool:
        """Whether the release describes the dataset; arbitrary data do not."""
        return any(statement.subject.value == DATASET for statement in self.statements)

    @property
    def modified(self) -> Term | None:
        """The modification date of the data."""
        found = (
            statement.object for statement in self._of(DATASET) if statement.predicate == MODIFIED
        )
        return next(found, None)

    def of_graphs(self, graphs: Iterable[str]) -> list[Statement]:
        """The licences and rights of named graphs."""
        return [
            statement
            for graph in sorted(set(graphs))
            for statement in self._of(graph)
            if statement.predicate in (LICENSE, RIGHTS)
        ]

    def licenses(self, graphs: Iterable[str]) -> list[str]:
        """The licences of some graphs.

        A graph without a licence is listed by its own IRI, since its description has the rights.
        """
        found: dict[str, None] = {}
        for statement in self.of_graphs(graphs):
            value = statement.object if statement.predicate == LICENSE else statement.subject
            found[value.value] = None
        return list(found)

    def license_of_all(self, graphs: Iterable[str]) -> str | None:
        """The common licence of some graphs, None if they have no common one."""
        named = set(graphs)
        found = self.licenses(named)
        licensed = {statement.subject.value for statement in self.of_graphs(named)}
        return found[0] if len(found) == 1 and found[0] not in named and licensed == named else None

    def _of(self, address: str) -> Iterable[Statement]:
        return (statement for statement in self.statements if statement.subject.value == address)


async def answer(release: OpenRelease) -> Shared:
    """The result that `terms` reads. Raises the errors of the engine."""
    return await answer_of(release, _QUERY)


@lru_cache(2)
def terms(answer: Shared) -> Terms:
    """The licences and rights of a release."""
    rows = table(answer.content).rows
    return Terms(tuple(Statement(s, p.value, o) for s, p, o in rows if s and p and o))
