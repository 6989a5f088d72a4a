"""The cache keeps what was asked for most recently, and what lasts."""

from __future__ import annotations

from io import BytesIO

from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph_api.engine.query_cache import Answers, Asked

WANTED = AcceptedFormats("text/csv", "text/turtle")


def answer(content: bytes, *, lasting: bool = True) -> QueryResult:
    return QueryResult("text/csv", content, len(content), lasting=lasting)


def asked(text: str) -> Asked:
    return Asked(text, WANTED)


def test_an_answer_is_kept_for_the_same_question_alone() -> None:
    answers = Answers(20_000)
    kept = answers.keep(asked("ASK {}"), answer(b"true"))
    assert answers.get(asked("ASK {}")) is kept
    assert answers.get(asked("ASK { }")) is None
    assert (
        answers.get(Asked("ASK {}", AcceptedFormats("text/csv", "text/turtle", gzip=True))) is None
    )


def test_an_answer_that_does_not_last_is_not_kept() -> None:
    answers = Answers(20_000)
    answers.keep(asked("SELECT (NOW() AS ?x) {}"), answer(b"x", lasting=False))
    assert answers.get(asked("SELECT (NOW() AS ?x) {}")) is None


def test_one_answer_does_not_push_out_all_others() -> None:
    answers = Answers(20_000)
    answers.keep(asked("short"), answer(b"x" * 50))
    long = answer(b"x" * 2_000)
    assert answers.keep(asked("long"), long) is long
    assert answers.get(asked("long")) is None
    assert answers.get(asked("short")) is not None


def test_the_memory_is_bounded_and_the_oldest_go_first() -> None:
    answers = Answers(20_000)
    for number in range(100):
        answers.keep(asked(f"{number}"), answer(b"x" * 80))
    assert 0 < answers.bytes <= 20_000
    assert answers.get(asked("0")) is None
    assert answers.get(asked("99")) is not None


def test_long_questions_with_short_answers_take_memory_too() -> None:
    answers = Answers(1_000_000)
    for number in range(100):
        answers.keep(asked(f"{number} " + "x" * 50_000), answer(b"true"))
    assert answers.get(asked("0 " + "x" * 50_000)) is None
    assert answers.get(asked("99 " + "x" * 50_000)) is not None


def test_no_memory_keeps_nothing() -> None:
    answers = Answers(0)
    answers.keep(asked("ASK {}"), answer(b"true"))
    assert answers.get(asked("ASK {}")) is None


def test_an_answer_from_a_file_is_kept_in_memory() -> None:
    answers = Answers(20_000)
    kept = answers.keep(asked("q"), QueryResult("text/csv", BytesIO(b"long"), 4, lasting=True))
    assert kept.content == b"long"
