"""Several processes share one port; one that ends is replaced, and all end together."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx

from tests.api.conftest import DATA, _make_release
from tests.api.served import processes
from tests.front.conftest import serving
from tests.waiting import wait_until


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
        wait_until(lambda: len(services(service.process.pid)) == 2, service.said)
        killed = min(services(service.process.pid))
        os.kill(killed, signal.SIGKILL)

        def is_replaced() -> bool:
            now = services(service.process.pid)
            return len(now) == 2 and killed not in now

        wait_until(is_replaced, service.said)
        service.wait_for("/readyz", 200)
        with httpx.Client(base_url=service.address, timeout=60) as client:
            assert client.get("/sparql?query=ASK%7B%7D").json()["boolean"] is True
        assert service.stop(signal.SIGTERM) == 0
        assert services(service.process.pid) == set()
        assert "ended by itself" in service.said()
