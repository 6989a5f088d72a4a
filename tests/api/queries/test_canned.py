"""Canned queries over HTTP: every format, every filter, every mistake."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from meagraph.core import files
from meagraph.core.errors import BadValue, ResultTooLarge
from meagraph.core.results import terms
from meagraph.core.results.terms import Table, Term
from meagraph_api import Settings
from meagraph_api.engine import protocol
from meagraph_api.pages.renderer import Pages
from meagraph_api.queries import result_charts, result_rendering, table_writers, xlsx
from meagraph_api.queries.result_page import PageRequest
from meagraph_loaders import search
from tests.api.conftest import DATA, MakeRelease, Serving

COLUMNS = ["instrument", "number", "text", "priority", "narrowed", "position", "measure"]
HEADS = [
    *("Plan", "No.", "Text of the measure", "Priority in the plan"),
    *("Text names only other countries", "Position", "Measure"),
]
MEASURES = "/queries/measures"
PROBLEM = "application/problem+json"
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def client(
    make_release: MakeRelease, serving: Serving, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of a server over the small release, with a search index in it."""
    folder = tmp_path_factory.mktemp("canned")
    made = make_release(folder / "first")
    search.write_index(made)
    index = (made / files.SEARCH).read_bytes()
    make_release(folder / "releases", more={files.SEARCH: index})
    with serving(Settings(releases=folder / "releases", queries=DATA / "queries")) as asking:
        yield asking


def numbers(client: httpx.Client, filters: str = "") -> list[str]:
    answer = client.get(f"{MEASURES}.json?{filters}")
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json()]


def test_json_is_an_array_of_objects_with_the_columns_in_order(client: httpx.Client) -> None:
    answer = client.get(MEASURES)
    assert answer.headers["content-type"] == "application/json"
    rows = json.loads(answer.text)
    assert [list(row) for row in rows] == [COLUMNS] * 3
    assert rows[1] == {
        "instrument": "plan-a",
        "number": "1.10",
        "text": '=HYPERLINK("https://evil.example") <script>alert(1)</script>\n+1 more',
        "priority": None,
        "narrowed": None,
        "position": 2,
        "measure": "https://w3id.org/meagraph/id/measure/plan-a/1.10",
    }
    assert [row["narrowed"] for row in rows] == [True, None, False]


