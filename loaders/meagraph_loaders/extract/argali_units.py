"""The conservation units of the argali action plan: a table of hotspots and a list."""

from __future__ import annotations

import re
from collections.abc import Sequence

from meagraph_loaders.extract.cells import Cells
from meagraph_loaders.extract.lines import Line
from meagraph_loaders.extract.reading import Reading
from meagraph_loaders.extract.text import bare_number
from meagraph_loaders.records import PassageRole, Unit

HOTSPOT_HEADINGS = (
    "No.",
    "Hotspot ID as per Report",
    "Site name",
    "Subspecies",
    "Geographic area",
    "Countries",
)
HOTSPOT_COLUMNS: tuple[PassageRole, ...] = (
    "number",
    "hotspot",
    "name",
    "subspecies",
    "area",
    "countries",
)
LIST_COLUMNS: tuple[PassageRole, ...] = ("subspecies", "area")
ROW_NUMBER = re.compile(r"\d+\)")
LIST_UNIT = re.compile(r"(?P<number>\d+\))\s+(?P<subspecies>.+?) in (?P<area>.+)")
HOTSPOT_ID = re.compile(r"\d+")


def read_hotspots(reading: Reading, lines: Sequence[Line]) -> list[Unit]:
    """The units of the table: a row of headings, then six cells per unit."""
    cells = Cells(reading, lines)
    cells.take_headings(HOTSPOT_HEADINGS)
    units: list[Unit] = []
    while cells:
        units.append(_read_row(reading, cells, len(units) + 1))
    return units


def _read_row(reading: Reading, cells: Cells, position: int) -> Unit:
    row = {column: cells.take(f"the {column} of unit {position}") for column in HOTSPOT_COLUMNS}
    for column, cell in row.items():
        fits = {
            "number": cell.words == f"{position})",
            "hotspot": bool(HOTSPOT_ID.fullmatch(cell.words)),
        }.get(column, not (ROW_NUMBER.fullmatch(cell.words) or HOTSPOT_ID.fullmatch(cell.words)))
        if not fits or not (cell.is_one_line or column == "area"):
            reading.stop(
                cell.lines[0],
                f"“{cell.words[:60]}” stands where the {column} of unit {position} was expected",
                f"A row begins with {position}) and holds: {', '.join(HOTSPOT_HEADINGS)}",
            )
    taken = {column: reading.take(cell.pieces, "unit", column) for column, cell in row.items()}
    number = bare_number(taken["number"].words)
    return Unit(
        slug=number,
        kind="hotspot",
        position=position,
        name=taken["name"].words,
        passages=tuple(passage for cell in taken.values() for passage in cell.passages),
        number=number,
        hotspot=taken["hotspot"].words,
        subspecies=taken["subspecies"].words,
        area=taken["area"].words,
        countries=taken["countries"].words,
    )


def read_list_unit(reading: Reading, line: Line, position: int) -> Unit:
    """A unit of the list, e.g. `23) Gobi argali O.a.darwini in XXX of Mongolia`."""
    piece = line.pieces[0]
    match = LIST_UNIT.fullmatch(piece.text)
    if match is None or match["number"] != f"{position})":
        reading.stop(
            line,
            f"“{piece.text[:60]}” stands where unit {position} was expected",
            f"A unit of the list reads like: {position}) subspecies in area",
        )
    number = reading.take((piece.cut(0, match.end("number")),), "unit", "number")
    name = reading.take((piece.cut(match.end("number")),), "unit", "name")
    subspecies, area = (
        reading.quote((piece.cut(match.start(role), match.end(role)),), role)
        for role in LIST_COLUMNS
    )
    return Unit(
        slug=bare_number(number.words),
        kind="national",
        position=position,
        name=name.words,
        passages=(*number.passages, *name.passages, *subspecies.passages, *area.passages),
        number=bare_number(number.words),
        subspecies=subspecies.words,
        area=area.words,
    )
