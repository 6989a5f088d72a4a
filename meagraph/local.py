"""A release on this machine as the source of a graph: its store is opened, only to be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyoxigraph as ox

from meagraph import answers, files, queries
from meagraph.errors import QuerySyntaxError, ReleaseError
from meagraph.graph import Question, Values
from meagraph.lexer import refuse_unsafe
from meagraph.queries import CannedQuery
from meagraph.releases import open_store
from meagraph.result import Result, read


class Local:
    """A release in a folder."""

    def __init__(self, release: Path) -> None:
        """Open its store. Raises ReleaseError where that cannot be opened."""
        self.where = str(release)
        self._store: ox.Store | None = open_store(release)
        self._queries: dict[str, CannedQuery] = {}

    def query(self, sparql: str) -> Result:
        """The answer to a SPARQL query."""
        return self._answer("query", sparql)

    def canned(self, name: str, values: Values) -> Result:
        """The answer to a ready-made question; values are checked as the service checks them."""
        query = self._queries[name]
        choices = answers.choices(self._opened, name, query) if values else None
        return self._answer(name, query.bind(values, choices), keys_first=True)

    def questions(self) -> Mapping[str, Question]:
        """The ready-made questions of this installation."""
        self._queries = queries.load(files.folder("queries"))
        return {
            name: Question(
                name,
                query.header.summary,
                {key: declared.label for key, declared in query.parameters.items()},
                query.columns,
            )
            for name, query in self._queries.items()
        }

    def close(self) -> None:
        """Let go of the store."""
        self._store = None

    @property
    def _opened(self) -> ox.Store:
        if self._store is None:
            raise ReleaseError(f"{self.where}: this graph has been closed. Open it anew")
        return self._store

    def _answer(self, where: str, text: str, *, keys_first: bool = False) -> Result:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise QuerySyntaxError(f"{where}: is not Unicode text ({error.reason})") from None
        refuse_unsafe(text)
        if keys_first:
            text = answers.with_keys(self._opened, where, text)
        return read(*answers.lossless(self._opened, where, text))
