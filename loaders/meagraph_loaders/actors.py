"""Reads responsibility cells: one actor per name, with qualifier and role.

The cells are typed by hand. Names are separated by commas, by a period or a doubled comma in its
place, by line breaks, by ``and`` between two complete names, or by nothing at all. What a complete
name is, data/curation/actors.csv says; a name that shares its head noun with another
(`International and national NGOs`) or holds a slash is one name and stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

# A separator: commas, semicolons, and periods that stand where a comma should (before white space
# or another separator); not the period of "etc.".
_SEPARATOR = re.compile(r"(?<!\betc)(?:[,;]|\.(?=\s|$|,))[\s,;.]*")
_QUALIFIER = re.compile(r"\s*\(([^()]*)\)\s*")
_ADVICE = "advice by "


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor of a cell: the name as printed, what stood in parentheses, and its role."""

    name: str
    qualifier: str | None = None
    role: Literal["responsible", "adviser"] = "responsible"


def split(lines: Iterable[str], names: frozenset[str]) -> tuple[Actor, ...]:
    """The actors of one cell, in order. `names` are the known complete names, in lower case.

    ``advice by`` makes an adviser of the name behind it and of the rest of the cell.

    >>> known = frozenset({"gos", "ngos", "scientific institutions", "cites secretariat",
    ...                    "argali contact points"})
    >>> for actor in split(["GOs (border authorities), advice by scientific institutions, NGOs"],
    ...                    known):
    ...     print(actor.name, "|", actor.qualifier, "|", actor.role)
    GOs | border authorities | responsible
    scientific institutions | None | adviser
    NGOs | None | adviser
    >>> [actor.name for actor in split(["GOs, NGOs scientific institutions"], known)]
    ['GOs', 'NGOs', 'scientific institutions']
    >>> [actor.name for actor in split(["CITES Secretariat and argali contact points"], known)]
    ['CITES Secretariat', 'argali contact points']
    >>> [actor.name for actor in split(["International and national NGOs"], known)]
    ['International and national NGOs']
    """
    actors = []
    role: Literal["responsible", "adviser"] = "responsible"
    for line in lines:
        for item in _separated(line):
            if item.lower().startswith(_ADVICE):
                role, item = "adviser", item[len(_ADVICE) :]
            actors += [replace(actor, role=role) for actor in _complete_names(item, names)]
    return tuple(actors)


def _separated(line: str) -> Iterator[str]:
    """The items of a line; separators inside parentheses do not count."""
    hidden = re.sub(r"\([^()]*\)", lambda match: "(" + "\0" * (len(match[0]) - 2) + ")", line)
    start = 0
    for separator in _SEPARATOR.finditer(hidden):
        if item := line[start : separator.start()].strip():
            yield item
        start = separator.end()
    if item := line[start:].strip():
        yield item


def _complete_names(item: str, names: frozenset[str]) -> Iterator[Actor]:
    """The actors of an item that no separator divides."""
    qualifier = _QUALIFIER.search(item)
    if qualifier:
        before, after = item[: qualifier.start()], item[qualifier.end() :]
        *whole, last = _segments(before, names)
        yield from (Actor(name) for name in whole)
        yield Actor(last, qualifier[1])
        if after:
            yield from _complete_names(after, names)
    else:
        yield from (Actor(name) for name in _segments(item, names))


def _segments(item: str, names: frozenset[str]) -> list[str]:
    """The item itself, or the complete names that stand in it side by side or joined by `and`."""
    if item.lower() in names:
        return [item]
    words = item.split(" ")
    for cut in range(1, len(words)):
        first, rest = " ".join(words[:cut]), words[cut:]
        if first.lower() not in names:
            continue
        if rest[0] == "and":
            rest = rest[1:]
        tail = _segments(" ".join(rest), names) if rest else []
        if tail and all(name.lower() in names for name in tail):
            return [first, *tail]
    return [item]
