"""Reading: what the graph says of the plans, as the rows of a few queries (`queries/*.rq`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from meagraph_api.current import Open
from meagraph_api.informea.xml import legal
from meagraph_api.results import select
from meagraph_api.standing import Standing, standing

Record = dict[str, str]
"""A row of an answer; '' where there is nothing."""

_QUERIES = (
    "treaties",
    "documents",
    "document-treaties",
    "replacements",
    "keywords",
    "citations",
    "measures",
    "measure-topics",
    "units",
    "country-links",
    "decisions",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What the graph says."""

    records: dict[str, list[Record]]
    """By the name of the query."""
    plans: dict[str, Standing]
    """By slug."""


async def found(held: Open) -> Found:
    """Ask the graph. Raises what the engine raises."""
    records = {}
    for name in _QUERIES:
        answer = await select(held.engine, _query(name))
        records[name] = [
            {column: legal(value) for column, value in record.items()}
            for record in answer.records()
        ]
    return Found(records, {plan.instrument: plan for plan in await standing(held)})


@cache
def _query(name: str) -> str:
    return (files(__package__) / "queries" / f"{name}.rq").read_text(encoding="utf-8")
