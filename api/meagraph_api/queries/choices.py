"""The allowed values of parameters, with labels in the language of the reader."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial

from meagraph.core import full_text
from meagraph.core.queries.header import CannedQuery
from meagraph.core.queries.parameters import Choice, Parameter, offered
from meagraph_api.engine.current_release import OpenRelease, Shared
from meagraph_api.engine.protocol import select
from meagraph_api.engine.release_cache import Key
from meagraph_api.index.labels import Labels
from meagraph_api.queries.column_labels import ColumnLabels

_KEPT = 64
"""The most queries whose choices a process caches."""


async def choices(release: OpenRelease, query: CannedQuery) -> dict[str, list[Choice]]:
    """The choices of each parameter with choices, from its header or from the graph."""
    found = {}
    for name, parameter in query.parameters.items():
        if parameter.listed is not None:
            found[name] = [Choice(value, value) for value in parameter.listed]
        elif parameter.choices_query is not None:
            found[name] = await _from_graph(release, parameter, parameter.choices_query)
    return found


_SHARED = Key[Shared]()


async def shared(release: OpenRelease, query: CannedQuery) -> Shared:
    """The choices of a query, pickled for the processes of the pool; `unpacked` reads them.

    Pickling hundreds of choices for each request would take more than a millisecond.
    """

    async def make() -> Shared:
        return Shared(pickle.dumps(await choices(release, query), pickle.HIGHEST_PROTOCOL))

    return await release.values.once(_SHARED, make, query.name)


@lru_cache(_KEPT)
def unpacked(packed: Shared) -> Mapping[str, list[Choice]]:
    """The choices from `shared`."""
    found: Mapping[str, list[Choice]] = pickle.loads(packed.content)  # noqa: S301 - see `shared`
    return found


async def composed(
    release: OpenRelease, query: CannedQuery, values: Mapping[str, list[str]]
) -> str:
    """The text of a query with values, which must be among the choices of their parameter.

    Search words are looked up in the full-text index. Raises UnknownParameter, MissingParameter,
    BadValue, and the errors of the search.
    """
    known = await codes(release, query)
    if not query.words_in(values):
        return query.bind(values, known)
    look_up = partial(full_text.found, release.engine.release.folder)
    return await asyncio.to_thread(query.bind, values, known, look_up)


async def codes(release: OpenRelease, query: CannedQuery) -> dict[str, tuple[str, ...]]:
    """The choices of each parameter with choices, without labels."""
    found = await choices(release, query)
    return {name: tuple(choice.value for choice in offered) for name, offered in found.items()}


def relabelled(found: Mapping[str, list[Choice]], naming: ColumnLabels) -> dict[str, list[Choice]]:
    """The choices with labels in the language of the reader, if these are known."""
    return {name: [_labelled(name, one, naming) for one in few] for name, few in found.items()}


def _labelled(name: str, choice: Choice, naming: ColumnLabels) -> Choice:
    language = naming.context.language
    if choice.address:
        return _translated(choice, language, naming.context.labels)
    label = naming.label(name, choice.value, {})
    return choice if label == choice.value else replace(choice, label=label, language=language)


def _translated(choice: Choice, language: str, known: Labels) -> Choice:
    """The choice with its label in a language, if the graph has it."""
    if known.language(choice.address, language) != language:
        return choice
    return replace(choice, label=known.name(choice.address, language), language=language)


_CHOICES = Key[list[Choice]]()


async def _from_graph(release: OpenRelease, parameter: Parameter, text: str) -> list[Choice]:
    """The choices in the result of a query, read by the type of the parameter."""

    async def make() -> list[Choice]:
        return offered(parameter, await select(release.engine, text))

    return await release.values.once(_CHOICES, make, text, parameter.type)
