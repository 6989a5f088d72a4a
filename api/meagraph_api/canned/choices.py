"""The values that a parameter may take, with a label for people, in their language."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from meagraph import names
from meagraph.queries.header import CannedQuery, Parameter
from meagraph_api.canned import labels
from meagraph_api.canned.labels import Labels
from meagraph_api.current import Open
from meagraph_api.pages.translations import SOURCE
from meagraph_api.render_pool import Shared
from meagraph_api.results import Table, Term, select

_KEPT = 64
"""Queries whose choices a process keeps."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a parameter and what it is called."""

    value: str
    label: str
    address: str = ""
    """The address of the thing that it stands for, if it stands for one."""
    language: str = SOURCE
    """The language of the label."""


async def choices(held: Open, query: CannedQuery) -> dict[str, list[Choice]]:
    """The choices of every parameter that has any, from its header or from the graph."""
    found = {}
    for name, parameter in query.parameters.items():
        if parameter.listed is not None:
            found[name] = [Choice(value, value) for value in parameter.listed]
        elif parameter.choices_query is not None:
            found[name] = await _asked(held, parameter, parameter.choices_query)
    return found


async def shared(held: Open, query: CannedQuery) -> Shared:
    """The choices of a query for the processes of the pool, where `unpacked` reads them.

    There are hundreds of them, which take more than a millisecond to hand over.
    """

    async def make() -> Shared:
        return Shared(pickle.dumps(await choices(held, query), pickle.HIGHEST_PROTOCOL))

    return await held.once(("choices", query.name), make)


@lru_cache(_KEPT)
def unpacked(packed: Shared) -> Mapping[str, list[Choice]]:
    """The choices that `shared` gives."""
    found: Mapping[str, list[Choice]] = pickle.loads(packed.content)  # noqa: S301 - see `shared`
    return found


def bound(
    query: CannedQuery,
    values: Mapping[str, list[str]],
    found: Mapping[str, list[Choice]],
) -> str:
    """A query's text with values in their places, each among its choices where there are any.

    Raises UnknownParameter, MissingParameter, BadValue.
    """
    known = {name: tuple(choice.value for choice in offered) for name, offered in found.items()}
    return query.bind(values, known)


async def in_language(
    held: Open, found: Mapping[str, list[Choice]], language: str
) -> dict[str, list[Choice]]:
    """The choices with their labels in a language, where the graph has such a label."""
    if language == SOURCE:
        return dict(found)
    read = await labels.read(held, language)
    return relabelled(found, language, await asyncio.to_thread(labels.labels, read))


def relabelled(
    found: Mapping[str, list[Choice]], language: str, known: Labels
) -> dict[str, list[Choice]]:
    """The choices with their labels in a language, where these are known."""
    return {
        name: [
            replace(choice, label=known.things[choice.address], language=language)
            if choice.address in known.things
            else choice
            for choice in offered
        ]
        for name, offered in found.items()
    }


def offered(parameter: Parameter, table: Table) -> list[Choice]:
    """The choices that the answer to a parameter's own query holds, each value once."""
    distinct: dict[str, Choice] = {}
    for row in table.rows:
        value, label = row[0], row[-1]
        if value is not None:
            coded = _coded(parameter, value)
            address = value.value if value.kind == "uri" else ""
            said = Choice(coded, label.value if label else coded, address)
            distinct.setdefault(coded, said)
    return list(distinct.values())


async def _asked(held: Open, parameter: Parameter, text: str) -> list[Choice]:
    async def make() -> list[Choice]:
        return offered(parameter, await select(held.engine, text))

    return await held.once(text, make)


def _coded(parameter: Parameter, value: Term) -> str:
    """The value as parameters and tables have it: for things, the last segment of the address."""
    if parameter.type == "iri" and value.kind == "uri":
        return unquote(names.local_name(value.value))
    return value.value
