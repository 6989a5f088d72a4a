"""Fixtures of the browser tests: Chromium, and a real server over the real release."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.cli.conftest import serving

from .visits import Visit, visiting

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

Visiting = Callable[..., AbstractContextManager[Visit]]
"""Called with the size of the window and options of a Playwright context."""


@pytest.fixture(scope="session")
def service(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server over the real release, without limits for clients."""
    log = tmp_path_factory.mktemp("service") / "log"
    unlimited = ("--client-queries", "0", "--client-seconds", "0", "--slow-after", "30")
    with serving(log, "--releases", releases, *unlimited) as running:
        running.wait_for("/readyz", 200)
        yield running.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, closed after each module, since no other event loop can run with Playwright's."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; `.ci/run` installs it with apt-get")
    with sync_playwright() as playwright:
        # Its sandbox does not work as root in a container.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config) -> Path | None:
    """The folder of `--screenshots`, created if missing."""
    folder: Path | None = pytestconfig.getoption("--screenshots")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visits(browser: Browser, service: str, pictures: Path | None) -> Visiting:
    """Open visits with individual settings."""
    return partial(visiting, browser, service, pictures=pictures)


@pytest.fixture
def visit(visits: Visiting) -> Iterator[Visit]:
    """A visit with a desktop window."""
    with visits() as made:
        yield made
