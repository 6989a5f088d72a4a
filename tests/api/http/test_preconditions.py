"""Conditions of requests: entity tags and dates, compared as RFC 9110 says."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import example, given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from meagraph.core.errors import PreconditionFailed
from meagraph_api.http import preconditions

OPAQUE = st.text(
    st.characters(codec="latin-1", exclude_characters='"', exclude_categories=["Cc", "Zs"]),
    max_size=8,
)
TAGS = st.lists(st.tuples(st.sampled_from(["", "W/"]), OPAQUE), min_size=1, max_size=5)
BETWEEN = st.sampled_from([",", ", ", " ,", "\t,\t", ",,", " , , "])
DATES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
PARTS = st.lists(
    st.sampled_from(
        [
            "Mon,",
            "Mon",
            "01",
            "31",
            "0",
            "9999",
            "99999999999999999999",
            "Jan",
            "Dec",
            "0001",
            "2001",
            "99",
            "00:00:00",
            "23:59:60",
            "24:00",
            "1:2:3:4",
            "GMT",
            "+2359",
            "-2359",
            "-0000",
            "+99999999",
            "EST",
            "Z",
            "(x)",
            "-",
            ":",
            "T",
        ]
    ),
    max_size=8,
).map(" ".join)


def written(tags: list[tuple[str, str]], between: str) -> str:
    return between.join(f'{weak}"{opaque}"' for weak, opaque in tags)


@given(TAGS, BETWEEN, OPAQUE)
def test_if_none_match_compares_weakly(
    tags: list[tuple[str, str]], between: str, other: str
) -> None:
    header = written(tags, between)
    for _, opaque in tags:
        assert preconditions.names(header, f'"{opaque}"')
    listed = {opaque for _, opaque in tags}
    assert preconditions.names(header, f'"{other}"') == (other in listed)


@given(TAGS, BETWEEN, OPAQUE)
def test_if_match_compares_strongly(
    tags: list[tuple[str, str]], between: str, current: str
) -> None:
    headers = Headers({"if-match": written(tags, between)})
    strong = {opaque for weak, opaque in tags if not weak}
    try:
        assert not preconditions.unchanged(
            headers, f'"{current}"', datetime(2026, 1, 1, tzinfo=UTC)
        )
        assert current in strong
    except PreconditionFailed:
        assert current not in strong


@given(DATES, DATES)
def test_dates_are_compared_to_the_second(modified: datetime, known: datetime) -> None:
    date = format_datetime(known, usegmt=True)
    since = Headers({"if-modified-since": date})
    assert preconditions.unchanged(since, '"a"', modified) == (modified <= known)
    unless = Headers({"if-unmodified-since": date})
    try:
        assert not preconditions.unchanged(unless, '"a"', modified)
        assert modified <= known
    except PreconditionFailed:
        assert modified > known


@given(DATES, DATES, st.sampled_from(['"a"', '"b"', "*"]))
def test_dates_count_for_nothing_beside_entity_tags(
    modified: datetime, known: datetime, tag: str
) -> None:
    date = format_datetime(known, usegmt=True)
    headers = Headers({"if-none-match": tag, "if-modified-since": date})
    assert preconditions.unchanged(headers, '"a"', modified) == (tag != '"b"')
    headers = Headers({"if-match": '"a"', "if-unmodified-since": date})
    assert not preconditions.unchanged(headers, '"a"', modified)


@given(PARTS)
@example("Fri, 31 Dec 9999 23:59:59 -2359")
@example("0001 Jan 99999999999999999999 23:59:60 99 T")
def test_a_date_that_is_none_is_passed_over(text: str) -> None:
    headers = Headers({"if-modified-since": text, "if-unmodified-since": text})
    with suppress(PreconditionFailed):
        preconditions.unchanged(headers, '"a"', datetime.now(UTC) + timedelta(days=1))


@given(st.text(st.characters(codec="latin-1"), max_size=60))
def test_any_header_is_understood_or_passed_over(text: str) -> None:
    assert preconditions.names(text, '"none of them"') is False
    preconditions.matches(text, '"a"')
