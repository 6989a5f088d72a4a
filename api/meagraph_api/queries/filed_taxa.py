"""Where an empty table of a taxon leads: the plans may name a taxon above or below it instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from urllib.parse import urlencode

from meagraph.core import names
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.protocol import select
from meagraph_api.engine.release_cache import Key
from meagraph_api.http.responses import Links

_QUERY = (files(__package__) / "filed_taxa.rq").read_text(encoding="utf-8")
_PARAMETER, _SCOPE = "taxon", "taxon_scope"


@dataclass(frozen=True, slots=True)
class FiledTaxon:
    """A taxon under which plans file measures or units."""

    code: str
    """The last segment of its IRI."""
    name: str
    """Its scientific name."""
    printed: tuple[str, ...]
    """Its names in the plans."""
    measures: int
    """Measures that target it itself."""
    units: int
    """Units and populations of it itself."""
    address: str
    """The URL of the same table with this taxon in place of the one that was asked for."""


@dataclass(slots=True)
class _Taxon:
    name: str
    parent: str
    printed: dict[str, None] = field(default_factory=dict)
    measures: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)


async def filed_taxa(
    release: OpenRelease, address: str, values: Mapping[str, Sequence[str]]
) -> tuple[FiledTaxon, ...]:
    """The taxa above the ones of a request, and below them where the scope leaves those out.

    `address` is the URL of an empty table, and `values` are the values of its parameters. Gives
    nothing if there is no parameter `taxon` among them. Raises what the engine raises.
    """
    taxa = [value for value in values.get(_PARAMETER, ()) if value]
    if not taxa:
        return ()
    known = await _taxa(release)
    scope = next(iter(values.get(_SCOPE, ())), "") or "narrower"
    found: dict[str, None] = {}
    for taxon in (names.thing("taxon", value) for value in taxa):
        if scope != "species-wide":
            found |= dict.fromkeys(_above(known, taxon))
        if scope == "exact":
            found |= dict.fromkeys(one for one in known if taxon in _above(known, one))
    return tuple(_filed(iri, known[iri], address, values) for iri in found if _has_own(known[iri]))


_TAXA = Key[Mapping[str, _Taxon]]()


async def _taxa(release: OpenRelease) -> Mapping[str, _Taxon]:
    """What targets each taxon, by its IRI."""

    async def make() -> Mapping[str, _Taxon]:
        found: dict[str, _Taxon] = {}
        for row in (await select(release.engine, _QUERY)).records():
            taxon = found.setdefault(row["taxon"], _Taxon(row["name"], row["parent"]))
            if row["printed"]:
                taxon.printed[row["printed"]] = None
            if row["class"] == names.term("Measure"):
                taxon.measures.add(row["subject"])
            elif row["class"]:
                taxon.units.add(row["subject"])
        return found

    return await release.values.once(_TAXA, make)


def _above(known: Mapping[str, _Taxon], iri: str) -> list[str]:
    """The taxa above one, the nearest first; a circle ends where it began."""

    def climb(at: str) -> Iterator[str]:
        passed = {at}
        while (taxon := known.get(at)) and taxon.parent in known and taxon.parent not in passed:
            at = taxon.parent
            passed.add(at)
            yield at

    return list(climb(iri))


def _has_own(taxon: _Taxon) -> bool:
    return bool(taxon.measures or taxon.units)


def links(filed: Sequence[FiledTaxon]) -> Links:
    """The Link headers that lead to the tables of these taxa."""
    return [(one.address, {"rel": "related"}) for one in filed]


def _filed(
    iri: str, taxon: _Taxon, address: str, values: Mapping[str, Sequence[str]]
) -> FiledTaxon:
    code = names.local_name(iri)
    kept = [
        (name, value)
        for name, sent in values.items()
        if name != _PARAMETER
        for value in sent
        if value
    ]
    return FiledTaxon(
        code,
        taxon.name,
        tuple(taxon.printed),
        len(taxon.measures),
        len(taxon.units),
        f"{address}?{urlencode([(_PARAMETER, code), *kept])}",
    )
