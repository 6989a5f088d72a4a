"""Taxa above or below a taxon: the plans may name one of these instead of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from meagraph.core.names import code
from meagraph_api.index.measure_index import Measure, Register, Unit, all_above


@dataclass(frozen=True, slots=True)
class RelatedTaxon:
    """A taxon above or below another, with the measures and units that are for it itself."""

    address: str
    direction: Literal["above", "below"]
    measures: tuple[Measure, ...]
    units: tuple[Unit, ...]

    @property
    def code(self) -> str:
        """The last segment of its address."""
        return code(self.address)


def related_taxa(register: Register, address: str) -> list[RelatedTaxon]:
    """The taxa above and below a taxon that have measures or units, the nearest above first."""
    return [one for one in _related(register, address) if one.measures or one.units]


def _related(register: Register, address: str) -> Iterator[RelatedTaxon]:
    # What is above more is nearer.
    above = sorted(
        all_above(register.above, address),
        key=lambda upper: (-len(all_above(register.above, upper)), upper),
    )
    below = sorted(lower for lower in register.above if address in all_above(register.above, lower))
    for upper in above:
        yield _with_own(register, upper, "above")
    for lower in below:
        yield _with_own(register, lower, "below")


def _with_own(register: Register, taxon: str, direction: Literal["above", "below"]) -> RelatedTaxon:
    return RelatedTaxon(
        taxon,
        direction,
        tuple(measure for measure in register.measures if taxon in measure.taxa),
        tuple(unit for unit in register.units.values() if taxon in unit.taxa),
    )
