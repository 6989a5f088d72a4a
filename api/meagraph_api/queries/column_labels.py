"""Labels of the codes in a table, from the concept scheme or IRI pattern of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from meagraph.core.glossary import column_head
from meagraph.core.queries.header import CannedQuery
from meagraph_api.index.labels import Labels

Row = Mapping[str, str]
"""The values of a row by column, '' for unbound."""


@dataclass(frozen=True, slots=True)
class ColumnLabels:
    """Labels of the codes in the result of a query."""

    query: CannedQuery
    values: Mapping[str, Sequence[str]]
    """The values of the parameters, on which the scheme of a column may depend."""
    labels: Labels
    language: str
    """The language of the reader."""

    def label(self, column: str, code: str, row: Row) -> str:
        """The label of a code in a column of a row, or the code itself if it has none."""
        declared = self.query.column(column)
        if declared.separator is None or not code:
            return self._label(column, code, row)
        items = [self._label(column, item, row) for item in code.split(declared.separator)]
        return declared.separator.join(items)

    def head(self, column: str) -> str:
        """The head of a column."""
        return column_head(self.query.name, column, self.language)

    def plan_column(self, column: str) -> str | None:
        """The column of the plan that defines the scheme of a column, if any."""
        named = sorted(self.query.column(column).named & set(self.query.columns))
        return named[0] if named else None

    def _label(self, column: str, code: str, row: Row) -> str:
        declared = self.query.column(column)
        places = {name: quote(self._value(name, row), safe="") for name in declared.named}
        if declared.scheme is not None:
            address = self.labels.steps.get((declared.scheme.format(**places), code))
            found = self.labels.name(address, self.language) if address else code
            return code if found.casefold() == code.casefold() else f"{code}: {found}"
        if declared.iri is not None:
            address = declared.iri.format(value=quote(code, safe=""), **places)
            return self.labels.name(address, self.language)
        return code

    def _value(self, name: str, row: Row) -> str:
        """The value of a column in a row, or of a parameter."""
        if name in row:
            return row[name]
        parameter = self.query.parameters[name]
        chosen = [value for value in self.values.get(name, ()) if value] or [*parameter.default, ""]
        return chosen[0]
