"""The hostile set: what strangers send to bring a service down, while others go on asking.

All of it is sent once, to one server with small limits; the tests then look at what came back, at
what the others saw meanwhile, and at what the server has left of it.
"""

from __future__ import annotations

import csv
import io
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote_plus

import httpx
import pytest

from tests.api import hostile_queries as hostile
from tests.api.conftest import MakeRelease
from tests.api.served import FOREVER, Listener, Pulse, Watched, watched
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.alone

MB = 1024 * 1024
WORKERS = 2
AT_A_TIME = 3
DEADLINE = b"&timeout=1"
"""What may be endless ends after a second; what is to be refused has all the time it needs."""
PROBLEM = "application/problem+json"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass
class Reply:
    """What came back for one query."""

    status: int
    media_type: str
    body: bytes

    def is_complete(self) -> bool:
        """Whether the body is whole: rows, a truth value or a problem, and nothing behind it."""
        match self.media_type:
            case "text/csv; charset=utf-8":
                head, *rows = csv.reader(io.StringIO(self.body.decode()))
                return all(len(row) == len(head) for row in rows)
            case "application/n-triples":
                return self.body.endswith(b" .\n") or not self.body
        answer = json.loads(self.body)
        return "status" in answer or "head" in answer


@dataclass
class Outcome:
    """What the whole set did."""

    replies: dict[str, Reply] = field(default_factory=dict)
    beats: list[object] = field(default_factory=list)
    strangers: int = 0
    workers_before: int = 0
    makers_before: set[int] = field(default_factory=set)
    memory_before: int = 0


def bodies() -> dict[str, tuple[str | bytes, str]]:
    """Every query and every broken form that is sent, with the formats that its sender accepts."""
    either = "text/csv, application/n-triples;q=0.9"
    texts = {**hostile.ENDLESS, **hostile.TOO_DEEP, **hostile.HARMLESS}
    sent: dict[str, tuple[str | bytes, str]] = {name: (text, "*/*") for name, text in texts.items()}
    sent |= {
        f"{name}, as CSV": (hostile.ENDLESS[name], either)
        for name in ("a cross join", "gigabytes of rows", "gigabytes of triples")
    }
    return sent | {name: (body, "*/*") for name, body in hostile.BROKEN.items()}


BODIES = bodies()


@contextmanager
def slow_senders(port: int, number: int) -> Iterator[None]:
    """Clients that begin a request and do not end it."""
    begun = (
        b"GET /sparql?query=ASK",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n"
        b"Content-Type: application/sparql-query\r\n\r\nASK {",
        b"",
    )
    with ExitStack() as open_:
        for index in range(number):
            slow = open_.enter_context(socket.create_connection(("127.0.0.1", port)))
            slow.sendall(begun[index % len(begun)])
        yield


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease
) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("hostile")
    make_release(folder / "releases", "r1", hostile.DATA)
    with watched(
        folder / "server",
        folder / "releases",
        workers=WORKERS,
        # One more than what is hostile may fill, for a small query that takes long by chance.
        slow_workers=AT_A_TIME + 1,
        slow_after=0.4,
        max_wait=FOREVER,
        query_timeout=FOREVER,
        query_memory=512 * MB,
        max_result_bytes=5 * MB,
        client_queries=0,
        client_seconds=0,
    ) as server:
        yield server


def send(server: Watched, name: str) -> Reply:
    query, accept = BODIES[name]
    body = query if isinstance(query, bytes) else b"query=" + quote_plus(query).encode()
    if name not in hostile.TOO_DEEP and (name not in hostile.BROKEN or name.startswith("only")):
        body += DEADLINE
    # From an address of its own: who sends such queries is another client than who is answered.
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as client:
        answer = client.post(
            f"{server.address}/sparql",
            content=body,
            headers={**FORM, "accept": accept},
            timeout=PATIENCE,
        )
    return Reply(answer.status_code, answer.headers["content-type"], answer.content)


