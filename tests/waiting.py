"""Wait for a condition: the one place where tests poll, with a deadline that no machine needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds after which a condition counts as one that never holds."""
_PAUSE = 0.02


def wait_until(
    holds: Callable[[], object],
    otherwise: Callable[[], object] = str,
    patience: float = PATIENCE,
) -> None:
    """Wait until a condition holds.

    Raises AssertionError after `patience` seconds, with what `otherwise` gives as the reason.
    """
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, otherwise() or "the condition never holds"
        time.sleep(_PAUSE)


async def until(holds: Callable[[], object]) -> None:
    """Wait in an event loop until a condition holds, as `wait_until` does in a thread."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(_PAUSE)
