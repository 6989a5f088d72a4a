"""The answer of an engine that is not ours: read to its end, and written by our own writers.

So every format is offered, whatever the engine has, and every promise of a format holds. What does
not parse to its very end is no answer, whatever its status was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from meagraph.errors import EngineFailed
from meagraph.lexer import is_volatile
from meagraph_api.engine import Answer, Wanted
from meagraph_api.engine.spool import Spool
from meagraph_api.engine.writing import Written, write

RESULTS = "application/sparql-results+json"
GRAPH = "application/n-triples"
"""What we ask for, whatever our caller wants."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of an answer before it is read."""

    text: str
    form: str
    """The form of the query: SELECT, ASK, CONSTRUCT or DESCRIBE."""
    wanted: Wanted
    most: int
    """Bytes of our answer, at most."""
    rows: int = 0
    """Rows at which the engine cuts answers without a word; 0 where it does not."""
    blank: str | None = None
    """What the engine puts before the names of blank nodes."""


def answer(body: IO[bytes], expected: Expected) -> Answer:
    """Our answer, made from that of the engine: one function, one thread, as pyoxigraph demands.

    Raises EngineFailed where the body is not whole, NotAcceptable, ResultTooLarge.
    """
    with tempfile.TemporaryDirectory(prefix="meagraph-answer-") as folder:
        spool = Spool(Path(folder, "answer"), expected.most, compress=expected.wanted.gzip)
        try:
            written = write(_read(body, expected), expected.wanted, cast(Any, spool))
        except (SyntaxError, ValueError) as error:
            spool.discard()
            raise EngineFailed(
                f"The answer of the engine is not whole, or is no answer: {str(error)[:200]}."
            ) from None
        except BaseException:
            spool.discard()
            raise
        _refuse_cut(written, expected)
        content = spool.finish()
        return Answer(
            media_type=written.media_type,
            content=content
            if spool.length == len(content)
            else Path(folder, "answer").open("rb"),  # unnamed from the end of the block on
            length=spool.length,
            gzipped=spool.gzipped,
            rows=written.rows,
            lasting=not written.blank and not is_volatile(expected.text),
        )


def _read(
    body: IO[bytes], expected: Expected
) -> ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]:
    if expected.form in ("CONSTRUCT", "DESCRIBE"):
        return _triples(body)
    result = ox.parse_query_results(_named(body, expected.blank), ox.QueryResultsFormat.JSON)
    if isinstance(result, ox.QueryBoolean) != (expected.form == "ASK"):
        raise ValueError(f"it is not the answer to {expected.form}")
    return result


def _named(body: IO[bytes], blank: str | None) -> Any:
    """The body, with blank nodes whose names are names.

    Within a string a quotation mark is escaped, so what is replaced is no part of one.
    """
    if blank is None:
        return body
    whole = body.read()
    for space in (b"", b" "):
        whole = whole.replace(
            b'"bnode",' + space + b'"value":' + space + b'"' + blank.encode(),
            b'"bnode","value":"',
        )
    return whole


def _triples(body: IO[bytes]) -> Iterator[ox.Triple]:
    for quad in ox.parse(body, ox.RdfFormat.N_TRIPLES):
        yield quad.triple


def _refuse_cut(written: Written, expected: Expected) -> None:
    if expected.rows and written.rows is not None and written.rows >= expected.rows:
        raise EngineFailed(
            f"The engine behind this service gives at most {expected.rows:,} rows, so the answer "
            "is not known to be whole; nothing of it was sent. Ask for less, or page through it "
            "with ORDER BY, LIMIT and OFFSET."
        )
