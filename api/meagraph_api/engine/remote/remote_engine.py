"""The remote engine: an existing SPARQL 1.1 server queried over HTTP.

Like the embedded engine, it returns complete results in every format, or raises an error. This
module detects what such a server may do otherwise: send incomplete results with status 200,
truncate rows silently, contain other graphs, or be updated meanwhile. Its peculiarities are data in
`meagraph.core.engines.profiles`.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import httpx
import pyoxigraph as ox

from meagraph.core import files, names, releases
from meagraph.core.engines import published
from meagraph.core.engines.profiles import Access, tls_context
from meagraph.core.errors import (
    Busy,
    EngineFailed,
    MachineFailed,
    MeagraphError,
    NotReady,
    QueryTimeout,
    ReleaseError,
    RequestError,
    ResultTooLarge,
)
from meagraph.core.queries.keys import Solutions, solutions, steps
from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph.core.results.terms import table
from meagraph.core.version import __version__
from meagraph_api.engine.protocol import Dataset, Release, State
from meagraph_api.engine.remote import engine_errors, engine_responses
from meagraph_api.engine.remote.rewriter import rewrite

_log = logging.getLogger("uvicorn.error")

_PAUSES = (0.1, 0.5)
"""Seconds before each retry of a query."""
_INTERVAL = 1.0
"""Seconds between checks of the loaded release."""
_CONNECT = 5.0
"""Timeout for connecting, in seconds."""
_LOOK = 2.0
"""Timeout for a check of the loaded release, in seconds."""
_COUNT = 60.0
"""Timeout for counting the triples of one graph, in seconds."""
_IN_MEMORY = 1_048_576
"""Maximum bytes of an engine's response buffered in memory."""
_LONG = 10_000
"""Characters from which on parsing a query blocks the event loop noticeably."""
_ROOM = 4
"""Maximum length of an engine's response relative to ours: JSON is longer than CSV."""


@dataclass(frozen=True, slots=True)
class RemoteLimits:
    """Limits of a remote engine and of each query."""

    deadline: float = 30.0
    """Maximum duration of a query in seconds."""
    result_bytes: int = 256 * 1024 * 1024
    """Maximum length of a result in bytes."""
    connections: int = 16
    """Concurrent queries."""
    wait: float = 5.0
    """Seconds that a query waits to be sent."""
    rows: int = 0
    """Rows at which the engine silently truncates results; 0 if it does not."""


