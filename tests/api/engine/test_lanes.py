"""How many places of the fast lane one client may hold."""

from __future__ import annotations

from typing import cast

import pytest

from meagraph_api.engine import scheduler
from meagraph_api.engine.scheduler import Scheduler
from meagraph_api.engine.worker_processes import Worker


async def no_worker() -> Worker:
    raise OSError("none is needed here")


@pytest.mark.parametrize(("processors", "most"), [(1, 1), (2, 2), (8, 3)])
def test_a_client_that_has_had_much_holds_no_more_places_than_there_are_processors(
    monkeypatch: pytest.MonkeyPatch, processors: int, most: int
) -> None:
    monkeypatch.setattr(scheduler, "_PROCESSORS", processors)
    one = Scheduler(no_worker, fast=4, slow=1, wait=1.0, growth=1)
    one._idle = [cast(Worker, object()) for _ in range(4)]
    one._usage.add("much", 1_000.0)
    running = 0
    while one._may_start("much"):
        one._start("much")
        running += 1
    assert running == most
    assert one._may_start("little")
    assert one._may_start("")
