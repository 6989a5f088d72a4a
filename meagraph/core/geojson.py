"""Read and check GeoJSON files of polygons (https://www.rfc-editor.org/rfc/rfc7946)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from meagraph.core import text_files
from meagraph.core.errors import DataError

Position = tuple[float, float]
"""Longitude and latitude in degrees."""
Ring = tuple[Position, ...]


def read_rings(path: Path) -> tuple[Ring, ...]:
    """The rings of all polygons of a feature collection, in file order.

    Raises DataError for a file that is unreadable, not JSON, not a collection of polygons, empty,
    or with a position outside the range of coordinates.
    """
    name = text_files.display_name(path)
    try:
        content = json.loads(text_files.read(path, ended=False))
    except json.JSONDecodeError as error:
        raise DataError(
            f"{name}:{error.lineno}", f"the file is not JSON ({error.msg})", "Restore the file"
        ) from None
    except RecursionError:
        raise DataError(name, "the file is nested too deeply", "Restore the file") from None
    rings = tuple(_ring(name, ring) for ring in _raw_rings(name, content))
    if not rings:
        raise DataError(name, "the file has no polygon", "Restore the file")
    return rings


def _raw_rings(name: str, content: Any) -> Iterator[Any]:
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise DataError(name, "the file is not a FeatureCollection", "Restore the file")
    for number, feature in enumerate(_list(name, "features", content.get("features")), start=1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        match geometry:
            case {"type": "Polygon", "coordinates": list(rings)}:
                yield from rings
            case {"type": "MultiPolygon", "coordinates": list(polygons)}:
                for polygon in polygons:
                    yield from _list(name, f"a polygon of feature {number}", polygon)
            case _:
                raise DataError(
                    name,
                    f"the geometry of feature {number} is not a Polygon or MultiPolygon",
                    "Remove the feature, or give it one",
                )


def _ring(name: str, ring: Any) -> Ring:
    positions = tuple(_position(name, position) for position in _list(name, "a ring", ring))
    if len(positions) < 4 or positions[0] != positions[-1]:
        raise DataError(
            name,
            f"a ring of {len(positions)} positions is not closed",
            "A ring has four or more positions; its last position must be its first",
        )
    return positions


def _position(name: str, position: Any) -> Position:
    match position:
        case [int() | float() as east, int() | float() as north, *_] if (
            math.isfinite(east) and abs(east) <= 180 and math.isfinite(north) and abs(north) <= 90
        ):
            return float(east), float(north)
    raise DataError(
        name,
        f"{json.dumps(position):.200} is not a position",
        "Write [longitude, latitude] in degrees, from -180 to 180 and from -90 to 90",
    )


def _list(name: str, what: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise DataError(name, f"{what} is not a list", "Restore the file")
    return value
