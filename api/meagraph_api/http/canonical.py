"""Remove the parts of a request on which no response may depend.

- `Host`: every URL is built from the configured public URL, so that a forged header cannot make the
  service, or a cache in front of it, send others elsewhere.
- Tracking parameters, which mailings, advertisements and social networks append to links. Pages
  ignore them; data formats are strict, and reject them like any unknown parameter.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote_plus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from meagraph.core.results.formats import Format
from meagraph_api.http.negotiation import media_type
from meagraph_api.http.urls import PAGE

_TRACKING = re.compile(
    r"(?:utm|mtm|pk|mc)_.*|_|_gl|_ga|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|gad_source"
    r"|gad_campaignid|srsltid|msclkid|twclid|ttclid|yclid|ysclid|_openstat|igshid|li_fat_id|epik"
    r"|rdt_cid|mkt_tok|_hsenc|_hsmi|__hssc|__hstc|__hsfp|hsctatracking|oly_anon_id|oly_enc_id"
    r"|vero_id|wickedid|_kx|s_kwcid",
    re.IGNORECASE,
)
"""Names of tracking parameters: those of
https://github.com/henkisdabro/platform-url-click-id-parameters that have no other use; those
of Matomo (`mtm_`, `pk_`); and `_`, by which scripts avoid caches (https://api.jquery.com/jQuery.ajax/).
"""

_ALWAYS = re.compile(r"/(?:id|graph|page|problem)/.*|/(?:measures|compare|quality|data|docs)?")
"""Paths that only return pages, or redirect to them."""
_UNLESS_DATA = re.compile(
    r"/(?:search|queries|cite|cite/[^/]*|changes|releases|releases/[^/]*|dumps|ontology)(?:\.html)?"
)
"""Paths of pages that are data too: strict if a data format is requested explicitly."""
_WHERE_PREFERRED = re.compile(r"/queries/[^/]*|/sparql")
"""Paths of data that return pages to clients that prefer HTML."""

_ANY = (Format("json", ("application/json",)), PAGE)


class Canonical:
    """Removes Host and, for pages, tracking parameters from requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            fields = [field for field in scope["headers"] if field[0] != b"host"]
            scope = untracked({**scope, "headers": fields})
        await self._app(scope, receive, send)


def untracked(scope: Scope) -> Scope:
    """The scope of a request, without tracking parameters if it is for a page.

    >>> scope = {"path": "/measures", "query_string": b"country=KAZ&fbclid=a", "headers": []}
    >>> untracked(scope)["query_string"]
    b'country=KAZ'
    >>> untracked({**scope, "path": "/queries/measures.csv"})["query_string"]
    b'country=KAZ&fbclid=a'
    """
    if not scope["query_string"]:
        return scope
    pieces = scope["query_string"].split(b"&")
    kept = [piece for piece in pieces if not _TRACKING.fullmatch(_name(piece))]
    if len(kept) == len(pieces) or not _is_for_a_page(scope):
        return scope
    return {**scope, "query_string": b"&".join(kept)}


def _name(piece: bytes) -> str:
    return unquote_plus(piece.partition(b"=")[0].decode("latin-1"))


def _is_for_a_page(scope: Scope) -> bool:
    path: str = scope["path"]
    if _ALWAYS.fullmatch(path):
        return True
    if not (_UNLESS_DATA.fullmatch(path) or _WHERE_PREFERRED.fullmatch(path)):
        return False
    if path.endswith(".html"):
        return True
    named = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("format")
    accept = Headers(scope=scope).get("accept")
    if _WHERE_PREFERRED.fullmatch(path):
        return media_type(accept, named, _ANY) == PAGE.media_type
    return media_type(accept, named, (PAGE,)) is not None
