"""The values that a parameter may take, with a label for people."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from meagraph import names
from meagraph.queries.header import CannedQuery, Parameter
from meagraph_api.current import Open
from meagraph_api.results import Table, Term, select


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a parameter and what it is called."""

    value: str
    label: str


async def choices(held: Open, query: CannedQuery) -> dict[str, list[Choice]]:
    """The choices of every parameter that has any, from its header or from the graph."""
    found = {}
    for name, parameter in query.parameters.items():
        if parameter.listed is not None:
            found[name] = [Choice(value, value) for value in parameter.listed]
        elif parameter.choices_query is not None:
            found[name] = await _asked(held, parameter, parameter.choices_query)
    return found


def offered(parameter: Parameter, table: Table) -> list[Choice]:
    """The choices that the answer to a parameter's own query holds, each value once."""
    distinct: dict[str, Choice] = {}
    for row in table.rows:
        value, label = row[0], row[-1]
        if value is not None:
            coded = _coded(parameter, value)
            distinct.setdefault(coded, Choice(coded, label.value if label else coded))
    return list(distinct.values())


async def _asked(held: Open, parameter: Parameter, text: str) -> list[Choice]:
    if text not in held.remembered:
        held.remembered[text] = offered(parameter, await select(held.engine, text))
    asked: list[Choice] = held.remembered[text]
    return asked


def _coded(parameter: Parameter, value: Term) -> str:
    """The value as parameters and tables have it: for things, the last segment of the address."""
    if parameter.type == "iri" and value.kind == "uri":
        return unquote(names.local_name(value.value))
    return value.value
