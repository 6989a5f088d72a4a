"""The answer of an engine that is not ours: read to its end, and written by our own writers.

So every format is offered, whatever the engine has, and every promise of a format holds. What does
not parse to its very end is no answer, whatever its status was. Columns of results in JSON are put
into the order of the query while they are read.
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
from meagraph_api.engine.remote.rewriter import Outgoing
from meagraph_api.engine.spool import Spool

if TYPE_CHECKING:
    from typing_extensions import Buffer

_HEAD = re.compile(r'\s*\{\s*"head"\s*:\s*')
_LONGEST = 1_048_576
"""Bytes at the beginning of results in which the head is looked for."""


def reordered(body: IO[bytes], order: Callable[[list[str]], Sequence[str]]) -> IO[bytes]:
    """Results in JSON whose head names the same columns in another order.

    Only the order of `vars` changes (https://www.w3.org/TR/sparql11-results-json/#select-vars). A
    body that does not begin with its head is given as it is.

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
    """Some bytes, and then those of a file."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first = io.BytesIO(first)
        self._rest = rest

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def readinto(self, target: Buffer, /) -> int:
        """Fill a buffer; the number of bytes put into it, 0 at the end."""
        view = memoryview(target)
        piece = self._first.read(len(view)) or self._rest.read(len(view))
        view[: len(piece)] = piece
        return len(piece)


RESULTS = "application/sparql-results+json"
GRAPH = "application/n-triples"
"""What we ask for, whatever our caller wants."""

_IN_ORDER = 100_000
"""Triples of a graph that are put in order."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of an answer before it is read."""

    text: str
    form: str
    """The form of the query: SELECT, ASK, CONSTRUCT or DESCRIBE."""
    accepted: AcceptedFormats
    profile: Profile
    most: int
    """Bytes of our answer, at most."""
    rows: int = 0
    """Rows at which the engine cuts answers without a word; 0 where it does not."""
    sent: Outgoing | None = None
    """What was sent instead of the query."""

    @property
    def table(self) -> bool:
        """Whether the answer is a table or a truth value, not a graph."""
        return self.form in ("SELECT", "ASK")


def answer(body: IO[bytes], expected: Expected) -> QueryResult:
    """Our answer, made from that of the engine: one function, one thread, as pyoxigraph demands.

    Raises EngineFailed where the body is not whole, NotAcceptable, ResultTooLarge.
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
            _let_go(error)
            spool.discard()
            raise EngineFailed(
                f"The answer of the engine is not whole, or is no answer: {str(error)[:200]}."
            ) from None
        except BaseException as error:
            _let_go(error)
            spool.discard()
            raise
        return QueryResult(
            media_type=written.media_type,
            content=content
            if spool.length == len(content)
            else Path(folder, "answer").open("rb"),  # unnamed from the end of the block on
            length=spool.length,
            gzipped=spool.gzipped,
            rows=written.rows,
            lasting=not written.blank and not is_volatile(expected.text),
            notes=expected.sent.notes if expected.sent else (),
        )


def _let_go(error: BaseException) -> None:
    """Drop what the failed functions held: a result of pyoxigraph must end on its own thread."""
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
        raise ValueError(f"it is not the answer to {expected.form}")
    return result


def _truth(result: ox.QuerySolutions, profile: Profile) -> ox.QuerySolutions | ox.QueryBoolean:
    """The truth value that some engine says by a row."""
    if [variable.value for variable in result.variables] != [profile.ask_column]:
        return result
    said = b"true" if list(result) else b"false"
    return ox.parse_query_results(
        b'{"head":{},"boolean":' + said + b"}", ox.QueryResultsFormat.JSON
    )


def _triples(body: IO[bytes], profile: Profile) -> Iterator[ox.Triple]:
    """The triples of a graph, subject by subject: Turtle says so what an engine gives in disorder.

    A long graph stays in the order of the engine behind its beginning.
    """
    ours = {theirs: ours for ours, theirs in profile.renamed_iris.items()}
    read = (quad.triple for quad in ox.parse(body, ox.RdfFormat.N_TRIPLES))
    named = (renaming.renamed(triple, ours) for triple in read) if ours else read
    yield from sorted(islice(named, _IN_ORDER), key=str)
    yield from named


def _refuse_cut(written: Written, expected: Expected) -> None:
    if expected.rows and written.rows is not None and written.rows >= expected.rows:
        raise EngineFailed(
            f"The engine behind this service gives at most {expected.rows:,} rows, so the answer "
            "is not known to be whole; nothing of it was sent. Ask for less, or page through it "
            "with ORDER BY, LIMIT and OFFSET."
        )
