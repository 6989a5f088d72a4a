"""The CSV of questions as readers of CSV on the Web take it: described, and numbers as text."""

from __future__ import annotations

import csv
import io
from urllib.parse import urljoin

import csvw
import httpx
import pytest

from meagraph import files
from meagraph.queries import load

QUERIES = load(files.folder("queries"))
METADATA = "application/csvm+json"


def address(client: httpx.Client, path: str) -> str:
    return str(client.base_url).rstrip("/") + path


def test_a_reader_finds_the_metadata_from_the_csv_alone(real: httpx.Client) -> None:
    read = csvw.CSVW(address(real, "/queries/measures.csv?country=KAZ&text=poach*"), validate=True)
    assert not read.no_metadata
    assert read.is_valid, read.warnings
    rows = list(read.tables[0].iterdicts())
    types = {column.name: column.datatype.base for column in read.tables[0].tableSchema.columns}
    assert types["number"] == types["section"] == types["priority"] == "string"
    assert types["period_end"] == "gYear"
    assert types["measure"] == "anyURI"
    assert {row["number"] for row in rows} >= {"11.1", "7.4"}


def test_numbers_of_measures_stay_as_they_are_printed(real: httpx.Client) -> None:
    """Read as numbers, 1.10 and 1.1 would be the same."""
    read = csvw.CSVW(address(real, "/queries/measures.csv"), validate=True)
    numbers = {row["number"] for row in read.tables[0].iterdicts()}
    assert {"1.1", "1.10"} <= numbers
    assert "B2" in numbers


@pytest.mark.parametrize("name", list(QUERIES))
def test_the_csv_of_every_question_is_what_its_metadata_says(real: httpx.Client, name: str) -> None:
    query = QUERIES[name]
    asked = {key: one.example for key, one in query.parameters.items() if one.required}
    answer = real.get(f"/queries/{name}.csv", params=asked)
    link = answer.links["describedby"]
    assert link["type"] == METADATA
    described = urljoin(str(answer.url), link["url"])
    read = csvw.CSVW(described, validate=True)
    assert read.is_valid, read.warnings
    (table,) = read.tables
    assert tuple(column.name for column in table.tableSchema.columns) == query.columns
    plain = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert len(list(table.iterdicts())) == len(plain) - 1
    metadata = httpx.get(described, timeout=60)
    assert metadata.headers["content-type"] == METADATA
    assert urljoin(described, metadata.json()["url"]) == str(answer.url)


def test_types_are_those_of_the_answer(real: httpx.Client) -> None:
    def types(name: str) -> dict[str, str]:
        found = real.get(f"/queries/{name}.csv-metadata.json").json()
        return {c["name"]: c["datatype"] for c in found["tableSchema"]["columns"]}

    assert types("country-coverage")["measures"] == "integer"
    assert types("country-links")["narrowed"] == "boolean"
    assert types("memberships")["ratified"] == "string"  # days and a year


def test_a_wrong_request_for_metadata_is_the_same_problem_as_for_the_csv(
    real: httpx.Client,
) -> None:
    for query in ("?country=XXX", "?nothing=1"):
        answers = [
            real.get(f"/queries/measures.{suffix}{query}")
            for suffix in ("csv", "csv-metadata.json")
        ]
        assert {answer.status_code for answer in answers} == {400}
        assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert real.get("/queries/none.csv-metadata.json").status_code == 404


def test_other_formats_lead_to_no_metadata_and_odd_values_do_no_harm(real: httpx.Client) -> None:
    assert "link" not in real.get("/queries/measures.json?country=KAZ").headers
    answer = real.get("/queries/measures.csv", params={"text": '"border fence*" <ü>'})
    link = answer.links["describedby"]
    assert httpx.get(urljoin(str(answer.url), link["url"]), timeout=60).status_code == 200
