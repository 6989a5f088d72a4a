"""Notes on the texts, as a page and as a table of comments; and the data page."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import httpx
import openpyxl
import pyoxigraph as ox
import pytest
import rdflib

from meagraph.core import names
from meagraph.core.errors import SettingsError
from meagraph_api import Settings
from meagraph_api.browse.quality import DONE
from tests.api.conftest import MakeRelease, Serving
from tests.api.things.test_thing_pages import Page


def test_every_finding_is_shown_with_its_text_and_treatment(
    real: httpx.Client, store: ox.Store
) -> None:
    rows = real.get("/queries/quality-findings.json").json()
    page = real.get("/quality").text
    assert page.count('<article class="finding">') == len({row["iri"] for row in rows})
    assert page.count("What meagraph editors did:</b>") == page.count('<article class="finding">')
    assert "<b>What meagraph editors did:</b> </p>" not in page
    for row in rows[::9]:
        assert row["message"].split("&")[0].split("'")[0] in page
    kinds = store.query(
        f"SELECT ?kind {{ ?kind <{names.PREFIXES['skos']}inScheme> "
        f"<{names.thing('scheme', 'finding-kind')}> }}"
    )
    assert isinstance(kinds, ox.QuerySolutions)
    assert {names.local_name(row["kind"].value) for row in kinds} == set(DONE)


def test_the_table_of_comments_holds_every_finding_in_both_formats(real: httpx.Client) -> None:
    answer = real.get("/quality.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="points-to-check.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 137
    assert all(row["message"] and row["what_we_did"] and row["document"] for row in rows)
    reference = next(row for row in rows if row["kind"] == "self-reference")
    assert reference["place"] == "measure/saiga-mtiwp-2016-2020/12.2"
    assert reference["quote"] == "based on the results of 12.2"
    assert reference["lines"].isdigit()
    book = openpyxl.load_workbook(io.BytesIO(real.get("/quality.xlsx").content))
    sheet, about = book.worksheets
    assert sheet.max_row == len(rows) + 1
    heads = ["No.", "Document", "Item", "Lines", "Quotation", "What to check"]
    assert [cell.value for cell in sheet[1]][: len(heads)] == heads
    assert (sheet.title, about.title) == ("Table", "About this table")
    text = "\n".join(str(cell.value) for line in about.rows for cell in line)
    assert "draft; period 2025–2032" in text


def test_findings_are_filtered_alike_on_the_page_and_in_the_table(real: httpx.Client) -> None:
    query = "instrument=argali-action-plan-2025-2032&severity=warning"
    page = real.get(f"/quality?{query}").text
    rows = list(csv.DictReader(io.StringIO(real.get(f"/quality.csv?{query}").text, newline="")))
    expected = real.get(f"/queries/quality-findings.json?{query}").json()
    assert len(rows) == len({row["iri"] for row in expected}) == page.count("<article")
    assert f"/quality.xlsx?{query.replace('&', '&amp;')}" in page


@pytest.mark.parametrize(
    "query", ["severity=grave", "kind=typo", "instrument=cms", "topic=grazing", "kind=gap&kind=gap"]
)
def test_a_filter_that_does_not_exist_is_refused(real: httpx.Client, query: str) -> None:
    for path in ("/quality", "/quality.csv", "/quality.xlsx"):
        assert real.get(f"{path}?{query}").status_code == 400


def test_the_shacl_report_is_shown_and_served_complete(real: httpx.Client) -> None:
    assert "The data conform to all shapes" in real.get("/quality").text
    answer = real.get("/quality/validation.ttl")
    assert answer.headers["content-type"].startswith("text/turtle")
    report = rdflib.Graph().parse(data=answer.text, format="turtle")
    assert (None, rdflib.SH.conforms, rdflib.Literal(True)) in report


def test_results_of_the_shapes_are_listed_one_by_one(
    tmp_path: Path, make_release: MakeRelease, serving: Serving
) -> None:
    report = (
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "[] a sh:ValidationReport ; sh:conforms false ; sh:result [ a sh:ValidationResult ;\n"
        '  sh:resultSeverity sh:Warning ; sh:resultMessage "No <b>title</b>" ;\n'
        f"  sh:focusNode <{names.thing('instrument', 'plan-a')}> ] .\n"
    )
    make_release(tmp_path / "releases", more={"validation.ttl": report})
    with serving(Settings(releases=tmp_path / "releases")) as client:
        page = client.get("/quality").text
        assert "severity-warning" in page
        assert "No &lt;b&gt;title&lt;/b&gt;" in page
        assert 'href="/page/instrument/plan-a"' in page


def test_what_has_no_report_or_a_broken_one_says_so(
    tmp_path: Path, make_release: MakeRelease, serving: Serving, client: httpx.Client
) -> None:
    assert "no validation report" in client.get("/quality").text
    assert client.get("/quality/validation.ttl").status_code == 404
    make_release(tmp_path / "releases", more={"validation.ttl": "this is no Turtle"})
    with serving(Settings(releases=tmp_path / "releases")) as broken:
        assert "no validation report" in broken.get("/quality").text


def test_readers_learn_where_to_report_an_error_if_anywhere(
    real: httpx.Client, small_releases: Path, serving: Serving
) -> None:
    assert "has not given an address for reports" in real.get("/quality").text
    settings = Settings(releases=small_releases, contact="mailto:data@example.org")
    with serving(settings) as client:
        page = client.get("/quality").text
        assert '<a href="mailto:data@example.org">data@example.org</a>' in page
        assert "has not given an address" not in page


def test_the_footer_has_the_notice_of_the_project_or_of_the_operator(
    real: httpx.Client, small_releases: Path, serving: Serving
) -> None:
    assert "Not a website of CMS, CITES or a government." in real.get("/quality").text
    russian = real.get("/measures", headers={"accept-language": "ru"}).text
    assert "Не является сайтом КМВ, СИТЕС или правительства." in russian
    with serving(Settings(releases=small_releases, notice="A site of <the Ministry>")) as client:
        page = client.get("/quality").text
        assert "<p>A site of &lt;the Ministry&gt;</p>" in page
        assert "Independent project" not in page


def test_a_contact_that_no_browser_can_follow_is_refused() -> None:
    with pytest.raises(SettingsError, match="https://, http:// or mailto:"):
        Settings(contact="javascript:alert(1)")


def test_the_page_about_the_data_leads_to_every_form_of_them(real: httpx.Client) -> None:
    answer = real.get("/data")
    page = Page(answer.text)
    assert page.inline == []
    for path in (
        *("/dataset", "/releases", "/changes", "/cite", "/informea.svc/", "/sparql"),
        *("/queries", "/search", "/docs", "/ontology", "/measures", "/quality", "/openapi.json"),
    ):
        assert path in page.links
        assert real.get(path, follow_redirects=True).status_code in (200, 400)
    assert "draft; period 2025–2032" in answer.text
    assert "creativecommons.org/licenses/by/4.0" in answer.text
    again = real.get("/data", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert real.get("/data?page=2").status_code == 400


def test_pages_wait_for_a_release_and_the_sitemap_names_them(
    tmp_path: Path, serving: Serving, real: httpx.Client
) -> None:
    with serving(Settings(releases=tmp_path / "none")) as client:
        for path in ("/measures", "/compare", "/quality", "/data", "/quality.csv"):
            assert client.get(path).status_code == 503
    sitemap = real.get("/sitemap.xml").text
    for path in ("/measures", "/compare", "/quality", "/data"):
        assert f"{path}</loc>" in sitemap
