"""Metrics of requests, queries and processes in the Prometheus text format.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from meagraph.core.errors import Forbidden
from meagraph.core.version import __version__
from meagraph_api.engine.current_release import Current, OpenRelease
from meagraph_api.http.access_log import Facts
from meagraph_api.http.connection_limits import connection_of
from meagraph_api.http.connections import Connections
from meagraph_api.http.rate_limit import RateLimiter, is_loopback
from meagraph_api.http.refusal_tracker import RefusalTracker

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_PROXIED = re.compile(r"via|cdn-loop|.*forward.*|x-original-.*|.*(?:ip|ipv6|addr|address)")
"""Names of headers that proxies add: a request with one does not come from the peer itself.

There are dozens, such as X-Real-IP, True-Client-IP and X-Envoy-External-Address.
"""


class Metrics:
    """Counts requests, and serves all metrics to permitted clients."""

    def __init__(
        self,
        readers: str,
        current: Current,
        rate_limiter: RateLimiter,
        connections: Connections,
        refusals: RefusalTracker,
    ) -> None:
        """`readers` is the setting of that name: ``loopback``, ``all`` or ``none``."""
        self._readers = readers
        # A separate registry for each service in a process.
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_StateCollector(current, rate_limiter, connections, refusals))
        self._requests = Counter(
            "meagraph_http_requests",
            "Requests that reached the application.",
            ("method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "meagraph_http_request_seconds",
            "Time from a request's headers to the end of its answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._queries = Counter(
            "meagraph_queries",
            "Client queries by outcome.",
            ("outcome",),
            registry=self._registry,
        )
        self._query_seconds = Histogram(
            "meagraph_query_seconds",
            "Time that the engine took for a query, waiting included.",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def add_unsent(self, count: Callable[[], int]) -> None:
        """Add the number of unsent bytes of long responses."""
        Gauge(
            "meagraph_unsent_bytes",
            "Bytes of long answers that wait until clients take them.",
            registry=self._registry,
        ).set_function(count)

    def count(self, entry: Facts) -> None:
        """Count one request by its entry in the access log."""
        method = entry["method"] if entry["method"] in _METHODS else "other"
        self._requests.labels(method, entry["status"]).inc()
        self._seconds.observe(entry["ms"] / 1000)
        if "query" in entry:
            self._queries.labels(entry["outcome"]).inc()
            self._query_seconds.observe(entry["query_ms"] / 1000)

    async def answer(self, request: Request) -> Response:
        """Serve `/metrics`. Raises Forbidden for other clients than the setting allows."""
        if self._readers == "none" or (self._readers == "loopback" and not _is_local(request)):
            raise Forbidden(
                "Clients like this one may not read the metrics; see the setting MEAGRAPH_METRICS."
            )
        content = generate_latest(self._registry)
        headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_LATEST}
        return Response(content, headers=headers)


def _is_local(request: Request) -> bool:
    """Whether a request comes from this machine, without a proxy on it."""
    connection = connection_of(request.scope)
    if connection is not None and connection.through_proxy:
        return False
    if any(_PROXIED.fullmatch(name) for name in request.headers):
        return False
    return request.client is not None and is_loopback(request.client.host)


class _StateCollector(Collector):
    """Collects the current state when metrics are read."""

    def __init__(
        self,
        current: Current,
        rate_limiter: RateLimiter,
        connections: Connections,
        refusals: RefusalTracker,
    ) -> None:
        self._current = current
        self._rate_limiter = rate_limiter
        self._connections = connections
        self._refusals = refusals

    def collect(self) -> Iterator[Metric]:
        release = self._current.now
        yield from _of_current(self._current)
        ready = release is not None and release.engine.state.ready
        yield GaugeMetricFamily("meagraph_ready", "1 if queries are answered.", value=ready)
        yield GaugeMetricFamily(
            "meagraph_clients", "Clients with an account.", value=self._rate_limiter.clients
        )
        yield from self._of_connections()
        about = GaugeMetricFamily(
            "meagraph_info", "The version and the release.", labels=("version", "release")
        )
        about.add_metric((__version__, release.engine.release.id if release else ""), 1)
        yield about
        if release is not None:
            yield from _of_release(release)

    def _of_connections(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "meagraph_connections", "Open connections.", value=len(self._connections)
        )
        yield CounterMetricFamily(
            "meagraph_connections_dropped",
            "Connections dropped, while they waited for their clients, to make room for others.",
            value=self._connections.dropped,
        )
        refused = CounterMetricFamily(
            "meagraph_http_refusals",
            "Requests and connections refused before they reached the application.",
            labels=("status",),
        )
        for status, number in sorted(self._refusals.before_application.items()):
            refused.add_metric((str(status),), number)
        yield refused


def _of_current(current: Current) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "meagraph_release_looks_failed",
        "Looks at the file current that found no release that can be opened.",
        value=current.failed_looks,
    )
    yield GaugeMetricFamily(
        "meagraph_release_last_success_timestamp_seconds",
        "When a look last found the release that is served, in seconds since 1970.",
        value=current.last_success,
    )


def _of_release(release: OpenRelease) -> Iterator[Metric]:
    workers = GaugeMetricFamily(
        "meagraph_workers", "Processes that answer queries, by what they do.", labels=("state",)
    )
    for state, number in release.engine.state.workers.items():
        workers.add_metric((state,), number)
    yield workers
    ended = CounterMetricFamily(
        "meagraph_workers_ended",
        "Processes that ended since the release was opened, by the reason.",
        labels=("reason",),
    )
    for reason, number in release.engine.state.ended.items():
        ended.add_metric((reason,), number)
    yield ended
    yield GaugeMetricFamily(
        "meagraph_cache_bytes", "Memory of the kept answers.", value=release.answers.bytes
    )
