"""Query results: rows of values, a boolean, or triples.

Strings stay strings: the number of a measure, `1.10`, never becomes the number 1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas
    import rdflib

Plain: TypeAlias = str | int | float | bool | None
"""A value: whole numbers, decimals and booleans as such; IRIs and other literals as text."""

_DTYPES: Mapping[type, str] = {str: "string", int: "Int64", float: "Float64", bool: "boolean"}
"""The corresponding types of pandas that allow missing values."""


@dataclass(frozen=True, slots=True)
class Result:
    """A complete result.

    >>> result = Result(("number", "measures"), [{"number": "1.10", "measures": 3}])
    >>> [row["number"] for row in result]
    ['1.10']
    >>> len(result), bool(Result(truth=False))
    (1, False)
    """

    columns: tuple[str, ...] = ()
    rows: Sequence[Mapping[str, Plain]] = field(default=(), repr=False)
    """The rows of a SELECT, by column; None if unbound."""
    truth: bool | None = None
    """The boolean of an ASK."""
    ntriples: bytes | None = field(default=None, repr=False)
    """The triples of a CONSTRUCT or DESCRIBE, as N-Triples."""

    def __iter__(self) -> Iterator[Mapping[str, Plain]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows or self.ntriples) if self.truth is None else self.truth

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a DataFrame: text as `string`, whole numbers as `Int64`.

        Raises ImportError if pandas is not installed, ValueError if there are no columns.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("to_pandas needs pandas. Install it: pip install pandas") from None
        if not self.columns:
            raise ValueError("only the result of a SELECT is a table")
        return pandas.DataFrame(
            {
                column: pandas.Series([row[column] for row in self.rows], dtype=self._dtype(column))
                for column in self.columns
            }
        )

    def to_rdflib(self) -> rdflib.Graph:
        """The triples as a graph of rdflib.

        Raises ValueError if the result is not a graph.
        """
        if self.ntriples is None:
            raise ValueError("only the result of a CONSTRUCT or DESCRIBE is a graph")
        import rdflib

        return rdflib.Graph().parse(data=self.ntriples, format="nt")

    def _dtype(self, column: str) -> Any:
        kinds = {type(row[column]) for row in self.rows if row[column] is not None}
        return _DTYPES[kinds.pop()] if len(kinds) == 1 else "object" if kinds else "string"


def read(media_type: str, body: bytes) -> Result:
    """Parse SPARQL results in JSON, or N-Triples."""
    if media_type == "application/n-triples":
        return Result(ntriples=body)
    import json

    from meagraph.core.results.terms import table

    if (truth := json.loads(body).get("boolean")) is not None:
        return Result(truth=truth)
    found = table(body)
    rows = [
        {
            column: None if term is None else term.plain()
            for column, term in zip(found.columns, row, strict=True)
        }
        for row in found.rows
    ]
    return Result(found.columns, rows)
