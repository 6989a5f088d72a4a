"""Metrics: the numbers of the service, as Prometheus reads them, for those who may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from meagraph_api import Settings
from tests.api.conftest import DATA, Serving

Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(client: httpx.Client) -> Numbers:
    """All numbers, by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_and_queries_are_counted_by_what_became_of_them(
    small_releases: Path, serving: Serving
) -> None:
    with serving(Settings(releases=small_releases, queries=DATA / "queries", workers=3)) as client:
        for _ in range(2):
            client.get("/sparql", params={"query": "ASK {}"})
        client.get("/sparql", params={"query": "ASK {"})
        client.get("/nowhere")
        client.request("PROPFIND", "/sparql")
        numbers = read(client)
    assert numbers["meagraph_http_requests_total", (("method", "GET"), ("status", "200"))] == 2
    assert numbers["meagraph_http_requests_total", (("method", "GET"), ("status", "404"))] == 1
    assert numbers["meagraph_http_requests_total", (("method", "other"), ("status", "405"))] == 1
    assert numbers["meagraph_http_request_seconds_count", ()] == 5
    assert numbers["meagraph_queries_total", (("outcome", "ok"),)] == 1
    assert numbers["meagraph_queries_total", (("outcome", "cached"),)] == 1
    assert numbers["meagraph_queries_total", (("outcome", "sparql-syntax-error"),)] == 1
    assert numbers["meagraph_query_seconds_count", ()] == 3


def test_the_state_of_the_engine_and_of_the_process_is_told(
    small_releases: Path, serving: Serving
) -> None:
    with serving(Settings(releases=small_releases, queries=DATA / "queries", workers=3)) as client:
        client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 3"})
        numbers = read(client)
    assert numbers["meagraph_ready", ()] == 1
    assert numbers["meagraph_workers", (("state", "idle"),)] == 3
    assert numbers["meagraph_cache_bytes", ()] > 0
    assert numbers["process_resident_memory_bytes", ()] > 1_000_000
    about = next(labels for name, labels in numbers if name == "meagraph_info")
    assert dict(about)["release"] == "r1"


def test_without_a_release_they_say_so(tmp_path: Path, serving: Serving) -> None:
    with serving(Settings(releases=tmp_path, queries=DATA / "queries")) as client:
        assert read(client)["meagraph_ready", ()] == 0


@pytest.fixture(scope="module")
def by_readers(small_releases: Path, serving: Serving) -> Iterator[Mapping[str, httpx.Client]]:
    """A client of a service for each setting of who may read them."""
    with ExitStack() as services:
        yield {
            readers: services.enter_context(
                serving(
                    Settings(releases=small_releases, queries=DATA / "queries", metrics=readers)
                )
            )
            for readers in ("loopback", "all", "none")
        }


@pytest.mark.parametrize(
    ("readers", "headers", "status"),
    [
        ("loopback", {}, 200),
        ("loopback", {"x-forwarded-for": "198.51.100.7"}, 403),
        ("loopback", {"forwarded": "for=198.51.100.7"}, 403),
        ("loopback", {"via": "1.1 proxy"}, 403),
        ("loopback", {"x-real-ip": "198.51.100.7"}, 403),
        ("loopback", {"X-Forwarded-Proto": "https"}, 403),
        ("loopback", {"X-Client-IP": "198.51.100.7"}, 403),
        ("loopback", {"True-Client-IP": "198.51.100.7"}, 403),
        ("loopback", {"CF-Connecting-IPv6": "2001:db8::7"}, 403),
        ("loopback", {"X-Azure-ClientIP": "198.51.100.7"}, 403),
        ("loopback", {"X-Remote-Addr": "198.51.100.7"}, 403),
        ("loopback", {"X-Envoy-External-Address": "198.51.100.7"}, 403),
        ("loopback", {"X-Original-Host": "example.org"}, 403),
        ("loopback", {"CDN-Loop": "cdn"}, 403),
        ("loopback", {"User-Agent": "Prometheus/3.0", "Accept-Encoding": "gzip"}, 200),
        (
            "loopback",
            {"X-Prometheus-Scrape-Timeout-Seconds": "10", "Authorization": "Bearer x"},
            200,
        ),
        ("loopback", {"x-forwarded-host": "example.org"}, 403),
        ("loopback", {"x-forwarded-for": "127.0.0.1"}, 403),
        ("all", {"x-real-ip": "198.51.100.7"}, 200),
        ("all", {"x-forwarded-for": "198.51.100.7"}, 200),
        ("none", {}, 403),
    ],
)
def test_who_may_read_them_is_a_setting(
    by_readers: Mapping[str, httpx.Client], readers: str, headers: dict[str, str], status: int
) -> None:
    answer = by_readers[readers].get("/metrics", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["title"] == "Forbidden"
        assert "MEAGRAPH_METRICS" in answer.json()["detail"]


def test_a_trusted_proxy_on_this_machine_reads_them_for_nobody(
    small_releases: Path, serving: Serving
) -> None:
    settings = Settings(
        releases=small_releases, queries=DATA / "queries", trusted_proxies="127.0.0.1"
    )
    with serving(settings) as client:
        assert client.get("/metrics").status_code == 403
        assert client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 403


def test_what_is_refused_before_the_application_is_counted(
    small_releases: Path, serving: Serving
) -> None:
    with serving(Settings(releases=small_releases, queries=DATA / "queries")) as client:
        for _ in range(3):
            assert client.get("/", headers={"accept": "a" * 10_000}).status_code == 431
        assert client.get("/", headers={"host": "a/b"}).status_code == 400
        numbers = read(client)
    assert numbers["meagraph_http_refusals_total", (("status", "431"),)] == 3
    assert numbers["meagraph_http_refusals_total", (("status", "400"),)] == 1
    assert numbers["meagraph_http_request_seconds_count", ()] == 0
    assert numbers["meagraph_connections", ()] == 1
