"""What the tests of the service share: a small release, and a real server over it."""

from __future__ import annotations

import gzip
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from meagraph.core import files, queries
from meagraph.core.queries import CannedQuery
from meagraph_api import Settings, app
from meagraph_api.server import make_server
from meagraph_loaders.release import Contents, write_manifest
from tests.ready_made import QUERIES
from tests.waiting import PATIENCE, wait_until

DATA = Path(__file__).parent / "data"

GENEROUS = Settings(client_queries=0, client_seconds=0, slow_after=30)
"""Settings with which nobody is told to come again, however busy the machine is."""

MakeRelease = Callable[..., Path]
"""Called with the folder of the releases and, if wanted, an id, TriG text, and more files."""

Serving = Callable[[Settings], AbstractContextManager[httpx.Client]]
"""Called with settings; gives a client of a real server for as long as it is entered."""


def _make_release(
    releases: Path,
    name: str = "r1",
    trig: str | None = None,
    more: Mapping[str, str | bytes] | None = None,
) -> Path:
    """A release as the build makes it: every triple in its graph and in the default graph.

    `more` are further files by their names.
    """
    release = releases / name
    (release / "store").mkdir(parents=True)
    for file, content in (more or {}).items():
        (release / file).write_bytes(content.encode() if isinstance(content, str) else content)
    text = trig if trig is not None else (DATA / "small.trig").read_text(encoding="utf-8")
    # The store is closed when its files are listed: until then some may still go.
    write_manifest(release, _write_store(release, name, text))
    (releases / "current").write_text(f"{name}\n", encoding="utf-8")
    return release


def _write_store(release: Path, name: str, trig: str) -> Contents:
    quads = list(ox.parse(trig, format=ox.RdfFormat.TRIG))
    store = ox.Store(str(release / "store"))
    store.bulk_extend(quads)
    store.bulk_extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    store.optimize()
    store.flush()
    image = gzip.compress(store.dump(format=ox.RdfFormat.N_QUADS) or b"")
    (release / "image.nq.gz").write_bytes(image)
    graphs = Counter(q.graph_name.value for q in store if isinstance(q.graph_name, ox.NamedNode))
    total = sum(1 for _ in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    return Contents(name, total, dict(graphs), documents={}, sources={})


@contextmanager
def _serving(settings: Settings) -> Iterator[httpx.Client]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = make_server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive())
            assert thread.is_alive()
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session", autouse=True)
def _queries_read_once() -> Iterator[None]:
    """The canned queries that most servers offer are read once for all servers of a process."""
    small = cache(queries.load)

    def load(folder: Path) -> dict[str, CannedQuery]:
        if folder == files.folder("queries"):
            return QUERIES
        return small(folder) if folder == DATA / "queries" else queries.load(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "load", load)
        yield


@pytest.fixture(scope="session")
def make_release() -> MakeRelease:
    """Makes a small release and makes it current."""
    return _make_release


@pytest.fixture(scope="session")
def serving() -> Serving:
    """Runs a real server with some settings; gives a client for it."""
    return _serving


@pytest.fixture(scope="session")
def small_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of releases with one small release; never change it."""
    releases = tmp_path_factory.mktemp("small") / "releases"
    _make_release(releases)
    return releases


@pytest.fixture(scope="session")
def settings(small_releases: Path) -> Settings:
    """The settings of the server that most tests ask."""
    return Settings(releases=small_releases, queries=DATA / "queries")


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[httpx.Client]:
    """A client of a real server over the small release."""
    with _serving(settings) as client:
        yield client


@pytest.fixture(scope="session")
def real(releases: Path) -> Iterator[httpx.Client]:
    """A client of a real server over the real release, which leaves it all it asks for."""
    with _serving(GENEROUS.model_copy(update={"releases": releases})) as client:
        yield client


@pytest.fixture(scope="session")
def roomy(releases: Path) -> Iterator[httpx.Client]:
    """A client of such a server, one that shows as much as it can on a page."""
    with _serving(GENEROUS.model_copy(update={"releases": releases, "page_size": 200})) as client:
        yield client
