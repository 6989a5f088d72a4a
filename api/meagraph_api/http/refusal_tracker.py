"""Track rejected clients, so that rejecting them costs next to nothing.

A 429 response is delayed by half a second, and after many of them the connection is closed. A
client that then retries before the time in Retry-After is rejected without further checks. All
rejections are counted, and at most one per client and second is logged.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import ceil

from meagraph_api.http.access_log import Facts, log

DELAY = 0.5
"""Seconds by which a 429 response is delayed."""
MOST = 20
"""Number of 429 responses within a minute after which each closes its connection."""

_MINUTE = 60.0
_SECOND = 1.0


@dataclass(slots=True)
class _Client:
    """The recent rejections of one client."""

    over_share: deque[float] = field(default_factory=lambda: deque(maxlen=MOST))
    """Times of its latest 429 responses."""
    logged: float = float("-inf")
    left_out: int = 0
    latest: float = 0.0
    until: dict[str, float] = field(default_factory=dict)
    """When it may retry, by the first segment of the rejected paths."""


class RefusalTracker:
    """Counts rejections of each client, and writes some of them to the access log."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[Facts], None] = log,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self.wait = wait
        """Sleeps for a number of seconds."""
        self._write = write
        self._clients: dict[str, _Client] = {}
        self._tidied = clock()
        self.before_application: Counter[int] = Counter()
        """Requests and connections rejected before they reached the application, by status."""

    @property
    def clients(self) -> int:
        """The number of clients rejected in the last minutes."""
        return len(self._clients)

    def is_last(self, client: str) -> bool:
        """Record a 429 response; returns whether to close the connection with it, as after `MOST`
        of them within a minute."""
        known = self._client(client)
        now = self._clock()
        last = self._has_many(known, now)
        known.over_share.append(now)
        return last

    def note(self, client: str, path: str, retry_after: int) -> None:
        """Record in how many seconds a client may retry a path."""
        until = self._client(client).until
        if len(until) < MOST:
            until[_segment(path)] = self._clock() + retry_after

    def seconds_left(self, client: str, path: str) -> int:
        """Seconds left of Retry-After for a client with `MOST` rejections in a minute, else 0.

        A client with seconds left is rejected without further checks.
        """
        known = self._clients.get(client)
        if known is None or not known.until:
            return 0
        now = self._clock()
        left = known.until.get(_segment(path), now) - now
        return ceil(left) if left > 0 and self._has_many(known, now) else 0

    @staticmethod
    def _has_many(known: _Client, now: float) -> bool:
        return len(known.over_share) == MOST and now - known.over_share[0] < _MINUTE

    def log(self, client: str, entry: Facts) -> None:
        """Log a rejection, unless one of this client was logged within the last second.

        The key ``left_out`` is the number of rejections not logged since the previous line.
        """
        known = self._client(client)
        now = self._clock()
        if now - known.logged < _SECOND:
            known.left_out += 1
            return
        self._write(entry | ({"left_out": known.left_out} if known.left_out else {}))
        known.logged, known.left_out = now, 0

    def _client(self, client: str) -> _Client:
        now = self._clock()
        if now - self._tidied >= _MINUTE:
            self._tidy(now)
        known = self._clients.setdefault(client, _Client())
        known.latest = now
        return known

    def _tidy(self, now: float) -> None:
        """Remove clients not rejected for a minute; log how many of their lines were left out."""
        self._tidied = now
        for client, known in list(self._clients.items()):
            if now - known.latest >= _MINUTE:
                del self._clients[client]
                if known.left_out:
                    self._write({"outcome": "refused", "left_out": known.left_out})


def _segment(path: str) -> str:
    """The first segment of a path without its suffix: other paths may cost nothing."""
    return path[1:].partition("/")[0].partition(".")[0]
