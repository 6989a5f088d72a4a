"""Accounting: every non-white character of a source has exactly one role.

This is how a build proves that extraction lost nothing and used nothing twice: what becomes part
of a record is claimed when the record takes it, furniture is claimed by name, and whatever is
left over stops the build with its file and line.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from meagraph.core.errors import SourceError
from meagraph_loaders.extract.lines import Source, Stretch
from meagraph_loaders.records import LineRole, Role


class Ledger:
    """The roles given so far to the characters of one source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._roles: list[Role | None] = [None] * len(source.text)

    def claim(self, stretch: Stretch, role: Role) -> None:
        """Gives every non-white character of the stretch its role.

        Raises SourceError when one has a role already.
        """
        for offset, character in enumerate(stretch.text, stretch.start):
            if character.isspace():
                continue
            if (taken := self._roles[offset]) is not None:
                raise SourceError(
                    self._source.where(offset),
                    f"“{stretch.text[:60]}” is read as {role}, but “{character}” is already "
                    f"part of a {taken}",
                    "Every character of a source plays exactly one role",
                )
            self._roles[offset] = role

    def close(self, start: int, end: int) -> tuple[LineRole, ...]:
        """The roles from one offset to another, line by line.

        Raises SourceError when a non-white character has none.
        """
        text, line_at = self._source.text, self._source.line_at
        words = (offset for offset in range(start, end) if not text[offset].isspace())
        found: list[LineRole] = []
        for (line, role), run in groupby(words, key=lambda at: (line_at(at), self._roles[at])):
            offsets = list(run)
            first, last = offsets[0], offsets[-1] + 1
            if role is None:
                raise SourceError(
                    self._source.where(first),
                    f"nothing is known to read “{text[first:last][:60]}”",
                    "Every line plays a role (heading, measure, cell, footnote, page heading …): "
                    "a line of a new kind needs a rule in the reader of this document",
                )
            found.append(LineRole(line, role, first, last))
        return tuple(found)


def prove_whole(source: Source, roles: Iterable[LineRole]) -> None:
    """Checks that roles, of all documents in a file together, cover each of its words once.

    Raises SourceError at the first character with no role or two.
    """
    ledger = Ledger(source)
    for role in roles:
        ledger.claim(Stretch(role.start, source.text[role.start : role.end]), role.role)
    ledger.close(0, len(source.text))
