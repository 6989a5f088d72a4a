"""Labels of the columns and codes of a table, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from meagraph.core.glossary import column_head, value_label
from meagraph.core.queries.header import CannedQuery
from meagraph_api.index.page_context import PageContext

Row = Mapping[str, str]
"""The values of a row by column, '' for unbound."""


@dataclass(frozen=True, slots=True)
class ColumnLabels:
    """Labels of the columns and codes in the result of a query."""

    query: CannedQuery
    values: Mapping[str, Sequence[str]]
    """The values of the parameters, on which the scheme of a column may depend."""
    context: PageContext

    def head(self, column: str) -> str:
        """The head of a column."""
        return column_head(self.query.name, column, self.context.language)

    def name(self, name: str) -> str:
        """The head of a column or the label of a parameter, '' for any other name."""
        if name in self.query.columns:
            return self.head(name)
        return (
            self.query.label(name, self.context.language) if name in self.query.parameters else ""
        )

    def value(self, column: str, code: str) -> str:
        """The label of a code in a column without regard to its row, '' if it has none."""
        if column not in self.query.columns:
            return ""
        label = self.label(column, code, {})
        return "" if label == code else label

    def label(self, column: str, code: str, row: Row) -> str:
        """The label of a code in a column of a row, or the code itself if it has none.

        It is a term of the glossary, or the name of the thing or concept that the code identifies.
        """
        separator = self.query.column(column).separator
        if separator is None or not code:
            return self._label(column, code, row)
        return separator.join(self._label(column, item, row) for item in code.split(separator))

    def address(self, column: str, code: str, row: Row) -> str:
        """The IRI of the thing or concept that a code identifies, '' if it identifies none."""
        declared = self.query.column(column)
        if not code or not declared.named <= {*row, *self.query.parameters}:
            return ""
        places = {name: quote(self._value(name, row), safe="") for name in declared.named}
        if declared.scheme is not None:
            return self.context.labels.steps.get((declared.scheme.format(**places), code), "")
        if declared.iri is not None:
            return declared.iri.format(value=quote(code, safe=""), **places)
        return ""

    def plan_column(self, column: str) -> str | None:
        """The column of the plan that defines the scheme of a column, if any."""
        named = sorted(self.query.column(column).named & set(self.query.columns))
        return named[0] if named else None

    def _label(self, column: str, code: str, row: Row) -> str:
        own = value_label(self.query.name, column, code, self.context.language)
        address = self.address(column, code, row)
        if own or not address:
            return own or code
        found = self.context.name(address)
        if self.query.column(column).scheme is None or found.casefold() == code.casefold():
            return found
        return f"{code}: {found}"

    def _value(self, name: str, row: Row) -> str:
        """The value of a column in a row, or of a parameter."""
        if name in row:
            return row[name]
        parameter = self.query.parameters[name]
        chosen = [value for value in self.values.get(name, ()) if value] or [*parameter.default, ""]
        return chosen[0]
