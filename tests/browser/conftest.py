"""What the browser tests share: Chromium, and a real server over the real release."""

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
"""Called with the size of the window and what Playwright calls the options of a context."""


@pytest.fixture(scope="session")
def service(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server over the real release, which leaves a client all it asks for."""
    log = tmp_path_factory.mktemp("service") / "log"
    unlimited = ("--client-queries", "0", "--client-seconds", "0", "--slow-after", "30")
    with serving(log, "--releases", releases, *unlimited) as running:
        running.wait_for("/readyz", 200)
        yield running.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It ends with a module, since no event loop can run beside Playwright's."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium here; `.ci/run` installs it where apt-get is")
    with sync_playwright() as playwright:
        # As root, in a container, its own sandbox has nothing to stand on.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config) -> Path | None:
    """The folder that `--screenshots` names, made if need be."""
    folder: Path | None = pytestconfig.getoption("--screenshots")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visits(browser: Browser, service: str, pictures: Path | None) -> Visiting:
    """Makes visits, each with settings of its own."""
    return partial(visiting, browser, service, pictures=pictures)


@pytest.fixture
def visit(visits: Visiting) -> Iterator[Visit]:
    """One visit with a window of a desktop."""
    with visits() as made:
        yield made
