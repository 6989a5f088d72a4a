"""Create the engine that the settings select."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from meagraph.core.engines.profiles import access
from meagraph_api.engine.embedded_engine import EmbeddedEngine, Limits
from meagraph_api.engine.protocol import Engine
from meagraph_api.engine.remote.remote_engine import RemoteEngine, RemoteLimits
from meagraph_api.settings import Settings

Opener = Callable[[Path], Awaitable[Engine]]
"""Opens an engine on the release in a folder; raises ReleaseError."""


def opener(settings: Settings) -> Opener:
    """The function that opens the configured engine. Raises SettingsError."""
    return _remote_opener(settings) if settings.engine else _embedded_opener(settings)


def _embedded_opener(settings: Settings) -> Opener:
    limits = Limits(
        deadline=settings.query_timeout,
        memory=settings.query_memory,
        result_bytes=settings.max_result_bytes,
        workers=settings.workers,
        slow_after=settings.slow_after,
        slow_workers=settings.slow_workers,
        wait=settings.max_wait,
        memory_triples=settings.memory_triples,
    )
    return lambda folder: EmbeddedEngine.open(folder, limits)


def _remote_opener(settings: Settings) -> Opener:
    connection = access(
        settings.engine, settings.engine_profile, settings.engine_auth, settings.engine_secret
    )
    limits = RemoteLimits(
        deadline=settings.query_timeout,
        result_bytes=settings.max_result_bytes,
        connections=settings.engine_connections,
        wait=settings.max_wait,
        rows=settings.engine_rows,
    )
    return lambda folder: RemoteEngine.open(folder, connection, limits)
