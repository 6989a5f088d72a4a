"""The choices of parameters, from the open release and by the type of the parameter."""

from __future__ import annotations

import asyncio
from typing import cast

import pyoxigraph as ox

from meagraph.core import names
from meagraph.core.queries import CannedQuery, Header, Parameter
from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.protocol import Engine
from meagraph_api.queries.choices import codes

COUNTRIES = f"SELECT ?value WHERE {{ ?value a <{names.term('Country')}> }}"
KAZ, UZB = names.thing("country", "KAZ"), names.thing("country", "UZB")


class StoreEngine:
    """An engine with some countries, in the process of the test."""

    def __init__(self, *countries: str) -> None:
        self._store = ox.Store()
        type_ = ox.NamedNode(names.PREFIXES["rdf"] + "type")
        for country in countries:
            kind = ox.NamedNode(names.term("Country"))
            self._store.add(ox.Quad(ox.NamedNode(country), type_, kind))

    async def query(self, text: str, accepted: AcceptedFormats) -> QueryResult:
        """The result of a SELECT in JSON."""
        found = cast(ox.QuerySolutions, self._store.query(text))
        body = cast(bytes, found.serialize(format=ox.QueryResultsFormat.JSON))
        return QueryResult(str(accepted.results), body, len(body))


def opened(*countries: str) -> OpenRelease:
    return OpenRelease(cast(Engine, StoreEngine(*countries)))


def query(**params: Parameter) -> CannedQuery:
    return CannedQuery("countries", Header(summary="Countries", params=params), "", ())


BY_CODE = Parameter(
    type="iri", label="Country", iri=names.thing("country") + "/{value}", choices=COUNTRIES
)
BY_ADDRESS = Parameter(type="string", label="Address of a country", choices=COUNTRIES)


def test_parameters_of_two_types_have_choices_of_their_own_from_one_query() -> None:
    found = asyncio.run(codes(opened(KAZ), query(country=BY_CODE, address=BY_ADDRESS)))
    assert found == {"country": ("KAZ",), "address": (KAZ,)}


def test_the_choices_are_those_of_the_release_that_is_open() -> None:
    countries = query(country=BY_CODE)
    before, after = opened(KAZ), opened(UZB)

    async def scenario() -> list[dict[str, tuple[str, ...]]]:
        return [await codes(release, countries) for release in (before, after, before)]

    assert asyncio.run(scenario()) == [
        {"country": ("KAZ",)},
        {"country": ("UZB",)},
        {"country": ("KAZ",)},
    ]
