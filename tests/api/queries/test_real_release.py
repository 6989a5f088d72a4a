"""All canned queries on the real release, in all formats."""

from __future__ import annotations

import csv
import io

import httpx
import openpyxl
import pytest

from tests.nonempty import nonempty
from tests.ready_made import QUERIES
from tests.sampling import sampled


@pytest.mark.parametrize("name", sampled(QUERIES, 15))
def test_every_question_has_the_same_answer_in_every_format(real: httpx.Client, name: str) -> None:
    query = QUERIES[name]
    required = {
        key: declared.example for key, declared in query.parameters.items() if declared.required
    }
    rows = real.get(f"/queries/{name}.json", params=required).json()
    assert rows
    assert all(tuple(row) == query.columns for row in rows)
    text = real.get(f"/queries/{name}.csv", params=required).content.decode()
    assert len(list(csv.DictReader(io.StringIO(text, newline="")))) == len(rows)
    workbook = real.get(f"/queries/{name}.xlsx", params=required).content
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    assert sheet.max_row == len(rows) + 1
    page = real.get(f"/queries/{name}.html", params=required)
    assert page.status_code == 200
    assert f"of {len(rows):,}." in page.text


@pytest.mark.parametrize("name", sampled(QUERIES, 15))
def test_every_example_is_a_value_that_the_graph_knows(real: httpx.Client, name: str) -> None:
    parameters = QUERIES[name].parameters
    required = {key: declared.example for key, declared in parameters.items() if declared.required}
    for key, declared in nonempty(parameters.items()):
        if declared.example is not None:
            answer = real.get(f"/queries/{name}.json", params={**required, key: declared.example})
            assert answer.status_code == 200, answer.text
