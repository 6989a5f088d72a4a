"""Processes that end with the one that has started them, however that ends."""

from __future__ import annotations

import os
import threading


def end_at_the_end_of(pipe: int) -> None:
    """End this process at once when a pipe closes of which its parent alone holds the other end.

    `pipe` is a file descriptor to which nothing is written any more.
    """

    def wait() -> None:
        os.read(pipe, 1)
        os._exit(1)

    threading.Thread(target=wait, name="end with the parent", daemon=True).start()
