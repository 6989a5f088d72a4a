"""The access log: one line of JSON for every request, and the numbers that are counted from it.

A line tells no address of a client, no query and nothing of what follows the question mark.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("meagraph.access")

GONE = 499
"""The status told of a request whose client went away before an answer was there."""

Facts = dict[str, Any]
"""What is told of a request: ``id``, ``method``, ``path``, ``status``, ``bytes``, ``ms`` and
``outcome``; where it asked a query also ``query`` (the beginning of its SHA-256), ``query_ms`` and
``rows``."""


def facts(scope: Scope) -> Facts:
    """What will be told of a request, for those who answer it to add to."""
    found: Facts = scope.setdefault("state", {}).setdefault("facts", {})
    return found


class Access:
    """Tells of each request when it has been answered."""

    def __init__(self, app: ASGIApp, count: Callable[[Facts], None]) -> None:
        """Hand the facts of each request to `count`, and write them to the log."""
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status, sent = GONE, 0
        told = facts(scope)

        async def send_and_count(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_and_count)
        finally:
            told.setdefault("outcome", "gone" if status == GONE else "ok")
            known = {
                "id": scope["state"].get("request_id"),
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "bytes": sent,
                "ms": _milliseconds(time.perf_counter() - begun),
            }
            told = known | told
            self._count(told)
            log(told)


def log(told: Facts) -> None:
    """Write one line, with the time of this moment."""
    if _log.isEnabledFor(logging.INFO):
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        _log.info("%s", json.dumps({"time": now, **told}))


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