@pytest.fixture(scope="module")
def outcome(server: Watched) -> Outcome:
    """The set, sent once."""
    found = Outcome()
    with server.client() as client:
        for number in range(50):  # so that what is made at the first use is there
            assert client.get("/sparql", params={"query": f"ASK {{}} # {number}"}).json()["boolean"]
    found.workers_before = len(server.workers())
    found.makers_before = {maker.pid for maker in server.makers()}
    found.memory_before = server.resident()
    with Listener() as stranger, slow_senders(server.port, 40), Pulse(server.address) as pulse:
        with ThreadPoolExecutor(AT_A_TIME) as senders:
            replies = senders.map(lambda name: send(server, name), BODIES)
            found.replies = dict(zip(BODIES, replies, strict=True))
        with server.client() as client:
            for text in hostile.STRANGERS:
                query = text.replace("{u}", stranger.address)
                answer = client.post("/sparql", data={"query": query})
                found.replies[text] = Reply(
                    answer.status_code, answer.headers["content-type"], answer.content
                )
    found.beats = pulse.answers
    found.strangers = stranger.connections
    return found


@pytest.mark.parametrize("name", hostile.ENDLESS)
def test_what_has_no_end_ends_as_a_problem_in_time(outcome: Outcome, name: str) -> None:
    reply = outcome.replies[name]
    assert (reply.status in hostile.ENDINGS, reply.media_type) == (True, PROBLEM), reply.body[:500]


@pytest.mark.parametrize("name", hostile.TOO_DEEP)
def test_what_is_too_deep_is_refused(outcome: Outcome, name: str) -> None:
    reply = outcome.replies[name]
    assert (reply.status, reply.media_type) == (400, PROBLEM), reply.body[:500]


@pytest.mark.parametrize("name", hostile.BROKEN)
def test_what_is_no_sparql_is_refused_in_time(outcome: Outcome, name: str) -> None:
    reply = outcome.replies[name]
    ends = {400, 504} if name.startswith("only") else {400}
    assert (reply.status in ends, reply.media_type) == (True, PROBLEM), reply.body[:500]


@pytest.mark.parametrize("name", hostile.HARMLESS)
def test_what_only_looks_bad_is_answered_or_refused(outcome: Outcome, name: str) -> None:
    reply = outcome.replies[name]
    assert reply.status in (200, 400, 413, 504), reply.body[:500]


@pytest.mark.parametrize("text", hostile.STRANGERS)
def test_a_query_that_would_call_a_stranger_is_refused(outcome: Outcome, text: str) -> None:
    reply = outcome.replies[text]
    assert (reply.status, reply.media_type) == (400, PROBLEM), reply.body[:500]


def test_nobody_was_called(outcome: Outcome) -> None:
    assert outcome.strangers == 0


@pytest.mark.parametrize("name", BODIES)
def test_no_answer_is_cut_off(outcome: Outcome, name: str) -> None:
    reply = outcome.replies[name]
    assert reply.status in (200, 400, 413, 503, 504)
    assert reply.is_complete()


def test_others_were_answered_all_the_time(outcome: Outcome) -> None:
    assert {repr(beat) for beat in outcome.beats} == {"True"}


def test_no_worker_is_lost_and_none_is_left_over(server: Watched, outcome: Outcome) -> None:
    assert outcome.workers_before == WORKERS
    wait_until(lambda: len(server.workers()) == WORKERS)
    assert {maker.pid for maker in server.makers()} == outcome.makers_before
    assert all(process.state != "Z" for process in server.below())
    with server.client() as client:
        assert client.get("/readyz").status_code == 200


def test_the_memory_is_given_back_or_used_again(server: Watched, outcome: Outcome) -> None:
    assert server.resident() - outcome.memory_before < 128 * MB
    levels: list[int] = []
    # It grows by steps, as threads get memory of their own, until it has found its level.
    while len(levels) < 40 and (len(levels) < 6 or max(levels[-6:]) - min(levels[-6:]) > 8 * MB):
        for name in ("only colons", "only &", "100,000 braces", "braces that never close"):
            send(server, name)
        levels.append(server.resident())
    assert len(levels) < 40, [level // MB for level in levels]
    wait_until(lambda: all(process.resident < 150 * MB for process in server.below()))


def test_no_file_is_left(server: Watched, outcome: Outcome) -> None:
    assert outcome.replies
    wait_until(lambda: not server.files(), server.files)


def test_the_log_names_no_fault_of_ours(server: Watched, outcome: Outcome) -> None:
    assert outcome.replies
    assert "Traceback" not in server.service.log()
