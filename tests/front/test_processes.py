"""Several processes share one port; one that ends is replaced, and all end together."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx

from tests.api.conftest import DATA, _make_release
from tests.api.served import processes
from tests.front.conftest import serving


def services(parent: int) -> set[int]:
    """The processes that serve: those below the first that have children of their own."""
    everything = list(processes())
    below = {process.pid for process in everything if process.parent == parent}
    return {process.parent for process in everything if process.parent in below}


def test_two_processes_share_a_port_and_a_killed_one_is_replaced(tmp_path: Path) -> None:
    _make_release(tmp_path)
    environment = {"MEAGRAPH_QUERIES": str(DATA / "queries"), "MEAGRAPH_WORKERS": "1"}
    with serving(
        tmp_path / "said", "--releases", tmp_path, "--processes", "2", environment=environment
    ) as service:
        service.wait_for("/readyz", 200)
        until = time.monotonic() + 30
        while len(before := services(service.process.pid)) < 2:
            assert time.monotonic() < until, service.said()
            time.sleep(0.1)
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        while len(now := services(service.process.pid)) < 2 or killed in now:
            assert time.monotonic() < until, service.said()
            time.sleep(0.1)
        service.wait_for("/readyz", 200)
        with httpx.Client(base_url=service.address, timeout=60) as client:
            assert client.get("/sparql?query=ASK%7B%7D").json()["boolean"] is True
        assert service.stop(signal.SIGTERM) == 0
        assert services(service.process.pid) == set()
        assert "ended by itself" in service.said()
