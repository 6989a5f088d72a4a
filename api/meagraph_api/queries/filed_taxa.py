"""Related taxa for an empty table of a taxon: plans may name a taxon above or below it."""

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
    """A taxon with measures or units."""

    code: str
    """The last segment of its IRI."""
    name: str
    """Its scientific name."""
    printed: tuple[str, ...]
    """Its names in the plans."""
    measures: int
    """Measures that target it directly."""
    units: int
    """Units and populations of it directly."""
    address: str
    """The URL of the same table for this taxon."""


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
    """The taxa above those of a request, and below them if the scope excludes those.

    `address` is the URL of an empty table, and `values` has its parameters. Empty without the
    parameter `taxon`. Raises the errors of the engine.
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
    """The taxa by IRI, with the measures and units of each."""

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
    """The taxa above one, the nearest first. Cycles are cut."""

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
    """Links to the tables of these taxa."""
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
