"""SELECT results as rows of terms, for pages and tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

JSON = "application/sparql-results+json"
_XSD = "http://www.w3.org/2001/XMLSchema#"

_PLAIN: Mapping[str, Callable[[str], str | int | float | bool]] = {
    _XSD + "integer": int,
    _XSD + "decimal": float,
    _XSD + "boolean": lambda text: text in ("true", "1"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """An RDF term of a result (https://www.w3.org/TR/sparql11-results-json/#select-encode-terms)."""

    kind: Literal["uri", "literal", "bnode"]
    value: str
    datatype: str | None = None
    language: str | None = None

    def plain(self) -> str | int | float | bool:
        """The value as a Python number or boolean if it is one, else as text.

        >>> Term("literal", "12", _XSD + "integer").plain()
        12
        >>> Term("literal", "1.10").plain()
        '1.10'
        """
        read = _PLAIN.get(self.datatype or "", str)
        try:
            return read(self.value)
        except ValueError:  # e.g. "abc"^^xsd:integer
            return self.value


@dataclass(frozen=True, slots=True)
class Table:
    """The complete, ordered result of a SELECT: a term or None for every column of every row."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Term | None, ...]]

    def records(self) -> list[dict[str, str]]:
        """The rows as texts by column, '' if unbound."""
        return [
            {
                column: term.value if term else ""
                for column, term in zip(self.columns, row, strict=True)
            }
            for row in self.rows
        ]


def table(body: bytes) -> Table:
    """Parse SPARQL results in JSON."""
    content = json.loads(body)
    columns = tuple(content["head"]["vars"])
    return Table(
        columns,
        [
            tuple(_term(binding[column]) if column in binding else None for column in columns)
            for binding in content["results"]["bindings"]
        ],
    )


def _term(encoded: Mapping[str, str]) -> Term:
    kind: Literal["uri", "literal", "bnode"]
    match encoded["type"]:
        case "uri":
            kind = "uri"
        case "bnode":
            kind = "bnode"
        case _:  # some servers write typed-literal
            kind = "literal"
    return Term(kind, encoded["value"], encoded.get("datatype"), encoded.get("xml:lang"))
