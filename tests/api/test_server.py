"""The server as a process: it starts, answers, and stops when told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.api.served import running
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.alone

PROGRAM = """
import sys
from pathlib import Path
from meagraph_api import Settings
from meagraph_api.server import serve
serve(Settings(port=int(sys.argv[1]), releases=Path(sys.argv[2]), queries=Path(sys.argv[3]),
               query_timeout=3600))
"""
NUMBERS = " ".join(str(number) for number in range(1000))
ENDLESS = (
    "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{index} {{ {NUMBERS} }}" for index in range(5))
    + " }"
)


def start(releases: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    queries = Path(__file__).parent / "data" / "queries"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port), str(releases), str(queries)],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None
        try:
            return httpx.get(f"{address}/readyz", timeout=PATIENCE).status_code == 200
        except httpx.TransportError:
            return False

    wait_until(answers)
    return process, address


def stop(process: subprocess.Popen[bytes], number: signal.Signals) -> bytes:
    """Tell the server to stop; what it has logged. It is killed where it does not stop."""
    try:
        process.send_signal(number)
        _, log = process.communicate(timeout=PATIENCE)
        return log
    finally:
        process.kill()
        process.communicate()


@pytest.mark.usefixtures("hanging_up_ends_programs")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_server_stops_when_told(small_releases: Path, number: signal.Signals) -> None:
    process, address = start(small_releases)
    assert httpx.get(f"{address}/healthz", timeout=PATIENCE).json() == {"status": "alive"}
    log = stop(process, number)
    assert b"Traceback" not in log
    assert b"Application shutdown complete" in log
    assert process.returncode in (0, -number, -signal.SIGTERM)


def test_a_query_that_runs_away_does_not_keep_the_server_from_stopping(
    small_releases: Path,
) -> None:
    process, address = start(small_releases)
    ends: list[int] = []

    def run_away() -> None:
        answer = httpx.post(f"{address}/sparql", data={"query": ENDLESS}, timeout=PATIENCE)
        ends.append(answer.status_code)

    away = threading.Thread(target=run_away)
    away.start()
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        wait_until(lambda: running(client) == 1)
        assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"]
    log = stop(process, signal.SIGTERM)
    away.join()
    assert b"Traceback" not in log
    assert ends == [503]
