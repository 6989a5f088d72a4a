"""Notes on the texts, with the passages that they are about."""

from __future__ import annotations

from dataclasses import dataclass

from meagraph.core.names import code
from meagraph_api.index import document_texts
from meagraph_api.index.document_texts import Passage
from meagraph_api.index.release_data import ReleaseData, once_per_release


@dataclass(frozen=True, slots=True)
class Finding:
    """A note on the texts."""

    address: str
    kind: str
    severity: str
    message: str
    plan: str
    subject: str
    quotes: tuple[str, ...]
    passages: tuple[Passage, ...]

    @property
    def lines(self) -> str:
        """The line numbers in the source: `12`, `12–14`, `12, 30`; '' if unknown.

        >>> def at(line, last):
        ...     return Passage("", "", 0, 0, line, last, "", "")
        >>> Finding("", "", "", "", "", "", (), (at(12, 14), at(30, 30))).lines
        '12–14, 30'
        """
        spans = dict.fromkeys((each.line, each.last) for each in self.passages)
        return ", ".join(f"{line}–{last}" if last > line else f"{line}" for line, last in spans)


QUERIES = ("findings", *document_texts.PASSAGE_QUERIES)
"""The queries that `findings` reads."""


@once_per_release(*QUERIES)
def findings(data: ReleaseData) -> list[Finding]:
    """The findings of a release, plan by plan."""
    known = document_texts.passages(data)
    found: dict[str, list[dict[str, str]]] = {}
    for row in data.records("findings"):
        found.setdefault(row["finding"], []).append(row)
    return [
        Finding(
            address,
            code(rows[0]["kind"]),
            code(rows[0]["severity"]),
            rows[0]["message"],
            rows[0]["plan"],
            rows[0]["subject"],
            tuple(dict.fromkeys(row["quote"] for row in rows if row["quote"])),
            tuple(known.quotes(dict.fromkeys(row["passage"] for row in rows if row["passage"]))),
        )
        for address, rows in found.items()
    ]
