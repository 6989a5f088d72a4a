"""Documents that stay the same while the service runs: conditional, compressed, with a freshness.

What depends on the release is answered elsewhere (`things/answers.py`). Here are the OpenAPI
document, `robots.txt`, styles and the like. docs/service.md lists the freshness of every route.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection
from starlette.responses import Response

from meagraph_api import entity_tags
from meagraph_api.access import facts
from meagraph_api.negotiation import takes_gzip
from meagraph_api.render_pool import WORTH_IT

REVALIDATED = "public, no-cache"
"""Caches keep it, and ask each time whether it is still the one (RFC 9111, section 5.2.2.4)."""
FOR_A_DAY = "public, max-age=86400"
"""Caches keep it for a day without asking (RFC 9111, section 5.2.2.1)."""
FOR_GOOD = "public, max-age=31536000, immutable"
"""For a file whose name changes with its content (https://www.rfc-editor.org/rfc/rfc8246)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A body with its media type and freshness, plain and, where that is smaller, compressed."""

    body: bytes
    media_type: str
    freshness: str = REVALIDATED
    packed: bytes = b""
    """The body compressed with gzip; made here where none is given."""
    vary: str = ""
    """The request headers that decide which document it is, beside Accept-Encoding."""
    _tag: str = field(init=False, default="")
    _packed_tag: str = field(init=False, default="")

    def __post_init__(self) -> None:
        packed = self.packed
        if not packed and len(self.body) >= WORTH_IT:
            packed = gzip.compress(self.body, compresslevel=6, mtime=0)
        if len(packed) >= len(self.body):
            packed = b""
        object.__setattr__(self, "packed", packed)
        object.__setattr__(self, "_tag", entity_tags.of(self.body, self.media_type))
        object.__setattr__(self, "_packed_tag", entity_tags.of(packed, self.media_type))

    def answer(self, request: HTTPConnection) -> Response:
        """The answer to a request for it: 304 where the client holds it already."""
        packed = bool(self.packed) and takes_gzip(request.headers.get("accept-encoding"))
        tag = self._packed_tag if packed else self._tag
        headers = {
            "ETag": tag,
            "Cache-Control": self.freshness,
            "Vary": f"{self.vary}, Accept-Encoding" if self.vary else "Accept-Encoding",
        }
        if entity_tags.matches(request.headers.get("if-none-match"), tag):
            facts(request.scope)["outcome"] = "not-modified"
            return Response(None, 304, headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(
            self.packed if packed else self.body, headers=headers, media_type=self.media_type
        )
