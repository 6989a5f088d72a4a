"""Several processes share a port; one that ends is replaced, and all end together.

However a process ends, none of its child processes continues.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import DATA, _make_release
from tests.api.served import PROC, processes
from tests.cli.conftest import Service, serving
from tests.waiting import wait_until

ENVIRONMENT = {"MEAGRAPH_QUERIES": str(DATA / "queries"), "MEAGRAPH_WORKERS": "1"}


def services(parent: int) -> set[int]:
    """The serving processes: descendants of the first that have child processes."""
    everything = list(processes())
    below = {process.pid for process in everything if process.parent == parent}
    return {process.parent for process in everything if process.parent in below}


def test_two_processes_share_a_port_and_a_killed_one_is_replaced(tmp_path: Path) -> None:
    _make_release(tmp_path)
    with serving(
        tmp_path / "said", "--releases", tmp_path, "--processes", "2", environment=ENVIRONMENT
    ) as service:
        service.wait_for("/readyz", 200)
        wait_until(lambda: len(services(service.process.pid)) == 2, service.log)
        killed = min(services(service.process.pid))
        os.kill(killed, signal.SIGKILL)

        def is_replaced() -> bool:
            now = services(service.process.pid)
            return len(now) == 2 and killed not in now

        wait_until(is_replaced, service.log)
        service.wait_for("/readyz", 200)
        with httpx.Client(base_url=service.address, timeout=60) as client:
            assert client.get("/sparql?query=ASK%7B%7D").json()["boolean"] is True
        assert service.stop(signal.SIGTERM) == 0
        assert services(service.process.pid) == set()
        assert "ended by itself" in service.log()


TAGGED = ("/", "/queries", "/queries?format=json", "/queries/measures.rq", "/openapi.json", "/help")


def test_entity_tags_are_the_same_in_every_process(tmp_path: Path) -> None:
    _make_release(tmp_path)
    tags = []
    for seed in ("1", "2"):
        address = {"MEAGRAPH_PUBLIC_URL": "https://example.org"}
        environment = {**ENVIRONMENT, **address, "PYTHONHASHSEED": seed}
        with serving(tmp_path / seed, "--releases", tmp_path, environment=environment) as service:
            service.wait_for("/readyz", 200)
            with httpx.Client(base_url=service.address, timeout=60) as client:
                tags.append({path: client.get(path).headers.get("etag") for path in TAGGED})
            assert service.stop(signal.SIGTERM) == 0
    assert tags[0] == tags[1]


def below(pid: int) -> set[int]:
    """The descendants of a process."""
    everything = list(processes())
    found: set[int] = set()
    parents = {pid}
    while parents:
        parents = {process.pid for process in everything if process.parent in parents} - found
        found |= parents
    return found


def runs(pid: int) -> bool:
    """Whether a process exists and has not ended."""
    return any(process.pid == pid and process.state not in "ZX" for process in processes())


def programs(pids: set[int]) -> str:
    """The command lines of these processes."""
    text = b""
    for pid in pids:
        path = PROC / str(pid) / "cmdline"
        text += path.read_bytes() if path.exists() else b""
    return text.decode().replace("\0", " ")


def wait_for_services(service: Service, number: int) -> set[int]:
    """Wait until `number` processes answer queries; return all descendants."""
    service.wait_for("/readyz", 200)
    wait_until(lambda: len(services(service.process.pid)) == number, service.log)
    # A process that is stopped before has no server to finish.
    started = "Application startup complete"
    wait_until(lambda: service.log().count(started) == number, service.log)
    return below(service.process.pid)


@pytest.mark.parametrize("number", [pytest.param("1", marks=pytest.mark.full), "2"])
def test_when_the_first_process_is_killed_nothing_of_it_is_left(
    tmp_path: Path, number: str
) -> None:
    _make_release(tmp_path)
    with serving(
        tmp_path / "said", "--releases", tmp_path, "--processes", number, environment=ENVIRONMENT
    ) as service:
        started = wait_for_services(service, int(number))
        assert len(started) >= 2 * int(number)
        service.process.kill()
        service.process.wait()
        wait_until(lambda: not any(runs(pid) for pid in started), lambda: str(programs(started)))
        assert service.status("/healthz") == 0


@pytest.mark.usefixtures("hanging_up_ends_programs")
@pytest.mark.parametrize(
    ("number", "signals"),
    [
        pytest.param("1", [signal.SIGHUP], marks=pytest.mark.full),
        ("1", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT]),
        ("2", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGHUP]),
    ],
)
def test_however_often_it_is_told_to_stop_it_stops_once_and_quietly(
    tmp_path: Path, number: str, signals: list[signal.Signals]
) -> None:
    _make_release(tmp_path)
    with serving(
        tmp_path / "said", "--releases", tmp_path, "--processes", number, environment=ENVIRONMENT
    ) as service:
        started = wait_for_services(service, int(number))
        for one in signals:
            service.process.send_signal(one)
        assert service.process.wait(60) == 0, service.log()
        wait_until(lambda: not any(runs(pid) for pid in started), lambda: str(programs(started)))
        assert "Traceback" not in service.log()
        assert service.log().count("Finished server process") == int(number)


def test_a_service_that_ignores_hanging_up_goes_on(tmp_path: Path) -> None:
    _make_release(tmp_path)
    nohup = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-m", "meagraph")
    with serving(
        tmp_path / "said", "--releases", tmp_path, program=nohup, environment=ENVIRONMENT
    ) as service:
        service.wait_for("/readyz", 200)
        service.process.send_signal(signal.SIGHUP)
        assert service.status("/healthz") == 200
        assert service.stop(signal.SIGTERM) == 0


def test_a_service_that_is_told_to_stop_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    _make_release(tmp_path)
    with serving(
        tmp_path / "said", "--releases", tmp_path, "--processes", "2", environment=ENVIRONMENT
    ) as service:
        wait_until(lambda: below(service.process.pid))
        started = below(service.process.pid)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(60) == 0, service.log()
        wait_until(lambda: not any(runs(pid) for pid in started), lambda: str(programs(started)))
        assert "Traceback" not in service.log()


@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGKILL],
        pytest.param([signal.SIGTERM, signal.SIGHUP] * 2, marks=pytest.mark.full),
    ],
)
def test_a_build_ends_with_its_service_and_so_does_what_it_has_started(
    tmp_path: Path, signals: list[signal.Signals]
) -> None:
    with serving(tmp_path / "said", "--releases", tmp_path / "releases") as service:
        pid = service.process.pid
        wait_until(lambda: "meagraph_loaders.shacl" in programs(below(pid)))
        started = below(pid)
        for one in signals:
            service.process.send_signal(one)
        service.process.wait(60)
        wait_until(lambda: not any(runs(pid) for pid in started), lambda: str(programs(started)))
        assert "Traceback" not in service.log()
        assert not (tmp_path / "releases" / "current").exists()
