"""The map: projection, background, labels that do not overlap."""

from __future__ import annotations

import json
import re
import shutil
from itertools import combinations, pairwise
from math import cos, hypot, pi, radians, sin
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core import files
from meagraph.core.errors import DataError
from meagraph_api import Settings
from meagraph_api.app import create_app
from meagraph_api.pages import map_drawing, map_labels
from meagraph_api.pages.map_drawing import HEIGHT, WIDTH, Albers, Circle, Region, Value
from meagraph_api.pages.map_labels import Label, drawing

ALBERS = Albers(south=30, north=52, latitude=42, longitude=78)
FRAME = [Region(name, 500, 300, False) for name in ("Tian Shan", "Altay", "Pamirs")]


@given(st.floats(40, 120), st.floats(22, 58))
def test_areas_stay_equal(longitude: float, latitude: float) -> None:
    size = 0.01
    corners = [(0.0, 0.0), (size, 0.0), (size, size), (0.0, size)]
    points = [ALBERS(longitude + east, latitude + north) for east, north in corners]
    ring = [*points, points[0]]
    flat = abs(sum(x * v - u * y for (x, y), (u, v) in pairwise(ring))) / 2
    on_sphere = radians(size) * (sin(radians(latitude + size)) - sin(radians(latitude)))
    assert flat == pytest.approx(on_sphere, rel=1e-3)


def test_the_standard_parallels_keep_their_length() -> None:
    for latitude in (30, 52):
        (x, y), (u, v) = ALBERS(78, latitude), ALBERS(78.001, latitude)
        assert hypot(u - x, v - y) == pytest.approx(cos(radians(latitude)) * pi / 180_000, rel=1e-6)


def test_north_is_up_and_east_is_right() -> None:
    x, y = map_drawing.on_map(78, 42)
    assert map_drawing.on_map(78, 50)[1] < y
    assert map_drawing.on_map(90, 42)[0] > x


def test_the_land_is_that_of_the_reference_and_nothing_else_is_drawn() -> None:
    land = files.folder("data") / "reference" / "map_land.geojson"
    features = json.loads(land.read_text(encoding="utf-8"))["features"]
    assert [feature["geometry"]["type"] for feature in features] == ["MultiPolygon"]
    assert {*features[0]["properties"]} == {"source"}
    rings = map_drawing.ground().land.split("M")[1:]
    points = [pair for ring in rings for pair in re.findall(r"(-?\d+),(-?\d+)", ring)]
    assert len(points) > 800
    assert re.fullmatch(r"[-0-9, MZ]+", map_drawing.ground().land)


def test_the_land_reaches_beyond_every_edge() -> None:
    """The frame of the data, which is no coast, must be outside the map."""
    ring = map_drawing.ground().land.split("M")[1].rstrip("Z").split(" ")
    places = [tuple(map(int, pair.split(","))) for pair in ring]
    assert min(x for x, _ in places) < 0
    assert max(x for x, _ in places) > WIDTH
    assert min(y for _, y in places) < 0
    assert max(y for _, y in places) > HEIGHT


def test_every_state_has_a_place_on_the_map() -> None:
    points = map_drawing.label_points()
    assert len(points) == 13
    assert all(map_drawing.within(x, y) for x, y in points.values())
    for (one, (x, y)), (other, (u, v)) in combinations(points.items(), 2):
        assert hypot(x - u, y - v) > 50, (one, other)


def test_circles_are_in_proportion_and_small_ones_lie_above() -> None:
    numbers = {"KAZ": 12.0, "UZB": 3.0, "TKM": 0.0, "XXX": 5.0}
    drawn = map_drawing.circles(Value(code, code, number, "") for code, number in numbers.items())
    assert [circle.value.code for circle in drawn] == ["KAZ", "UZB"]
    assert drawn[0].r == 2 * drawn[1].r


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(map_drawing.label_points())), st.integers(0, 10**6)),
        unique_by=lambda value: value[0],
    )
)
def test_any_numbers_can_be_drawn(numbers: list[tuple[str, int]]) -> None:
    drawn = map_drawing.circles(Value(code, code, number, "") for code, number in numbers)
    assert len(drawn) == sum(number > 0 for _, number in numbers)
    assert all(0 < circle.r <= 30 for circle in drawn)
    assert len(drawing(drawn, map_drawing.regions("en")).circles) == len(drawn)


def width(label: Label, size: float) -> tuple[float, float]:
    wide = len(label.text) * size * 0.55
    left = {"middle": label.x - wide / 2, "start": label.x, "end": label.x - wide}[label.anchor]
    return left, left + wide


@pytest.mark.parametrize("language", ["en", "ru"])
def test_names_lie_neither_on_each_other_nor_on_circles(language: str) -> None:
    drawn = map_drawing.circles(
        Value(code, "Kazakhstan", 5, "") for code in map_drawing.label_points()
    )
    made = drawing(drawn, map_drawing.regions(language))
    assert len(made.regions) >= 12
    names = [(label, 15.0) for _, label in made.circles] + [(one, 12.5) for one in made.regions]
    for (one, size), (other, other_size) in combinations(names, 2):
        (left, right), (begin, end) = width(one, size), width(other, other_size)
        apart = abs(one.y - other.y) >= min(size, other_size) * 0.9
        assert apart or right <= begin or end <= left, (one.text, other.text)
    for label in made.regions:
        left, right = width(label, 12.5)
        assert left >= 0
        assert right <= WIDTH


def test_a_region_without_room_is_left_out() -> None:
    assert len(drawing((), FRAME * 20).regions) < len(FRAME) * 20


def test_a_small_circle_has_its_number_beside_its_name() -> None:
    small, large = (
        Circle(Value("KAZ", "Kazakhstan", 3, ""), 300, 300, radius)
        for radius in (map_labels.ROOM - 1, map_labels.ROOM)
    )
    assert drawing((small,), ()).circles[0][1].text == "Kazakhstan 3"
    assert drawing((large,), ()).circles[0][1].text == "Kazakhstan"


def test_places_beyond_the_edge_are_not_drawn() -> None:
    found = map_drawing.dots([("Almaty", "", 76.9, 43.2), ("Nairobi", "", 36.8, -1.3)])
    assert [dot.name for dot in found] == ["Almaty"]


def test_dots_have_their_names_beside_them_where_there_is_room() -> None:
    places = [(f"Place {number}", "", 60.0 + 8 * number, 45.0) for number in range(3)]
    made = drawing((), FRAME, map_drawing.dots(places))
    assert [label.text for _, label in made.dots if label] == ["Place 0", "Place 1", "Place 2"]
    crowd = drawing((), (), map_drawing.dots([("Almaty", "", 76.9, 43.2)] * 30))
    assert None in {label for _, label in crowd.dots}


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("country_label_points.csv", "33.9", "33x9", r"points\.csv:2: lat is '33x9'"),
        ("map_land.geojson", "40.93", "140.93", "is not a position"),
        ("map_physical_regions.csv", "43.393", "", "centroid_lat_derived is empty"),
    ],
)
def test_a_service_does_not_start_with_malformed_map_data(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    name: str,
    old: str,
    new: str,
    message: str,
) -> None:
    reference = Path(shutil.copytree(files.folder("data") / "reference", tmp_path / "reference"))
    text = (reference / name).read_text(encoding="utf-8")
    assert old in text
    (reference / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(map_drawing, "_reference", lambda: reference)
    map_drawing.ground.cache_clear()
    map_drawing.label_points.cache_clear()
    with pytest.raises(DataError, match=message):
        create_app(settings)
    map_drawing.ground.cache_clear()
    map_drawing.label_points.cache_clear()
