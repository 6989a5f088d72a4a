"""The projection of the map: Albers equal-area conic on a sphere.

J. P. Snyder, Map Projections: A Working Manual, U.S. Geological Survey Professional Paper 1395,
1987, pages 100–101: https://doi.org/10.3133/pp1395
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin, sqrt


@dataclass(frozen=True, slots=True)
class Albers:
    """The projection with its standard parallels and origin, in degrees; equal areas stay equal."""

    south: float
    north: float
    latitude: float
    longitude: float

    def __call__(self, longitude: float, latitude: float) -> tuple[float, float]:
        """A place on a sphere of radius 1: x to the east and y to the north of the origin.

        Formulas 14-1 to 14-6, with the example of page 291:

        >>> x, y = Albers(29.5, 45.5, 23, -96)(-75, 35)
        >>> f"{x:.7f} {y:.7f}"
        '0.2952720 0.2416774'
        """
        n = (sin(radians(self.south)) + sin(radians(self.north))) / 2
        c = cos(radians(self.south)) ** 2 + 2 * n * sin(radians(self.south))
        rho = sqrt(c - 2 * n * sin(radians(latitude))) / n
        rho_origin = sqrt(c - 2 * n * sin(radians(self.latitude))) / n
        theta = n * radians(longitude - self.longitude)
        return rho * sin(theta), rho_origin - rho * cos(theta)
