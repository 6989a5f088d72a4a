"""`meagraph serve` starts, prints its URLs, and stops cleanly."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import filelock
import httpx
import pytest

from meagraph_loaders import release as releasing
from tests.api.served import PROC, processes
from tests.cli.conftest import serving
from tests.waiting import PATIENCE, wait_until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_serves_and_stops_quietly(
    releases: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with serving(tmp_path / "said", "--releases", releases) as service:
        service.wait_for("/readyz", 200)
        assert service.address in service.log()
        for path in ("/", "/queries", "/docs"):
            assert f"{service.address}{path}" in service.log()
            assert httpx.get(service.address + path, timeout=60).status_code == 200
        assert service.stop(number) == 0
        assert "Traceback" not in service.log()
        assert "Aborted" not in service.log()


@pytest.mark.skipif(not PROC.is_dir(), reason="the build is found in /proc")
def test_a_stopped_service_takes_its_unfinished_build_along(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    with serving(tmp_path / "said", "--releases", releases) as service:
        service.wait_for("/readyz", 503)
        wait_until(lambda: "extract" in service.log(), service.log)
        (build,) = (
            one
            for one in processes()
            if one.parent == service.process.pid and not one.runs("multiprocessing.")
        )
        os.kill(build.pid, signal.SIGSTOP)  # so that it does not finish before it is terminated
        service.process.send_signal(signal.SIGINT)
        wait_until(lambda: int(build.field("status", "ShdPnd:"), 16) & 1 << (signal.SIGTERM - 1))
        os.kill(build.pid, signal.SIGCONT)
        assert service.process.wait(PATIENCE) == 0
    filelock.FileLock(releases / releasing.LOCK).acquire(timeout=PATIENCE).lock.release()
    assert not (releases / "current").exists()


def test_when_the_build_fails_it_says_so_and_ends(tmp_path: Path) -> None:
    (tmp_path / "releases" / releasing.LOCK).mkdir(parents=True)
    with serving(tmp_path / "said", "--releases", tmp_path / "releases") as service:
        assert service.process.wait(PATIENCE) == 1
        assert "the release cannot be written" in service.log()
        assert "nothing to serve, because the build failed" in service.log()
        assert "Traceback" not in service.log()


def test_a_port_that_is_taken_is_one_clear_error(releases: Path, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with serving(tmp_path / "said", "--port", str(port), "--releases", releases) as service:
            assert service.process.wait(PATIENCE) == 1
            assert f"Error: 127.0.0.1:{port}: cannot be listened on" in service.log()


def test_a_host_that_is_none_is_one_clear_error(releases: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "said", "--host", "300.1.1.1", "--releases", releases) as service:
        assert service.process.wait(PATIENCE) == 1
        assert "Error: 300.1.1.1:" in service.log()
        assert "Traceback" not in service.log()
