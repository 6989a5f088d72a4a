"""What the reply of an engine means that is no answer: for our caller, and for our log."""

from __future__ import annotations

import re

import httpx

from meagraph.core import lexer
from meagraph.core.errors import (
    Busy,
    EngineFailed,
    NotAcceptable,
    QuerySyntaxError,
    QueryTimeout,
    RequestError,
)
from meagraph.core.lexer import line_and_column, offset
from meagraph.core.results import formats
from meagraph_api.engine.remote.engine_responses import Expected
from meagraph_api.engine.remote.rewriter import Outgoing

_SHOWN = 300
"""Characters of what an engine says that are shown."""


class MayPass(Exception):
    """A failure that may be over when the query is sent again."""

    def __init__(self, reason: str, meant: RequestError) -> None:
        super().__init__(reason)
        self.reason, self.meant = reason, meant


def error(
    response: httpx.Response, said: bytes, text: str, sent: Outgoing | None = None
) -> RequestError | MayPass:
    """The error that a status other than 200 stands for; `sent` is what was sent instead of a text.

    The words of the engine are shown where they speak of the query, else they are for the log.
    """
    words = _words(said)
    match response.status_code:
        case 400:
            return _misunderstood(text, _placed(words, text, sent))
        case 401 | 403:
            return EngineFailed(
                "The engine behind this service does not let it in: the setting engine_auth or "
                "the file engine_secret is wrong."
            )
        case 404 | 405 | 406 | 415 | 301 | 302 | 303 | 307 | 308 as status:
            return EngineFailed(
                f"The engine behind this service answers {status}: the setting engine names no "
                "SPARQL endpoint."
            )
        case 408 | 504:
            return QueryTimeout("The engine behind this service ended the query: it took too long.")
        case 413 | 414:
            return EngineFailed("The engine behind this service does not take so long a query.")
        case 429 | 503 as status:
            busy = Busy("The engine behind this service is busy. Try again soon.")
            return MayPass(f"{status} {words}", busy)
        case 502 as status:
            return MayPass(f"{status} {words}", EngineFailed(_FAILED))
        case status:
            return EngineFailed(f"The engine behind this service failed ({status}): {words}")


def refuse_cut(response: httpx.Response, expected: Expected) -> None:
    """Raise EngineFailed where the headers say that the answer is not whole, or do not say when.

    A graph ends wherever a line ends; so its length, or the last piece, must be told by HTTP.
    """
    for name in expected.profile.truncation_headers:
        if name in response.headers:
            raise EngineFailed(
                f"The engine behind this service cut its answer ({name}: "
                f"{response.headers[name][:100]}); nothing of it was sent. Ask for less, or page "
                "through it with ORDER BY, LIMIT and OFFSET."
            )
    told = {"content-length", "transfer-encoding"} & set(response.headers)
    if not (expected.table or told):
        raise EngineFailed("The engine behind this service does not say where its answer ends.")


def refuse_unwanted(expected: Expected) -> None:
    """Raise NotAcceptable where the caller takes no format of this kind of answer."""
    if expected.table:
        if expected.accepted.results is None:
            listed = formats.listed(formats.RESULTS)
            raise NotAcceptable(f"The answer to SELECT and ASK comes as {listed}.")
    elif expected.accepted.graph is None:
        listed = formats.listed(formats.GRAPHS)
        raise NotAcceptable(f"The answer to CONSTRUCT and DESCRIBE comes as {listed}.")


def unreachable(error: httpx.HTTPError) -> MayPass:
    """No answer, or half of one."""
    return MayPass(reason(error), EngineFailed(_FAILED))


def reason(error: Exception) -> str:
    """What went wrong with a connection, for the log."""
    return f"{type(error).__name__}: {error}"


async def beginning(response: httpx.Response) -> bytes:
    """The beginning of a body."""
    taken = b""
    async for piece in response.aiter_bytes():
        taken += piece
        if len(taken) > 4 * _SHOWN:
            break
    return taken


_FAILED = "The engine behind this service cannot be reached, or did not answer to the end."


def _words(said: bytes) -> str:
    """What an engine says, as far as it is not the query itself."""
    words = said.decode(errors="replace").partition("SPARQL query:")[0]
    words = " ".join(words.split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]} …"


def _placed(words: str, text: str, sent: Outgoing | None) -> str:
    """The words of an engine with the place in the client's text, if they name one."""
    if sent is None:
        return words

    def placed(found: re.Match[str]) -> str:
        position = sent.position(offset(sent.text, int(found[1]), int(found[2])))
        line, column = line_and_column(text, position)
        return f"error at {line}:{column}:"

    return re.sub(r"\berror at (\d+):(\d+):", placed, words, count=1)


def _misunderstood(text: str, words: str) -> RequestError:
    found = lexer.syntax_error(text, words)
    if found.line is None:
        return QuerySyntaxError(f"The engine behind this service does not take the query: {words}")
    return found
