"""What is answered is what was recorded (`recording.py`), call by call."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import recording
from tests.recorded.recording import Question, digest, of_rows

pytestmark = pytest.mark.full

SHOWN = 30


@pytest.fixture(scope="module")
def differences(releases: Path, pytestconfig: pytest.Config) -> dict[str, str]:
    """Each call whose answer is another than it was, with both digests."""
    now = recording.record(releases)
    if pytestconfig.getoption("--record"):
        recording.write(now)
    before = recording.read()
    return {
        call: f"was {before.get(call)}, is {now.get(call)}"
        for call in sorted(before.keys() | now.keys())
        if before.get(call) != now.get(call)
    }


def test_everything_is_answered_as_it_was_recorded(differences: dict[str, str]) -> None:
    listed = [f"{call}: {said}" for call, said in differences.items()]
    assert not listed, "\n".join([f"{len(listed)} calls differ", *listed[:SHOWN]])


def test_rows_have_a_digest_in_order_and_one_without() -> None:
    one, other = of_rows(["a,", "b"]), of_rows(["b,", "a"])
    assert one != other
    assert one.rpartition(" ")[2] == other.rpartition(" ")[2] == digest(["a", "b"])


def test_combinations_are_the_same_each_time_and_hold_what_is_required() -> None:
    question = Question("x", {"b": ("1", "2", "3"), "a": ("v",)}, {"a": "v"}, frozenset("a"))
    once, again = (list(recording.combinations(question, 50)) for _ in range(2))
    assert once == again
    assert all(("a", "v") in call for call in once)
