"""Labels of the codes in a table, from the concept scheme or IRI pattern of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from urllib.parse import quote

from meagraph.core.names import SOURCE
from meagraph.core.queries import composition
from meagraph.core.queries.header import CannedQuery
from meagraph.core.results.formats import AcceptedFormats
from meagraph.core.results.terms import table
from meagraph_api.engine.current_release import OpenRelease, Shared
from meagraph_api.engine.release_cache import Key

_LABELS = (files(__package__) / "labels.rq").read_text(encoding="utf-8")
_TABLE = AcceptedFormats(results="application/sparql-results+json", graph=None)
_KEPT = 8
"""The most labels that a process caches, by language and release."""

Row = Mapping[str, str]
"""The values of a row by column, '' for unbound."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels in one language."""

    things: Mapping[str, str] = field(default_factory=dict)
    """By address."""
    steps: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Labels of concepts, by IRI of the scheme and notation."""


@dataclass(frozen=True, slots=True)
class ColumnLabels:
    """Labels of the codes in the result of a query."""

    query: CannedQuery
    values: Mapping[str, Sequence[str]]
    """The values of the parameters, on which the scheme of a column may depend."""
    preferred: Labels
    """In the language of the reader."""
    source: Labels
    """In the language of the source, in which all labels exist."""

    def label(self, column: str, code: str, row: Row) -> str:
        """The label of a code in a column of a row, or the code itself if it has none."""
        declared = self.query.column(column)
        if declared.separator is None or not code:
            return self._label(column, code, row)
        items = [self._label(column, item, row) for item in code.split(declared.separator)]
        return declared.separator.join(items)

    def plan_column(self, column: str) -> str | None:
        """The column of the plan that defines the scheme of a column, if any."""
        named = sorted(self.query.column(column).named & set(self.query.columns))
        return named[0] if named else None

    def _label(self, column: str, code: str, row: Row) -> str:
        declared = self.query.column(column)
        places = {name: quote(self._value(name, row), safe="") for name in declared.named}
        if declared.scheme is not None:
            key = declared.scheme.format(**places), code
            found = self.preferred.steps.get(key) or self.source.steps.get(key) or code
            return code if found.casefold() == code.casefold() else f"{code}: {found}"
        if declared.iri is not None:
            address = declared.iri.format(value=quote(code, safe=""), **places)
            return self.preferred.things.get(address) or self.source.things.get(address) or code
        return code

    def _value(self, name: str, row: Row) -> str:
        """The value of a column in a row, or of a parameter."""
        if name in row:
            return row[name]
        parameter = self.query.parameters[name]
        chosen = [value for value in self.values.get(name, ()) if value] or [*parameter.default, ""]
        return chosen[0]


_READ = Key[Shared]()


async def read(release: OpenRelease, language: str) -> Shared:
    """The labels in a language, for `labels` to parse. Raises the errors of the engine."""

    async def make() -> Shared:
        languages = ["en", ""] if language == SOURCE else [language]
        text = composition.place(
            _LABELS, {("_language",): list(map(composition.literal, languages))}
        )
        return Shared((await release.engine.query(text, _TABLE)).in_memory().body)

    return await release.values.once(_READ, make, language)


@lru_cache(_KEPT)
def labels(shared: Shared) -> Labels:
    """The labels in the result of `read`."""
    things: dict[str, str] = {}
    steps: dict[tuple[str, str], str] = {}
    for record in table(shared.content).records():
        things.setdefault(record["thing"], record["label"])
        if record["scheme"] and record["notation"]:
            steps.setdefault((record["scheme"], record["notation"]), record["label"])
    return Labels(things, steps)
