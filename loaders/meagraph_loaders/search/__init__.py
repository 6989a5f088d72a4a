"""Search: the index of the words of a release, one SQLite file with FTS5.

What is found is declared in the `.rq` files beside this module: one per kind of thing, with the
columns `iri`, `instrument`, `number`, `label`, `context`, `text`, `position` as far as the kind has
them, and several rows where there are several contexts. `names.rq` lists the names of States,
`taxon_names.rq` those of taxa, `abbreviations.rq` abbreviations with their full forms, `touches.rq`
what touches which State, `belongs.rq` what belongs to which measure. The same graph gives the same
file, byte for byte, with the same SQLite.

FTS5: https://www.sqlite.org/fts5.html
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from meagraph.core import files, names
from meagraph.core.errors import ReleaseError

KINDS = (
    "measure",
    "part",
    "statement",
    "footnote",
    "section",
    "unit",
    "listed-species",
    "taxon",
    "place",
    "instrument",
    "country",
)
"""The kinds of things that are found, in the order of entries of equal rank."""

_HERE = Path(__file__).parent

_SEPARATOR = " · "
"""Stands between the names of a State in its line."""

_MARKS = {2: None, 3: None}
"""Control characters that the service puts around what it has found; no text may hold them."""

_COLUMNS = ("iri", "instrument", "number", "label", "text", "position")

_ENTRIES = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_BELONGS = "INSERT INTO belongs SELECT ?, id FROM entry WHERE iri = ?"
_NAMES = "INSERT INTO state VALUES (?, ?)"
_FILL = (
    "INSERT INTO stems (stems) VALUES ('rebuild')",
    "INSERT INTO exact (exact) VALUES ('rebuild')",
    "INSERT INTO stems (stems) VALUES ('optimize')",
    "INSERT INTO exact (exact) VALUES ('optimize')",
)

Row = dict[str, str]
"""A solution: the text of each term by its variable, '' where there is none."""


@dataclass(frozen=True, slots=True)
class State:
    """A State and what it is called."""

    iri: str
    names: tuple[str, ...]
    """The one that is shown first."""

    @property
    def line(self) -> str:
        """Its names in one line."""
        return _SEPARATOR.join(self.names)


def write_index(folder: Path) -> int:
    """Write the search index of a release into its folder, from the finished store there.

    Gives the number of things that it finds. Raises ReleaseError where this Python's SQLite cannot
    make it.
    """
    store = ox.Store.read_only(str(folder / "store"))
    states = _states(store)
    entries = list(_entries(store, states))
    belongs = [(row["measure"], row["iri"]) for row in _rows(store, "belongs")]
    named = [(state.iri, name) for state in states.values() for name in state.names]
    named += [(row["term"], _plain(row["name"])) for row in _rows(store, "abbreviations")]
    taxa = ((row["taxon"], _plain(row["name"])) for row in _rows(store, "taxon_names"))
    named += dict.fromkeys(taxa)
    try:
        with closing(sqlite3.connect(folder / files.SEARCH)) as index:
            index.executescript((_HERE / "schema.sql").read_text(encoding="utf-8"))
            with index:
                index.executemany(_ENTRIES, entries)
                index.executemany(_BELONGS, belongs)
                index.executemany(_NAMES, named)
                for statement in _FILL:
                    index.execute(statement)
            index.execute(f"PRAGMA user_version = {files.SEARCH_LAYOUT:d}")
            index.execute("VACUUM")
    except sqlite3.Error as error:
        raise ReleaseError(
            f"{folder / files.SEARCH}: the search index cannot be made ({error}). "
            "It needs space on the disk and a Python whose SQLite has FTS5"
        ) from error
    return len(entries)


def _entries(store: ox.Store, states: Mapping[str, State]) -> Iterator[tuple[object, ...]]:
    """The rows of the table `entry`: by kind, document and place in it."""
    touched: dict[str, list[str]] = {}
    for row in _rows(store, "touches"):
        if row["country"] in states:
            touched.setdefault(row["iri"], []).append(states[row["country"]].line)
    found = [(kind, row) for kind in KINDS for row in sorted(_things(store, kind), key=_place)]
    for number, (kind, row) in enumerate(found, 1):
        yield (
            number,
            row["iri"],
            kind,
            names.local_name(row["instrument"]),
            row["number"],
            row["label"],
            row["context"],
            row["text"],
            "\n".join(touched.get(row["iri"], ())),
        )


def _things(store: ox.Store, kind: str) -> Iterable[Row]:
    """The things of a kind, each once; what stands around it is one line for each text."""
    found: dict[str, Row] = {}
    around: dict[str, dict[str, None]] = {}
    for row in sorted(_rows(store, kind), key=lambda row: list(row.values())):
        lines = map(_plain, row.get("context", "").split("\n"))
        around.setdefault(row["iri"], {}).update(dict.fromkeys(lines))
        found.setdefault(row["iri"], {column: _plain(row.get(column, "")) for column in _COLUMNS})
    for iri, row in found.items():
        others = (line for line in around[iri] if line not in ("", row["label"]))
        yield {**row, "context": "\n".join(others)}


def _states(store: ox.Store) -> dict[str, State]:
    found: dict[str, list[str]] = {}
    for row in _rows(store, "names"):
        known = found.setdefault(row["country"], [_plain(row["shown"])])
        if (name := _plain(row["name"])) not in known:
            known.append(name)
    return {iri: State(iri, tuple(known)) for iri, known in found.items()}


def _rows(store: ox.Store, name: str) -> list[Row]:
    text = (_HERE / f"{name}.rq").read_text(encoding="utf-8")
    solutions = store.query(text)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 (a SELECT of ours)
    variables = [variable.value for variable in solutions.variables]
    return [
        {name: _text(term) for name, term in zip(variables, solution, strict=True)}
        for solution in solutions
    ]


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""


def _place(row: Row) -> tuple[str, int, str]:
    return row["instrument"], int(row["position"] or 0), row["iri"]


def _plain(text: str) -> str:
    """Text in one line, without the marks."""
    return " ".join(text.translate(_MARKS).split())
