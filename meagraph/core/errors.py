"""All exceptions of meagraph, in one tree.

```
MeagraphError
├── SourceError            a source document is missing, re-encoded, edited or cannot be parsed
├── DataError              an input file or a row of a table is malformed
├── GraphError             the built graph breaks an invariant
│   └── ShapesViolated     SHACL validation found violations
├── ReleaseError           a release is missing, incomplete or cannot be written
├── SettingsError          a setting's value is not of its type
├── PublishError           a release cannot be published to an engine
├── ServiceError           a remote service cannot be reached or is not a meagraph service
├── QueryFileError         a .rq file of a canned query has a malformed header or body
└── RequestError           a request cannot be answered
    ├── UnknownQuery
    ├── UnknownParameter
    ├── MissingParameter
    ├── BadValue
    ├── QuerySyntaxError   SPARQL that does not parse
    ├── QueryRefused       SPARQL that this service does not run (updates, SERVICE)
    ├── NotAcceptable      none of the accepted formats is available
    ├── UnknownAddress     there is no resource at the URL
    │   └── UnknownRelease there is no data version with that id
    ├── PreconditionFailed a precondition of the request does not hold
    ├── NoSuchRange        the requested byte range is outside the file
    ├── Withdrawn          the resource was withdrawn permanently
    ├── MethodNotAllowed   the resource does not support the HTTP method
    ├── WrongMediaType     the media type of the request body is not supported
    ├── RequestTooLarge    the request body exceeds the size limit
    ├── ResultTooLarge     the result exceeds the size limit
    ├── QueryTooLarge      the query exceeds its memory limit
    ├── QueryTimeout       the query exceeds its time limit
    ├── EngineFailed       the SPARQL engine cannot be reached or its response is unusable
    ├── HeadTooLarge       the request headers exceed the size limit
    ├── TargetTooLong      the URL exceeds the length limit
    ├── UnknownCoding      the transfer coding of the request body is not supported
    ├── RequestTooSlow     the request did not arrive in time
    ├── Forbidden          the client may not read the resource
    ├── NotNow             the service cannot answer at this moment
    │   ├── NotReady       no release is open yet
    │   ├── Busy           the maximum number of queries is running
    │   ├── MachineFailed  the machine lacks disk space, memory or open files, or its disk fails
    │   └── QueryFailed    the process that ran a query ended unexpectedly
    └── TooManyRequests    the client exceeds its rate limit
```

Every message states what is wrong, where, and what to do.
"""

from __future__ import annotations

import copyreg
import errno
from collections.abc import Iterator


class MeagraphError(Exception):
    """The base class; its message is shown to people without a traceback."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle message and attributes, whatever the constructor of a subclass takes."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class SourceError(MeagraphError):
    """A source document is missing, truncated, re-encoded, edited or cannot be parsed.

    `where` is ``file`` or ``file:line`` (lines count from 1).
    """

    def __init__(self, where: str, what: str, right: str) -> None:
        super().__init__(f"{where}: {what}. {right}")
        self.where, self.what, self.right = where, what, right


class DataError(MeagraphError):
    """A file that a build or the service reads is unreadable, empty or malformed.

    `where` is ``file:line`` (lines count from 1, the header of a table is line 1), or ``file`` if
    the fault has no line.
    """

    def __init__(self, where: str, what: str, right: str) -> None:
        super().__init__(f"{where}: {what}. {right}")
        self.where, self.what, self.right = where, what, right


class GraphError(MeagraphError):
    """The built graph breaks an invariant (a blank node, a triple in two graphs …)."""


class ShapesViolated(GraphError):
    """SHACL validation found violations, so no release is made."""

    def __init__(self, messages: list[str]) -> None:
        shown = "\n  ".join(messages[:20])
        rest = f"\n  … and {len(messages) - 20} more" if len(messages) > 20 else ""
        super().__init__(f"{len(messages)} violation(s) of the shapes:\n  {shown}{rest}")
        self.messages = messages


class ReleaseError(MeagraphError):
    """A release is missing, incomplete, of another version, or cannot be written."""


class ServiceError(MeagraphError):
    """A remote service cannot be reached, or does not answer as a meagraph service does."""


class QueryFileError(MeagraphError):
    """The `.rq` file of a canned query has a malformed header or a body that does not fit it."""


class SettingsError(MeagraphError):
    """A setting from the environment or the command line has a value that is not of its type."""


class PublishError(MeagraphError):
    """A release cannot be published to an engine: no connection, no permission, or other data."""


class RequestError(MeagraphError):
    """A request cannot be answered.

    `code` identifies the kind of error for programs and never changes: it is the last segment of
    the problem type URI (RFC 9457). `status` is the HTTP status, `title` the short name for people,
    the message the detail.
    """

    status = 400
    code = "bad-request"
    title = "Bad request"


class UnknownQuery(RequestError):
    """There is no canned query with that name."""

    status = 404
    code = "unknown-query"
    title = "Unknown query"


class UnknownParameter(RequestError):
    """The canned query has no such parameter."""

    code = "unknown-parameter"
    title = "Unknown parameter"


class MissingParameter(RequestError):
    """A required parameter is missing."""

    code = "missing-parameter"
    title = "Missing parameter"


class BadValue(RequestError):
    """A parameter's value is not of its type or not among its choices."""

    code = "wrong-value"
    title = "Wrong value"


