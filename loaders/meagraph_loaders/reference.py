"""Outside facts: the tables of data/reference, each row with its source and the terms of it.

`data/reference` holds what may be passed on under CC BY. `data/reference-restricted`, which is not
part of the wheel, holds rows with a source whose terms are not known, or that asks for terms of its
own such as CC BY-SA (`SOURCES.csv`). The reader checks that no row stands in the wrong folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meagraph.core import tables, text_files
from meagraph.core.errors import DataError

Fact = Mapping[str, str]
RESTRICTED = "reference-restricted"
"""The folder of facts that may not be passed on; a wheel lacks it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of one table: those that may be passed on, and those whose terms are unknown."""

    open: tuple[Fact, ...]
    restricted: tuple[Fact, ...] = ()

    def __iter__(self) -> Iterator[Fact]:
        yield from self.open
        yield from self.restricted


class SourceNames:
    """Names in words of what stands at a technical locator (`source_names.csv`).

    A locator is the beginning of an address without its scheme and `www.`, of a repository written
    `github:owner/name`, or of other words that a source cell prints.
    """

    _SCHEME = r"https?://(?:www\.)?"

    def __init__(self, rows: Iterable[Fact]) -> None:
        self._name = {row["locator"]: row["name"] for row in rows}
        longest_first = sorted(self._name, key=len, reverse=True)
        known = "|".join(map(re.escape, longest_first)) or "(?!)"
        self._locator = re.compile(rf"(?<!\w)(?:{self._SCHEME})?({known})")
        self._technical = re.compile(rf"{self._SCHEME}|github:")

    def name(self, where: str, source: str) -> str:
        """The names of all that a source cell cites, each once, in its order, joined by `; `.

        Raises DataError, naming the row `where`, when the cell cites nothing that has a name, or
        an address or repository without one.
        """
        matches = list(self._locator.finditer(source))
        starts = {match.start() for match in matches}
        nameless = [
            source[match.start() :].split()[0]
            for match in self._technical.finditer(source)
            if match.start() not in starts
        ]
        if nameless or not matches:
            raise DataError(
                where,
                f"the source {(nameless or [source])[0]!r} has no name in words",
                "Add its locator and name to data/reference/source_names.csv",
            )
        return "; ".join(dict.fromkeys(self._name[match[1]] for match in matches))


@dataclass(frozen=True, slots=True)
class Reference:
    """All outside facts that are loaded into the graph."""

    countries: Facts
    taxa: Facts
    taxa_names: Facts
    taxa_cites: Facts
    taxa_iucn: Facts
    instruments: Facts
    memberships: Facts
    membership_details: Facts
    range_facts: Facts
    sites: Facts
    cmp_actions: Facts
    leo_terms: Facts
    documents: Facts
    source_names: SourceNames


def load(open_folder: Path, restricted_folder: Path) -> Reference:
    """Reads every table of both folders (the restricted one may be absent).

    Raises DataError for a malformed row or a row in the wrong folder.
    """
    terms = {
        row["source"]: row["redistributable"]
        for row in tables.read_cells(open_folder / "SOURCES.csv")
    }

    def facts(name: str) -> Facts:
        return Facts(
            open=_table(open_folder / name, terms, passed_on=True),
            restricted=_table(restricted_folder / name, terms, passed_on=False),
        )

    return Reference(
        countries=facts("countries.csv"),
        taxa=facts("taxa.csv"),
        taxa_names=facts("taxa_names.csv"),
        taxa_cites=facts("taxa_cites.csv"),
        taxa_iucn=facts("taxa_iucn.csv"),
        instruments=facts("instruments.csv"),
        memberships=facts("memberships.csv"),
        membership_details=facts("membership_details.csv"),
        range_facts=facts("range_facts.csv"),
        sites=facts("sites.csv"),
        cmp_actions=facts("cmp_actions_v2.csv"),
        leo_terms=facts("leo_terms_2019.csv"),
        documents=facts("documents.csv"),
        source_names=SourceNames(tables.read_cells(open_folder / "source_names.csv")),
    )


def _table(path: Path, terms: Mapping[str, str], *, passed_on: bool) -> tuple[Fact, ...]:
    absent = not passed_on and not path.parent.is_dir()
    if absent or text_files.display_name(path) not in tables.declared():
        return ()
    rows = tables.read_cells(path)
    for row in rows:
        sources = row["terms"].split("|")
        for source in sources:
            if source not in terms:
                raise DataError(
                    row["where"],
                    f"the terms of {source!r} are not in SOURCES.csv",
                    "Name a source of that table",
                )
        # One source that asks for more decides for the whole row.
        strictest = next((source for source in sources if terms[source] != "yes"), sources[0])
        if (terms[strictest] == "yes") != passed_on:
            right = "data/reference" if terms[strictest] == "yes" else "data/reference-restricted"
            raise DataError(
                row["where"],
                f"the source {strictest!r} is redistributable: {terms[strictest]}",
                f"The row belongs in {right}",
            )
    return rows


class Countries:
    """Finds the names of States in printed texts."""

    # The columns that hold names in English; documents print any of these.
    _NAMES = ("name_un_short_en", "name_iso_en", "name_m49_en", "name_cldr_en")

    def __init__(self, facts: Facts) -> None:
        self._code = {
            row[column]: row["iso3"] for row in facts for column in self._NAMES if row[column]
        }
        longest_first = sorted(self._code, key=len, reverse=True)
        self._pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")

    def code(self, name: str) -> str | None:
        """The ISO alpha-3 code of a State's printed name, or None."""
        return self._code.get(name.strip())

    def find(self, text: str) -> list[tuple[str, str]]:
        """Every State named in a text, in order: (ISO alpha-3 code, the name as printed)."""
        return [(self._code[match[0]], match[0]) for match in self._pattern.finditer(text)]
