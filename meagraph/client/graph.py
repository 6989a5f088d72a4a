"""The graph for Python programs, of a local release or a running service.

`meagraph.open` returns a `Graph`; its results are `meagraph.client.result.Result` for both sources.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Self

from meagraph.client.base import QuerySummary, Source, Value
from meagraph.client.result import Result
from meagraph.core import files
from meagraph.core.errors import ReleaseError, UnknownQuery
from meagraph.core.quoting import quoted


class Graph:
    """A graph to query. Use it as a context manager, or `close` it, to release its resources."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._queries: Mapping[str, QuerySummary] | None = None

    @property
    def queries(self) -> Mapping[str, QuerySummary]:
        """The canned queries, by name."""
        if self._queries is None:
            self._queries = self._source.queries()
        return self._queries

    def query(self, sparql: str) -> Result:
        """Run a SELECT, ASK, CONSTRUCT or DESCRIBE query.

        Raises QuerySyntaxError, QueryRefused for updates and SERVICE, other kinds of RequestError
        if a service cannot answer, ServiceError if it cannot be reached.
        """
        return self._source.query(sparql)

    def canned(self, name: str, /, **values: Value | Sequence[Value] | None) -> Result:
        """Run a canned query; several values of a parameter are alternatives.

        None is ignored. Raises UnknownQuery, UnknownParameter, MissingParameter, BadValue.
        """
        if name not in self.queries:
            near = get_close_matches(name, self.queries, n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise UnknownQuery(
                f"There is no canned query {quoted(name)}.{hint} "
                f"There are: {', '.join(self.queries)}."
            )
        return self._source.canned(
            name, {key: _texts(value) for key, value in values.items() if value is not None}
        )

    def close(self) -> None:
        """Release all resources; the graph cannot be queried afterwards."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<meagraph.Graph of {self._source.where}>"


def open_graph(source: str | os.PathLike[str] | None = None) -> Graph:
    """Open a graph, see `meagraph.open`."""
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        from meagraph.client.remote import Remote

        return Graph(Remote(source))
    from meagraph.client.local import Local

    return Graph(Local(_release(source)))


def _release(source: str | os.PathLike[str] | None) -> Path:
    """The release to open: the current one, `source` itself, or the current one in `source`."""
    if source is None:
        return files.current_release()
    folder = Path(source)
    if (folder / files.MANIFEST).is_file():
        return folder
    if (folder / files.CURRENT).is_file():
        return files.current_release(folder)
    raise ReleaseError(
        f"{folder}: is neither a release nor a folder of releases. "
        "Name one, or the URL of a service, which begins with https:// or http://"
    )


def _texts(value: Value | Sequence[Value]) -> list[str]:
    """Values as the strings of a request.

    >>> _texts([True, "KAZ", 3])
    ['true', 'KAZ', '3']
    """
    if isinstance(value, str | int | date):
        return [str(value).lower() if isinstance(value, bool) else str(value)]
    return [text for one in value for text in _texts(one)]
