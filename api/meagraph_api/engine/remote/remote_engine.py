"""The remote engine: an existing SPARQL 1.1 server, asked over HTTP.

The service sees the same as of the embedded engine: complete answers in every format, or an error.
What such a server may do otherwise (send half an answer with status 200, cut rows without a word,
hold other graphs too, be changed at this moment) is noticed here. Its peculiarities are data, in
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
from meagraph_api.engine.remote.rewriter import outgoing

_log = logging.getLogger("uvicorn.error")

_PAUSES = (0.1, 0.5)
"""Seconds before a query is sent once more, where it was not answered."""
_INTERVAL = 1.0
"""Seconds between two looks at what the engine holds."""
_CONNECT = 5.0
"""Seconds in which a connection must be there."""
_LOOK = 2.0
"""Seconds that one look at what the engine holds may take."""
_COUNT = 60.0
"""Seconds that counting the triples of one graph may take."""
_IN_MEMORY = 1_048_576
"""Bytes of an engine's answer that are kept in memory."""
_LONG = 10_000
"""Characters of a query from which reading it is noticed by others, if they have to wait."""
_ROOM = 4
"""So many times as long as our answer may be, its answer may be: JSON says more than CSV."""


@dataclass(frozen=True, slots=True)
class RemoteLimits:
    """How much is asked of one engine at a time, and how much one answer may be."""

    deadline: float = 30.0
    """Seconds that a query may take."""
    result_bytes: int = 256 * 1024 * 1024
    """The longest answer."""
    connections: int = 16
    """Queries at a time."""
    wait: float = 5.0
    """Seconds that a query waits until it may be sent."""
    rows: int = 0
    """Rows at which the engine cuts answers without a word; 0 where it does not."""


