"""All responses are as recorded (`recording.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.recorded import recording
from tests.recorded.recording import Get, RecordedQuery, digest, of_rows

pytestmark = pytest.mark.full

SHOWN = 30

Compare: TypeAlias = Callable[[str, dict[str, str]], None]


@pytest.fixture(scope="module")
def get(releases: Path) -> Iterator[Get]:
    with recording.service(releases) as get:
        yield get


@pytest.fixture(scope="module")
def queries(get: Get) -> list[RecordedQuery]:
    return list(recording.queries(get))


@pytest.fixture
def compare(pytestconfig: pytest.Config) -> Compare:
    """Compare a part of the record, or replace it."""

    def compare(part: str, now: dict[str, str]) -> None:
        record = recording.read()
        if pytestconfig.getoption("--record"):
            recording.write(record | {part: now})
        before = recording.read().get(part, {})
        listed = [
            f"{call}: was {before.get(call)}, is {now.get(call)}"
            for call in sorted(before.keys() | now.keys())
            if before.get(call) != now.get(call)
        ]
        assert now
        assert not listed, "\n".join([f"{len(listed)} calls differ", *listed[:SHOWN]])

    return compare


def test_ready_made_queries_are_answered_as_recorded(
    queries: list[RecordedQuery], get: Get, compare: Compare
) -> None:
    compare("queries", recording.of_queries(queries, get))


def test_pages_and_files_are_as_recorded(
    queries: list[RecordedQuery], get: Get, compare: Compare
) -> None:
    compare("pages", recording.of_pages(queries, get))


def test_the_command_line_answers_as_recorded(
    queries: list[RecordedQuery], releases: Path, compare: Compare
) -> None:
    compare("command", recording.of_the_command(queries, releases))


def test_the_python_api_answers_as_recorded(
    queries: list[RecordedQuery], releases: Path, compare: Compare
) -> None:
    compare("python", recording.of_the_python_api(queries, releases))


def test_rows_have_a_digest_in_order_and_one_without() -> None:
    one, other = of_rows(["a,", "b"]), of_rows(["b,", "a"])
    assert one != other
    assert one.rpartition(" ")[2] == other.rpartition(" ")[2] == digest(["a", "b"])


def test_combinations_are_the_same_each_time_and_hold_what_is_required() -> None:
    query = RecordedQuery("x", {"b": ("1", "2", "3"), "a": ("v",)}, {"a": "v"}, frozenset("a"))
    once, again = (list(recording.combinations(query, 50)) for _ in range(2))
    assert once == again
    assert all(("a", "v") in call for call in once)
