"""Where the names on a map stand: beside their circles, and clear of each other.

Greedy, in the order given: every name takes the first of its places that is free. The name of a
State always stands somewhere; the name of a region that has no free place is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from meagraph_api.maps.locator import HEIGHT, WIDTH, Circle, Region

_NAME, _REGION = 15.0, 12.5
"""Sizes of the type, as the stylesheet has them."""
_LETTER = 0.7
"""How wide a letter is, in sizes of its type, roughly and rather too wide."""
_GAP = 4.0
ROOM = 8.0
"""The radius from which a circle has room for its number; beside a smaller one its name has it."""
_SHIFTS = ((0, 0), (0, -16), (0, 16), (30, 0), (-30, 0), (30, 16), (30, -16), (0, -32), (0, 32))
"""How far the name of a region may stand from its place: to the right, and down."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text and where it stands: the middle, the beginning or the end of its baseline."""

    text: str
    x: float
    y: float
    anchor: str = "middle"
    mountains: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """The circles, each with its name, and the names of regions."""

    circles: tuple[tuple[Circle, Label], ...]
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


def drawing(circles: Sequence[Circle], regions: Iterable[Region]) -> Drawing:
    """The names beside the circles, and those of the regions that have room.

    >>> drawing((), [Region("Pamirs", 100, 100, True), Region("Altay", 100, 101, True)]).regions[1]
    Label(text='Altay', x=100, y=83, anchor='middle', mountains=True)
    """
    taken = [_Box(one.x - one.r, one.y - one.r, one.x + one.r, one.y + one.r) for one in circles]
    named = tuple((circle, _beside(circle, taken)) for circle in circles)
    return Drawing(named, tuple(_free(regions, taken)))


def _beside(circle: Circle, taken: list[_Box]) -> Label:
    """The name of a State below its circle, else to the right, to the left, or above."""
    away = circle.r + _GAP
    name = circle.value.name if circle.r >= ROOM else f"{circle.value.name} {circle.shown}"
    x, y = circle.x, circle.y
    places = [
        Label(name, x, y + circle.r + _NAME),
        Label(name, x + away, y + _NAME / 3, "start"),
        Label(name, x - away, y + _NAME / 3, "end"),
        Label(name, x, y - away),
    ]
    boxes = [_box(place, _NAME) for place in places]
    best = next((index for index, box in enumerate(boxes) if _is_free(box, taken)), 0)
    taken.append(boxes[best])
    return places[best]


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
