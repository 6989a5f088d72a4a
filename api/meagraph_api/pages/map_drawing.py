"""Geometry of the locator map: land, regions, circles and dots, in SVG units.

The data are in `data/reference/`, with their sources. They contain no boundaries, and none are
drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from math import ceil, cos, radians, sin, sqrt
from pathlib import Path

from meagraph.core import files, geojson, tables
from meagraph_api.pages.translations import translated


@dataclass(frozen=True, slots=True)
class Albers:
    """Albers equal-area projection, with standard parallels and origin in degrees."""

    south: float
    north: float
    latitude: float
    longitude: float

    def __call__(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Project a place on a sphere of radius 1: x to the east, y to the north of the origin.

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


WIDTH, HEIGHT = 1000, 660
"""The size of the map in SVG units."""

_PROJECTION = Albers(south=30, north=52, latitude=42, longitude=78)
_WEST, _NORTH, _SCALE = -0.40, 0.30, WIDTH / 0.90
"""The upper left corner on a sphere of radius 1, and SVG units per radius."""

_STEP = 2.0
"""Maximum length, in degrees, of a straight segment."""
_LARGEST, _SMALLEST = 30.0, 4.0
"""Maximum and minimum radius of a circle."""

_MOUNTAINS = frozenset({"Range/mtn"})

Position = Sequence[float]


@dataclass(frozen=True, slots=True)
class Region:
    """The name of a region, and its position."""

    name: str
    x: float
    y: float
    mountains: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """The background of all maps: land, grid and regions.

    Land and grid are each the `d` of an SVG path.
    """

    land: str
    grid: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A number for a State, with the code and name of the State, and a link."""

    code: str
    name: str
    number: float
    href: str


@dataclass(frozen=True, slots=True)
class Circle:
    """A value on the map; the area of the circle is proportional to the number."""

    value: Value
    x: float
    y: float
    r: float

    @property
    def shown(self) -> str:
        """The number, without a fraction of zero.

        >>> Circle(Value("KAZ", "Kazakhstan", 12.0, ""), 0, 0, 1).shown
        '12'
        """
        return f"{self.value.number:g}"


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on the map."""

    name: str
    href: str
    x: float
    y: float


def on_map(longitude: float, latitude: float) -> tuple[float, float]:
    """The position of a place on the map, from the left and from the top.

    >>> on_map(78, 42)
    (444.4, 333.3)
    """
    x, y = _PROJECTION(longitude, latitude)
    return round((x - _WEST) * _SCALE, 1), round((_NORTH - y) * _SCALE, 1)


def within(x: float, y: float) -> bool:
    """Whether a point lies on the map."""
    return 0 <= x <= WIDTH and 0 <= y <= HEIGHT


def circles(values: Iterable[Value]) -> tuple[Circle, ...]:
    """The circles of all values above 0 whose State has a position.

    The largest come first, so that small ones are drawn above them and can be clicked.
    """
    points = label_points()
    shown = [value for value in values if value.number > 0 and value.code in points]
    most = max((value.number for value in shown), default=1)
    drawn = [
        Circle(value, *points[value.code], _radius(value.number, most))
        for value in sorted(shown, key=lambda value: (-value.number, value.code))
    ]
    return tuple(drawn)


def dots(places: Iterable[tuple[str, str, float, float]]) -> tuple[Dot, ...]:
    """The dots of places on the map. A place has a name, link, longitude and latitude."""
    placed = (Dot(name, href, *on_map(east, north)) for name, href, east, north in places)
    return tuple(dot for dot in placed if within(dot.x, dot.y))


@cache
def ground() -> Ground:
    """The background of all maps. Raises DataError if a file is missing or malformed."""
    rings = geojson.read_rings(_reference() / "map_land.geojson")
    return Ground("".join(filter(None, map(_path, rings))), _grid(), tuple(_regions()))


def regions(language: str) -> tuple[Region, ...]:
    """The regions with their names in a language."""
    return tuple(
        replace(region, name=translated(region.name, language)) for region in ground().regions
    )


@cache
def label_points() -> Mapping[str, tuple[float, float]]:
    """The position of the circle of each State, by its ISO 3166 code of three letters.

    Raises DataError if the table is missing or malformed.
    """
    return {
        row["iso3"]: on_map(float(row["lon"]), float(row["lat"]))
        for row in _rows("country_label_points.csv")
    }


def _radius(number: float, most: float) -> float:
    return round(max(_LARGEST * sqrt(number / most), _SMALLEST), 1)


def _regions() -> Iterator[Region]:
    """The regions on the map, with names capitalised as in running text."""
    for row in _rows("map_physical_regions.csv"):
        at = on_map(float(row["centroid_lon_derived"]), float(row["centroid_lat_derived"]))
        if within(*at):
            yield Region(region_name(row["name"]), *at, row["featurecla"] in _MOUNTAINS)


def region_name(name: str) -> str:
    """The name of a region without capitals and abbreviations.

    >>> region_name("PLATEAU OF TIBET"), region_name("KARAKORAM RA."), region_name("Karatau Range")
    ('Plateau of Tibet', 'Karakoram Range', 'Karatau Range')
    """
    plain = name.title().replace(" Of ", " of ") if name.isupper() else name
    return plain.replace(" Ra.", " Range").replace(" Mts.", " Mountains")


def _path(ring: Sequence[Position]) -> str:
    """A ring as a part of an SVG path, in whole units; '' if too small to draw."""
    points = [tuple(map(round, on_map(*place))) for place in _denser(ring)]
    kept = [point for index, point in enumerate(points) if index == 0 or point != points[index - 1]]
    if len(kept) < 4:
        return ""
    return f"M{' '.join(f'{x},{y}' for x, y in kept)}Z"


def _grid() -> str:
    """Every tenth meridian and parallel, far enough to cross the whole map."""
    meridians: list[list[Position]] = [[(x, 10), (x, 70)] for x in range(20, 150, 10)]
    parallels: list[list[Position]] = [[(20, y), (140, y)] for y in range(10, 80, 10)]
    return "".join(
        "M" + " ".join(f"{round(x)},{round(y)}" for x, y in (on_map(*at) for at in _denser(line)))
        for line in (*meridians, *parallels)
    )


def _denser(ring: Sequence[Position]) -> Iterator[tuple[float, float]]:
    """Add points to a ring, since parallels are curves on the map."""
    for (east, north), (to_east, to_north) in pairwise(ring):
        steps = max(1, ceil(max(abs(to_east - east), abs(to_north - north)) / _STEP))
        for step in range(steps):
            share = step / steps
            yield east + (to_east - east) * share, north + (to_north - north) * share
    if ring:
        yield ring[-1][0], ring[-1][1]


def _rows(name: str) -> tuple[tables.Cells, ...]:
    return tables.read_cells(_reference() / name)


def _reference() -> Path:
    return files.folder("data") / "reference"
