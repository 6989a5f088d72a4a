"""Run client queries: rate limit, cache, cancellation."""

from __future__ import annotations

import asyncio
import hashlib
import time

from starlette.requests import Request

from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph_api.engine.current_release import OpenRelease
from meagraph_api.engine.protocol import Dataset
from meagraph_api.engine.query_cache import CacheKey
from meagraph_api.http.access_log import facts
from meagraph_api.http.disconnection import while_connected
from meagraph_api.http.rate_limit import RateLimiter, client_of

_LONG = 100_000
"""Bytes of a query from which on its digest is computed in a thread."""


class QueryService:
    """Runs the queries of clients on the engine."""

    def __init__(self, rate_limiter: RateLimiter) -> None:
        self.rate_limiter = rate_limiter

    async def run(
        self,
        request: Request,
        release: OpenRelease,
        text: str,
        accepted: AcceptedFormats,
        dataset: Dataset | None = None,
        seconds: float | None = None,
        *,
        keys_first: bool = False,
    ) -> QueryResult:
        """The complete result of a client's query.

        Raises TooManyRequests, what the engine raises, and ClientDisconnect if the client has
        disconnected. Adds `query`, `query_ms`, `rows` and `outcome` to the log entry.
        """
        entry = facts(request.scope)
        entry["query"] = await _digest(text)
        entry["query_ms"] = 0.0
        key = CacheKey(text, accepted, dataset)
        if (answer := release.answers.get(key)) is not None:
            entry |= {"outcome": "cached", "rows": answer.rows}
            return answer
        begun = time.perf_counter()
        client = client_of(request.scope)
        try:
            with self.rate_limiter.count_query(client):
                async with while_connected(request):
                    answer = await release.engine.query(
                        text, accepted, dataset, seconds, client, keys_first=keys_first
                    )
        finally:
            entry["query_ms"] = round((time.perf_counter() - begun) * 1000, 2)
        entry["rows"] = answer.rows
        return release.answers.keep(key, answer)


async def _digest(text: str) -> str:
    """The digest that identifies a query in the log."""
    encoded = text.encode(errors="replace")
    if len(encoded) < _LONG:
        return hashlib.sha256(encoded).hexdigest()[:16]
    return (await asyncio.to_thread(hashlib.sha256, encoded)).hexdigest()[:16]
