"""Turns: how long each client has lately kept workers of the fast lane; light ones go first.

A client that asks small questions now and then is not to wait behind those who always have a long
one running, however many of these there are.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_MUCH = 0.5
"""Seconds of the fast lane from which on a client has had much."""
_FORGOTTEN = 0.1
"""Seconds that are forgotten in every second."""
_MOST = 5.0
"""Seconds that are remembered at most: after a minute without questions nobody has had much."""
_CLIENTS = 1000
"""Clients above which those who have had nothing are looked for and forgotten."""


class Turns:
    """Remembers what clients have had."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._had: dict[str, tuple[float, float]] = {}
        """Seconds, and when they were so many."""

    def add(self, client: str, seconds: float) -> None:
        """Remember that a client has had so many more seconds."""
        had = min(self.had(client) + seconds, _MOST)
        self._had[client] = had, self._clock()
        if len(self._had) > _CLIENTS:
            self._had = {who: kept for who, kept in self._had.items() if self.had(who) > 0}

    def had(self, client: str) -> float:
        """The seconds that a client has had lately.

        >>> turns = Turns(clock=iter((0, 0, 5, 100)).__next__)
        >>> turns.add("a", 2)
        >>> turns.had("a"), turns.had("a")
        (1.5, 0.0)
        """
        seconds, at = self._had.get(client, (0.0, 0.0))
        return max(0.0, seconds - (self._clock() - at) * _FORGOTTEN)

    def much(self, client: str) -> bool:
        """Whether a client has had much lately."""
        return self.had(client) > _MUCH
