"""Reading: what the graph says of the plans, as the rows of a few queries (`queries/*.rq`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from meagraph_api.current import Open
from meagraph_api.engine import Wanted
from meagraph_api.informea.xml import legal
from meagraph_api.render_pool import Shared
from meagraph_api.results import table
from meagraph_api.standing import Standing

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


_TABLE = Wanted(results="application/sparql-results+json", graph=None)


@dataclass(frozen=True, slots=True)
class Found:
    """What the graph says."""

    records: dict[str, list[Record]]
    """By the name of the query."""
    plans: dict[str, Standing]
    """By slug."""


async def answers(held: Open) -> tuple[Shared, ...]:
    """What the graph answers, as SPARQL results in JSON. Raises what the engine raises."""
    return tuple(
        [
            Shared((await held.engine.query(_query(name), _TABLE)).in_memory().body)
            for name in _QUERIES
        ]
    )


def found(answers: Iterable[Shared], plans: Iterable[Standing]) -> Found:
    """The rows of the answers of the graph, with the standing of the plans."""
    records = {
        name: [
            {column: legal(value) for column, value in record.items()}
            for record in table(answer.content).records()
        ]
        for name, answer in zip(_QUERIES, answers, strict=True)
    }
    return Found(records, {plan.instrument: plan for plan in plans})


@cache
def _query(name: str) -> str:
    return (files(__package__) / "queries" / f"{name}.rq").read_text(encoding="utf-8")
