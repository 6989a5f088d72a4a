"""Serve the current release: open a new one, and close the old one after its last request."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from meagraph.core import files
from meagraph.core.errors import MeagraphError, NotReady
from meagraph.core.results.formats import AcceptedFormats
from meagraph_api.engine.protocol import Engine
from meagraph_api.engine.query_cache import QueryCache
from meagraph_api.engine.release_cache import Key, ReleaseCache
from meagraph_api.http.page_cache import PageCache

_log = logging.getLogger("uvicorn.error")

_INTERVAL = 1.0
"""Seconds between checks of `current`."""


@dataclass(slots=True)
class OpenRelease:
    """An open engine, the number of requests that use it, and the caches of its release."""

    engine: Engine
    readers: int = 0
    replaced: bool = False
    answers: QueryCache = field(default_factory=lambda: QueryCache(0))
    """Results of client queries."""
    pages: PageCache = field(default_factory=PageCache)
    """Rendered pages of this release."""
    values: ReleaseCache = field(default_factory=ReleaseCache)
    """Values that the service has computed from this release."""


class Current:
    """Keeps an engine open on the current release, and replaces it when `current` changes."""

    def __init__(
        self,
        releases: Path | None,
        open_engine: Callable[[Path], Awaitable[Engine]],
        cache_bytes: int = 0,
        page_cache_bytes: int = 0,
    ) -> None:
        self._releases = releases
        self._open_engine = open_engine
        self._cache_bytes = cache_bytes
        self._page_cache_bytes = page_cache_bytes
        self._now: OpenRelease | None = None
        self._watching: asyncio.Task[None] | None = None
        self._complaint = ""
        self._failed_looks = 0
        self._last_success = 0.0

    async def start(self) -> None:
        """Check for a release now, and then every second."""
        await self.look()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop checking, and close the open engine."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self._replace(None)

    @property
    def now(self) -> OpenRelease | None:
        """The open release, for inspection only; use `reading` to query it."""
        return self._now

    @property
    def following(self) -> bool:
        """Whether the last check found the release named by `current`, and it is open."""
        watching = self._watching is None or not self._watching.done()
        return watching and not self._complaint

    @property
    def failed_looks(self) -> int:
        """The number of checks of `current` since the start that found no usable release."""
        return self._failed_looks

    @property
    def last_success(self) -> float:
        """Time of the last successful check, in seconds since 1970; 0 for never."""
        return self._last_success

    async def look(self) -> None:
        """Open the release that `current` names, unless it is already open.

        If it cannot be opened, for whatever reason, the previous release is still served.
        """
        try:
            folder = await asyncio.to_thread(files.current_release, self._releases)
            if self._now is None or self._now.engine.release.folder != folder:
                engine = await self._open_engine(folder)
                self._complaint = ""
                answers = QueryCache(self._cache_bytes)
                pages = PageCache(self._page_cache_bytes, engine.release.id)
                await self._replace(OpenRelease(engine, answers=answers, pages=pages))
                _log.info("serving release %s", folder.name)
        except (MeagraphError, OSError) as error:
            self._complain(str(error), unforeseen=False)
        except Exception as error:  # checks continue, whatever this is
            self._complain(repr(error), unforeseen=True)
        else:
            self._complaint = ""
            self._last_success = time.time()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[OpenRelease]:
        """The open release for one request. Raises NotReady if there is none."""
        release = self._now
        if release is None:
            raise NotReady("No release is open yet. Building one takes seconds: try again soon.")
        release.readers += 1
        try:
            yield release
        finally:
            release.readers -= 1
            if release.replaced and release.readers == 0:
                await release.engine.close()

    def _complain(self, complaint: str, *, unforeseen: bool) -> None:
        """Log why the current release cannot be opened, unless the last message was the same."""
        self._failed_looks += 1
        if complaint != self._complaint:
            serving = "" if self._now is None else f" Serving {self._now.engine.release.id} still."
            _log.warning("%s.%s", complaint.rstrip("."), serving, exc_info=unforeseen or None)
        self._complaint = complaint

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            await self.look()

    async def _replace(self, new: OpenRelease | None) -> None:
        old, self._now = self._now, new
        if old is not None:
            old.replaced = True
            old.pages = PageCache(release=old.engine.release.id)
            if old.readers == 0:
                await old.engine.close()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Shared:
    """Bytes shared by many jobs: a process of the pool receives them once while they are in use."""

    content: bytes


_ANSWERS = Key[Shared]()
_JSON = AcceptedFormats(results="application/sparql-results+json", graph=None)


async def answer_of(release: OpenRelease, text: str) -> Shared:
    """The result of a SELECT query of the service itself. Raises what the engine raises."""

    async def make() -> Shared:
        return Shared((await release.engine.query(text, _JSON)).in_memory().body)

    return await release.values.once(_ANSWERS, make, text)