class RemoteEngine:
    """An external SPARQL server; see `meagraph_api.engine.protocol.Engine`."""

    def __init__(self, release: Release, access: Access, limits: RemoteLimits) -> None:
        self.release = release
        self._access = access
        self._limits = limits
        self._edition = published.edition(release.manifest)
        self._graphs = published.graphs_of(release.manifest)
        self._places = asyncio.Semaphore(limits.connections)
        self._running = 0
        self._last_confirmed = float("-inf")
        """When the complete release was last found on the engine."""
        self._monitor: asyncio.Task[None] | None = None
        self._client = _client(access, limits.connections)
        self._monitor_client = _client(access, 1)

    @classmethod
    async def open(cls, folder: Path, access: Access, limits: RemoteLimits) -> RemoteEngine:
        """Connect to an engine with the release in a folder, which needs only the manifest.

        Raises ReleaseError if the engine does not contain that release or does not respond, or if a
        file other than the store differs from the manifest.
        """
        without = (releases.STORE, files.IMAGE)
        manifest = await asyncio.to_thread(releases.check, folder, excluding=without)
        engine = cls(Release(folder.name, folder, manifest), access, limits)
        try:
            loaded = await engine._look()
        except (MeagraphError, OSError) as error:
            await engine.close()
            raise ReleaseError(f"{access.url}: the engine cannot be queried: {error}") from None
        if loaded != engine._edition:
            await engine.close()
            raise ReleaseError(
                f"{access.url}: the engine contains {loaded or 'no complete release'}, not "
                f"{engine._edition}. Publish it: meagraph publish --to {access.url}"
            )
        try:
            await engine._require_all()
        except (MeagraphError, OSError) as error:
            await engine.close()
            raise ReleaseError(
                f"{access.url}: {error} Publish again: meagraph publish --to {access.url}"
            ) from None
        engine._monitor = asyncio.create_task(engine._watch())
        return engine

    @property
    def state(self) -> State:
        """Its state: ready while checks confirm that the engine contains this release."""
        return State(self._is_current, {"busy": self._running})

    async def query(
        self,
        text: str,
        accepted: AcceptedFormats,
        dataset: Dataset | None = None,
        seconds: float | None = None,
        client: str = "",
        *,
        keys_first: bool = False,
    ) -> QueryResult:
        """The complete result of one query; see `meagraph_api.engine.protocol.Engine`.

        Also raises EngineFailed. `client` is ignored: the engine schedules queries itself.
        """
        del client
        self._require_release()
        most = min(seconds or self._limits.deadline, self._limits.deadline)
        try:
            async with asyncio.timeout(most), self._place():
                if keys_first:
                    text = await self._with_keys(text, dataset)
                answer = await self._query_rewritten(text, accepted, dataset)
        except TimeoutError:
            raise QueryTimeout(
                f"The query took longer than {most:g} s. Name the graph or the class, use more "
                "selective patterns, or add a LIMIT."
            ) from None
        # A result read during an update may mix two releases, and keys of one release have other
        # columns in the next.
        self._require_release()
        return answer

    async def _with_keys(self, text: str, dataset: Dataset | None) -> str:
        """A canned query with the keys in place of the sub-select that finds them."""
        if not (most := self._access.profile.max_keys):
            return text
        run = steps(text)
        try:
            query = next(run)
            while True:
                found = await self._query_rewritten(
                    query, AcceptedFormats(engine_responses.RESULTS, None), dataset
                )
                query = run.send(await asyncio.to_thread(_solutions, found, most))
        except StopIteration as end:
            return str(end.value)

    async def _query_rewritten(
        self, text: str, accepted: AcceptedFormats, dataset: Dataset | None
    ) -> QueryResult:
        """Rewrite and run one query."""
        profile = self._access.profile
        if len(text) < _LONG:
            sent = rewrite(text, profile)
        else:
            sent = await asyncio.to_thread(rewrite, text, profile)
        expected = engine_responses.Expected(
            text=text,
            form=sent.form,
            accepted=accepted,
            profile=profile,
            most=self._limits.result_bytes,
            rows=self._limits.rows,
            sent=sent,
        )
        engine_errors.refuse_unaccepted(expected)
        return await self._query_with_retries(
            self._form(sent.text, dataset or sent.dataset), expected
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._monitor is not None:
            self._monitor.cancel()
            with suppress(asyncio.CancelledError):
                await self._monitor
        await self._client.aclose()
        await self._monitor_client.aclose()

    @property
    def _is_current(self) -> bool:
        return asyncio.get_running_loop().time() - self._last_confirmed <= published.VALID_SECONDS

    def _require_release(self) -> None:
        if not self._is_current:
            raise NotReady(
                "The engine does not respond, or its graphs are being replaced by those of another "
                "release. Try again soon."
            )

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for one of the concurrent query slots. Raises Busy."""
        try:
            await asyncio.wait_for(self._places.acquire(), self._limits.wait)
        except TimeoutError:
            raise Busy(
                f"The maximum of {self._limits.connections} queries is running, and none ended "
                f"within {self._limits.wait:g} s. Try again soon."
            ) from None
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._places.release()

    def _form(self, text: str, dataset: Dataset | None) -> dict[str, str | list[str]]:
        """The form fields of a query request.

        https://www.w3.org/TR/sparql11-protocol/#query-via-post-urlencoded
        """
        default = named = list(self._graphs)
        if dataset is not None:
            # Other graphs of the engine are excluded. An empty list is sent as a graph that does
            # not exist: without parameters an engine uses all its graphs.
            default = [graph for graph in dataset.default_graphs if graph in self._graphs]
            named = [graph for graph in dataset.named_graphs if graph in self._graphs]
        return {
            "query": text,
            "default-graph-uri": default or [published.NOTHING],
            "named-graph-uri": named or [published.NOTHING],
        }

    async def _query_with_retries(
        self, form: dict[str, str | list[str]], expected: engine_responses.Expected
    ) -> QueryResult:
        """Run a query, with retries after temporary failures: queries are idempotent."""
        for pause in _PAUSES:
            try:
                return await self._query_once(form, expected)
            except engine_errors.RetryableError as error:
                _log.warning("the engine did not respond; retrying: %s", error.reason)
            await asyncio.sleep(pause)
        try:
            return await self._query_once(form, expected)
        except engine_errors.RetryableError as error:
            _log.error("the engine did not respond: %s", error.reason)
            raise error.error from None

    async def _query_once(
        self, form: dict[str, str | list[str]], expected: engine_responses.Expected
    ) -> QueryResult:
        accept = engine_responses.RESULTS if expected.table else engine_responses.GRAPH
        with cast(IO[bytes], tempfile.SpooledTemporaryFile(_IN_MEMORY)) as body:
            try:
                async with self._client.stream(
                    "POST", self._access.url, data=form, headers={"Accept": accept}
                ) as response:
                    if response.status_code != 200:
                        beginning = await engine_errors.beginning(response)
                        raise engine_errors.response_error(
                            response, beginning, expected.text, expected.sent
                        )
                    engine_errors.refuse_cut(response, expected)
                    await self._take(response, body)
            except httpx.TimeoutException as error:
                raise engine_errors.unreachable(error) from None
            except httpx.HTTPError as error:
                raise engine_errors.unreachable(error) from None
            except httpx.InvalidURL as error:
                raise EngineFailed(f"The URL of the engine is invalid: {error}.") from None
            body.seek(0)
            try:
                return await asyncio.to_thread(engine_responses.answer, body, expected)
            except MachineFailed as error:
                _log.error("%s", error.reason)
                raise

    async def _take(self, response: httpx.Response, body: IO[bytes]) -> None:
        """Read the whole body, up to the maximum length."""
        taken = 0
        async for piece in response.aiter_bytes():
            taken += len(piece)
            if taken > _ROOM * self._limits.result_bytes:
                raise ResultTooLarge(
                    f"The engine's result is longer than {_ROOM * self._limits.result_bytes:,} "
                    "bytes; nothing of it was sent. Request less, or download the dumps."
                )
            body.write(piece)

    async def _look(self) -> str | None:
        """The id of the complete release on the engine; None if there is none."""
        begun = asyncio.get_running_loop().time()
        found = await self._rows(published.EDITION_QUERY, _LOOK)
        loaded = found[0].get("release") if len(found) == 1 else None
        if loaded == self._edition:
            self._last_confirmed = begun
        else:
            self._last_confirmed = float("-inf")
        return loaded

    async def _rows(self, query: str, seconds: float = _COUNT) -> list[dict[str, str]]:
        """The rows of a query about the loaded release. Raises RequestError."""
        try:
            async with asyncio.timeout(seconds):
                response = await self._monitor_client.post(
                    self._access.url,
                    data={"query": query},
                    headers={"Accept": engine_responses.RESULTS},
                )
        except TimeoutError:
            raise EngineFailed(f"no response within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineFailed(engine_errors.reason(error)) from None
        if response.status_code != 200:
            failure = engine_errors.response_error(response, response.content, query)
            raise failure.error if isinstance(failure, engine_errors.RetryableError) else failure
        try:
            return table(response.content).records()
        except (ValueError, KeyError, TypeError, AttributeError):
            raise EngineFailed("its response is not a SPARQL result in JSON") from None

    async def _require_all(self) -> None:
        """Raise EngineFailed if a graph has another number of triples than in the release.

        An engine may lose some: Virtuoso 7.2 did when it was killed before a checkpoint.
        """
        counted = self.release.manifest.get("graphs")
        for name, triples in counted.items() if isinstance(counted, dict) else ():
            rows = await self._rows(published.count(names.graph(name)))
            loaded = [row.get("n") for row in rows]
            if loaded != [str(triples)]:
                raise EngineFailed(
                    f"the graph {names.graph(name)} has {loaded} triples, not {triples}."
                )

    async def _watch(self) -> None:
        logged = ""
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                loaded = await self._look()
                problem = "" if self._is_current else f"it has {loaded or 'no complete release'}"
            except RequestError as error:
                problem = str(error)
            except Exception as error:  # checks continue, whatever this is
                _log.exception("the engine cannot be checked")
                problem = repr(error)
            if problem and problem != logged:
                _log.warning("the engine does not serve %s: %s", self.release.id, problem)
            logged = problem


def _solutions(answer: QueryResult, most: int) -> Solutions | None:
    """Parse the keys in a result, in one thread as pyoxigraph requires."""
    found = ox.parse_query_results(answer.in_memory().body, ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)  # noqa: S101 - the answer to a SELECT
    return solutions(found, most)


def _client(access: Access, connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        auth=access.auth(),
        verify=tls_context(),
        headers={"User-Agent": f"meagraph/{__version__}"},
        timeout=httpx.Timeout(None, connect=_CONNECT),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        trust_env=False,
    )
