"""The values that a parameter may take, with a label for people, in their language."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial

from meagraph.core import full_text
from meagraph.core.names import SOURCE
from meagraph.core.queries.header import CannedQuery
from meagraph.core.queries.parameters import Choice, Parameter, offered
from meagraph_api.engine.current_release import OpenRelease, Shared
from meagraph_api.engine.protocol import select
from meagraph_api.engine.release_cache import Key
from meagraph_api.index import labels, release_data
from meagraph_api.index.labels import Labels

_KEPT = 64
"""Queries whose choices a process keeps."""


async def choices(release: OpenRelease, query: CannedQuery) -> dict[str, list[Choice]]:
    """The choices of every parameter that has any, from its header or from the graph."""
    found = {}
    for name, parameter in query.parameters.items():
        if parameter.listed is not None:
            found[name] = [Choice(value, value) for value in parameter.listed]
        elif parameter.choices_query is not None:
            found[name] = await _offered(release, parameter, parameter.choices_query)
    return found


_SHARED = Key[Shared]()


async def shared(release: OpenRelease, query: CannedQuery) -> Shared:
    """The choices of a query for the processes of the pool, where `unpacked` reads them.

    There are hundreds of them, which take more than a millisecond to hand over.
    """

    async def make() -> Shared:
        return Shared(pickle.dumps(await choices(release, query), pickle.HIGHEST_PROTOCOL))

    return await release.values.once(_SHARED, make, query.name)


@lru_cache(_KEPT)
def unpacked(packed: Shared) -> Mapping[str, list[Choice]]:
    """The choices that `shared` gives."""
    found: Mapping[str, list[Choice]] = pickle.loads(packed.content)  # noqa: S301 - see `shared`
    return found


async def composed(
    release: OpenRelease, query: CannedQuery, values: Mapping[str, list[str]]
) -> str:
    """A query's text with values in their places, each among its choices if there are any.

    Words are looked up in the release. Raises UnknownParameter, MissingParameter, BadValue, and
    what a search raises.
    """
    known = await codes(release, query)
    if not query.words_in(values):
        return query.bind(values, known)
    look_up = partial(full_text.found, release.engine.release.folder)
    return await asyncio.to_thread(query.bind, values, known, look_up)


async def codes(release: OpenRelease, query: CannedQuery) -> dict[str, tuple[str, ...]]:
    """The choices of every parameter that has any, without their labels."""
    found = await choices(release, query)
    return {name: tuple(choice.value for choice in offered) for name, offered in found.items()}


async def in_language(
    release: OpenRelease, found: Mapping[str, list[Choice]], language: str
) -> dict[str, list[Choice]]:
    """The choices with their labels in a language, where the graph has such a label."""
    if language == SOURCE:
        return dict(found)
    read = await release_data.read(release, labels.QUERIES)
    return relabelled(found, language, await asyncio.to_thread(labels.called, read))


def relabelled(
    found: Mapping[str, list[Choice]], language: str, known: Labels
) -> dict[str, list[Choice]]:
    """The choices with their labels in a language, where these are known."""
    return {
        name: [
            replace(choice, label=known.name(choice.address, language), language=language)
            if known.language(choice.address, language) == language
            else choice
            for choice in offered
        ]
        for name, offered in found.items()
    }


_CHOICES = Key[list[Choice]]()


async def _offered(release: OpenRelease, parameter: Parameter, text: str) -> list[Choice]:
    """The choices from a query of a parameter, which reads them by the parameter's type."""

    async def make() -> list[Choice]:
        return offered(parameter, await select(release.engine, text))

    return await release.values.once(_CHOICES, make, text, parameter.type)
