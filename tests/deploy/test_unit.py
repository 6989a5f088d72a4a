"""`deploy/meagraph.service`: its limits fit the settings, and its settings exist."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from meagraph_api import Settings
from meagraph_api.settings import table
from tests.api.conftest import DATA, _make_release
from tests.cli.conftest import serving
from tests.waiting import PATIENCE

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "meagraph.service"
ANALYZE = shutil.which("systemd-analyze")
GB = 1024**3

DENIED = """
import ctypes, os, sys
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
if ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
    sys.exit("this kernel does not offer it")
os.umask(0o077)
os.execv(sys.executable, [sys.executable, "-m", "meagraph", *sys.argv[1:]])
"""
"""Runs `meagraph …` as MemoryDenyWriteExecute=yes has it, which Linux offers from 6.3 on:
https://man7.org/linux/man-pages/man2/PR_SET_MDWE.2const.html"""

installed = pytest.mark.skipif(
    ANALYZE is None, reason="systemd-analyze is not installed: apt-get install systemd"
)


@pytest.fixture(scope="module")
def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT, encoding="utf-8")
    assert parser.sections() == ["Unit", "Service", "Install"]
    return parser["Service"]


def size(text: str) -> int:
    """A size in bytes: `8G`."""
    return int(text.removesuffix("G")) * GB


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"MEAGRAPH_\w+", UNIT.read_text(encoding="utf-8"))) - {"MEAGRAPH_"}
    assert {"MEAGRAPH_RELEASES", "MEAGRAPH_QUERY_MEMORY"} <= named
    assert named <= {setting.variable for setting in table()}


def test_memory_is_enough_for_as_many_queries_as_run_at_a_time(
    service: configparser.SectionProxy,
) -> None:
    usual = Settings()
    queries = usual.query_memory * (usual.workers + usual.slow_workers)
    assert queries + GB <= size(service["MemoryHigh"]) < size(service["MemoryMax"])
    assert service["OOMPolicy"] == "continue"
    assert int(service["TasksMax"]) > 10 * (usual.workers + usual.slow_workers)


def test_requests_under_way_have_their_time_when_it_stops(
    service: configparser.SectionProxy,
) -> None:
    assert int(service["TimeoutStopSec"]) > Settings().shutdown_grace
    # Workers get no signal: they would drop the queries that the service waits for.
    assert (service["KillMode"], service["KillSignal"]) == ("mixed", "SIGTERM")


def test_it_may_do_no_more_than_it_does(service: configparser.SectionProxy) -> None:
    expected = {
        "DynamicUser": "yes",
        "UMask": "0077",
        "ProtectSystem": "strict",
        "ProtectProc": "invisible",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "MemoryDenyWriteExecute": "yes",
        "RestrictNamespaces": "net user",
        "SystemCallArchitectures": "native",
        "SystemCallFilter": "@system-service",
        "SystemCallErrorNumber": "EPERM",
    }
    assert {key: service.get(key) for key in expected} == expected
    assert not {"ReadWritePaths", "StateDirectory", "CacheDirectory"} & set(service)


@installed
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    unit = tmp_path / "meagraph.service"
    text = UNIT.read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/meagraph/bin/meagraph", sys.executable), encoding="utf-8")
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert "meagraph.service" not in done.stderr, done.stderr


@installed
def test_systemd_counts_it_among_the_well_protected(tmp_path: Path) -> None:
    # From 0, no exposure, to 10; the threshold is in tenths.
    done = subprocess.run(
        [str(ANALYZE), "security", "--offline=true", "--threshold=25", str(UNIT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.splitlines()[-1]


@installed
def test_the_calls_that_keep_queries_in_are_allowed() -> None:
    done = subprocess.run(
        [str(ANALYZE), "syscall-filter"], capture_output=True, text=True, check=True
    ).stdout
    sets = {
        head: {line.strip() for line in body.splitlines()}
        for head, body in re.findall(r"^(@\S+)\n((?:    .*\n)*)", done, re.MULTILINE)
    }

    def calls(name: str) -> set[str]:
        within = sets[name]
        return within.union(*(calls(other) for other in within if other.startswith("@")))

    assert {"prctl", "unshare", "setpriority", "prlimit64", "kill"} <= calls("@system-service")


def test_queries_are_answered_where_no_memory_is_both_written_and_executed(tmp_path: Path) -> None:
    program = (sys.executable, "-c", DENIED)
    if subprocess.run([*program, "--version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system cannot deny memory that is both written and executed")
    _make_release(tmp_path)
    environment = {"MEAGRAPH_QUERIES": str(DATA / "queries")}
    with serving(
        tmp_path / "said", "--releases", tmp_path, program=program, environment=environment
    ) as service:
        service.wait_for("/readyz", 200)
        with httpx.Client(base_url=service.address, timeout=PATIENCE) as client:
            assert client.get("/sparql?query=ASK%7B%7D").json()["boolean"] is True
            for path in ("/", "/queries/measures.html", "/queries/measures.xlsx"):
                assert client.get(path).status_code == 200, path
