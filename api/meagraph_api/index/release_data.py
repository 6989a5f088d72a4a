"""Read the release for pages: the queries of this package, each run once for a release.

The event loop passes the results on as bytes; the processes that render pages parse them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from importlib.resources import files
from typing import TypeVar

from cachetools import LRUCache

from meagraph.core.results import terms
from meagraph.core.results.terms import Table
from meagraph_api.engine.current_release import OpenRelease, Shared, answer_of

T = TypeVar("T")

_FOLDER = files(__package__) / "queries"

_RELEASES = 2
"""Releases whose parsed data a process keeps: the current one and the one before."""


@lru_cache(maxsize=64)
def query(name: str) -> str:
    """The text of a query of this package, by the name of its file."""
    return (_FOLDER / f"{name}.rq").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class ReleaseData:
    """The results of some queries of this package, by name."""

    release: str
    """The id of the release."""
    answers: Mapping[str, Shared]

    def table(self, name: str) -> Table:
        """The result of a query."""
        return terms.table(self.answers[name].content)

    def records(self, name: str) -> list[dict[str, str]]:
        """The rows of a result as text by column, '' for unbound."""
        return self.table(name).records()


async def read(release: OpenRelease, names: Iterable[str]) -> ReleaseData:
    """Run some queries on a release. Raises the errors of the engine."""
    # One after another: on a busy machine, all at once could exceed the limit of slow queries, and
    # the first reader would get 503.
    return ReleaseData(
        release.engine.release.id,
        {name: await answer_of(release, query(name)) for name in dict.fromkeys(names)},
    )


def once_per_release(
    *names: str,
) -> Callable[[Callable[[ReleaseData], T]], Callable[[ReleaseData], T]]:
    """Cache a function of the results of some queries: one call for each release and process."""

    def decorate(make: Callable[[ReleaseData], T]) -> Callable[[ReleaseData], T]:
        kept: LRUCache[tuple[Shared, ...], T] = LRUCache(_RELEASES)

        @wraps(make)
        def once(data: ReleaseData) -> T:
            answers = tuple(data.answers[name] for name in names)
            if answers not in kept:
                kept[answers] = make(data)
            return kept[answers]

        return once

    return decorate
