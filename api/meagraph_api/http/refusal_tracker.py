"""Refusals: what the clients that are refused get, so that refusing them costs next to nothing.

A client over its share (429) waits half a second for that answer, and loses its connection after
many of them. If it still comes before the time that it was given, it is refused unseen. All its
refusals are counted, and at most one a second is written to the log.
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
"""Seconds that the answer to a client over its share is held back."""
MOST = 20
"""Such answers in a minute, after which each is the last on its connection."""

_MINUTE = 60.0
_SECOND = 1.0


@dataclass(slots=True)
class _Client:
    """What is known of a client that was refused."""

    over_share: deque[float] = field(default_factory=lambda: deque(maxlen=MOST))
    """When it was told lately that it is over its share."""
    logged: float = float("-inf")
    left_out: int = 0
    latest: float = 0.0
    until: dict[str, float] = field(default_factory=dict)
    """When it may come again, by the first segment of the paths that were refused."""


class RefusalTracker:
    """Counts the refusals of each client, and writes some of them to the access log."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[Facts], None] = log,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self.wait = wait
        """Waits so many seconds."""
        self._write = write
        self._clients: dict[str, _Client] = {}
        self._tidied = clock()
        self.before_application: Counter[int] = Counter()
        """Requests and connections that were refused before the application, by status."""

    @property
    def clients(self) -> int:
        """The clients that were refused in the last minutes."""
        return len(self._clients)

    def is_last(self, client: str) -> bool:
        """Note that a client is told that it is over its share, and whether its connection ends
        with that: after `MOST` times within a minute."""
        known = self._client(client)
        now = self._clock()
        last = self._has_many(known, now)
        known.over_share.append(now)
        return last

    def note(self, client: str, path: str, retry_after: int) -> None:
        """Note in how many seconds a client may come again to a path."""
        until = self._client(client).until
        if len(until) < MOST:
            until[_segment(path)] = self._clock() + retry_after

    def seconds_left(self, client: str, path: str) -> int:
        """Seconds that a client was told to wait and has not, after `MOST` refusals in a minute.

        Such a client is refused again without being looked at: 0 for all others.
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
        """Write the line of a refusal, if none of this client was written within a second.

        A line has the number of those left out since the one before, as ``left_out``.
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
        """Forget the clients not refused for a minute; log how many of their lines are missing."""
        self._tidied = now
        for client, known in list(self._clients.items()):
            if now - known.latest >= _MINUTE:
                del self._clients[client]
                if known.left_out:
                    self._write({"outcome": "refused", "left_out": known.left_out})


def _segment(path: str) -> str:
    """The first segment of a path, without what follows a dot: other paths may cost nothing."""
    return path[1:].partition("/")[0].partition(".")[0]
