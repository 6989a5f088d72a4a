"""Responses: kept for a release, made in the pool, complete from the engine, or files to load.

Each has its entity tag, and its length is known before the first byte is sent.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import IO, ParamSpec, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from meagraph.core.errors import UnknownAddress
from meagraph.core.quoting import shortened
from meagraph.core.results.formats import QueryResult
from meagraph.core.version import __version__
from meagraph_api.http import preconditions, unsent
from meagraph_api.http.access_log import facts
from meagraph_api.http.middleware import ONLY_HEAD
from meagraph_api.http.negotiation import takes_gzip
from meagraph_api.http.page_cache import FinishedPage, PageCache
from meagraph_api.http.rate_limit import client_of

P = ParamSpec("P")
T = TypeVar("T")

Links = Sequence[tuple[str, dict[str, str]]]
"""Addresses with what is said of each (https://www.rfc-editor.org/rfc/rfc8288): rel, type."""


class Pool(Protocol):
    """Processes that make pages and files, so that the event loop never does."""

    async def run(
        self, request: Request, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What a function of a module gives, computed in one of the processes for a client."""


class Lasting:
    """An answer to one request that depends on its URL, the release and some words."""

    def __init__(self, request: Request, cache: PageCache, *words: str) -> None:
        """Name what the answer depends on beside URL, release and encoding: language, day …

        `cache` keeps the answers of the release, or those that depend on no release.
        """
        self._gzip = takes_gzip(request.headers.get("accept-encoding"))
        self._request = request
        self._is_alone = False
        self._pages = cache
        self._tag = preconditions.tag(
            cache.release,
            __version__,
            request.scope["path"],
            request.scope["query_string"].decode("latin-1"),
            *words,
            f"gzip {self._gzip}",
        )
        self._headers = {
            "ETag": self._tag,
            "Cache-Control": "public, no-cache",
            "Vary": "Accept, Accept-Encoding, Accept-Language",
        }

    @property
    def unchanged(self) -> Response | None:
        """The answer that what the client holds is still right, if it is."""
        if not preconditions.matches(self._request.headers.get("if-none-match"), self._tag):
            return None
        facts(self._request.scope)["outcome"] = "not-modified"
        return Response(None, 304, self._headers)

    @property
    def kept(self) -> Response | None:
        """The answer that needs no making: what the client holds, or what was made before.

        A request that names this tag, or whose answer was made, has been checked before.
        """
        page = self._pages.get(self._tag)
        named = preconditions.names(self._request.headers.get("if-none-match"), self._tag)
        if (page or named) and (unchanged := self.unchanged) is not None:
            return unchanged
        if page is None:
            return None
        facts(self._request.scope)["outcome"] = "cached"
        return Response(page.body, headers=page.headers, media_type=page.media_type)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Response | None]:
        """Make the answer once at a time for one client; gives the one that was made meanwhile."""
        if self._is_alone:
            yield None
            return
        async with self._pages.lock(self._tag, client_of(self._request.scope)):
            self._is_alone = True
            try:
                yield self.kept
            finally:
                self._is_alone = False

    def add(self, name: str, value: str) -> None:
        """Give the answer a further header."""
        self._headers[name] = value

    async def make(
        self,
        pool: Pool,
        media_type: str,
        links: Links,
        function: Callable[P, str | bytes],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """The answer with a body that a function of a module gives in a process of the pool.

        Raises what the function and the pool raise. One client has the same answer made once at a
        time.
        """
        async with self.alone() as kept:
            if kept is not None:
                return kept
            body, gzipped = await pool.run(
                self._request, encoded, self._gzip, function, *args, **kwargs
            )
            return self._finished(body, links, media_type, gzipped=gzipped)

    async def make_linked(
        self,
        pool: Pool,
        media_type: str,
        links: Links,
        function: Callable[P, tuple[str | bytes, Links]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """As `make`, of a function that also gives links, which follow the others."""
        async with self.alone() as kept:
            if kept is not None:
                return kept
            body, gzipped, more = await pool.run(
                self._request, _encoded_with_links, self._gzip, function, *args, **kwargs
            )
            return self._finished(body, (*links, *more), media_type, gzipped=gzipped)

    def answer(self, body: bytes, media_type: str, links: Links = ()) -> Response:
        """The answer with a short body, made on the event loop."""
        gzipped = self._gzip and len(body) >= WORTH_IT
        if gzipped:
            body = gzip.compress(body, compresslevel=6, mtime=0)
        return self._finished(body, links, media_type, gzipped=gzipped)

    def _finished(self, body: bytes, links: Links, media_type: str, *, gzipped: bool) -> Response:
        headers = dict(self._headers)
        if links:
            headers["Link"] = link_header(links)
        if gzipped:
            headers["Content-Encoding"] = "gzip"
        self._pages.keep(self._tag, FinishedPage(body, headers, media_type))
        if (unchanged := self.unchanged) is not None:
            return unchanged
        return Response(body, headers=headers, media_type=media_type)


async def fresh(
    request: Request,
    pool: Pool,
    media_type: str,
    function: Callable[P, str | bytes],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """An answer that is made for each request, in a process of the pool; its tag names its content.

    Raises what the function and the pool raise.
    """
    gzip_accepted = takes_gzip(request.headers.get("accept-encoding"))
    body, gzipped, tag = await pool.run(
        request, _encoded_with_tag, gzip_accepted, function, *args, **kwargs
    )
    headers = {
        "ETag": tag,
        "Cache-Control": "public, no-cache",
        "Vary": "Accept, Accept-Encoding, Accept-Language",
    }
    if preconditions.matches(request.headers.get("if-none-match"), tag):
        facts(request.scope)["outcome"] = "not-modified"
        return Response(None, 304, headers)
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=media_type)


def _encoded_with_tag(
    gzip_accepted: bool, function: Callable[P, str | bytes], /, *args: P.args, **kwargs: P.kwargs
) -> tuple[bytes, bool, str]:
    body, gzipped = encoded(gzip_accepted, function, *args, **kwargs)
    digest = hashlib.sha256(body).hexdigest()
    return body, gzipped, preconditions.tag(digest)


def _encoded_with_links(
    gzip_accepted: bool,
    function: Callable[P, tuple[str | bytes, Links]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> tuple[bytes, bool, Links]:
    made, links = function(*args, **kwargs)
    return *encoded(gzip_accepted, lambda: made), links


def link_header(links: Links) -> str:
    """The value of a Link header.

    >>> link_header([("https://example.org/a", {"rel": "next"})])
    '<https://example.org/a>; rel="next"'
    """
    return ", ".join(
        f"<{address}>" + "".join(f'; {name}="{value}"' for name, value in attributes.items())
        for address, attributes in links
    )


def complete(answer: QueryResult, headers: Mapping[str, str]) -> Response:
    """The response with an answer of the engine."""
    more = {"Content-Encoding": "gzip"} if answer.gzipped else {}
    all_headers = {**headers, **more, "Content-Length": str(answer.length)}
    if isinstance(answer.content, bytes):
        return Response(answer.content, headers=all_headers, media_type=answer.media_type)
    return _FromFile(answer.content, all_headers, answer.media_type)


class _FromFile(StreamingResponse):
    """A long answer; its file is gone as soon as nobody reads it."""

    def __init__(self, file: IO[bytes], headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(_pieces(file), headers=headers, media_type=media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; nothing is read where only the head is wanted, or there was no room for it."""

        async def send_while_read(message: Message) -> None:
            await send(message)
            if scope.get(ONLY_HEAD) or unsent.is_refused(scope):
                self._file.close()

        with self._file:
            await super().__call__(scope, receive, send_while_read)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while not file.closed and (piece := file.read(unsent.PIECE)):
        yield piece


def download(
    request: Request, path: Path, entity_tag: str, media_type: str, headers: Mapping[str, str]
) -> Response:
    """The answer to a request for a file with that strong entity tag.

    Raises UnknownAddress where the file has gone, PreconditionFailed, NoSuchRange.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnknownAddress(
            f"There is nothing at {shortened(request.scope['path'])} any more."
        ) from None
    modified = datetime.fromtimestamp(int(found.st_mtime), UTC)
    all_headers = {
        **headers,
        "ETag": entity_tag,
        "Last-Modified": format_datetime(modified, usegmt=True),
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, no-cache",
    }
    if preconditions.unchanged(request.headers, entity_tag, modified):
        facts(request.scope)["outcome"] = "not-modified"
        return Response(None, 304, all_headers)
    answer = _File(path, headers=all_headers, media_type=media_type, stat_result=found)
    # What a client holds is of another state: it gets the whole (RFC 9110, section 13.1.5).
    if_range = request.headers.get("if-range")
    if if_range is None or if_range in (entity_tag, all_headers["Last-Modified"]):
        answer.ranges = preconditions.ranges(request.headers.get("range"), found.st_size)
    return answer


class _File(FileResponse):
    """A file, of which the ranges are sent that were found to be there."""

    ranges: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; nothing is read where only the head is wanted."""
        headers = [field for field in scope["headers"] if field[0] not in (b"range", b"if-range")]
        if self.ranges is not None:
            headers.append((b"range", self.ranges.encode()))
        unsent.exempt(scope)
        method = "HEAD" if scope.get(ONLY_HEAD) else scope["method"]
        await super().__call__({**scope, "headers": headers, "method": method}, receive, send)


WORTH_IT = 1024
"""Bytes from which compressing pays."""


def encoded(
    gzip_accepted: bool, function: Callable[P, str | bytes], /, *args: P.args, **kwargs: P.kwargs
) -> tuple[bytes, bool]:
    """What a function gives as bytes, compressed where that is accepted and pays; whether it is."""
    made = function(*args, **kwargs)
    body = made.encode() if isinstance(made, str) else made
    if gzip_accepted and len(body) >= WORTH_IT:
        return gzip.compress(body, compresslevel=6, mtime=0), True
    return body, False
