"""Complete answers over HTTP: their length is known before the first byte is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import IO

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from meagraph_api import unsent
from meagraph_api.engine import Answer
from meagraph_api.middleware import ONLY_HEAD


def complete(answer: Answer, headers: Mapping[str, str]) -> Response:
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
