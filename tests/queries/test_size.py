"""Queries have no duplicate code: no file is long, and no five lines occur twice."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from meagraph.core import files

FOLDER = files.folder("queries")
FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".rq", ".yaml"))
LIST = FOLDER / "parameters.yaml"
"""The list of all parameters, whose length is not limited."""
MOST_LINES = 3_500
MOST_LINES_OF_A_FILE = 150
WINDOW = 5


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def repeated(texts: dict[str, list[str]]) -> list[list[str]]:
    """The places of repeated sequences of five lines, ignoring indentation and empty lines."""
    begins: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, text in texts.items():
        filled = [(number, line.strip()) for number, line in enumerate(text, 1) if line.strip()]
        for place in range(len(filled) - WINDOW + 1):
            window = filled[place : place + WINDOW]
            begins[tuple(line for _, line in window)].append(f"{name}:{window[0][0]}")
    return [where for where in begins.values() if len(where) > 1]


def test_five_equal_lines_are_found() -> None:
    five = ["a", "", "  b", "c", "d", "e"]
    assert repeated({"x": five, "y": ["z", "a", "b", "c", "d", "e"]}) == [["x:1", "y:2"]]
    assert repeated({"x": five, "y": ["a", "b", "c", "d", "f"]}) == []


def test_no_five_lines_are_there_twice() -> None:
    assert repeated({path.name: lines(path) for path in FILES}) == []


def test_no_file_but_the_list_of_parameters_is_long() -> None:
    long = {path.name for path in FILES if len(lines(path)) > MOST_LINES_OF_A_FILE}
    assert long <= {LIST.name}


def test_all_files_together_do_not_grow() -> None:
    assert sum(len(lines(path)) for path in FILES) <= MOST_LINES


def test_no_comment_leaves_a_part_of_a_query_out() -> None:
    assert not [path.name for path in FILES if any("#:" in line for line in lines(path))]
