"""Parse the complete result of a remote engine, and serialise it with our own writers.

So every format is available with every engine, with the same guarantees. A result that does not
parse to its end is an error, whatever the status code. Columns of JSON results are reordered as in
the query while they are read.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import pyoxigraph as ox

from meagraph.core.engines import renaming
from meagraph.core.engines.profiles import Profile
from meagraph.core.errors import EngineFailed, NotAcceptable
from meagraph.core.lexer import is_volatile
from meagraph.core.oxigraph import by_appearance, star
from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph.core.results.writer import Written, write
from meagraph_api.engine.remote.rewriter import RewrittenQuery
from meagraph_api.engine.spool import Spool

if TYPE_CHECKING:
    from typing_extensions import Buffer

_HEAD = re.compile(r'\s*\{\s*"head"\s*:\s*')
_LONGEST = 1_048_576
"""Bytes at the beginning of a result that are searched for the head."""


def reordered(body: IO[bytes], order: Callable[[list[str]], Sequence[str]]) -> IO[bytes]:
    """Reorder the columns in the head of JSON results.

    Only the order of `vars` changes (https://www.w3.org/TR/sparql11-results-json/#select-vars). A
    body that does not begin with its head is returned unchanged.

    >>> read = io.BytesIO(b'{"head":{"vars":["a","b"]},"results":{"bindings":[]}}')
    >>> reordered(read, lambda names: names[::-1]).read()
    b'{"head":{"vars": ["b", "a"]},"results":{"bindings":[]}}'
    """
    beginning = body.read(_LONGEST)
    text = beginning.decode("utf-8", "ignore")  # a character may be cut at the end
    try:
        found = _HEAD.match(text)
        head, end = json.JSONDecoder().raw_decode(text, found.end() if found else len(text))
        head["vars"] = list(order(head["vars"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        body.seek(0)
        return body
    body.seek(len(text[:end].encode()))
    changed = f'{{"head":{json.dumps(head)}'.encode()
    return cast(IO[bytes], io.BufferedReader(_Chain(changed, body)))


class _Chain(io.RawIOBase):
    """A stream of some bytes followed by a file."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first = io.BytesIO(first)
        self._rest = rest

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, target: Buffer, /) -> int:
        """Fill a buffer; returns the number of bytes, 0 at the end."""
        view = memoryview(target)
        piece = self._first.read(len(view)) or self._rest.read(len(view))
        view[: len(piece)] = piece
        return len(piece)


RESULTS = "application/sparql-results+json"
GRAPH = "application/n-triples"
"""Formats requested from the engine, whatever the client accepts."""

_IN_ORDER = 100_000
"""Number of triples of a graph that are sorted."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected result, as far as it is known before it is read."""

    text: str
    form: str
    """The query form: SELECT, ASK, CONSTRUCT or DESCRIBE."""
    accepted: AcceptedFormats
    profile: Profile
    most: int
    """Maximum length of the serialised result in bytes."""
    rows: int = 0
    """Rows at which the engine silently truncates results; 0 if it does not."""
    sent: RewrittenQuery | None = None
    """The rewritten query that was sent."""

    @property
    def table(self) -> bool:
        """Whether the result is a table or a boolean, not a graph."""
        return self.form in ("SELECT", "ASK")


def answer(body: IO[bytes], expected: Expected) -> QueryResult:
    """Convert an engine's result in one thread, as pyoxigraph requires.

    Raises EngineFailed if the body is incomplete, NotAcceptable, ResultTooLarge.
    """
    try:
        return _answer(body, expected)
    except NotAcceptable:
        accepted = expected.accepted.without_best(graph=not expected.table)
        if accepted is None:
            raise
    body.seek(0)
    return answer(body, replace(expected, accepted=accepted))


def _answer(body: IO[bytes], expected: Expected) -> QueryResult:
    with tempfile.TemporaryDirectory(prefix="meagraph-answer-") as folder:
        spool = Spool(Path(folder, "answer"), expected.most, compress=expected.accepted.gzip)
        try:
            written = write(_read(body, expected), expected.accepted, cast(Any, spool))
            _refuse_cut(written, expected)
            content = spool.finish()
        except (SyntaxError, ValueError) as error:
            _clear_frames(error)
            spool.discard()
            raise EngineFailed(
                f"The result of the engine is incomplete or invalid: {str(error)[:200]}."
            ) from None
        except BaseException as error:
            _clear_frames(error)
            spool.discard()
            raise
        return QueryResult(
            media_type=written.media_type,
            content=content
            if spool.length == len(content)
            else Path(folder, "answer").open("rb"),  # unlinked at the end of the block
            length=spool.length,
            gzipped=spool.gzipped,
            rows=written.rows,
            lasting=not written.blank and not is_volatile(expected.text),
            notes=expected.sent.notes if expected.sent else (),
        )


def _clear_frames(error: BaseException) -> None:
    """Free the locals of failed functions: a pyoxigraph result must be freed in its own thread."""
    traceback.clear_frames(error.__traceback__)


def _read(
    body: IO[bytes], expected: Expected
) -> ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]:
    if not expected.table:
        return _triples(body, expected.profile)
    if star(expected.text) is not None:
        body = reordered(body, lambda names: by_appearance(expected.text, names))
    result = renaming.results(body, expected.profile)
    if expected.form == "ASK" and isinstance(result, ox.QuerySolutions):
        result = _truth(result, expected.profile)
    if isinstance(result, ox.QueryBoolean) != (expected.form == "ASK"):
        raise ValueError(f"it is not the result of {expected.form}")
    return result


def _truth(result: ox.QuerySolutions, profile: Profile) -> ox.QuerySolutions | ox.QueryBoolean:
    """Convert a boolean that some engines return as a row."""
    if [variable.value for variable in result.variables] != [profile.ask_column]:
        return result
    boolean = b"true" if list(result) else b"false"
    return ox.parse_query_results(
        b'{"head":{},"boolean":' + boolean + b"}", ox.QueryResultsFormat.JSON
    )


def _triples(body: IO[bytes], profile: Profile) -> Iterator[ox.Triple]:
    """The triples of a graph, sorted so that Turtle can group them by subject.

    Only the first triples of a long graph are sorted.
    """
    ours = {theirs: ours for ours, theirs in profile.renamed_iris.items()}
    read = (quad.triple for quad in ox.parse(body, ox.RdfFormat.N_TRIPLES))
    named = (renaming.renamed(triple, ours) for triple in read) if ours else read
    yield from sorted(islice(named, _IN_ORDER), key=str)
    yield from named


def _refuse_cut(written: Written, expected: Expected) -> None:
    if expected.rows and written.rows is not None and written.rows >= expected.rows:
        raise EngineFailed(
            f"The engine returns at most {expected.rows:,} rows, so the result may be incomplete; "
            "nothing of it was sent. Request less, or page through it with ORDER BY, LIMIT and "
            "OFFSET."
        )
