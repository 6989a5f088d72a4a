"""The access log tells of each request what those who run the service need, and of nobody more."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from meagraph_api import Settings
from tests.api.conftest import DATA, Serving
from tests.api.served import FOREVER
from tests.waiting import PATIENCE, wait_until


class AccessLog(logging.Handler):
    """Listens to the access log."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    def line(self, name: str, value: object) -> dict[str, Any]:
        """The first line with this value, which may come a moment after the answer."""
        found: list[dict[str, Any]] = []

        def comes() -> bool:
            lines = [json.loads(text) for text in self.texts]
            found.extend(line for line in lines if line.get(name) == value)
            return bool(found)

        wait_until(comes, lambda: self.texts)
        return found[0]

    def of(self, answer: httpx.Response) -> dict[str, Any]:
        """The line on the request with this answer."""
        return self.line("id", answer.headers["x-request-id"])


@contextmanager
def listening_to_log() -> Iterator[AccessLog]:
    """What a server that is running already tells from now on."""
    logger = logging.getLogger("meagraph.access")
    log = AccessLog()
    logger.addHandler(log)
    yield log
    logger.removeHandler(log)


@pytest.fixture
def log(client: httpx.Client) -> Iterator[AccessLog]:
    """What the server of the client tells while a test runs."""
    del client
    with listening_to_log() as listening:
        yield listening


def test_a_query_is_told_by_its_hash_with_its_rows_and_its_time(
    client: httpx.Client, log: AccessLog
) -> None:
    query = "SELECT ?secret { VALUES ?secret { 1 2 3 } }"
    answer = client.get("/sparql", params={"query": query})
    line = log.of(answer)
    assert line["query"] == hashlib.sha256(query.encode()).hexdigest()[:16]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/sparql", 200)
    assert (line["outcome"], line["rows"]) == ("ok", 3)
    assert line["bytes"] == int(answer.headers["content-length"])
    assert 0 < line["query_ms"] <= line["ms"]
    assert line["time"].endswith("+00:00")
    again = log.of(client.get("/sparql", params={"query": query}))
    assert (again["outcome"], again["rows"], again["query_ms"]) == ("cached", 3, 0)
    unchanged = client.get(
        "/sparql", params={"query": query}, headers={"if-none-match": answer.headers["etag"]}
    )
    assert (log.of(unchanged)["outcome"], log.of(unchanged)["status"]) == ("not-modified", 304)


@pytest.mark.parametrize(
    ("address", "outcome", "status"),
    [
        ("/sparql?query=ASK%7B", "sparql-syntax-error", 400),
        ("/sparql?query=CLEAR+ALL", "query-refused", 400),
        ("/sparql?query=ASK%7B%7D&format=pdf", "not-acceptable", 406),
        ("/nowhere", "not-found", 404),
        ("/healthz", "ok", 200),
    ],
)
def test_an_error_is_told_by_the_name_of_the_problem(
    client: httpx.Client, log: AccessLog, address: str, outcome: str, status: int
) -> None:
    line = log.of(client.get(address))
    assert (line["outcome"], line["status"]) == (outcome, status)


def test_a_query_that_took_too_long_is_told_with_its_time(
    client: httpx.Client, log: AccessLog
) -> None:
    numbers = " ".join(map(str, range(1000)))
    lots = " ".join(f"VALUES ?v{index} {{ {numbers} }}" for index in range(5))
    answer = client.post(
        "/sparql", data={"query": f"SELECT (COUNT(*) AS ?n) {{ {lots} }}", "timeout": "0.2"}
    )
    line = log.of(answer)
    assert (line["outcome"], line["status"]) == ("query-timeout", 504)
    assert 0 < line["query_ms"] <= line["ms"]


def test_nothing_of_a_query_a_client_or_a_credential_is_told(
    client: httpx.Client, log: AccessLog
) -> None:
    client.get(
        "/sparql?query=ASK%7B%7D&user=secret-user",
        headers={
            "authorization": "Bearer secret-token",
            "referer": "https://secret.example/",
            "x-forwarded-for": "198.51.100.7",
        },
    )
    client.post("/sparql", data={"query": 'ASK { FILTER("secret-word" = ?x) }'})
    client.get("/sparql/%0A%22forged%22?secret=1")
    log.line("path", '/sparql/\n"forged"')
    assert len(log.texts) == 3
    for text in log.texts:
        assert "secret" not in text
        assert "127.0.0.1" not in text
        assert "198.51.100.7" not in text
        assert "\n" not in text


def test_a_client_that_went_away_is_told_as_gone(small_releases: Path, serving: Serving) -> None:
    numbers = " ".join(map(str, range(1000)))
    lots = " ".join(f"VALUES ?v{index} {{ {numbers} }}" for index in range(5))
    settings = Settings(releases=small_releases, queries=DATA / "queries", query_timeout=FOREVER)
    with serving(settings) as client, listening_to_log() as log:
        with pytest.raises(httpx.ReadTimeout):
            client.post(
                "/sparql",
                data={"query": f"SELECT (COUNT(*) AS ?n) {{ {lots} }}"},
                timeout=httpx.Timeout(PATIENCE, read=0.6),
            )
        line = log.line("path", "/sparql")
    assert (line["outcome"], line["status"]) == ("gone", 499)
