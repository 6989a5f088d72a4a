"""Downloads: finished files, whole or in ranges, and only to those who do not hold them yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from meagraph.errors import UnknownAddress
from meagraph_api import conditions
from meagraph_api.access import facts
from meagraph_api.middleware import ONLY_HEAD


def download(
    request: Request, path: Path, entity_tag: str, media_type: str, headers: Mapping[str, str]
) -> Response:
    """The answer to a request for a file with that strong entity tag.

    Raises UnknownAddress where the file has gone, PreconditionFailed, NoSuchRange.
    """
    try:
        found = path.stat()
    except OSError:
        raise UnknownAddress(f"There is nothing at {request.url.path} any more.") from None
    modified = datetime.fromtimestamp(int(found.st_mtime), UTC)
    all_headers = {
        **headers,
        "ETag": entity_tag,
        "Last-Modified": format_datetime(modified, usegmt=True),
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, no-cache",
    }
    if conditions.unchanged(request.headers, entity_tag, modified):
        facts(request.scope)["outcome"] = "not-modified"
        return Response(None, 304, all_headers)
    answer = _File(path, headers=all_headers, media_type=media_type, stat_result=found)
    # What a client holds is of another state: it gets the whole (RFC 9110, section 13.1.5).
    held = request.headers.get("if-range")
    if held is None or held in (entity_tag, all_headers["Last-Modified"]):
        answer.ranges = conditions.ranges(request.headers.get("range"), found.st_size)
    return answer


class _File(FileResponse):
    """A file, of which the ranges are sent that were found to be there."""

    ranges: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; nothing is read where only the head is wanted."""
        headers = [field for field in scope["headers"] if field[0] not in (b"range", b"if-range")]
        if self.ranges is not None:
            headers.append((b"range", self.ranges.encode()))
        method = "HEAD" if scope.get(ONLY_HEAD) else scope["method"]
        await super().__call__({**scope, "headers": headers, "method": method}, receive, send)
