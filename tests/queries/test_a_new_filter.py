"""A new filter of measures is one entry in the list of parameters."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meagraph.core import files
from meagraph.core.errors import QueryFileError
from meagraph.core.queries import load

FILTER = """
  has_part:
    type: string
    label: Part
    example: x
    measure_filter: {line: '?measure mea:part/mea:name ?_has_part .'}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the queries."""
    copied = tmp_path / "queries"
    shutil.copytree(files.folder("queries"), copied)
    return copied


def test_all_queries_of_measures_take_a_filter_that_is_declared_once(folder: Path) -> None:
    usual = {name for name, query in load(folder).items() if "priority" in query.parameters}
    with (folder / "parameters.yaml").open("a", encoding="utf-8") as file:
        file.write(FILTER)
    queries = load(folder)
    taking = {name for name, query in queries.items() if "has_part" in query.parameters}
    assert taking == usual
    assert len(taking) == 12
    for name in taking:
        query = queries[name]
        required = {
            key: [one.example or ""] for key, one in query.parameters.items() if one.required
        }
        text = query.bind({**required, "has_part": ["x"]})
        assert text.count('?measure mea:part/mea:name "x" .') == 1


def test_a_parameter_that_is_declared_twice_is_refused(folder: Path) -> None:
    with (folder / "parameters.yaml").open("a", encoding="utf-8") as file:
        file.write("  country: {type: string, label: Country}\n")
    with pytest.raises(QueryFileError, match="country is declared twice"):
        load(folder)


@pytest.mark.parametrize("file", ["parameters.yaml", "columns.yaml"])
def test_a_list_of_declarations_with_anything_else_is_refused(folder: Path, file: str) -> None:
    with (folder / file).open("a", encoding="utf-8") as written:
        written.write("stray: [1]\n")
    with pytest.raises(QueryFileError, match=f"{file}: .* must have names"):
        load(folder)
