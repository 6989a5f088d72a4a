"""The service follows `current`: it starts without a release and changes to a new one."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from meagraph.core import files
from meagraph.core.errors import ReleaseError
from meagraph_api import Settings
from meagraph_api.engine.current_release import Current
from meagraph_api.engine.embedded_engine import EmbeddedEngine, Limits
from meagraph_api.engine.protocol import select
from tests.waiting import wait_until

QUERIES = Path(__file__).parents[1] / "data" / "queries"
MakeRelease = Callable[..., Path]
Serving = Callable[[Settings], AbstractContextManager[httpx.Client]]


def until(client: httpx.Client, release: str) -> None:
    """Wait until a release is being served."""
    wait_until(lambda: client.get("/readyz").json().get("release") == release)


class Looks:
    """Counts how often a service has looked at what is current."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._done = 0
        look = Current.look

        async def counted(current: Current) -> None:
            await look(current)
            self._done += 1

        monkeypatch.setattr(Current, "look", counted)

    def wait_for_one(self) -> None:
        """Wait until the service has looked, having begun after now."""
        before = self._done
        wait_until(lambda: self._done >= before + 2)


def until_followed(client: httpx.Client, *, following: bool) -> None:
    """Wait until the service says whether it follows `current`."""
    wait_until(lambda: client.get("/readyz").json()["following"] is following)


def metric(client: httpx.Client, name: str) -> float:
    """One number of `/metrics`."""
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def test_without_a_release_the_service_says_so_and_begins_when_there_is_one(
    tmp_path: Path, make_release: MakeRelease, serving: Serving
) -> None:
    with serving(Settings(releases=tmp_path / "r", queries=QUERIES)) as client:
        for address in ("/readyz", "/sparql?query=ASK%7B%7D", "/queries/measures.csv"):
            answer = client.get(address)
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["title"] == "Not ready"
        assert client.get("/healthz").json() == {"status": "alive"}
        assert "being prepared" in client.get("/").text
        assert client.get("/queries").status_code == 200
        make_release(tmp_path / "r")
        until(client, "r1")
        assert client.get("/sparql?query=ASK%7B%7D").json()["boolean"] is True
        assert "Plan A" in client.get("/").text


def test_a_new_release_is_served_without_a_restart(
    tmp_path: Path, make_release: MakeRelease, serving: Serving
) -> None:
    make_release(tmp_path, "r1")
    count = "/sparql?format=csv&query=SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    with serving(Settings(releases=tmp_path, queries=QUERIES)) as client:
        before = client.get(count).text
        make_release(tmp_path, "r2", "<a:g> { <a:a> <a:b> 1, 2 }")
        until(client, "r2")
        assert before.split() != ["n", "2"]
        assert client.get(count).text.split() == ["n", "2"]


