"""Fairness: one client takes its share and no more, and is told when to come again."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from meagraph.core.errors import TooManyRequests
from meagraph_api.http.rate_limit import RateLimiter, client_of


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def spend(rate_limiter: RateLimiter, clock: Clock, client: str, seconds: float) -> None:
    with rate_limiter.count_query(client):
        clock.now += seconds


def test_so_many_queries_at_a_time_and_the_next_when_one_has_ended() -> None:
    rate_limiter = RateLimiter(queries=2, seconds=0)
    with rate_limiter.count_query("a"):
        with rate_limiter.count_query("a"):
            with pytest.raises(TooManyRequests, match="You have 2 queries running") as refused:
                rate_limiter.count_query("a").__enter__()
            assert refused.value.retry_after == 1
            with rate_limiter.count_query("b"):
                pass
        with rate_limiter.count_query("a"):
            pass


def test_a_query_that_fails_is_no_longer_running_but_its_time_counts() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(queries=1, seconds=10, clock=clock)
    with suppress(ZeroDivisionError), rate_limiter.count_query("a"):
        clock.now += 20
        raise ZeroDivisionError
    with pytest.raises(TooManyRequests, match="have taken 20 seconds"):
        rate_limiter.count_query("a").__enter__()


def test_time_comes_back_evenly_within_a_minute() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(queries=0, seconds=60, clock=clock)
    spend(rate_limiter, clock, "a", 1)
    with ExitStack() as all_at_once:
        for _ in range(10):
            all_at_once.enter_context(rate_limiter.count_query("a"))
        clock.now += 10
    with pytest.raises(TooManyRequests) as refused:
        rate_limiter.count_query("a").__enter__()
    clock.now += refused.value.retry_after
    spend(rate_limiter, clock, "a", 0)


def test_none_for_a_limit_is_no_limit() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(queries=0, seconds=0, clock=clock)
    with ExitStack() as all_at_once:
        for _ in range(1000):
            all_at_once.enter_context(rate_limiter.count_query("a"))
        clock.now += 10_000
    spend(rate_limiter, clock, "a", 1)


def test_clients_who_have_taken_nothing_for_a_while_are_forgotten() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(queries=1, seconds=100, clock=clock)
    for number in range(500):
        spend(rate_limiter, clock, f"{number}", 0.01)
    with rate_limiter.count_query("busy"):
        clock.now += 130
        spend(rate_limiter, clock, "new", 0)
        assert rate_limiter.clients == 2


@given(
    some.lists(some.tuples(some.sampled_from("abc"), some.floats(0, 30)), max_size=40),
    some.integers(1, 60),
)
def test_no_client_gets_more_than_its_time_whatever_it_does(
    queries: list[tuple[str, float]], seconds: int
) -> None:
    clock = Clock()
    rate_limiter = RateLimiter(queries=0, seconds=seconds, clock=clock)
    begun, taken = clock.now, dict.fromkeys("abc", 0.0)
    for client, length in queries:
        clock.now += 1
        with suppress(TooManyRequests):
            spend(rate_limiter, clock, client, length)
            taken[client] += length
    minutes = (clock.now - begun) / 60
    # The last query may begin while there is time left, and then runs to its end.
    assert all(total <= seconds * (1 + minutes) + 30 for total in taken.values())


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:0:1:2::3", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_client_is_an_address_or_the_network_of_a_subscriber(host: str, client: str) -> None:
    assert client_of({"client": (host, 1)}) == client


def test_without_an_address_all_are_one_client() -> None:
    assert client_of({"client": None}) == client_of({}) == ""
