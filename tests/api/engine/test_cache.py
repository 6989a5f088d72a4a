"""The cache keeps what was asked for most recently, and what lasts."""

from __future__ import annotations

from io import BytesIO

from meagraph.core.results.formats import AcceptedFormats, QueryResult
from meagraph_api.engine.query_cache import CacheKey, QueryCache

ACCEPTED = AcceptedFormats("text/csv", "text/turtle")


def answer(content: bytes, *, lasting: bool = True) -> QueryResult:
    return QueryResult("text/csv", content, len(content), lasting=lasting)


def key(text: str) -> CacheKey:
    return CacheKey(text, ACCEPTED)


def test_an_answer_is_kept_for_the_same_question_alone() -> None:
    answers = QueryCache(20_000)
    kept = answers.keep(key("ASK {}"), answer(b"true"))
    assert answers.get(key("ASK {}")) is kept
    assert answers.get(key("ASK { }")) is None
    assert (
        answers.get(CacheKey("ASK {}", AcceptedFormats("text/csv", "text/turtle", gzip=True)))
        is None
    )


def test_an_answer_that_does_not_last_is_not_kept() -> None:
    answers = QueryCache(20_000)
    answers.keep(key("SELECT (NOW() AS ?x) {}"), answer(b"x", lasting=False))
    assert answers.get(key("SELECT (NOW() AS ?x) {}")) is None


def test_one_answer_does_not_push_out_all_others() -> None:
    answers = QueryCache(20_000)
    answers.keep(key("short"), answer(b"x" * 50))
    long = answer(b"x" * 2_000)
    assert answers.keep(key("long"), long) is long
    assert answers.get(key("long")) is None
    assert answers.get(key("short")) is not None


def test_the_memory_is_bounded_and_the_oldest_go_first() -> None:
    answers = QueryCache(20_000)
    for number in range(100):
        answers.keep(key(f"{number}"), answer(b"x" * 80))
    assert 0 < answers.bytes <= 20_000
    assert answers.get(key("0")) is None
    assert answers.get(key("99")) is not None


def test_long_questions_with_short_answers_take_memory_too() -> None:
    answers = QueryCache(1_000_000)
    for number in range(100):
        answers.keep(key(f"{number} " + "x" * 50_000), answer(b"true"))
    assert answers.get(key("0 " + "x" * 50_000)) is None
    assert answers.get(key("99 " + "x" * 50_000)) is not None


def test_no_memory_keeps_nothing() -> None:
    answers = QueryCache(0)
    answers.keep(key("ASK {}"), answer(b"true"))
    assert answers.get(key("ASK {}")) is None


def test_an_answer_from_a_file_is_kept_in_memory() -> None:
    answers = QueryCache(20_000)
    kept = answers.keep(key("q"), QueryResult("text/csv", BytesIO(b"long"), 4, lasting=True))
    assert kept.content == b"long"