def test_a_broken_release_leaves_the_one_before_being_served(
    tmp_path: Path, make_release: MakeRelease, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks(monkeypatch)
    make_release(tmp_path, "r1")
    with serving(Settings(releases=tmp_path, queries=QUERIES)) as client:
        assert client.get("/readyz").json() == {
            "status": "ready",
            "release": "r1",
            "following": True,
        }
        assert metric(client, "meagraph_release_last_success_timestamp_seconds") > 0
        broken = make_release(tmp_path, "r2")
        shutil.rmtree(broken / "store")
        (broken / "image.nq.gz").write_bytes(b"cut off")
        looks.wait_for_one()
        until_followed(client, following=False)
        assert metric(client, "meagraph_release_looks_failed_total") > 0
        assert client.get("/readyz").json()["release"] == "r1"
        (tmp_path / "current").write_text("nonsense/..", encoding="utf-8")
        looks.wait_for_one()
        assert client.get("/sparql?query=ASK%7B%7D").status_code == 200
        make_release(tmp_path, "r3")
        until(client, "r3")
        assert client.get("/readyz").json()["following"] is True


def test_a_request_under_way_keeps_its_release(tmp_path: Path, make_release: MakeRelease) -> None:
    async def work() -> None:
        make_release(tmp_path, "r1")
        current = Current(tmp_path, lambda folder: EmbeddedEngine.open(folder, Limits(workers=1)))
        await current.look()
        async with current.reading() as old:
            make_release(tmp_path, "r2")
            await current.look()
            async with current.reading() as newer:
                assert newer.engine.release.id == "r2"
            assert old.engine.release.id == "r1"
            assert (await select(old.engine, "SELECT ?x { VALUES ?x { 1 } }")).columns == ("x",)
        with pytest.raises(RuntimeError, match="closed"):
            await select(old.engine, "SELECT ?x { VALUES ?x { 1 } }")
        await current.stop()

    asyncio.run(work())


def _make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _make_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


class _Keeping(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def warnings() -> Iterator[list[logging.LogRecord]]:
    """What the service logs from warnings on, whoever else has set up its logger."""
    handler = _Keeping(logging.WARNING)
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(handler)
    yield handler.records
    logger.removeHandler(handler)


STRANGE: dict[str, Callable[[Path], object]] = {
    "in UTF-16": lambda path: path.write_bytes("r2\r\n".encode("utf-16")),
    "in no encoding": lambda path: path.write_bytes(b"\xff\xfe\xfd"),
    "empty": lambda path: path.write_bytes(b""),
    "blank": lambda path: path.write_bytes(b" \n\n"),
    "very long": lambda path: os.truncate(path, 2**30),
    "long": lambda path: path.write_bytes(b"r" * 300),
    "a directory": _make_directory,
    "a pipe": _make_pipe,
    "missing": lambda path: path.unlink(),
    "a link to itself": _make_loop,
    "outside": lambda path: path.write_bytes(b"../r2"),
    "absolute": lambda path: path.write_bytes(bytes(path.parent / "r2")),
    "the folder itself": lambda path: path.write_bytes(b"."),
    "the folder above": lambda path: path.write_bytes(b".."),
    "with NUL": lambda path: path.write_bytes(b"r2\0"),
    "of two lines": lambda path: path.write_bytes(b"r2\nr1"),
    "with a backslash": lambda path: path.write_bytes(b"..\\r2"),
    "a name of nothing": lambda path: path.write_bytes(b"r9"),
}
"""What may be found in place of the file `current`."""


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def test_a_strange_file_current_is_told_of_once_and_changes_nothing(
    tmp_path: Path, make_release: MakeRelease, warnings: list[logging.LogRecord]
) -> None:
    async def work() -> None:
        make_release(tmp_path, "r2")
        make_release(tmp_path, "r1")
        pointer = tmp_path / "current"
        current = Current(tmp_path, lambda folder: EmbeddedEngine.open(folder, Limits(workers=1)))
        for what, write in STRANGE.items():
            await current.look()
            assert current.following
            failed = current.failed_looks
            warnings.clear()
            write(pointer)
            for _ in range(3):
                await current.look()
            assert current.failed_looks == failed + 3, what
            assert not current.following
            assert [str(tmp_path) in one.getMessage() for one in warnings] == [True], what
            assert "Serving r1 still." in warnings[0].getMessage()
            assert warnings[0].exc_info is None, what
            assert current.now is not None
            assert current.now.engine.release.id == "r1"
            _clear(pointer)
            pointer.write_text("r1\n", encoding="utf-8")
        pointer.write_bytes(b"\xef\xbb\xbfr2\r\n")  # UTF-8 as Windows writes it
        await current.look()
        assert current.following
        assert current.now is not None
        assert current.now.engine.release.id == "r2"
        await current.stop()

    asyncio.run(work())


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every file")
def test_a_file_current_that_may_not_be_read_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "current").write_text("r1")
    (tmp_path / "current").chmod(0)
    with pytest.raises(ReleaseError, match="cannot be read"):
        files.current_release(tmp_path)


def test_an_unforeseen_error_is_logged_and_the_next_look_comes(
    tmp_path: Path, make_release: MakeRelease, warnings: list[logging.LogRecord]
) -> None:
    async def work() -> None:
        make_release(tmp_path, "r1")
        failing = [True, True, False]
        opened = asyncio.Event()

        async def open_engine(folder: Path) -> EmbeddedEngine:
            if failing.pop(0):
                raise AssertionError("nobody has foreseen this")
            engine = await EmbeddedEngine.open(folder, Limits(workers=1))
            opened.set()
            return engine

        current = Current(tmp_path, open_engine)
        await current.start()
        assert not current.following
        await asyncio.wait_for(opened.wait(), 60)
        assert current.failed_looks == 2
        (warning,) = warnings
        assert "nobody has foreseen this" in warning.getMessage()
        assert warning.exc_info is not None
        await current.stop()

    asyncio.run(work())
