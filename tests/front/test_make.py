"""`make serve` starts a service, with only make and the environment that it creates."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx

from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("check", "test-together", "test-alone")
"""The targets of the Makefile that `make test` is made of."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answer(address: str, process: subprocess.Popen[bytes]) -> httpx.Response:
    """The first response of the service."""
    found: list[httpx.Response] = []

    def answers() -> bool:
        assert process.poll() is None
        with suppress(httpx.TransportError):
            found.append(httpx.get(f"{address}/queries/instruments.json", timeout=PATIENCE))
        return bool(found)

    wait_until(answers)
    return found[0]


def test_make_serve_answers_questions_and_ends_with_ctrl_c(releases: Path, tmp_path: Path) -> None:
    port = free_port()
    virtual = Path(sys.executable).parents[1]
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            ["make", "serve", f"PORT={port}", f"VENV={virtual}"],
            cwd=ROOT,
            env={**os.environ, "MEAGRAPH_RELEASES": str(releases)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            rows = answer(f"http://127.0.0.1:{port}", process).json()
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(PATIENCE)
    with_text = [row["instrument"] for row in rows if row["extent"] != "not-held"]
    assert with_text == [
        "saiga-mtiwp-2016-2020",
        "argali-action-plan-2025-2032",
        "argali-ssap-2014-2024",
        "cms-cites-jwp-2015-2020",
    ]


def test_every_test_is_run_side_by_side_or_alone_or_where_everything_is() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    runs = re.findall(r"-m pytest(.*)", makefile)
    marked = "$$(grep -rl --include='*.py' pytest.mark.alone tests)"
    assert runs == [
        " --numprocesses auto --dist loadfile --no-loadscope-reorder -rs"
        ' -m "not alone and not full"',
        f' -rs -m "alone and not full" {marked}',
        ' -rs -m "full or hypothesis"',
    ]
    (parts,) = re.findall(r"^test:.*\n\t@for part in (.*?);", makefile, re.MULTILINE)
    assert tuple(parts.split()) == PARTS


def test_the_check_of_every_change_is_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8").splitlines()
