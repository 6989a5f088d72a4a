"""Wait for a condition by polling, with a deadline that even a busy machine meets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds after which a condition is considered false."""
_PAUSE = 0.05


def wait_until(
    holds: Callable[[], object],
    otherwise: Callable[[], object] = str,
    patience: float = PATIENCE,
) -> None:
    """Wait until a condition holds.

    Raises AssertionError after `patience` seconds, with the result of `otherwise` as the message.
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
