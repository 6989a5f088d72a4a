"""Data files of canned queries: CSV on the Web metadata, and the cells of workbooks."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from urllib.parse import urljoin

import csvw
import httpx
import openpyxl
import pytest
from openpyxl.cell import Cell

from tests.ready_made import QUERIES
from tests.sampling import sampled

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


@pytest.mark.parametrize("name", sampled(QUERIES, 12))
def test_the_csv_of_every_question_is_what_its_metadata_says(real: httpx.Client, name: str) -> None:
    query = QUERIES[name]
    required = {key: one.example for key, one in query.parameters.items() if one.required}
    answer = real.get(f"/queries/{name}.csv", params=required)
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


@pytest.mark.parametrize(
    ("name", "column", "cell"),
    [
        ("country-pairs", "unit_numbers", ["10", "11", "12"]),
        ("measures-by-country", "basis", ["mention", "unit"]),
        ("instruments", "parents", ["cites", "cms"]),
        ("units", "country", "KAZ"),
    ],
)
def test_a_reader_takes_the_lists_in_cells_apart(
    real: httpx.Client, name: str, column: str, cell: object
) -> None:
    query = "?country=KAZ" if name == "measures-by-country" else ""
    described = address(real, f"/queries/{name}.csv-metadata.json{query}")
    (table,) = csvw.CSVW(described, validate=True).tables
    assert cell in [row[column] for row in table.iterdicts()]


def test_no_item_of_a_list_holds_its_separator(real: httpx.Client) -> None:
    """Else readers would see two items where the graph has one."""
    query = "PREFIX mea: <https://w3id.org/meagraph/ontology#> SELECT DISTINCT ?item { %s }"
    for items in (
        "?finding a mea:QualityFinding ; <http://www.w3.org/ns/oa#exact> ?item",
        "?link mea:nameAsPrinted ?item",
        "?taxon <http://rs.tdwg.org/dwc/terms/scientificName> ?item",
    ):
        answer = real.post("/sparql", data={"query": query % items}, headers={"accept": "text/csv"})
        assert "; " not in answer.text
        assert answer.text.count("\n") > 2


def test_an_answer_that_asks_for_the_day_is_not_kept(real: httpx.Client) -> None:
    for suffix in ("json", "csv", "xlsx", "html", "csv-metadata.json"):
        answer = real.get(f"/queries/instruments.{suffix}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        lasting = real.get(f"/queries/timeline.{suffix}")
        assert lasting.headers["cache-control"] == "public, no-cache"
        assert "etag" in lasting.headers


def cells(client: httpx.Client, address: str, head: str) -> list[Cell]:
    """The cells below a head of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(client.get(address).content))
    (sheet, _) = book.worksheets
    heads = [cell.value for cell in sheet[1]]
    found = list(sheet.iter_cols(heads.index(head) + 1, heads.index(head) + 1, min_row=2))
    return [cell for cell in found[0] if cell.value is not None and isinstance(cell, Cell)]


def test_the_counts_of_a_workbook_add_up(real: httpx.Client) -> None:
    rows = real.get("/queries/units.json").json()
    counts = cells(real, "/queries/units.xlsx", "Measures")
    assert {cell.data_type for cell in counts} == {"n"}
    assert sum(int(str(cell.value)) for cell in counts) == sum(row["measures"] for row in rows) > 0


def test_days_and_years_of_a_workbook_are_such(real: httpx.Client) -> None:
    since = cells(real, "/queries/memberships.xlsx", "Since")
    days = [cell for cell in since if cell.is_date]
    assert len(days) > 20
    assert all(isinstance(cell.value, datetime) for cell in days)
    assert {type(cell.value) for cell in since if not cell.is_date} <= {int}
    ends = cells(real, "/queries/measures.xlsx", "Period ends")
    assert {cell.value for cell in ends} == {2020, 2024, 2032}
    as_of = cells(real, "/queries/memberships.xlsx", "As of")
    assert datetime(2025, 10, 1) in {cell.value for cell in as_of}


@pytest.mark.parametrize("name", list(QUERIES))
def test_every_cell_of_a_workbook_has_the_type_of_its_term(real: httpx.Client, name: str) -> None:
    query = QUERIES[name]
    required = {key: one.example for key, one in query.parameters.items() if one.required}
    accept = {"accept": "application/sparql-results+json"}
    answer = real.get(f"/queries/{name}", params=required, headers=accept).json()
    workbook = real.get(f"/queries/{name}.xlsx", params=required).content
    sheet = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(answer["results"]["bindings"])
    for row, binding in zip(rows, answer["results"]["bindings"], strict=True):
        for column, value in zip(query.columns, row, strict=True):
            term = binding.get(column)
            if term is None:
                assert value is None
            elif term.get("datatype", "").endswith(("#integer", "#gYear", "#decimal")):
                assert float(str(value)) == float(term["value"])
                assert not isinstance(value, str)
            elif term.get("datatype", "").endswith("#boolean"):
                assert value is (term["value"] == "true")
            elif term.get("datatype", "").endswith("#date"):
                assert isinstance(value, datetime)
                assert value.date().isoformat() == term["value"]
            else:
                assert isinstance(value, str)
                assert value == term["value"].replace("\r\n", "\n")


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
