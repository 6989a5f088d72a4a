"""Convert error responses of a remote engine to errors for the client and the log."""

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
from meagraph_api.engine.remote.rewriter import RewrittenQuery

_SHOWN = 300
"""Maximum characters shown of an engine's message."""


class RetryableError(Exception):
    """A failure that may be temporary, so that the query is retried."""

    def __init__(self, reason: str, error: RequestError) -> None:
        super().__init__(reason)
        self.reason, self.error = reason, error


def response_error(
    response: httpx.Response, body: bytes, text: str, sent: RewrittenQuery | None = None
) -> RequestError | RetryableError:
    """The error for a status other than 200; `sent` is the rewritten query that was sent.

    The engine's message is shown to the client if it is about the query, else it is logged.
    """
    message = _message(body)
    match response.status_code:
        case 400:
            return _bad_query(text, _placed(message, text, sent))
        case 401 | 403:
            return EngineFailed(
                "The engine rejected the credentials of this service: check the settings "
                "engine_auth and engine_secret."
            )
        case 404 | 405 | 406 | 415 | 301 | 302 | 303 | 307 | 308 as status:
            return EngineFailed(
                f"The engine responded {status}: the setting engine is not the URL of a SPARQL "
                "endpoint."
            )
        case 408 | 504:
            return QueryTimeout("The engine cancelled the query: it took too long.")
        case 413 | 414:
            return EngineFailed("The engine does not accept such a long query.")
        case 429 | 503 as status:
            busy = Busy("The engine is busy. Try again soon.")
            return RetryableError(f"{status} {message}", busy)
        case 502 as status:
            return RetryableError(f"{status} {message}", EngineFailed(_FAILED))
        case status:
            return EngineFailed(f"The engine failed ({status}): {message}")


def refuse_cut(response: httpx.Response, expected: Expected) -> None:
    """Raise EngineFailed if the headers mark the result as truncated, or do not mark its end.

    A graph may end after any line; so HTTP must give its length, or use chunks.
    """
    for name in expected.profile.truncation_headers:
        if name in response.headers:
            raise EngineFailed(
                f"The engine truncated its result ({name}: {response.headers[name][:100]}); "
                "nothing of it was sent. Request less, or page through it with ORDER BY, LIMIT and "
                "OFFSET."
            )
    framed = {"content-length", "transfer-encoding"} & set(response.headers)
    if not (expected.table or framed):
        raise EngineFailed("The engine does not mark the end of its result.")


def refuse_unaccepted(expected: Expected) -> None:
    """Raise NotAcceptable if the client accepts no format for this kind of result."""
    if expected.table:
        if expected.accepted.results is None:
            listed = formats.listed(formats.RESULTS)
            raise NotAcceptable(f"The result of SELECT and ASK is available as {listed}.")
    elif expected.accepted.graph is None:
        listed = formats.listed(formats.GRAPHS)
        raise NotAcceptable(f"The result of CONSTRUCT and DESCRIBE is available as {listed}.")


def unreachable(error: httpx.HTTPError) -> RetryableError:
    """The error for a missing or incomplete response."""
    return RetryableError(reason(error), EngineFailed(_FAILED))


def reason(error: Exception) -> str:
    """Describe a connection error for the log."""
    return f"{type(error).__name__}: {error}"


async def beginning(response: httpx.Response) -> bytes:
    """Read the beginning of a body."""
    taken = b""
    async for piece in response.aiter_bytes():
        taken += piece
        if len(taken) > 4 * _SHOWN:
            break
    return taken


_FAILED = "The engine cannot be reached, or its response is incomplete."


def _message(body: bytes) -> str:
    """The message in an error response, shortened and without a copy of the query."""
    message = body.decode(errors="replace").partition("SPARQL query:")[0]
    message = " ".join(message.split())
    return message if len(message) <= _SHOWN else f"{message[:_SHOWN]} …"


def _placed(message: str, text: str, sent: RewrittenQuery | None) -> str:
    """An engine's message, with its position converted to one in the client's query."""
    if sent is None:
        return message

    def placed(found: re.Match[str]) -> str:
        position = sent.position(offset(sent.text, int(found[1]), int(found[2])))
        line, column = line_and_column(text, position)
        return f"error at {line}:{column}:"

    return re.sub(r"\berror at (\d+):(\d+):", placed, message, count=1)


def _bad_query(text: str, message: str) -> RequestError:
    found = lexer.syntax_error(text, message)
    if found.line is None:
        return QuerySyntaxError(f"The engine rejected the query: {message}")
    return found
