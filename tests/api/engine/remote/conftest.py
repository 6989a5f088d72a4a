"""What the tests of existing engines share: two real servers with the real release, loaded once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from benchmarks import engine_servers
from benchmarks.engine_servers import Running
from meagraph.core.engines.profiles import Access
from meagraph.core.releases import read_manifest
from meagraph_api import Settings
from meagraph_loaders import publisher
from tests.api.conftest import GENEROUS, _make_release, _serving

BESIDE = "http://mea.example"
"""The public address of all services, so that their pages are the same."""


@pytest.fixture(scope="session")
def beside(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of releases with the real one, but without its store."""
    folder = tmp_path_factory.mktemp("beside")
    copy = folder / release.name
    copy.mkdir()
    for path in release.iterdir():
        if path.name not in ("store", "image.nq.gz"):
            (copy / path.name).symlink_to(path)
    (folder / "current").write_text(release.name, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def oxigraph(release: Path) -> Iterator[Running]:
    """Oxigraph's server, which holds the real release."""
    with engine_servers.oxigraph() as server:
        publisher.publish(release, server.update_access, pause=0)
        yield server


@pytest.fixture(scope="session")
def virtuoso(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Virtuoso, which holds the real release."""
    if engine_servers.VIRTUOSO is None:
        pytest.skip("Virtuoso 7 is not installed: apt-get install virtuoso-opensource-7-bin")
    with engine_servers.virtuoso(tmp_path_factory.mktemp("virtuoso")) as server:
        publisher.publish(release, server.update_access, pause=0)
        yield server


@dataclass(frozen=True)
class Services:
    """Services over the same release, by the engine behind them."""

    embedded: httpx.Client
    others: dict[str, httpx.Client]


def settings_for(way: Access, releases: Path, **more: object) -> Settings:
    """The settings of a service before an engine."""
    profile = way.profile.name
    mine = GENEROUS.model_copy(
        update={"releases": releases, "engine": way.url, "engine_profile": profile}
    )
    return mine.model_copy(update={"public_url": BESIDE, **more})


@pytest.fixture(scope="session")
def embedded(releases: Path) -> Iterator[httpx.Client]:
    """A service over the embedded engine."""
    with _serving(
        GENEROUS.model_copy(update={"releases": releases, "public_url": BESIDE})
    ) as client:
        yield client


@pytest.fixture(scope="session")
def on_oxigraph(embedded: httpx.Client, beside: Path, oxigraph: Running) -> Iterator[Services]:
    """A service over the embedded engine, and one before Oxigraph's server."""
    with _serving(settings_for(oxigraph.query_access, beside)) as other:
        yield Services(embedded, {"oxigraph": other})


@pytest.fixture(scope="session")
def on_virtuoso(embedded: httpx.Client, beside: Path, virtuoso: Running) -> Iterator[Services]:
    """A service over the embedded engine, and one before Virtuoso."""
    with _serving(settings_for(virtuoso.query_access, beside)) as other:
        yield Services(embedded, {"virtuoso": other})


Small = Callable[..., Path]
"""Called with a folder of releases, and if wanted an id and TriG text."""


@pytest.fixture(scope="session")
def small() -> Small:
    """Makes a small release as a build makes it, with the numbers of its graphs."""

    def make(releases: Path, name: str = "r1", trig: str | None = None) -> Path:
        folder = _make_release(releases, name, trig)
        quads = ox.Store.read_only(str(folder / "store"))
        graphs = {
            graph.value.rpartition("/")[2]: len(
                list(quads.quads_for_pattern(None, None, None, graph))
            )
            for graph in quads.named_graphs()
        }
        manifest = read_manifest(folder) | {"graphs": graphs}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def serving() -> Callable[[Settings], AbstractContextManager[httpx.Client]]:
    """Runs a real server with some settings; gives a client for it."""
    return _serving
