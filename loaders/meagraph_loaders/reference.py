"""Outside facts: the tables of data/reference, each row with its source and the terms of it.

`data/reference` holds what may be passed on; `data/reference-restricted`, which is not part of the
wheel, holds rows whose source's terms are not known (`SOURCES.csv`). The reader checks that no row
stands in the wrong folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meagraph.errors import DataError
from meagraph_loaders.tables import read_columns

Fact = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of one table: those that may be passed on, and those whose terms are unknown."""

    open: tuple[Fact, ...]
    restricted: tuple[Fact, ...] = ()

    def __iter__(self) -> Iterator[Fact]:
        yield from self.open
        yield from self.restricted


@dataclass(frozen=True, slots=True)
class Reference:
    """All outside facts that are loaded into the graph."""

    countries: Facts
    taxa: Facts
    taxa_cites: Facts
    taxa_iucn: Facts
    instruments: Facts
    memberships: Facts
    range_facts: Facts
    sites: Facts
    cmp_actions: Facts
    leo_terms: Facts


def load(open_folder: Path, restricted_folder: Path) -> Reference:
    """Reads every table of both folders (the restricted one may be absent).

    Raises DataError for a malformed row or a row in the wrong folder.
    """
    terms = {
        row["source"]: row["redistributable"]
        for row in read_columns(open_folder / "SOURCES.csv", ("source", "redistributable"))
    }

    def facts(name: str, *required: str) -> Facts:
        needed = (*required, "terms")
        return Facts(
            open=_table(open_folder / name, needed, terms, passed_on=True),
            restricted=_table(restricted_folder / name, needed, terms, passed_on=False),
        )

    return Reference(
        countries=facts("countries.csv", "iso2", "iso3", "name_un_short_en", "source"),
        taxa=facts("taxa.csv", "key", "scientific_name", "rank", "sources"),
        taxa_cites=facts("taxa_cites.csv", "key", "sources"),
        taxa_iucn=facts("taxa_iucn.csv", "key", "sources"),
        instruments=facts("instruments.csv", "key"),
        memberships=facts(
            "memberships.csv", "instrument", "role", "status", "source_kind", "source"
        ),
        range_facts=facts("range_facts.csv", "subject", "predicate", "object", "source"),
        sites=facts("sites.csv", "key", "name_as_printed", "normalised_name", "kind"),
        cmp_actions=facts("cmp_actions_v2.csv", "code", "label", "source"),
        leo_terms=facts("leo_terms_2019.csv", "slug", "pref_label_en", "uri", "source"),
    )


def _table(
    path: Path, required: tuple[str, ...], terms: Mapping[str, str], *, passed_on: bool
) -> tuple[Fact, ...]:
    if not path.is_file():
        return ()
    rows = read_columns(path, required)
    for row in rows:
        source = row["terms"]
        if source not in terms:
            raise DataError(
                row["where"],
                f"the terms of {source!r} are not in SOURCES.csv",
                "Name a source of that table",
            )
        if (terms[source] == "yes") != passed_on:
            right = "data/reference" if terms[source] == "yes" else "data/reference-restricted"
            raise DataError(
                row["where"],
                f"the source {source!r} is redistributable: {terms[source]}",
                f"The row belongs in {right}",
            )
    return rows


class Countries:
    """Finds the names of States in printed texts."""

    # The columns that hold names in English; documents print any of these.
    _NAMES = ("name_un_short_en", "name_iso_en", "name_m49_en", "name_cldr_en")

    def __init__(self, facts: Facts) -> None:
        self._code = {
            re.sub(r" \(the\)$", "", row[column]): row["iso3"]
            for row in facts
            for column in self._NAMES
            if row[column]
        }
        longest_first = sorted(self._code, key=len, reverse=True)
        self._pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")

    def code(self, name: str) -> str | None:
        """The ISO alpha-3 code of a State's printed name, or None."""
        return self._code.get(name.strip())

    def find(self, text: str) -> list[tuple[str, str]]:
        """Every State named in a text, in order: (ISO alpha-3 code, the name as printed)."""
        return [(self._code[match[0]], match[0]) for match in self._pattern.finditer(text)]
