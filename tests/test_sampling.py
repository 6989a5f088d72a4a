"""A sample is the same in each run, and the other cases have the marker `full`."""

from __future__ import annotations

import pytest

from tests.sampling import sampled, some


def is_left_to_full(case: object) -> bool:
    marks = getattr(case, "marks")  # noqa: B009 - the class has no public name
    return [mark.name for mark in marks] == ["full"]


def test_a_sample_is_the_same_each_time_and_in_order() -> None:
    chosen = some(range(100), 10)
    assert chosen == some(range(100), 10) == sorted(set(chosen))
    assert len(chosen) == 10


def test_of_few_cases_all_are_in_the_sample() -> None:
    assert some("abc", 10) == ["a", "b", "c"]
    assert not any(map(is_left_to_full, sampled("abc", 10)))


@pytest.mark.parametrize("cases", [list(range(30)), [(one, -one) for one in range(30)]])
def test_every_case_is_in_the_sample_or_left_to_full(cases: list[object]) -> None:
    made = sampled(cases, 10)
    values = [
        case.values if isinstance(one, tuple) else case.values[0]
        for one, case in zip(cases, made, strict=True)
    ]
    assert values == cases
    assert sum(map(is_left_to_full, made)) == 20
