"""Create responses: cached per release, rendered in the pool, from query results, or from files.

Each has an entity tag, and its length is known before the first byte is sent.
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
"""URLs with their link attributes, rel and type (https://www.rfc-editor.org/rfc/rfc8288)."""


class Pool(Protocol):
    """Processes that render pages and files, to keep the event loop free."""

    async def run(
        self, request: Request, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a module-level function in one of the processes, for the client of a request."""


class Lasting:
    """A response that depends only on the URL, the release and some keys, and so is cached."""

    def __init__(self, request: Request, cache: PageCache, *keys: str) -> None:
        """`keys`: what the response depends on besides URL, release and encoding, e.g. language.

        `cache` is that of the release, or the one for pages that depend on none.
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
            *keys,
            f"gzip {self._gzip}",
        )
        self._headers = {
            "ETag": self._tag,
            "Cache-Control": "public, no-cache",
            "Vary": "Accept, Accept-Encoding, Accept-Language",
        }

    @property
    def unchanged(self) -> Response | None:
        """The 304 response, if the client's copy is current."""
        if not preconditions.matches(self._request.headers.get("if-none-match"), self._tag):
            return None
        facts(self._request.scope)["outcome"] = "not-modified"
        return Response(None, 304, self._headers)

    @property
    def kept(self) -> Response | None:
        """The 304 or cached response, if there is one.

        It needs no check of the request, which was checked when the response was first created.
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
        """Create the response once at a time per client; yields one created meanwhile, if any."""
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
        """Add a header to the response."""
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
        """The response with the body that a module-level function returns in a process of the pool.

        Raises what the function and the pool raise. For one client, the same response is created
        once at a time.
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
        """As `make`, for a function that also returns links, appended to `links`."""
        async with self.alone() as kept:
            if kept is not None:
                return kept
            body, gzipped, more = await pool.run(
                self._request, _encoded_with_links, self._gzip, function, *args, **kwargs
            )
            return self._finished(body, (*links, *more), media_type, gzipped=gzipped)

    def answer(self, body: bytes, media_type: str, links: Links = ()) -> Response:
        """The response with a short body, created on the event loop."""
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
    """A response created for each request in a process of the pool, tagged by its content.

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
    """The response with a query result."""
    more = {"Content-Encoding": "gzip"} if answer.gzipped else {}
    all_headers = {**headers, **more, "Content-Length": str(answer.length)}
    if isinstance(answer.content, bytes):
        return Response(answer.content, headers=all_headers, media_type=answer.media_type)
    return _FromFile(answer.content, all_headers, answer.media_type)


class _FromFile(StreamingResponse):
    """A long result, in a temporary file that exists until it is read."""

    def __init__(self, file: IO[bytes], headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(_pieces(file), headers=headers, media_type=media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; the file is not read for HEAD, or if the response was rejected as unsent."""

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
    """The response with a file that has a strong entity tag.

    Raises UnknownAddress if the file is missing, PreconditionFailed, NoSuchRange.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnknownAddress(f"{shortened(request.scope['path'])} no longer exists.") from None
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
    # A client whose copy is outdated gets the whole file (RFC 9110, section 13.1.5).
    if_range = request.headers.get("if-range")
    if if_range is None or if_range in (entity_tag, all_headers["Last-Modified"]):
        answer.ranges = preconditions.ranges(request.headers.get("range"), found.st_size)
    return answer


class _File(FileResponse):
    """A file, or its satisfiable ranges."""

    ranges: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; the file is not read for HEAD."""
        headers = [field for field in scope["headers"] if field[0] not in (b"range", b"if-range")]
        if self.ranges is not None:
            headers.append((b"range", self.ranges.encode()))
        unsent.exempt(scope)
        method = "HEAD" if scope.get(ONLY_HEAD) else scope["method"]
        await super().__call__({**scope, "headers": headers, "method": method}, receive, send)


WORTH_IT = 1024
"""Minimum size in bytes for compression."""


def encoded(
    gzip_accepted: bool, function: Callable[P, str | bytes], /, *args: P.args, **kwargs: P.kwargs
) -> tuple[bytes, bool]:
    """The result of a function as bytes, compressed if worthwhile; whether it is compressed."""
    made = function(*args, **kwargs)
    body = made.encode() if isinstance(made, str) else made
    if gzip_accepted and len(body) >= WORTH_IT:
        return gzip.compress(body, compresslevel=6, mtime=0), True
    return body, False
