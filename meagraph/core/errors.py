"""The one tree of exceptions: everything that can go wrong, in one place.

```
MeagraphError
├── SourceError            a source document is missing, re-encoded, edited or not understood
├── DataError              an input file or a row of a table is malformed
├── GraphError             the built graph breaks a promise of ours
│   └── ShapesViolated     the shapes found a Violation
├── ReleaseError           a release is missing, incomplete or cannot be written
├── SettingsError          a setting's value is not of its type
├── PublishError           a release cannot be brought into an engine
├── ServiceError           a service that a program asks does not answer as one of ours
├── QueryFileError         a .rq file of ours has a malformed header or body
└── RequestError           a caller asked for something that cannot be answered
    ├── UnknownQuery
    ├── UnknownParameter
    ├── MissingParameter
    ├── BadValue
    ├── QuerySyntaxError   SPARQL that does not parse
    ├── QueryRefused       SPARQL that is not answered here (updates, SERVICE)
    ├── NotAcceptable      none of the asked-for formats exists
    ├── UnknownAddress     nothing is at that address
    │   └── UnknownRelease there is no release of that id here
    ├── PreconditionFailed what a client holds is not what is there now
    ├── NoSuchRange        a file has none of the bytes asked for
    ├── Withdrawn          what was at that address was withdrawn, for good
    ├── MethodNotAllowed   the address takes other methods
    ├── WrongMediaType     a body is of a media type that is not read here
    ├── RequestTooLarge    a body is longer than this service reads
    ├── ResultTooLarge     an answer would be longer than this service sends
    ├── QueryTooLarge      a query needs more memory than one may have
    ├── QueryTimeout       a query took longer than it may
    ├── EngineFailed       the engine behind this service gave no answer that can be used
    ├── HeadTooLarge       the headers are longer or more than this service reads
    ├── TargetTooLong      the URL is longer than this service reads
    ├── UnknownCoding      a body is in a transfer coding that is not read here
    ├── RequestTooSlow     a request did not arrive in time
    ├── Forbidden          an address that this caller may not read
    ├── NotNow             the service cannot answer at this moment
    │   ├── NotReady       no release is open yet
    │   ├── Busy           as many queries as may are running
    │   ├── MachineFailed  the machine lacks disk space, memory or open files, or its disk fails
    │   └── QueryFailed    the process that computed a query ended unexpectedly
    └── TooManyRequests    one client asks for more than its share
```

Every message says what is wrong, where, and what would be right.
"""

from __future__ import annotations

import copyreg
import errno
from collections.abc import Iterator


class MeagraphError(Exception):
    """The root: a message for a person, never a traceback."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle message and attributes, whatever the constructor of a subclass takes."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class SourceError(MeagraphError):
    """A source document is missing, truncated, re-encoded, edited or not understood.

    `where` is ``file`` or ``file:line`` (lines count from 1).
    """

    def __init__(self, where: str, what: str, right: str) -> None:
        super().__init__(f"{where}: {what}. {right}")
        self.where, self.what, self.right = where, what, right


class DataError(MeagraphError):
    """A file that a build or the service reads is unreadable, empty or malformed.

    `where` is ``file:line`` as an editor counts lines (from 1, the header of a table is line 1), or
    ``file`` where the fault has no line.
    """

    def __init__(self, where: str, what: str, right: str) -> None:
        super().__init__(f"{where}: {what}. {right}")
        self.where, self.what, self.right = where, what, right


class GraphError(MeagraphError):
    """The built graph breaks a promise of ours (a blank node, a triple in two graphs …)."""


class ShapesViolated(GraphError):
    """The SHACL shapes found Violations; the release is not made."""

    def __init__(self, messages: list[str]) -> None:
        shown = "\n  ".join(messages[:20])
        rest = f"\n  … and {len(messages) - 20} more" if len(messages) > 20 else ""
        super().__init__(f"{len(messages)} violation(s) of the shapes:\n  {shown}{rest}")
        self.messages = messages


class ReleaseError(MeagraphError):
    """A release is missing, incomplete, of another version, or cannot be written."""


class ServiceError(MeagraphError):
    """A service that a program asks cannot be heard, or does not answer as one of ours does."""


class QueryFileError(MeagraphError):
    """A `.rq` file of ours has a malformed header or a body that does not fit it."""


class SettingsError(MeagraphError):
    """A setting, from the environment or the command line, has a value that is not of its type."""


class PublishError(MeagraphError):
    """A release cannot be brought into an engine: no connection, no leave, or not what was sent."""


class RequestError(MeagraphError):
    """A caller asked for something that cannot be answered.

    `code` names the kind of error wherever one program tells another of it: it is the end of the
    address of the problem's type (RFC 9457), and never changes. `status` is the HTTP status,
    `title` the short name for people, the message the detail.
    """

    status = 400
    code = "bad-request"
    title = "Bad request"


class UnknownQuery(RequestError):
    """There is no canned query of that name."""

    status = 404
    code = "unknown-query"
    title = "Unknown query"


class UnknownParameter(RequestError):
    """The canned query has no such parameter."""

    code = "unknown-parameter"
    title = "Unknown parameter"


class MissingParameter(RequestError):
    """A required parameter was not given."""

    code = "missing-parameter"
    title = "Missing parameter"


class BadValue(RequestError):
    """A parameter's value is not of its type or not among its choices."""

    code = "wrong-value"
    title = "Wrong value"


