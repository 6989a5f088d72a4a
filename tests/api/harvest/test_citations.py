"""Citations of the dataset and of each plan have only recorded facts."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import httpx
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import parse_string

from meagraph.core import files, names
from meagraph_api.index.citations import Work

CSL = "application/vnd.citationstyles.csl+json"
PLANS = (names.SAIGA, names.ARGALI, names.SSAP, names.JWP)


def test_the_dataset_and_every_plan_can_be_cited(real: httpx.Client) -> None:
    assert [work["id"] for work in real.get("/cite.json").json()] == ["meagraph", *PLANS]


def test_the_citation_of_the_dataset_names_the_release(real: httpx.Client, release: Path) -> None:
    (work,) = real.get("/cite/meagraph", headers={"Accept": CSL}).json()
    assert work["version"] == release.name
    assert work["issued"] == {"date-parts": [[2026, 11, 20]]}
    assert work["type"] == "dataset"
    assert release.name in real.get("/cite/meagraph.txt").text


def test_the_citation_of_a_plan_agrees_with_the_table_of_instruments(real: httpx.Client) -> None:
    path = files.folder("data") / "reference" / "instruments.csv"
    rows = {
        row["official_title"]: row
        for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    }
    for plan in PLANS:
        (work,) = real.get(f"/cite/{plan}.json").json()
        row = rows[work["title"]]
        assert work["genre"] == row["kind"]
        assert work.get("author", [{"literal": ""}])[0]["literal"] == row["depositary_or_issuer"]
        here = names.thing("instrument", plan)
        assert work["URL"] == (row["url"] or here)
        assert work["archive_location"] == here
        dates = [
            "-".join(f"{part:02}" for part in day)
            for day in work.get("issued", {}).get("date-parts", [])
        ]
        known = [row["adopted_or_signed_start"], row["adopted_or_signed_end"]]
        assert dates == [day for day in known if day]
        assert work["language"] == "en"


def test_a_citation_has_the_status_and_extent_of_a_plan(real: httpx.Client) -> None:
    citations = {plan: real.get(f"/cite/{plan}.txt").text for plan in PLANS}
    assert "draft; period 2025–2032" in citations[names.ARGALI]
    assert "adopted; period 2016–2020" in citations[names.SAIGA]
    assert "adoption not verified; excerpt" in citations[names.SSAP]
    assert "Tashkent, Uzbekistan (2015-10-26/2015-10-29)" in citations[names.SAIGA]
    for plan, text in citations.items():
        assert text.count("\n") == 1
        assert names.thing("instrument", plan) in text


def test_bibtex_can_be_parsed(real: httpx.Client) -> None:
    answer = real.get("/cite.bib")
    assert answer.headers["content-type"].startswith("application/x-bibtex")
    entries = parse_string(answer.text, "bibtex").entries
    assert list(entries) == ["meagraph", *PLANS]
    fields = entries[names.SAIGA].fields
    assert fields["year"] == "2015"
    assert "adopted; period 2016–2020" in fields["note"]
    assert "year" not in entries[names.ARGALI].fields
    assert "author" not in entries[names.ARGALI].persons


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_title_is_one_field_of_bibtex(title: str) -> None:
    work = Work("key", "document", title, url="https://example.org/")
    (entry,) = parse_string(work.bibtex, "bibtex").entries.values()
    assert set(entry.fields) == {"title", "url"}
    assert entry.fields["url"] == "https://example.org/"


def test_a_page_shows_how_to_cite(real: httpx.Client) -> None:
    page = real.get("/cite", headers={"Accept": "text/html"}).text
    assert "@misc{meagraph," in page
    assert "/cite/meagraph.bib" in page


def test_what_is_not_there_or_not_in_that_format_is_refused(real: httpx.Client) -> None:
    assert real.get("/cite/cms").status_code == 404
    assert "saiga-mtiwp-2016-2020" in real.get("/cite/nothing.bib").json()["detail"]
    assert real.get("/cite/meagraph.pdf").status_code == 406