def test_csv_is_as_rfc_4180_has_it(client: httpx.Client) -> None:
    answer = client.get(f"{MEASURES}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"instrument,number,")
    assert answer.content.endswith(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert [row["number"] for row in rows] == ["1.1", "1.10", "A"]
    assert rows[0]["text"] == 'Remove the border fence, or "open" it; в степи'
    assert rows[1]["text"].endswith("\n+1 more")
    assert rows[1]["priority"] == rows[1]["narrowed"] == ""
    assert rows[0]["narrowed"] == "true"


def test_csv_has_a_byte_order_mark_only_when_asked(client: httpx.Client) -> None:
    plain = client.get(f"{MEASURES}.csv?bom=0").content
    assert client.get(f"{MEASURES}.csv?bom=1").content == b"\xef\xbb\xbf" + plain
    answer = client.get(f"{MEASURES}.csv?bom=maybe")
    assert (answer.status_code, answer.json()["title"]) == (400, "Wrong value")


def test_a_workbook_holds_text_and_says_what_it_is(client: httpx.Client) -> None:
    answer = client.get(f"{MEASURES}.xlsx?country=KAZ&country=UZB&text=fence*")
    assert answer.headers["content-type"] == XLSX
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Table", "About this table"]
    rows = list(book["Table"].iter_rows())
    assert [cell.value for cell in rows[0]] == HEADS
    assert [row[1].value for row in rows[1:]] == ["1.1", "A"]
    assert book["Table"].freeze_panes == "A2"
    about = [(row[0].value, row[1].value) for row in book["About this table"].iter_rows()]
    assert ("Filter", "Country: KAZ") in about
    assert ("Filter", "Words: fence*") in about
    assert ("Data version", "r1") in about
    assert ("Date of the data", "2026-01-15") in about
    standing = [value for label, value in about if label == "Status of the plan"]
    assert standing == [
        "Plan A: draft; period 2025–2932",
        "Plan B: adopted; excerpt; period 2015–2020, ended",
    ]
    assert any("release r1" in str(value) for label, value in about if label == "Citation")


def test_a_workbook_is_in_the_language_of_the_reader(client: httpx.Client) -> None:
    answer = client.get(f"{MEASURES}.xlsx?country=KAZ", headers={"accept-language": "ru"})
    assert answer.headers["content-language"] == "ru"
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Таблица", "О таблице"]
    assert [cell.value for cell in book["Таблица"][1]][:3] == ["План", "№", "Текст меры"]
    about = {(row[0].value, row[1].value) for row in book["О таблице"].iter_rows()}
    assert {("Фильтр", "Страна: KAZ"), ("Версия данных", "r1")} <= about
    assert ("Статус плана", "Plan A: проект; период 2025–2932") in about


def test_cells_of_a_workbook_are_what_the_terms_are_and_never_a_formula(
    client: httpx.Client,
) -> None:
    """Counts are numeric; text that looks like a number, a date or a formula stays text."""
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{MEASURES}.xlsx").content))
    rows = list(book["Table"].iter_rows(min_row=2))
    types = {
        column: {cells[place].data_type for cells in rows if cells[place].value is not None}
        for place, column in enumerate(COLUMNS)
    }
    assert types.pop("position") == {"n"}
    assert types.pop("narrowed") == {"b"}
    assert set.union(*types.values()) == {"s"}
    assert sum(int(str(cells[COLUMNS.index("position")].value)) for cells in rows) == 6
    texts = [cells[COLUMNS.index("number")] for cells in rows]
    assert [cell.value for cell in texts] == ["1.1", "1.10", "A"]
    assert {cell.number_format for cell in texts} == {"@"}
    assert any(str(cells[2].value).startswith("=HYPERLINK") for cells in rows)
    about = [cell for row in book["About this table"].iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in about} == {"s"}


@pytest.mark.parametrize(
    ("value", "datatype", "cell"),
    [
        ("12", "integer", 12),
        ("-7", "integer", -7),
        ("123456789012345", "integer", 123456789012345),
        ("1234567890123456", "integer", "1234567890123456"),
        ("abc", "integer", "abc"),
        ("47.250", "decimal", 47.25),
        ("0.1234567890123456", "decimal", "0.1234567890123456"),
        ("NaN", "double", "NaN"),
        ("2024", "gYear", 2024),
        ("2024-04", "gYearMonth", "2024-04"),
        ("2019-11-26", "date", date(2019, 11, 26)),
        ("1899-12-31", "date", "1899-12-31"),
        ("2025-02-30", "date", "2025-02-30"),
        ("2019-11-26Z", "date", "2019-11-26Z"),
        ("true", "boolean", True),
        ("0", "boolean", False),
        ("1.10", "string", "1.10"),
        ("=SUM(A1)", "string", "=SUM(A1)"),
    ],
)
def test_a_cell_is_what_its_datatype_says_as_far_as_a_spreadsheet_keeps_it(
    value: str, datatype: str, cell: object
) -> None:
    term = Term("literal", value, f"http://www.w3.org/2001/XMLSchema#{datatype}")
    found = xlsx.cell_value(term)
    assert (found, type(found)) == (cell, type(cell))
    book = xlsx.workbook("A", Table(("a",), [(term,)]), ["A"], [], "2026-01-15")
    stored = openpyxl.load_workbook(io.BytesIO(book))["Table"]["A2"]
    read = stored.value.date() if isinstance(stored.value, datetime) else stored.value
    assert read == cell
    assert stored.data_type != "f"


def test_a_text_that_a_cell_cannot_hold_is_an_error_and_never_cut() -> None:
    table = Table(("a",), [(Term("literal", "x" * 32_768),)])
    with pytest.raises(ResultTooLarge, match="Use CSV or JSON"):
        xlsx.workbook("A", table, ["A"], [], "2026-01-15")


def test_the_same_release_gives_the_same_workbook(client: httpx.Client) -> None:
    first, other = (client.get(f"{MEASURES}.xlsx?bom={mark}") for mark in (0, 1))
    assert first.headers["etag"] != other.headers["etag"]  # so it was rendered twice
    assert first.content == other.content


def test_sparql_results_come_by_their_media_type_only(client: httpx.Client) -> None:
    kind = "application/sparql-results+json"
    answer = client.get(MEASURES, headers={"accept": kind})
    assert answer.headers["content-type"] == kind
    assert answer.json()["head"]["vars"] == COLUMNS
    assert client.get(f"{MEASURES}?format=srj").status_code == 406


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        (XLSX, XLSX),
        ("text/html", "text/html; charset=utf-8"),
        (BROWSER["accept"], "text/html; charset=utf-8"),
        ("application/json, text/html;q=0.9", "application/json"),
    ],
)
def test_accept_chooses_the_format(client: httpx.Client, accept: str, kind: str) -> None:
    answer = client.get(MEASURES, headers={"accept": accept})
    assert answer.headers["content-type"] == kind
    assert "Accept" in answer.headers["vary"]
    by_name = client.get(MEASURES, params={"format": "csv"}, headers={"accept": accept})
    assert by_name.headers["content-type"].startswith("text/csv")