class QuerySyntaxError(RequestError):
    """The SPARQL text does not parse.

    `line` and `column` count from 1; they are None if unknown.
    """

    code = "sparql-syntax-error"
    title = "SPARQL syntax error"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class QueryRefused(RequestError):
    """A well-formed query that this service does not run (updates, LOAD, SERVICE)."""

    code = "query-refused"
    title = "Query refused"


class NotAcceptable(RequestError):
    """None of the accepted formats is available; the message lists the available ones."""

    status = 406
    code = "not-acceptable"
    title = "Not acceptable"


class UnknownAddress(RequestError):
    """There is no resource at the requested URL."""

    status = 404
    code = "not-found"
    title = "Not found"


class UnknownRelease(UnknownAddress):
    """There is no data version with that id in the served folder."""

    code = "unknown-release"
    title = "Unknown release"


class PreconditionFailed(RequestError):
    """A precondition of the request does not hold (RFC 9110, section 13.1)."""

    status = 412
    code = "precondition-failed"
    title = "Precondition failed"


class NoSuchRange(RequestError):
    """The requested byte range is outside the file.

    `size` is the size of the file in bytes.
    """

    status = 416
    code = "range-not-satisfiable"
    title = "Range not satisfiable"

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class Withdrawn(RequestError):
    """The resource was withdrawn; the message says why."""

    status = 410
    code = "withdrawn"
    title = "Withdrawn"


class MethodNotAllowed(RequestError):
    """The resource does not support this HTTP method."""

    status = 405
    code = "method-not-allowed"
    title = "Method not allowed"


class WrongMediaType(RequestError):
    """The media type of the request body is not supported."""

    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class RequestTooLarge(RequestError):
    """The request body exceeds the size limit of this service."""

    status = 413
    code = "request-too-large"
    title = "Request too large"


class ResultTooLarge(RequestError):
    """The result exceeds the size limit of this service; nothing of it was sent."""

    status = 413
    code = "result-too-large"
    title = "Result too large"


class QueryTooLarge(RequestError):
    """The query exceeds its memory limit; nothing of its result was sent."""

    status = 413
    code = "query-too-large"
    title = "Query too large"


class QueryTimeout(RequestError):
    """The query exceeds its time limit; nothing of its result was sent."""

    status = 504
    code = "query-timeout"
    title = "Query timeout"


class EngineFailed(RequestError):
    """The SPARQL engine cannot be reached, or its response is incomplete and was not sent."""

    status = 502
    code = "engine-failed"
    title = "Engine failed"


class HeadTooLarge(RequestError):
    """The request headers exceed the size limit of this service."""

    status = 431
    code = "request-header-too-large"
    title = "Request header too large"


class TargetTooLong(RequestError):
    """The URL of the request, or its path, exceeds the length limit of this service."""

    status = 414
    code = "url-too-long"
    title = "URL too long"


class UnknownCoding(RequestError):
    """The request body is in a transfer coding other than `chunked`.

    https://www.rfc-editor.org/rfc/rfc9112#section-6.1
    """

    status = 501
    code = "unknown-transfer-coding"
    title = "Unknown transfer coding"


class RequestTooSlow(RequestError):
    """The request did not arrive in time."""

    status = 408
    code = "request-too-slow"
    title = "Request too slow"


class Forbidden(RequestError):
    """The client may not read the resource, e.g. the metrics from another machine."""

    status = 403
    code = "forbidden"
    title = "Forbidden"


class NotNow(RequestError):
    """The service cannot answer at this moment.

    Clients may retry after `retry_after` seconds.
    """

    status = 503
    code = "not-available-now"
    title = "Not available now"
    retry_after = 2


class NotReady(NotNow):
    """No data version is open yet: one is being built, or none can be opened."""

    code = "not-ready"
    title = "Not ready"


class Busy(NotNow):
    """The maximum number of queries is running."""

    code = "busy"
    title = "Busy"


MACHINE_FAULTS = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.EAGAIN,
    }
)
"""Error numbers (errno(3)) of faults that no request can cause."""


def is_machine_fault(error: Exception) -> bool:
    """Whether an error is a fault of the machine that no request can cause.

    >>> is_machine_fault(OSError(errno.ENOSPC, "No space left on device"))
    True
    >>> is_machine_fault(FileNotFoundError(errno.ENOENT, "No such file or directory"))
    False
    """
    return isinstance(error, OSError) and error.errno in MACHINE_FAULTS


class MachineFailed(NotNow):
    """The machine of the service lacks disk space, memory or open files, or its disk fails.

    `reason` is for the log; the message reveals nothing about the machine.
    """

    code = "machine-failed"
    title = "Machine failed"
    retry_after = 30

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The machine of this service lacks disk space, memory or open files at this moment. "
            "Nothing of the answer was sent. Try again later."
        )
        self.reason = reason


class QueryFailed(NotNow):
    """The process that ran a query ended unexpectedly, not by a limit; others were unaffected."""

    code = "query-failed"
    title = "Query failed"


class TooManyRequests(RequestError):
    """The client exceeds its rate limit.

    It may retry after `retry_after` seconds.
    """

    status = 429
    code = "too-many-requests"
    title = "Too many requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def kinds(above: type[RequestError] = RequestError) -> Iterator[type[RequestError]]:
    """Yield a class of request errors, then all its subclasses."""
    yield above
    for narrower in above.__subclasses__():
        yield from kinds(narrower)


BY_CODE = {kind.code: kind for kind in kinds()}
"""The classes of request errors by code, e.g. `QueryTimeout` by ``query-timeout``."""
