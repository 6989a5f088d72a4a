"""Read the release for our own pages: the queries of this package, each sent once.

The event loop only carries the answers, as bytes; the processes that make pages understand them.
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
"""Releases of which a process keeps what it has understood: the current one and the one before."""


@lru_cache(maxsize=64)
def query(name: str) -> str:
    """The text of a query of this package, by the name of its file."""
    return (_FOLDER / f"{name}.rq").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class ReleaseData:
    """The answers of a release to some queries of this package, by their names."""

    release: str
    """The id of the release."""
    answers: Mapping[str, Shared]

    def table(self, name: str) -> Table:
        """The answer to a query."""
        return terms.table(self.answers[name].content)

    def records(self, name: str) -> list[dict[str, str]]:
        """The rows of an answer as texts by column, '' where there is nothing."""
        return self.table(name).records()


async def read(release: OpenRelease, names: Iterable[str]) -> ReleaseData:
    """The answers of a release to some queries. Raises what the engine raises."""
    # One after another: on a machine that is busy, all at once would be more slow queries at a time
    # than there may be, and the first reader would be told to come again.
    return ReleaseData(
        release.engine.release.id,
        {name: await answer_of(release, query(name)) for name in dict.fromkeys(names)},
    )


def understood(*names: str) -> Callable[[Callable[[ReleaseData], T]], Callable[[ReleaseData], T]]:
    """Compute something of the answers to some queries once in a process, for each release."""

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
