"""The release being served: notice a new one, and let go of the old when nobody reads it."""

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
"""Seconds between two looks at what is current."""


@dataclass(slots=True)
class OpenRelease:
    """An engine that is open, how many requests read from it, and what was read of its release."""

    engine: Engine
    readers: int = 0
    replaced: bool = False
    answers: QueryCache = field(default_factory=lambda: QueryCache(0))
    """Answers to repeated queries of callers."""
    pages: PageCache = field(default_factory=PageCache)
    """Finished pages of this release."""
    values: ReleaseCache = field(default_factory=ReleaseCache)
    """What the service itself has read of this release."""


class Current:
    """Holds the engine over the current release, and changes it when `current` changes."""

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
        """Look for a release now, and from now on every second."""
        await self.look()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Look no more, and close what is open."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self._replace(None)

    @property
    def now(self) -> OpenRelease | None:
        """What is open at this moment, to look at; `reading` is for those who read from it."""
        return self._now

    @property
    def following(self) -> bool:
        """Whether the release that `current` names was found, and is open, at the last look."""
        watching = self._watching is None or not self._watching.done()
        return watching and not self._complaint

    @property
    def failed_looks(self) -> int:
        """Looks at `current` since the start that found no release that can be opened."""
        return self._failed_looks

    @property
    def last_success(self) -> float:
        """When a look last found the release that is open, in seconds since 1970; 0 for never."""
        return self._last_success

    async def look(self) -> None:
        """Open the release that `current` names, unless it is open already.

        A release that cannot be opened, for whatever reason, leaves the one before being served.
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
        except Exception as error:  # the next look comes, whatever this is
            self._complain(repr(error), unforeseen=True)
        else:
            self._complaint = ""
            self._last_success = time.time()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[OpenRelease]:
        """The engine for the time of one request. Raises NotReady where there is none."""
        release = self._now
        if release is None:
            raise NotReady(
                "No release is being served yet. While one is being built this takes seconds: "
                "try again soon."
            )
        release.readers += 1
        try:
            yield release
        finally:
            release.readers -= 1
            if release.replaced and release.readers == 0:
                await release.engine.close()

    def _complain(self, complaint: str, *, unforeseen: bool) -> None:
        """Log, once until it changes, why the release cannot be followed."""
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
    """Bytes that many jobs read: a process reads them once, as long as they are in use."""

    content: bytes


_ANSWERS = Key[Shared]()
_JSON = AcceptedFormats(results="application/sparql-results+json", graph=None)


async def answer_of(release: OpenRelease, text: str) -> Shared:
    """The answer to a SELECT query of the service itself. Raises what the engine raises."""

    async def make() -> Shared:
        return Shared((await release.engine.query(text, _JSON)).in_memory().body)

    return await release.values.once(_ANSWERS, make, text)