def test_head_is_answered_for_every_suffix(client: httpx.Client) -> None:
    for suffix in ("", ".json", ".csv", ".xlsx", ".html"):
        answer = client.head(MEASURES + suffix)
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("", ["1.1", "1.10", "A"]),
        ("country=UZB", ["1.1"]),
        ("country=UZB&country=KAZ", ["1.1", "A"]),
        ("country=MNG", []),
        ("country=KAZ&narrowed=false", ["A"]),
        ("number=1.10", ["1.10"]),
        ("priority=High", ["A"]),
        ("position=2&position=3", ["1.10", "A"]),
        ("text=FENCE", ["1.1", "A"]),
        ("text=fenc*", ["1.1", "A"]),
        ("text=border+saiga", ["A"]),
        ("text=%22railway+lines%22", ["A"]),
        ("text=степи&text=railway", ["1.1", "A"]),
        ("country=&text=", ["1.1", "1.10", "A"]),
    ],
)
def test_filters_are_any_of_their_values_and_all_must_hold(
    client: httpx.Client, filters: str, found: list[str]
) -> None:
    assert numbers(client, filters) == found


def test_a_required_parameter_that_is_missing_is_a_problem_or_a_form(client: httpx.Client) -> None:
    for address in ("/queries/by-country", "/queries/by-country.csv"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
        assert answer.json()["detail"] == "country is required: give one, e.g. country=KAZ."
    form = client.get("/queries/by-country", headers=BROWSER)
    assert form.status_code == 200
    assert '<select id="field-country" name="country" multiple' in form.text
    assert ">Kazakhstan</option>" in form.text
    assert "<table>" not in form.text
    rows = client.get("/queries/by-country?country=KAZ&country=UZB").json()
    assert rows == [
        {"country": "KAZ", "number": "1.1"},
        {"country": "KAZ", "number": "A"},
        {"country": "UZB", "number": "1.1"},
    ]


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("/queries/measure", 404, "Did you mean measures?"),
        ("/queries/nothing-like-it", 404, "The queries are: by-country, links, measures."),
        ("/queries/measures.pdf", 404, "The suffixes are .json, .csv, .xlsx, .html"),
        ("/queries/measures.", 404, "measures"),
        ("/queries/measure.csv", 404, "Did you mean measures?"),
        ("/queries/measures?format=pdf", 406, "pdf is not among the formats: json"),
        ("/queries/measures.xlsx?page=2", 400, "this format always has all rows"),
        ("/queries/measures?contry=KAZ", 400, "There are: country, number, priority"),
        ("/queries/links?country=KAZ", 400, "This query has none."),
        ("/queries/measures?country=KZA", 400, "Did you mean KAZ?"),
        ("/queries/measures?country=KAZ&country=x", 400, "The values are: KAZ, MNG, UZB."),
        ("/queries/measures?narrowed=maybe", 400, "neither true nor false"),
        ("/queries/measures?position=two", 400, "not a whole number"),
        ("/queries/measures?day=2023-02-29", 400, "not a date like"),
        ("/queries/measures?text=%22open", 400, "never closed"),
        ("/queries/measures?priority=1&priority=High", 400, "takes one value; 2 were given"),
        ("/queries/measures?text=%FF", 400, "not UTF-8"),
        ("/queries/measures?format=csv&format=json", 400, "given 2 times"),
        ("/nothing", 404, "There is nothing at /nothing"),
        ("/queries/measures/1.1", 404, "There is nothing at"),
    ],
)
def test_a_mistake_is_a_problem_that_says_what_would_be_right(
    client: httpx.Client, address: str, status: int, message: str
) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert message in answer.json()["detail"]


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    name=st.sampled_from(["country", "number", "priority", "narrowed", "position", "day", "text"]),
    value=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    suffix=st.sampled_from(["json", "csv", "xlsx", "html"]),
)
def test_no_value_is_ever_an_internal_error(
    client: httpx.Client, name: str, value: str, suffix: str
) -> None:
    answer = client.get(f"{MEASURES}.{suffix}?{name}={quote(value, safe='')}")
    assert answer.status_code in (200, 400)
    if suffix == "html":
        assert "<script>" not in answer.text


