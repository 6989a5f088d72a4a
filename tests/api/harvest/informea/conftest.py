"""Fixtures: services over the real release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from meagraph_api import Settings

PUBLIC = "https://harvest.example/mea"
"""The public URL of the service."""


class Connection(httpx.Client):
    """A client that requests the public URL, as through a reverse proxy.

    httpx drops the query of a URL if `params` is empty; here it is kept.
    """

    def request(self, method: str, url: Any, **more: Any) -> httpx.Response:
        more["params"] = more.get("params") or None
        return super().request(method, str(url).removeprefix(PUBLIC), **more)


Serving = Callable[[Settings], AbstractContextManager[httpx.Client]]


@pytest.fixture(scope="session")
def harvest(releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    """A client of the service with default settings."""
    with (
        serving(Settings(releases=releases, public_url=PUBLIC)) as there,
        Connection(base_url=there.base_url, timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def harvest_with_decisions(releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    """A client of the service with meetings and decisions."""
    settings = Settings(releases=releases, public_url=PUBLIC, informea_decisions=True)
    with (
        serving(settings) as there,
        Connection(base_url=there.base_url, timeout=30) as client,
    ):
        yield client
