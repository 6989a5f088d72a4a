"""A local release as the source of a graph; its store is opened read-only."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from meagraph.client.base import QuerySummary, Values
from meagraph.client.result import Result, read
from meagraph.core import files, full_text, lexer, oxigraph, queries
from meagraph.core.errors import (
    BadValue,
    NotAcceptable,
    QueryFileError,
    QuerySyntaxError,
    ReleaseError,
)
from meagraph.core.lexer import refuse_unsafe, refuse_updates_and_services
from meagraph.core.queries import CannedQuery
from meagraph.core.queries.keys import Solutions, solutions
from meagraph.core.queries.parameters import offered
from meagraph.core.releases import open_store
from meagraph.core.results import terms
from meagraph.core.results.formats import AcceptedFormats
from meagraph.core.results.writer import write


class Local:
    """A release in a folder."""

    def __init__(self, release: Path) -> None:
        """Open its store. Raises ReleaseError if it cannot be opened."""
        self.where = str(release)
        self._release = release
        self._store: ox.Store | None = open_store(release)
        self._queries: dict[str, CannedQuery] = {}

    def query(self, sparql: str) -> Result:
        """Run a SPARQL query."""
        return self._answer("query", sparql)

    def canned(self, name: str, values: Values) -> Result:
        """Run a canned query; values are checked as by the service."""
        query = self._queries[name]
        choices = choices_of(self._open_store, name, query) if values else None
        text = query.bind(values, choices, partial(full_text.found, self._release))
        return self._answer(name, text, keys_first=True)

    def queries(self) -> Mapping[str, QuerySummary]:
        """The canned queries of this installation."""
        self._queries = queries.load(files.folder("queries"))
        return {
            name: QuerySummary(
                name,
                query.header.summary,
                {key: declared.label for key, declared in query.parameters.items()},
                query.columns,
            )
            for name, query in self._queries.items()
        }

    def close(self) -> None:
        """Close the store."""
        self._store = None

    @property
    def _open_store(self) -> ox.Store:
        if self._store is None:
            raise ReleaseError(f"{self.where}: this graph has been closed. Open it again")
        return self._store

    def _answer(self, where: str, text: str, *, keys_first: bool = False) -> Result:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise QuerySyntaxError(f"{where}: is not Unicode text ({error.reason})") from None
        refuse_unsafe(text)
        if keys_first:
            text = with_keys(self._open_store, where, text)
        return read(*lossless(self._open_store, where, text))


def with_keys(store: ox.Store, where: str, text: str) -> str:
    """The text of a canned query with its keys instead of the sub-select that finds them.

    Raises as `evaluate` does; messages begin with `where`.
    """

    def find_keys(query: str) -> Solutions | None:
        found = evaluate(store, where, query)
        assert isinstance(found, ox.QuerySolutions)  # noqa: S101 - a SELECT
        return solutions(found)

    return queries.keys.with_keys(text, find_keys)


def choices_of(
    store: ox.Store, where: str, query: queries.CannedQuery
) -> dict[str, tuple[str, ...]]:
    """The allowed values of the parameters whose choices a query lists.

    Raises QueryFileError, naming `where`, if that query is not a SELECT.
    """
    found = {}
    for name, parameter in query.parameters.items():
        if text := parameter.choices_query:
            refuse_updates_and_services(text)
            rows = evaluate(store, f"{where}: choices of {name}", text)
            if not isinstance(rows, ox.QuerySolutions):
                raise QueryFileError(f"{where}: choices of {name}: must come from a SELECT.")
            table = terms.table(rows.serialize(format=ox.QueryResultsFormat.JSON) or b"")
            found[name] = tuple(choice.value for choice in offered(parameter, table))
    return found


def lossless(store: ox.Store, where: str, text: str) -> tuple[str, bytes]:
    """Run a query; return the media type (SPARQL results in JSON, or N-Triples) and the bytes.

    Raises as `evaluate` does; messages begin with `where`.
    """
    found = evaluate(store, where, text)
    kind = "application/n-triples" if isinstance(found, ox.QueryTriples) else terms.JSON
    return kind, written(where, found, AcceptedFormats(kind, kind))


def written(where: str, found: oxigraph.Result, accepted: AcceptedFormats) -> bytes:
    """Serialise a result in an accepted media type. Raises BadValue."""
    sink = io.BytesIO()
    try:
        write(found, accepted, sink)
    except NotAcceptable as error:
        raise BadValue(f"{where}: {error}") from None
    except (RuntimeError, OSError) as error:
        raise _unanswered(where, error) from None
    return sink.getvalue()


def evaluate(store: ox.Store, where: str, text: str) -> oxigraph.Result:
    """Run a query. Raises QuerySyntaxError and BadValue; messages begin with `where`."""
    try:
        return oxigraph.query(store, text)
    except SyntaxError as error:
        raise QuerySyntaxError(f"{where}: {lexer.syntax_error(text, str(error.msg))}") from None
    except (RuntimeError, OSError) as error:
        raise _unanswered(where, error) from None


def _unanswered(where: str, error: Exception) -> BadValue:
    return BadValue(f"{where}: the query cannot be answered: {error}")
