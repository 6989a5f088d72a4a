"""The graph for Python programs: a release on this machine, or a running service.

`meagraph.open` gives a `Graph`; it answers with a `meagraph.client.result.Result`, the same from
either.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Self

from meagraph.client.base import Question, Source, Value
from meagraph.client.result import Result
from meagraph.core import files
from meagraph.core.errors import ReleaseError, UnknownQuery
from meagraph.core.quoting import quoted


class Graph:
    """A graph to ask. Use it as a context manager, or `close` it, to let go of its source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._questions: Mapping[str, Question] | None = None

    @property
    def queries(self) -> Mapping[str, Question]:
        """The ready-made questions, by name."""
        if self._questions is None:
            self._questions = self._source.questions()
        return self._questions

    def query(self, sparql: str) -> Result:
        """The answer to a SELECT, ASK, CONSTRUCT or DESCRIBE query.

        Raises QuerySyntaxError for what does not parse, QueryRefused for updates and SERVICE, other
        kinds of RequestError where a service cannot answer, ServiceError where it cannot be heard.
        """
        return self._source.query(sparql)

    def canned(self, name: str, /, **values: Value | Sequence[Value] | None) -> Result:
        """The answer to a ready-made question; of several values of a parameter, any will do.

        None counts as not given. Raises UnknownQuery, UnknownParameter, MissingParameter, BadValue.
        """
        if name not in self.queries:
            near = get_close_matches(name, self.queries, n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise UnknownQuery(
                f"There is no ready-made question {quoted(name)}.{hint} "
                f"There are: {', '.join(self.queries)}."
            )
        return self._source.canned(
            name, {key: _texts(value) for key, value in values.items() if value is not None}
        )

    def close(self) -> None:
        """Let go of the source; the graph cannot be asked afterwards."""
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
    """What `meagraph.open` does."""
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        from meagraph.client.remote import Remote

        return Graph(Remote(source))
    from meagraph.client.local import Local

    return Graph(Local(_release(source)))


def _release(source: str | os.PathLike[str] | None) -> Path:
    """The folder of a release: the current one, the one given, or the current one of a folder."""
    if source is None:
        return files.current_release()
    folder = Path(source)
    if (folder / files.MANIFEST).is_file():
        return folder
    if (folder / files.CURRENT).is_file():
        return files.current_release(folder)
    raise ReleaseError(
        f"{folder}: is neither a release nor a folder of releases. "
        "Name one, or the address of a service that begins with https:// or http://"
    )


def _texts(value: Value | Sequence[Value]) -> list[str]:
    """Values as a request has them.

    >>> _texts([True, "KAZ", 3])
    ['true', 'KAZ', '3']
    """
    if isinstance(value, str | int | date):
        return [str(value).lower() if isinstance(value, bool) else str(value)]
    return [text for one in value for text in _texts(one)]
