"""The countries of a release: names, and numbers of units and measures."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from meagraph.core.queries import composition
from meagraph.core.results.terms import Term
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.protocol import select
from meagraph_api.engine.release_cache import Key

_QUERY = (files(__package__) / "countries.rq").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Country:
    """A country with the number of its units and measures."""

    name: str
    term: Term
    units: int
    measures: int


_COUNTRIES = Key[dict[str, Country]]()


async def countries(release: OpenRelease, language: str) -> dict[str, Country]:
    """The countries by code, sorted by their names in a language."""

    async def make() -> dict[str, Country]:
        text = composition.fill(_QUERY, {("_language",): [composition.literal(language)]})
        return {
            record["code"]: Country(
                record["name"],
                Term("uri", record["country"]),
                int(record["units"]),
                int(record["measures"]),
            )
            for record in (await select(release.engine, text)).records()
        }

    return await release.values.once(_COUNTRIES, make, language)
