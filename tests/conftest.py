"""Fixtures for all tests: the real release, options, garbage collection."""

from __future__ import annotations

import gc
import signal
import ssl
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pyoxigraph as ox
import pytest

from meagraph_loaders import examples, pipeline
from tests.built_release import built


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots",
        type=Path,
        metavar="DIR",
        help="a folder for pictures of the pages that the browser tests visit",
    )
    parser.addoption(
        "--record",
        action="store_true",
        help="replace what is recorded: digests of responses (tests/recorded), docs/glossary.md",
    )


hypothesis.settings.register_profile("sample", max_examples=30)


def pytest_configure(config: pytest.Config) -> None:
    """Let properties be checked with fewer examples, unless everything is to be run."""
    if "not full" in config.getoption("markexpr"):
        hypothesis.settings.load_profile("sample")


def pytest_collection_finish() -> None:
    """Exclude the many test items, which are never garbage, from garbage collection."""
    gc.collect()
    gc.freeze()


_left_out: Counter[str] = Counter()
"""How many tests of each file are left to a run of everything."""


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count the tests that take long and are left out."""
    _left_out.update(item.location[0] for item in items if item.get_closest_marker("full"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the controller of pytest-xdist what a worker leaves out, which all leave out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left out"] = dict(_left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist leaves out."""
    if not _left_out:
        _left_out.update(getattr(node, "workeroutput", {}).get("left out", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """List what `make test` leaves out."""
    if _left_out and "not full" in config.getoption("markexpr"):
        terminalreporter.section("left to `make test-all`")
        for file, number in sorted(_left_out.items()):
            terminalreporter.write_line(f"{number:5} {file}")


@pytest.fixture(scope="module", autouse=True)
def _own_garbage() -> Iterator[None]:
    """Collect the garbage of a module in the thread that made it.

    Results of Oxigraph must be freed in their thread, but the frames of exceptions keep them until
    a collection, often in the thread of a server. Objects that remain are excluded from collection.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _certificates_read_once() -> Iterator[None]:
    """All clients of httpx share one TLS context.

    Each client reads the certificates of the machine otherwise, which takes 50 ms of processor
    time, and tests talk to this machine only.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def _examples_read_once() -> Iterator[None]:
    """The queries that each release shows as examples are read once for all small releases."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examples, "examples", cache(examples.examples))
        yield


@pytest.fixture
def hanging_up_ends_programs() -> Iterator[None]:
    """Let child processes handle SIGHUP, even if the tests ignore it (`nohup`)."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="session")
def summary(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> pipeline.Summary:
    """The build of the real documents, shared by all tests; never change its release."""
    cache = pytestconfig.cache
    return built(tmp_path_factory.mktemp("built") if cache is None else cache.mkdir("release"))


@pytest.fixture(scope="session")
def releases(summary: pipeline.Summary) -> Path:
    """The folder of releases with the real release as the current one, for `--releases`."""
    return summary.path.parent


@pytest.fixture(scope="session")
def release(summary: pipeline.Summary) -> Path:
    """The directory of the real release."""
    return summary.path


@pytest.fixture(scope="session")
def store(release: Path) -> ox.Store:
    """The store of the real release, read-only; the default graph is the union of all."""
    return ox.Store.read_only(str(release / "store"))
