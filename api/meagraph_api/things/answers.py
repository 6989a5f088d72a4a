"""Answers that last as long as a release: their entity tag, their neighbours, their length."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import ParamSpec

from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import BadValue, NotAcceptable
from meagraph.quoting import quoted, shortened
from meagraph.version import __version__
from meagraph_api import entity_tags, requests
from meagraph_api.access import facts
from meagraph_api.current import Open
from meagraph_api.fairness import client_of
from meagraph_api.formats import Format, listed
from meagraph_api.negotiation import media_type, takes_gzip
from meagraph_api.page_cache import FinishedPage, PageCache
from meagraph_api.render_pool import WORTH_IT, RenderPool, encoded

P = ParamSpec("P")

Links = Sequence[tuple[str, dict[str, str]]]
"""Addresses with what is said of each (https://www.rfc-editor.org/rfc/rfc8288): rel, type."""


class Lasting:
    """An answer to one request that depends on its URL, the release and some words."""

    def __init__(self, request: Request, held: Open | PageCache, *words: str) -> None:
        """Name what the answer depends on beside URL, release and encoding: language, day …

        An answer that depends on no release is kept in a cache of its own.
        """
        release = held.engine.release.id if isinstance(held, Open) else ""
        self._gzip = takes_gzip(request.headers.get("accept-encoding"))
        self._request = request
        self._is_alone = False
        self._pages = held.pages if isinstance(held, Open) else held
        self._tag = entity_tags.tag(
            release,
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
        if not entity_tags.matches(self._request.headers.get("if-none-match"), self._tag):
            return None
        facts(self._request.scope)["outcome"] = "not-modified"
        return Response(None, 304, self._headers)

    @property
    def kept(self) -> Response | None:
        """The answer that needs no making: what the client holds, or what was made before.

        A request that names this tag, or whose answer was made, has been checked before.
        """
        page = self._pages.get(self._tag)
        named = entity_tags.names(self._request.headers.get("if-none-match"), self._tag)
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
        pool: RenderPool,
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
        pool: RenderPool,
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
    pool: RenderPool,
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
    if entity_tags.matches(request.headers.get("if-none-match"), tag):
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
    return body, gzipped, entity_tags.tag(digest)


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
        f"<{address}>" + "".join(f'; {name}="{value}"' for name, value in said.items())
        for address, said in links
    )


def only(request: Request, names: Iterable[str]) -> dict[str, str | None]:
    """The parameters of a request by name; raises BadValue for one that is not taken here."""
    given = requests.query_pairs(request)
    taken = tuple(names)
    for name, _ in given:
        if name not in taken:
            raise BadValue(
                f"{shortened(name)} is no parameter here; there is {', '.join(taken) or 'none'}."
            )
    return {name: requests.one(given, name) for name in taken}


def chosen_format(request: Request, asked: str | None, formats: Sequence[Format]) -> Format:
    """The format that a caller wants, by `?format=` or by Accept. Raises NotAcceptable."""
    accept = request.headers.get("accept")
    kind = media_type(accept, asked, formats)
    if kind is None:
        raise NotAcceptable(
            f"{shortened(asked or accept)} is not among the formats: {listed(formats)}."
        )
    return next(entry for entry in formats if kind in entry.media_types)


def page_number(asked: str | None) -> int:
    """The number of a page, from 1. Raises BadValue.

    >>> page_number("2")
    2
    """
    if asked is None:
        return 1
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10 and int(asked) > 0):
        raise BadValue(f"page={quoted(asked)} is no page; pages count from 1.")
    return int(asked)