def test_the_description_for_programs_names_pages_and_totals(client: httpx.Client) -> None:
    operation = client.get("/openapi.json").json()["paths"][MEASURES]["get"]
    taken = {one["name"]: one["schema"] for one in operation["parameters"]}
    assert taken["page"] == {"type": "integer", "minimum": 1}
    assert taken["page_size"] == {"type": "integer", "minimum": 1, "maximum": 1000}
    assert {"ETag", "Link", "X-Total-Count"} <= set(operation["responses"]["200"]["headers"])


def test_openapi_describes_the_members_of_a_problem(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    refusal = document["paths"][MEASURES]["get"]["responses"]["400"]
    (media_type,) = refusal["content"].values()
    name = media_type["schema"]["$ref"].removeprefix("#/components/schemas/")
    described = document["components"]["schemas"][name]
    problem = client.get(f"{MEASURES}.json?nothing=x").json()
    assert set(described["required"]) == set(problem)


def test_the_list_says_what_can_be_asked(client: httpx.Client) -> None:
    entries = client.get("/queries").json()
    assert [entry["name"] for entry in entries] == ["by-country", "links", "measures"]
    assert entries[2]["columns"] == COLUMNS
    assert entries[2]["url"] == "/queries/measures"
    assert entries[0]["parameters"] == [
        {
            "name": "country",
            "type": "iri",
            "label": "Country",
            "required": True,
            "multiple": True,
            "choices": None,
            "default": [],
            "example": "KAZ",
        }
    ]
    page = client.get("/queries", headers=BROWSER)
    assert 'href="/queries/by-country"' in page.text


def test_a_page_shows_the_form_the_table_the_standing_and_the_other_formats(
    client: httpx.Client,
) -> None:
    page = client.get(f"{MEASURES}?country=KAZ&text=fence*", headers=BROWSER).text
    assert '<option value="KAZ" selected>Kazakhstan</option>' in page
    assert 'value="fence*"' in page
    assert "Rows 1–2 of 2." in page
    assert "draft; period 2025–2932" in page
    assert "adopted; excerpt; period 2015–2020, ended" in page
    for suffix, mark in (("json", ""), ("csv", "&amp;bom=1"), ("xlsx", "")):
        assert f'href="/queries/measures.{suffix}?country=KAZ&amp;text=fence%2A{mark}"' in page
    assert "<q>No.</q> stands as printed" in page


def test_a_page_of_a_wrong_value_says_so_above_the_form(client: httpx.Client) -> None:
    answer = client.get(f"{MEASURES}.html?country=KZA")
    assert answer.status_code == 400
    assert "Did you mean KAZ?" in answer.text
    assert 'name="country"' in answer.text


def test_pages_cut_the_table(client: httpx.Client) -> None:
    first = client.get(f"{MEASURES}.html?page_size=2").text
    assert "Rows 1–2 of 3." in first
    assert 'rel="next" href="/queries/measures?format=html&amp;page_size=2&amp;page=2"' in first
    last = client.get(f"{MEASURES}?format=html&page_size=2&page=2").text
    assert "Rows 3–3 of 3." in last
    assert "saiga along railway" in last
    assert 'rel="next"' not in last
    for wrong in ("page=3&page_size=2", "page=0", "page=x", "page_size=100000"):
        assert client.get(f"{MEASURES}.html?{wrong}").status_code == 400


@pytest.mark.parametrize("suffix", ["json", "csv"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_pages_of_a_file_are_the_whole(client: httpx.Client, suffix: str, size: int) -> None:
    def rows(body: httpx.Response) -> list[dict[str, str]]:
        if suffix == "json":
            found: list[dict[str, str]] = body.json()
            return found
        return list(csv.DictReader(io.StringIO(body.text, newline="")))

    whole = client.get(f"{MEASURES}.{suffix}?country=")
    assert "next" not in whole.links
    collected: list[dict[str, str]] = []
    address = f"{MEASURES}.{suffix}?country=&page_size={size}&bom=0"
    numbers = []
    while address:
        page = client.get(address)
        assert page.status_code == 200
        assert page.headers["x-total-count"] == whole.headers["x-total-count"] == "3"
        assert "X-Total-Count" in page.headers["access-control-expose-headers"]
        assert len(rows(page)) <= size
        collected += rows(page)
        numbers.append({rel: link["url"] for rel, link in page.links.items()})
        address = page.links.get("next", {}).get("url", "")
    assert collected == rows(whole)
    assert len(numbers) == -(-3 // size)
    kept = f"{MEASURES}.{suffix}?country=&bom=0"
    assert all(links["first"] == f"{kept}&page=1&page_size={size}" for links in numbers)
    assert all(links["last"] == f"{kept}&page={len(numbers)}&page_size={size}" for links in numbers)
    assert [links.get("prev") for links in numbers] == [
        None,
        *(f"{kept}&page={number}&page_size={size}" for number in range(1, len(numbers))),
    ]


def test_a_page_is_asked_for_by_accept_too_and_linked_by_its_suffix(client: httpx.Client) -> None:
    page = client.get(f"{MEASURES}?page_size=2&format=csv", headers={"accept": "text/html"})
    assert page.links["next"]["url"] == f"{MEASURES}.csv?page=2&page_size=2"
    assert len(client.get(f"{MEASURES}?page=2&page_size=2").json()) == 1


@pytest.mark.parametrize("suffix", ["json", "csv", "html", "csv-metadata.json"])
def test_a_page_that_is_not_there_says_how_many_there_are(
    client: httpx.Client, suffix: str
) -> None:
    answer = client.get(f"{MEASURES}.{suffix}?page=3&page_size=2")
    assert answer.status_code == 400
    assert "the result has 3 rows, or 2 pages of 2. Use page=1 to page=2." in answer.text


@pytest.mark.parametrize("suffix", ["json", "csv", "html", "xlsx"])
@pytest.mark.parametrize(
    "wrong",
    ["page=0", "page=x", "page=-1", "page_size=0", "page_size=1001", "page=1&page=2", "bom=maybe"],
)
def test_what_every_query_takes_is_checked_in_every_format(
    client: httpx.Client, suffix: str, wrong: str
) -> None:
    answer = client.get(f"{MEASURES}.{suffix}?{wrong}")
    assert answer.status_code == 400
    assert wrong.partition("=")[0] in answer.text


@given(rows=st.integers(0, 500), size=st.integers(1, 1000))
def test_pages_of_any_size_hold_every_row_once_and_in_order(rows: int, size: int) -> None:
    whole = Table(("row",), [(Term("literal", str(number)),) for number in range(rows)])
    first = PageRequest(1, size).cut(rows, 50)
    parts = [PageRequest(number + 1, size).cut(rows, 50).of(whole) for number in range(first.pages)]
    assert [row for part in parts for row in part.rows] == whole.rows
    assert all(len(part.rows) == size for part in parts[:-1])
    with pytest.raises(BadValue, match=f"Use page=1 to page={first.pages}"):
        PageRequest(first.pages + 1, size).cut(rows, 50)


def test_an_empty_answer_has_one_page(client: httpx.Client) -> None:
    answer = client.get(f"{MEASURES}.json?country=MNG&page=1&page_size=2")
    assert (answer.json(), answer.headers["x-total-count"]) == ([], "0")
    assert {rel: link["url"] for rel, link in answer.links.items()} == dict.fromkeys(
        ("first", "last"), f"{MEASURES}.json?country=MNG&page=1&page_size=2"
    )


EVERY_FORMAT = (
    *(f"{MEASURES}.{suffix}" for suffix in ("json", "csv", "xlsx", "html", "csv-metadata.json")),
    f"{MEASURES}.json?page=1&page_size=2",
    f"{MEASURES}?format=json",
    "/queries",
    "/queries?format=html",
)


@pytest.mark.parametrize("address", EVERY_FORMAT)
def test_every_answer_is_conditional_compressed_and_says_how_long_it_holds(
    client: httpx.Client, address: str
) -> None:
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert packed.content == plain.content
    assert ("content-encoding" in packed.headers) == (len(plain.content) >= 1024)
    assert "content-encoding" not in plain.headers
    for answer, coding in ((packed, "gzip"), (plain, "identity")):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, no-cache"
        assert "Accept-Encoding" in answer.headers["vary"]
        again = client.get(
            address, headers={"accept-encoding": coding, "if-none-match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]
    assert packed.headers["etag"] != plain.headers["etag"]


def test_results_in_json_are_conditional_and_compressed(client: httpx.Client) -> None:
    headers = {"accept": "application/sparql-results+json", "accept-encoding": "gzip"}
    answer = client.get(MEASURES, headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    unchanged = client.get(MEASURES, headers={**headers, "if-none-match": answer.headers["etag"]})
    assert unchanged.status_code == 304


def test_formats_pages_and_filters_have_tags_of_their_own(client: httpx.Client) -> None:
    others = ("?country=KAZ", "?country=UZB", "?page_size=2", "?bom=1")
    addresses = [*EVERY_FORMAT, *(f"{MEASURES}.csv{other}" for other in others)]
    assert len({client.get(address).headers["etag"] for address in addresses}) == len(addresses)


def test_an_answer_that_is_kept_has_all_of_its_headers(client: httpx.Client) -> None:
    address = f"{MEASURES}.csv?page_size=2&country=KAZ"
    made, kept = client.get(address), client.get(address)
    assert made.content == kept.content
    for name in ("link", "x-total-count", "content-disposition", "etag", "content-type"):
        assert made.headers[name] == kept.headers[name]


def test_nothing_is_read_written_or_rendered_in_the_process_that_serves(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So one client's tables do not delay other clients."""
    client.get(f"{MEASURES}.html?lang=ru")  # reads the choices, once for each release
    client.cookies.clear()

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("only processes of the pool do this")

    for module, name in (
        (terms, "table"),
        (protocol, "table"),
        (result_rendering, "table"),
        (table_writers, "write_csv"),
        (table_writers, "write_json"),
        (xlsx, "workbook"),
        (table_writers, "metadata"),
        (result_charts, "charts"),
        (Pages, "render"),
        (gzip, "compress"),
    ):
        monkeypatch.setattr(module, name, refused)
    for address in (*EVERY_FORMAT, f"{MEASURES}.html?view=chart", f"{MEASURES}.html?text=*poach"):
        fresh = f"{address}{'&' if '?' in address else '?'}"
        fresh += "lang=ru" if address.startswith("/queries?") else "country="
        answer = client.get(fresh if address != "/queries" else address)
        assert answer.status_code == (400 if "poach" in address else 200), answer.text
    client.cookies.clear()


def test_a_client_that_may_run_nothing_more_gets_429_with_retry_after(
    small_releases: Path, serving: Serving
) -> None:
    """Pages are charged like queries, and the form is not shown instead."""
    queries = Path(__file__).parents[1] / "data" / "queries"
    with serving(
        Settings(releases=small_releases, queries=queries, client_seconds=1e-9)
    ) as hurried:
        answers = [hurried.get(f"{MEASURES}.html?position={number}") for number in range(3)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0


def test_nothing_of_the_graph_becomes_markup_or_a_dangerous_link(client: httpx.Client) -> None:
    page = client.get(f"{MEASURES}.html").text
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    links = client.get("/queries/links.html").text
    assert '<a href="https://example.org/mongolia">' in links
    assert "javascript:alert(1)" in links
    assert 'href="javascript' not in links
    assert '<a href="/page/country/MNG">' in links


def test_links_begin_with_the_path_of_the_public_address(
    small_releases: Path, serving: object
) -> None:
    assert callable(serving)
    settings = Settings(
        releases=small_releases,
        queries=Path(__file__).parents[1] / "data" / "queries",
        public_url="https://example.org/mea/",
    )
    with serving(settings) as client:
        page = client.get(f"{MEASURES}.html").text
        assert 'href="/mea/queries/measures.csv?bom=1"' in page
        assert 'href="/mea/static/meagraph.css"' in page
        entries = client.get("/queries").json()
        assert entries[0]["url"] == "https://example.org/mea/queries/by-country"
        assert client.get("/openapi.json").json()["servers"] == [{"url": "https://example.org/mea"}]


@pytest.mark.parametrize(
    "filters", ["country=KAZ", "country=KAZ&country=UZB&format=csv", "composed"]
)
def test_the_query_of_a_table_gives_its_rows_and_holds_no_header(
    client: httpx.Client, filters: str
) -> None:
    composed = client.get(f"{MEASURES}.rq?{filters}")
    assert composed.headers["content-type"].startswith("text/plain")
    assert "#+" not in composed.text
    assert ("country/KAZ>" in composed.text) == ("KAZ" in filters)
    rows = client.get("/sparql", params={"query": composed.text, "format": "json"}).json()
    table = client.get(
        f"{MEASURES}.json?{filters.replace('composed', '').replace('&format=csv', '')}"
    )
    assert len(rows["results"]["bindings"]) == len(table.json()) > 0
    assert client.get(f"{MEASURES}.rq?country=KZA").status_code == 400
    assert "#+ summary" in client.get(f"{MEASURES}.rq").text
