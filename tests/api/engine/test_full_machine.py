"""Where the machine lacks room, memory or open files, or its disk fails, no client is to blame."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from meagraph.core import changes, releases
from meagraph.core.errors import MACHINE_FAULTS, MachineFailed
from meagraph.core.results.formats import AcceptedFormats
from meagraph_api import Settings
from meagraph_api.engine.embedded_engine import EmbeddedEngine, Limits
from meagraph_api.engine.spool import IN_MEMORY, Spool
from tests.api.conftest import DATA, MakeRelease, Serving
from tests.api.served import watched
from tests.cli.conftest import serving as process_serving
from tests.waiting import wait_until

FULL = Path("/dev/full")
NUMBERS = " ".join(str(number) for number in range(100_000, 100_300))
LONG = f"SELECT ?a ?b ?c {{ VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ {NUMBERS} }} }}"
"""A query whose answer does not fit into memory."""

needs_full = pytest.mark.skipif(
    not FULL.is_char_device(), reason="this system has no device that is always full"
)


def assert_is_the_machines_fault(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Machine failed"
    assert int(answer.headers["retry-after"]) > 0
    assert "No space" not in answer.text  # the log tells of the machine, not the answer


@needs_full
@pytest.mark.parametrize("compress", [False, True])
def test_an_answer_that_cannot_be_written_is_no_fault_of_its_query(
    tmp_path: Path, compress: bool
) -> None:
    (tmp_path / "answer").symlink_to(FULL)
    spool = Spool(tmp_path / "answer", 10**9, compress=compress)
    piece = os.urandom(IN_MEMORY)
    with pytest.raises(MachineFailed) as failed:
        any(spool.write(piece) < len(piece) for _ in range(100))
    assert os.strerror(errno.ENOSPC) in failed.value.reason
    spool.discard()
    assert list(tmp_path.iterdir()) == []


@needs_full
def test_a_query_whose_answer_finds_no_room_is_503_and_an_error_in_the_log(
    tmp_path: Path, small_releases: Path
) -> None:
    with watched(tmp_path, small_releases, workers=1) as server, server.client() as client:
        (spool,) = server.temporary.glob("meagraph-engine-*")
        for _ in range(2):
            for worker in range(20):
                (spool / str(worker)).unlink(missing_ok=True)
                (spool / str(worker)).symlink_to(FULL)
            answer = client.get("/sparql", params={"query": LONG, "format": "csv"})
            assert_is_the_machines_fault(answer)
        assert client.get("/sparql?query=ASK%7B%7D").json()["boolean"] is True
        for worker in range(20):
            (spool / str(worker)).unlink(missing_ok=True)
        assert client.get("/sparql", params={"query": LONG}).status_code == 200
        log = server.service.log()
    assert log.count("ERROR:") == 2
    assert os.strerror(errno.ENOSPC) in log
    assert "Traceback" not in log


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """A small file system over a folder. Skips the test where none may be mounted."""
    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("only root may mount a file system")
    options = ["-t", "tmpfs", "-o", "size=1536k", "meagraph-test", str(folder)]
    if subprocess.run(["mount", *options], capture_output=True).returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_serves_again_when_there_is_room(
    tmp_path: Path, small_releases: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {
        "TMPDIR": str(temporary),
        "MEAGRAPH_QUERIES": str(DATA / "queries"),
        "MEAGRAPH_CACHE_BYTES": "0",
    }
    with (
        full_disk(temporary),
        process_serving(
            tmp_path / "output", "--releases", small_releases, environment=environment
        ) as service,
    ):
        service.wait_for("/readyz", 200)
        plain = {"accept-encoding": "identity"}
        with httpx.Client(base_url=service.address, timeout=60, headers=plain) as client:
            params = {"query": LONG, "format": "csv"}
            assert client.get("/sparql", params=params).status_code == 200
            # The file of the answer goes a moment after the client has read it.
            wait_until(lambda: shutil.disk_usage(temporary).free > 1_400_000)
            (temporary / "of somebody else").write_bytes(b"x" * 1_400_000)
            assert_is_the_machines_fault(client.get("/sparql", params=params))
            (temporary / "of somebody else").unlink()
            assert client.get("/sparql", params=params).status_code == 200
        errors = [line for line in service.log().splitlines() if line.startswith("ERROR:")]
        assert len(errors) == 1, errors
        service.stop()


@pytest.fixture(scope="module")
def small_client(small_releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    """A client of a server with one worker over the small release."""
    settings = Settings(releases=small_releases, queries=DATA / "queries", workers=1)
    with serving(settings) as client:
        yield client


@pytest.mark.parametrize("number", [*sorted(MACHINE_FAULTS), errno.EACCES, errno.EPIPE])
def test_an_error_of_the_system_is_503_where_it_is_the_machines(
    small_client: httpx.Client, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(EmbeddedEngine, "query", fail)
    # After an internal error the server closes the connection.
    answer = small_client.get("/sparql?query=ASK%7B%7D", headers={"connection": "close"})
    if number in MACHINE_FAULTS:
        assert_is_the_machines_fault(answer)
    else:
        assert (answer.status_code, answer.json()["title"]) == (500, "Internal error")


def test_a_long_answer_that_cannot_be_opened_is_no_fault_of_its_query(
    small_releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        engine = await EmbeddedEngine.open(small_releases / "r1", Limits(workers=1))
        opened = Path.open

        def refuse(path: Path, *arguments: str) -> object:
            if path.parent.name.startswith("meagraph-"):
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return opened(path, *arguments)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            await engine.query(LONG, AcceptedFormats("text/csv", None))
        monkeypatch.setattr(Path, "open", opened)
        answer = await engine.query(LONG, AcceptedFormats("text/csv", None))
        assert len(answer.in_memory().body.splitlines()) == 90_001
        await engine.close()

    asyncio.run(work())


def test_a_release_on_a_failing_disk_is_not_called_damaged(
    tmp_path: Path, make_release: MakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = make_release(tmp_path)

    def fail(path: Path, **_: str) -> NoReturn:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(path))

    monkeypatch.setattr(Path, "read_text", fail)
    monkeypatch.setattr(Path, "read_bytes", fail)
    for read in (releases.check, changes.read):
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            read(release)
