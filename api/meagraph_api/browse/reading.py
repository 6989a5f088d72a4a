"""Reads the release for our own pages: the queries of this room, asked once where that will do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TypeVar

from meagraph.queries import binding
from meagraph_api import results
from meagraph_api.current import Open
from meagraph_api.results import Table

Kept = TypeVar("Kept")

_FOLDER = files(__package__) / "queries"


@lru_cache(maxsize=64)
def query(name: str) -> str:
    """The text of a query of this room, by the name of its file."""
    return (_FOLDER / f"{name}.rq").read_text(encoding="utf-8")


async def table(
    held: Open, name: str, places: Mapping[binding.Block, Sequence[str]] | None = None
) -> Table:
    """The rows of a query of this room, with terms in its places. Raises what the engine raises."""
    return await results.select(held.engine, binding.place(query(name), places or {}))


async def remembered(held: Open, key: str, make: Callable[[Open], Awaitable[Kept]]) -> Kept:
    """What is the same as long as the release lasts: made once, by the first who asks."""
    whole = ("browse", key)
    if whole not in held.remembered:
        held.remembered[whole] = await make(held)
    kept: Kept = held.remembered[whole]
    return kept
