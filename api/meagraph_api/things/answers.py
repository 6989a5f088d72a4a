"""Answers that last as long as a release: their entity tag, their neighbours, their length."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from typing import ParamSpec

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response

from meagraph.errors import BadValue, NotAcceptable
from meagraph.version import __version__
from meagraph_api import entity_tags, requests
from meagraph_api.access import facts
from meagraph_api.current import Open
from meagraph_api.formats import Format, listed
from meagraph_api.negotiation import media_type, takes_gzip
from meagraph_api.render_pool import WORTH_IT, RenderPool, encoded

P = ParamSpec("P")

_SHARE = 16
"""No answer takes more than this part of the memory in which answers are kept."""

_Made = tuple[bytes, dict[str, str], str]
"""Body, headers and media type of an answer."""


def _size(made: _Made) -> int:
    return len(made[0])


Links = Sequence[tuple[str, dict[str, str]]]
"""Addresses with what is said of each (https://www.rfc-editor.org/rfc/rfc8288): rel, type."""


class Lasting:
    """An answer to one request that depends on nothing but the release and some words."""

    def __init__(self, request: Request, held: Open, *words: str) -> None:
        accept = request.headers.get("accept-encoding")
        self._gzip = takes_gzip(accept)
        self._request = request
        self._pages: LRUCache[str, _Made] = held.remembered.setdefault(
            "answers that last", LRUCache(held.answers.most // 2, getsizeof=_size)
        )
        self._tag = entity_tags.tag(
            held.engine.release.id, __version__, *words, f"gzip {self._gzip}"
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
        """The answer that needs no making: what the client holds, or what was made before."""
        if (unchanged := self.unchanged) is not None:
            return unchanged
        made = self._pages.get(self._tag)
        if made is None:
            return None
        facts(self._request.scope)["outcome"] = "cached"
        return Response(made[0], headers=made[1], media_type=made[2])

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
        """The answer with a body that a function of a module gives in a process of the pool."""
        body, gzipped = await pool.run(
            self._request, encoded, self._gzip, function, *args, **kwargs
        )
        headers = dict(self._headers)
        if links:
            headers["Link"] = link_header(links)
        return self._finished(body, headers, media_type, gzipped=gzipped)

    def answer(self, body: bytes, media_type: str, links: Links = (), **more: str) -> Response:
        """The answer with a body; `more` are further headers (`Content_Location` …)."""
        headers = self._headers | {key.replace("_", "-"): value for key, value in more.items()}
        if links:
            headers["Link"] = link_header(links)
        gzipped = self._gzip and len(body) >= WORTH_IT
        if gzipped:
            body = gzip.compress(body, compresslevel=6, mtime=0)
        return self._finished(body, headers, media_type, gzipped=gzipped)

    def _finished(
        self, body: bytes, headers: dict[str, str], media_type: str, *, gzipped: bool
    ) -> Response:
        if gzipped:
            headers["Content-Encoding"] = "gzip"
        made = (body, headers, media_type)
        if _size(made) <= self._pages.maxsize // _SHARE:
            self._pages[self._tag] = made
        return Response(body, headers=headers, media_type=media_type)


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
            raise BadValue(f"{name} is no parameter here; there is {', '.join(taken) or 'none'}.")
    return {name: requests.one(given, name) for name in taken}


def chosen_format(request: Request, asked: str | None, formats: Sequence[Format]) -> Format:
    """The format that a caller wants, by `?format=` or by Accept. Raises NotAcceptable."""
    accept = request.headers.get("accept")
    kind = media_type(accept, asked, formats)
    if kind is None:
        raise NotAcceptable(f"{asked or accept} is not among the formats: {listed(formats)}.")
    return next(entry for entry in formats if kind in entry.media_types)


def page_number(asked: str | None) -> int:
    """The number of a page, from 1. Raises BadValue.

    >>> page_number("2")
    2
    """
    if asked is None:
        return 1
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10 and int(asked) > 0):
        raise BadValue(f"page={asked!r} is no page; pages count from 1.")
    return int(asked)