class QuerySyntaxError(RequestError):
    """The SPARQL text does not parse; `line` and `column` count from 1 where known."""

    code = "sparql-syntax-error"
    title = "SPARQL syntax error"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class QueryRefused(RequestError):
    """A well-formed request that this service does not answer (updates, LOAD, SERVICE)."""

    code = "query-refused"
    title = "Query refused"


class NotAcceptable(RequestError):
    """None of the asked-for formats exists here; the message lists those that do."""

    status = 406
    code = "not-acceptable"
    title = "Not acceptable"


class UnknownAddress(RequestError):
    """Nothing is at the address that was asked for."""

    status = 404
    code = "not-found"
    title = "Not found"


class UnknownRelease(UnknownAddress):
    """There is no release of that id in the folder that is served."""

    code = "unknown-release"
    title = "Unknown release"


class PreconditionFailed(RequestError):
    """A request holds only for another state of what it asks for (RFC 9110, section 13.1)."""

    status = 412
    code = "precondition-failed"
    title = "Precondition failed"


class NoSuchRange(RequestError):
    """A file has none of the bytes that a request asks for; `size` says how many it has."""

    status = 416
    code = "range-not-satisfiable"
    title = "Range not satisfiable"

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class Withdrawn(RequestError):
    """What was at the address was withdrawn, and the message says why."""

    status = 410
    code = "withdrawn"
    title = "Withdrawn"


class MethodNotAllowed(RequestError):
    """The address does not take this HTTP method."""

    status = 405
    code = "method-not-allowed"
    title = "Method not allowed"


class WrongMediaType(RequestError):
    """The body of a request is of a media type that is not read here."""

    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class RequestTooLarge(RequestError):
    """The body of a request is longer than this service reads."""

    status = 413
    code = "request-too-large"
    title = "Request too large"


class ResultTooLarge(RequestError):
    """The answer would be longer than this service sends; nothing of it was sent."""

    status = 413
    code = "result-too-large"
    title = "Result too large"


class QueryTooLarge(RequestError):
    """A query needs more memory than one may have; nothing of its answer was sent."""

    status = 413
    code = "query-too-large"
    title = "Query too large"


class QueryTimeout(RequestError):
    """A query took longer than it may; nothing of its answer was sent."""

    status = 504
    code = "query-timeout"
    title = "Query timeout"


class EngineFailed(RequestError):
    """The engine behind this service cannot be reached, or its answer is not whole; nothing of it
    was sent."""

    status = 502
    code = "engine-failed"
    title = "Engine failed"


class HeadTooLarge(RequestError):
    """The headers of a request are longer, or more, than this service reads."""

    status = 431
    code = "request-header-too-large"
    title = "Request header too large"


class TargetTooLong(RequestError):
    """The URL of a request, or its path, is longer than this service reads."""

    status = 414
    code = "url-too-long"
    title = "URL too long"


class UnknownCoding(RequestError):
    """The body is in a transfer coding other than `chunked`.

    https://www.rfc-editor.org/rfc/rfc9112#section-6.1
    """

    status = 501
    code = "unknown-transfer-coding"
    title = "Unknown transfer coding"


class RequestTooSlow(RequestError):
    """A request did not arrive in the time that it has."""

    status = 408
    code = "request-too-slow"
    title = "Request too slow"


class Forbidden(RequestError):
    """An address that is not for this caller, e.g. the metrics from another machine."""

    status = 403
    code = "forbidden"
    title = "Forbidden"


class NotNow(RequestError):
    """The service cannot answer at this moment; `retry_after` says in how many seconds it may."""

    status = 503
    code = "not-available-now"
    title = "Not available now"
    retry_after = 2


class NotReady(NotNow):
    """No release is open yet: one is being built, or none can be opened."""

    code = "not-ready"
    title = "Not ready"


class Busy(NotNow):
    """As many queries as may run at a time are running."""

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
"""The numbers of errors of the system (errno(3)) that no request can be the reason of."""


def is_machine_fault(error: Exception) -> bool:
    """Whether an error of the system is one that no request can be the reason of.

    >>> is_machine_fault(OSError(errno.ENOSPC, "No space left on device"))
    True
    >>> is_machine_fault(FileNotFoundError(errno.ENOENT, "No such file or directory"))
    False
    """
    return isinstance(error, OSError) and error.errno in MACHINE_FAULTS


class MachineFailed(NotNow):
    """The machine of the service lacks disk space, memory or open files, or its disk fails.

    `reason` is for the log; the message tells nothing of the machine.
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
    """The process that computed a query ended, for no limit of ours; others were not touched."""

    code = "query-failed"
    title = "Query failed"


class TooManyRequests(RequestError):
    """One client asks for more than its share; `retry_after` says in how many seconds it may."""

    status = 429
    code = "too-many-requests"
    title = "Too many requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def kinds(above: type[RequestError] = RequestError) -> Iterator[type[RequestError]]:
    """A class of errors of requests, then every narrower one."""
    yield above
    for narrower in above.__subclasses__():
        yield from kinds(narrower)


BY_CODE = {kind.code: kind for kind in kinds()}
"""The classes of errors by their codes, e.g. `QueryTimeout` by ``query-timeout``."""
