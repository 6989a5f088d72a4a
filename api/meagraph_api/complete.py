"""Complete answers over HTTP: their length is known before the first byte is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import IO

from starlette.responses import Response, StreamingResponse

from meagraph_api.engine import Answer

_PIECE = 262_144
"""Bytes of a long answer that are read from its file at a time."""


def complete(answer: Answer, headers: Mapping[str, str]) -> Response:
    """The response with an answer of the engine."""
    more = {"Content-Encoding": "gzip"} if answer.gzipped else {}
    all_headers = {**headers, **more, "Content-Length": str(answer.length)}
    if isinstance(answer.content, bytes):
        return Response(answer.content, headers=all_headers, media_type=answer.media_type)
    return StreamingResponse(
        _pieces(answer.content), headers=all_headers, media_type=answer.media_type
    )


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
