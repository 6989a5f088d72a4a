"""Place the labels on a map, so that they do not overlap.

Greedy: each label takes its first free position. Labels of States are always drawn, labels of
regions only if a position is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from meagraph_api.pages.map_drawing import HEIGHT, WIDTH, Circle, Dot, Region

_NAME, _REGION = 15.0, 12.5
"""Font sizes, as in the stylesheet."""
_LETTER = 0.7
"""Width of a letter in font sizes, estimated generously."""
_GAP = 4.0
DOT = 5.0
"""The radius of a dot."""
ROOM = 8.0
"""Minimum radius of a circle with its number inside; smaller ones have it in the label."""
_SHIFTS = ((0, 0), (0, -16), (0, 16), (30, 0), (-30, 0), (30, 16), (30, -16), (0, -32), (0, 32))
"""Possible offsets of the label of a region, to the right and down."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text and its position, which is the start, middle or end of its baseline."""

    text: str
    x: float
    y: float
    anchor: str = "middle"
    mountains: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Circles with labels, dots with a label if there is room, labels of regions."""

    circles: tuple[tuple[Circle, Label], ...]
    dots: tuple[tuple[Dot, Label | None], ...]
    regions: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    @property
    def on_map(self) -> bool:
        return self.left >= 0 and self.right <= WIDTH and self.top >= 0 and self.bottom <= HEIGHT


def drawing(
    circles: Sequence[Circle], regions: Iterable[Region], dots: Sequence[Dot] = ()
) -> Drawing:
    """Place the labels of circles, and those of dots and regions that have room.

    >>> drawing((), [Region("Pamirs", 100, 100, True), Region("Altay", 100, 101, True)]).regions[1]
    Label(text='Altay', x=100, y=117, anchor='middle', mountains=True)
    """
    taken = [_Box(one.x - one.r, one.y - one.r, one.x + one.r, one.y + one.r) for one in circles]
    taken += [_Box(one.x - DOT, one.y - DOT, one.x + DOT, one.y + DOT) for one in dots]
    named = tuple((circle, _of_state(circle, taken)) for circle in circles)
    placed = tuple((dot, _first_free(_beside(dot.name, dot.x, dot.y, DOT), taken)) for dot in dots)
    return Drawing(named, placed, tuple(_free(regions, taken)))


def _of_state(circle: Circle, taken: list[_Box]) -> Label:
    """The label of a State, with its number if the circle has no room for it."""
    name = circle.value.name if circle.r >= ROOM else f"{circle.value.name} {circle.shown}"
    places = _beside(name, circle.x, circle.y, circle.r)
    found = _first_free(places, taken)
    if found is None:
        taken.append(_box(places[0], _NAME))
    return found or places[0]


def _beside(name: str, x: float, y: float, r: float) -> list[Label]:
    """Possible positions of a label: below, right of, left of and above a circle."""
    away = r + _GAP
    return [
        Label(name, x, y + r + _NAME),
        Label(name, x + away, y + _NAME / 3, "start"),
        Label(name, x - away, y + _NAME / 3, "end"),
        Label(name, x, y - away),
    ]


def _first_free(places: Iterable[Label], taken: list[_Box]) -> Label | None:
    """Take the first free position; None if there is none."""
    for place in places:
        box = _box(place, _NAME)
        if _is_free(box, taken):
            taken.append(box)
            return place
    return None


def _free(regions: Iterable[Region], taken: list[_Box]) -> Iterator[Label]:
    for region in regions:
        half = len(region.name) * _REGION * _LETTER / 2
        for right, down in _SHIFTS:
            x = min(max(region.x + right, half + _GAP), WIDTH - half - _GAP)
            label = Label(region.name, x, region.y + down, mountains=region.mountains)
            box = _box(label, _REGION)
            if _is_free(box, taken):
                taken.append(box)
                yield label
                break


def _is_free(box: _Box, taken: Iterable[_Box]) -> bool:
    return box.on_map and not any(box.meets(other) for other in taken)


def _box(label: Label, size: float) -> _Box:
    width = len(label.text) * size * _LETTER
    left = {"middle": label.x - width / 2, "start": label.x, "end": label.x - width}[label.anchor]
    return _Box(left, label.y - size, left + width, label.y + size / 3)
