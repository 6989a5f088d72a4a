"""The command line and Python query Oxigraph as the service does."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.cli import query_files
from meagraph.client import local
from meagraph.core.errors import QuerySyntaxError

FILE = Path("query.rq")


@pytest.mark.parametrize(
    ("format_", "answer"),
    [
        ("csv", b"z,y,a\r\n1,2,3\r\n"),
        ("tsv", b"?z\t?y\t?a\n1\t2\t3\n"),
    ],
)
def test_select_star_has_its_columns_in_order(format_: str, answer: bytes) -> None:
    text = "SELECT * { VALUES (?z ?y ?a) { (1 2 3) } }"
    assert query_files.answer(ox.Store(), FILE, text, format_) == answer


def test_group_concat_takes_numbers() -> None:
    text = "SELECT (GROUP_CONCAT(?x; separator='|') AS ?c) { VALUES ?x { 1 2 3 } }"
    assert query_files.answer(ox.Store(), FILE, text, None) == b"c\r\n1|2|3\r\n"
    _, body = local.lossless(ox.Store(), "query", text)
    assert b'"1|2|3"' in body


def test_a_syntax_error_has_its_place_in_the_file() -> None:
    with pytest.raises(QuerySyntaxError, match=r"query\.rq: Line 1, column 42"):
        query_files.answer(ox.Store(), FILE, "SELECT (GROUP_CONCAT(?x) AS ?c) { ?s ?p }", None)