class RemoteEngine:
    """A SPARQL server of somebody else's making; see `meagraph_api.engine.protocol.Engine`."""

    def __init__(self, release: Release, access: Access, limits: RemoteLimits) -> None:
        self.release = release
        self._access = access
        self._limits = limits
        self._edition = published.edition(release.manifest)
        self._graphs = published.graphs_of(release.manifest)
        self._places = asyncio.Semaphore(limits.connections)
        self._running = 0
        self._seen = float("-inf")
        """When the release was last seen to be whole."""
        self._looking: asyncio.Task[None] | None = None
        self._client = _client(access, limits.connections)
        self._looker = _client(access, 1)

    @classmethod
    async def open(cls, folder: Path, access: Access, limits: RemoteLimits) -> RemoteEngine:
        """Ask for the release in a folder, of which the manifest is enough.

        Raises ReleaseError where the engine does not hold that release, or does not answer, and
        where a file that is there, but for the store, is not that of the manifest.
        """
        without = (releases.STORE, files.IMAGE)
        manifest = await asyncio.to_thread(releases.check, folder, excluding=without)
        engine = cls(Release(folder.name, folder, manifest), access, limits)
        try:
            loaded = await engine._look()
        except (MeagraphError, OSError) as error:
            await engine.close()
            raise ReleaseError(f"{access.url}: the engine cannot be asked: {error}") from None
        if loaded != engine._edition:
            await engine.close()
            raise ReleaseError(
                f"{access.url}: the engine holds {loaded or 'no whole release'}, not "
                f"{engine._edition}. Bring it there: meagraph publish --to {access.url}"
            )
        try:
            await engine._require_all()
        except (MeagraphError, OSError) as error:
            await engine.close()
            raise ReleaseError(
                f"{access.url}: {error} Publish once more: meagraph publish --to {access.url}"
            ) from None
        engine._looking = asyncio.create_task(engine._watch())
        return engine

    @property
    def state(self) -> State:
        """How it is: ready as long as the engine holds this release, and says so."""
        return State(self._believed, {"busy": self._running})

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
        """The complete answer to one query; see `meagraph_api.engine.protocol.Engine`.

        Raises EngineFailed too. `client` does not count: the engine has an order of its own.
        """
        del client
        self._require_release()
        most = min(seconds or self._limits.deadline, self._limits.deadline)
        try:
            async with asyncio.timeout(most), self._place():
                if keys_first:
                    text = await self._with_keys(text, dataset)
                answer = await self._sent(text, accepted, dataset)
        except TimeoutError:
            raise QueryTimeout(
                f"The query took longer than {most:g} s. Ask for less: name the graph or the "
                "class, bind more, or add a LIMIT."
            ) from None
        # What was read while the graphs were being changed may be half of each, and keys of one
        # release have other columns in the next.
        self._require_release()
        return answer

    async def _with_keys(self, text: str, dataset: Dataset | None) -> str:
        """A ready-made query with its keys in place of the sub-select that finds them."""
        if not (most := self._access.profile.max_keys):
            return text
        run = steps(text)
        try:
            query = next(run)
            while True:
                found = await self._sent(
                    query, AcceptedFormats(engine_responses.RESULTS, None), dataset
                )
                query = run.send(await asyncio.to_thread(_solutions, found, most))
        except StopIteration as end:
            return str(end.value)

    async def _sent(
        self, text: str, accepted: AcceptedFormats, dataset: Dataset | None
    ) -> QueryResult:
        """The complete answer to one query."""
        profile = self._access.profile
        if len(text) < _LONG:
            sent = outgoing(text, profile)
        else:
            sent = await asyncio.to_thread(outgoing, text, profile)
        expected = engine_responses.Expected(
            text=text,
            form=sent.form,
            accepted=accepted,
            profile=profile,
            most=self._limits.result_bytes,
            rows=self._limits.rows,
            sent=sent,
        )
        engine_errors.refuse_unwanted(expected)
        return await self._asked(self._form(sent.text, dataset or sent.dataset), expected)

    async def close(self) -> None:
        """End all connections."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        await self._client.aclose()
        await self._looker.aclose()

    @property
    def _believed(self) -> bool:
        return asyncio.get_running_loop().time() - self._seen <= published.VALID_SECONDS

    def _require_release(self) -> None:
        if not self._believed:
            raise NotReady(
                "The engine behind this service does not answer, or its graphs are being replaced "
                "by those of another release. Try again soon."
            )

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Be one of as many as may ask at a time. Raises Busy."""
        try:
            await asyncio.wait_for(self._places.acquire(), self._limits.wait)
        except TimeoutError:
            raise Busy(
                f"{self._limits.connections} queries are running, as many as may, and none ended "
                f"within {self._limits.wait:g} s. Try again soon."
            ) from None
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._places.release()

    def _form(self, text: str, dataset: Dataset | None) -> dict[str, str | list[str]]:
        """The form that states a query.

        https://www.w3.org/TR/sparql11-protocol/#query-via-post-urlencoded
        """
        default = named = list(self._graphs)
        if dataset is not None:
            # Other graphs of the engine are none of this service's, and those that are, are empty
            # where the list is: an engine that is told nothing takes everything.
            default = [graph for graph in dataset.default_graphs if graph in self._graphs]
            named = [graph for graph in dataset.named_graphs if graph in self._graphs]
        return {
            "query": text,
            "default-graph-uri": default or [published.NOTHING],
            "named-graph-uri": named or [published.NOTHING],
        }

    async def _asked(
        self, form: dict[str, str | list[str]], expected: engine_responses.Expected
    ) -> QueryResult:
        """The answer, asked for again where that may help: a query changes nothing."""
        for pause in _PAUSES:
            try:
                return await self._once(form, expected)
            except engine_errors.MayPass as error:
                _log.warning("the engine did not answer, and is asked again: %s", error.reason)
            await asyncio.sleep(pause)
        try:
            return await self._once(form, expected)
        except engine_errors.MayPass as error:
            _log.error("the engine did not answer: %s", error.reason)
            raise error.meant from None

    async def _once(
        self, form: dict[str, str | list[str]], expected: engine_responses.Expected
    ) -> QueryResult:
        accept = engine_responses.RESULTS if expected.table else engine_responses.GRAPH
        with cast(IO[bytes], tempfile.SpooledTemporaryFile(_IN_MEMORY)) as body:
            try:
                async with self._client.stream(
                    "POST", self._access.url, data=form, headers={"Accept": accept}
                ) as response:
                    if response.status_code != 200:
                        said = await engine_errors.beginning(response)
                        raise engine_errors.error(response, said, expected.text, expected.sent)
                    engine_errors.refuse_cut(response, expected)
                    await self._take(response, body)
            except httpx.TimeoutException as error:
                raise engine_errors.unreachable(error) from None
            except httpx.HTTPError as error:
                raise engine_errors.unreachable(error) from None
            except httpx.InvalidURL as error:
                raise EngineFailed(f"The engine's address cannot be used: {error}.") from None
            body.seek(0)
            try:
                return await asyncio.to_thread(engine_responses.answer, body, expected)
            except MachineFailed as error:
                _log.error("%s", error.reason)
                raise

    async def _take(self, response: httpx.Response, body: IO[bytes]) -> None:
        """Take the whole body, as long as it is not longer than any answer may be."""
        taken = 0
        async for piece in response.aiter_bytes():
            taken += len(piece)
            if taken > _ROOM * self._limits.result_bytes:
                raise ResultTooLarge(
                    f"The engine's answer is longer than {_ROOM * self._limits.result_bytes:,} "
                    "bytes; nothing of it was sent. Ask for less, or take the dumps."
                )
            body.write(piece)

    async def _look(self) -> str | None:
        """The id of the release that the engine holds, whole; None where there is none."""
        begun = asyncio.get_running_loop().time()
        found = await self._rows(published.EDITION_QUERY, _LOOK)
        loaded = found[0].get("release") if len(found) == 1 else None
        if loaded == self._edition:
            self._seen = begun
        else:
            self._seen = float("-inf")
        return loaded

    async def _rows(self, query: str, seconds: float = _COUNT) -> list[dict[str, str]]:
        """The rows of a query of ours about what the engine holds. Raises RequestError."""
        try:
            async with asyncio.timeout(seconds):
                response = await self._looker.post(
                    self._access.url,
                    data={"query": query},
                    headers={"Accept": engine_responses.RESULTS},
                )
        except TimeoutError:
            raise EngineFailed(f"no answer within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineFailed(engine_errors.reason(error)) from None
        if response.status_code != 200:
            failure = engine_errors.error(response, response.content, query)
            raise failure.meant if isinstance(failure, engine_errors.MayPass) else failure
        try:
            return table(response.content).records()
        except (ValueError, KeyError, TypeError, AttributeError):
            raise EngineFailed("what it says is no answer in JSON") from None

    async def _require_all(self) -> None:
        """Raise EngineFailed where a graph has not as many triples as in the release.

        An engine may have lost some: Virtuoso 7.2 did, when it was ended before a checkpoint.
        """
        counted = self.release.manifest.get("graphs")
        for name, triples in counted.items() if isinstance(counted, dict) else ():
            rows = await self._rows(published.count(names.graph(name)))
            loaded = [row.get("n") for row in rows]
            if loaded != [str(triples)]:
                raise EngineFailed(
                    f"the graph {names.graph(name)} holds {loaded} triples, not {triples}."
                )

    async def _watch(self) -> None:
        complaint = ""
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                loaded = await self._look()
                said = "" if self._believed else f"it holds {loaded or 'no whole release'}"
            except RequestError as error:
                said = str(error)
            except Exception as error:  # whatever it is, the next look comes
                _log.exception("the engine cannot be looked at")
                said = repr(error)
            if said and said != complaint:
                _log.warning("the engine does not answer for %s: %s", self.release.id, said)
            complaint = said


def _solutions(answer: QueryResult, most: int) -> Solutions | None:
    """The keys of an answer: in one thread, as pyoxigraph demands."""
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
