"""Taxa above or below a taxon: plans may name one of these instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from meagraph.core.names import code
from meagraph_api.index.measure_index import Measure, MeasureIndex, Unit, all_above


@dataclass(frozen=True, slots=True)
class RelatedTaxon:
    """A taxon above or below another, with the measures and units that target it directly."""

    address: str
    direction: Literal["above", "below"]
    measures: tuple[Measure, ...]
    units: tuple[Unit, ...]

    @property
    def code(self) -> str:
        """The last segment of its address."""
        return code(self.address)


def related_taxa(index: MeasureIndex, address: str) -> list[RelatedTaxon]:
    """The taxa above and below a taxon that have measures or units, the nearest above first."""
    return [one for one in _related(index, address) if one.measures or one.units]


def _related(index: MeasureIndex, address: str) -> Iterator[RelatedTaxon]:
    # The more ancestors, the nearer.
    above = sorted(
        all_above(index.above, address),
        key=lambda upper: (-len(all_above(index.above, upper)), upper),
    )
    below = sorted(lower for lower in index.above if address in all_above(index.above, lower))
    for upper in above:
        yield _with_own(index, upper, "above")
    for lower in below:
        yield _with_own(index, lower, "below")


def _with_own(
    index: MeasureIndex, taxon: str, direction: Literal["above", "below"]
) -> RelatedTaxon:
    return RelatedTaxon(
        taxon,
        direction,
        tuple(measure for measure in index.measures if taxon in measure.taxa),
        tuple(unit for unit in index.units.values() if taxon in unit.taxa),
    )
