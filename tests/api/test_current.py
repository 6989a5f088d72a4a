"""The service follows `current`: it starts without a release and changes to a new one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from meagraph_api import Settings
from meagraph_api.current import Current
from meagraph_api.engine.embedded import EmbeddedEngine, Limits
from meagraph_api.results import select
from tests.waiting import wait_until

QUERIES = Path(__file__).parent / "data" / "queries"
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
        assert "being built" in client.get("/").text
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
        broken = make_release(tmp_path, "r2")
        shutil.rmtree(broken / "store")
        (broken / "image.nq.gz").write_bytes(b"cut off")
        (tmp_path / "current").write_text("r2", encoding="utf-8")
        looks.wait_for_one()
        assert client.get("/readyz").json()["release"] == "r1"
        (tmp_path / "current").write_text("nonsense/..", encoding="utf-8")
        looks.wait_for_one()
        assert client.get("/sparql?query=ASK%7B%7D").status_code == 200


def test_a_request_under_way_keeps_its_release(tmp_path: Path, make_release: MakeRelease) -> None:
    async def work() -> None:
        make_release(tmp_path, "r1")
        current = Current(tmp_path, lambda folder: EmbeddedEngine.open(folder, Limits(workers=1)))
        await current.look()
        async with current.reading() as held:
            make_release(tmp_path, "r2")
            await current.look()
            async with current.reading() as newer:
                assert newer.engine.release.id == "r2"
            assert held.engine.release.id == "r1"
            assert (await select(held.engine, "SELECT ?x { VALUES ?x { 1 } }")).columns == ("x",)
        with pytest.raises(RuntimeError, match="closed"):
            await select(held.engine, "SELECT ?x { VALUES ?x { 1 } }")
        await current.stop()

    asyncio.run(work())
