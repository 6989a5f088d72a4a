"""Serve static files: styles, images, the script bundle."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from meagraph_api.http import preconditions
from meagraph_api.http.access_log import facts
from meagraph_api.http.negotiation import takes_gzip
from meagraph_api.http.responses import WORTH_IT

REVALIDATED = "public, no-cache"
"""Caches store it and revalidate each time (RFC 9111, section 5.2.2.4)."""
FOR_A_DAY = "public, max-age=86400"
"""Caches use it for a day without revalidation (RFC 9111, section 5.2.2.1)."""
FOR_GOOD = "public, max-age=31536000, immutable"
"""For a file whose name changes with its content (https://www.rfc-editor.org/rfc/rfc8246)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A body with its media type and Cache-Control, plain and, if smaller, compressed."""

    body: bytes
    media_type: str
    freshness: str = REVALIDATED
    packed: bytes = b""
    """The body compressed with gzip; computed if missing."""
    vary: str = ""
    """The Vary header, besides Accept-Encoding."""
    _tag: str = field(init=False, default="")
    _packed_tag: str = field(init=False, default="")

    def __post_init__(self) -> None:
        packed = self.packed
        if not packed and len(self.body) >= WORTH_IT:
            packed = gzip.compress(self.body, compresslevel=6, mtime=0)
        if len(packed) >= len(self.body):
            packed = b""
        object.__setattr__(self, "packed", packed)
        object.__setattr__(self, "_tag", preconditions.tag_of(self.body, self.media_type))
        object.__setattr__(self, "_packed_tag", preconditions.tag_of(packed, self.media_type))

    def answer(self, request: HTTPConnection) -> Response:
        """The response to a request for it: 304 if the client has it already."""
        packed = bool(self.packed) and takes_gzip(request.headers.get("accept-encoding"))
        tag = self._packed_tag if packed else self._tag
        headers = {
            "ETag": tag,
            "Cache-Control": self.freshness,
            "Vary": f"{self.vary}, Accept-Encoding" if self.vary else "Accept-Encoding",
        }
        if preconditions.matches(request.headers.get("if-none-match"), tag):
            facts(request.scope)["outcome"] = "not-modified"
            return Response(None, 304, headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(
            self.packed if packed else self.body, headers=headers, media_type=self.media_type
        )


_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


class Files(StaticFiles):
    """Serves the files of a folder.

    A file with a compressed copy (`.gz`) next to it belongs to the bundle: its name contains a hash
    of its content, so caches may keep it for ever.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        for path in folder.glob("*.*"):  # now, so that requests need not wait
            _document(path, path.stat().st_mtime_ns)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The response with one file."""
        del status_code  # always 200: there is no custom 404 page
        document = _document(Path(full_path), stat_result.st_mtime_ns)
        return document.answer(HTTPConnection(scope))


@lru_cache(maxsize=128)
def _document(path: Path, modified: int) -> Document:
    """A file as it was when it was last modified."""
    del modified
    media_type = _MEDIA_TYPES.get(path.suffix, "application/octet-stream")
    packed = path.with_name(f"{path.name}.gz")
    if packed.is_file():
        return Document(path.read_bytes(), media_type, FOR_GOOD, packed.read_bytes())
    return Document(path.read_bytes(), media_type, REVALIDATED)
