"""Entities agree with the documents and the tables of reference data."""

from __future__ import annotations

import csv
import re
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import pytest

from meagraph.core import files, names
from meagraph_api.harvest.informea import rows
from meagraph_api.harvest.informea.model import MODEL
from meagraph_api.harvest.informea.source_rows import SourceRows
from meagraph_api.index.plan_status import PlanStatus
from tests.nonempty import nonempty

JSON = {"Accept": "application/json"}


def read(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(f"/informea.svc/{path}", headers=JSON)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["d"]["results"]
    return found


@pytest.fixture(scope="module")
def documents(harvest: httpx.Client) -> dict[str, dict[str, Any]]:
    """The documents by the slug of their instrument, with their navigations."""
    navigations = "title,description,treaties,identifiers,referenceToEntities,keywords,tags,files"
    found = {}
    for row in read(harvest, f"Documents?$expand={navigations}"):
        (iri,) = (i["value"] for i in row["identifiers"]["results"] if i["name"] == "IRI")
        found[names.local_name(iri)] = row
    return found


def text(row: dict[str, Any], name: str) -> str:
    (only,) = row[name]["results"]
    return str(only["value"])


def values(row: dict[str, Any], navigation: str, name: str = "value") -> list[str]:
    return [part[name] for part in row[navigation]["results"]]


def test_every_plan_is_a_document(documents: dict[str, dict[str, Any]]) -> None:
    assert set(documents) == {names.SAIGA, names.ARGALI, names.SSAP, names.JWP}


def test_ids_are_made_of_our_addresses(documents: dict[str, dict[str, Any]]) -> None:
    for slug, row in nonempty(documents.items()):
        assert row["id"] == str(uuid5(NAMESPACE_URL, names.thing("instrument", slug)))


def test_a_draft_and_an_excerpt_say_so_first(documents: dict[str, dict[str, Any]]) -> None:
    assert text(documents[names.ARGALI], "title") == (
        "DRAFT ACTION PLAN FOR THE CONSERVATION OF THE ARGALI 2025-2032"
    )
    assert text(documents[names.SSAP], "title").startswith("EXCERPT: General activities")


def test_a_plan_whose_period_has_ended_says_so(documents: dict[str, dict[str, Any]]) -> None:
    for slug, standing in {
        names.SAIGA: "Standing: adopted; period 2016–2020, ended.",
        names.SSAP: "Standing: adoption not verified; excerpt; period 2014–2024, ended; "
        "activities to be integrated in CAMI Programme of Work 2026–2032, according to a document.",
        names.JWP: "Standing: adoption not verified; period 2015–2020, ended.",
    }.items():
        assert text(documents[slug], "description").splitlines()[0] == standing
    assert text(documents[names.ARGALI], "description").startswith("Standing: draft; period")


def test_a_description_holds_every_measure_as_printed(
    harvest: httpx.Client, documents: dict[str, dict[str, Any]]
) -> None:
    for slug, row in nonempty(documents.items()):
        lines = text(row, "description").splitlines()
        measures = read(harvest, f"Measures?$filter=instrument eq '{slug}'")
        assert measures
        for measure in measures:
            assert f"{measure['number']} {measure['text']}" in lines


def test_the_joint_programme_is_one_document_of_both_treaties(
    documents: dict[str, dict[str, Any]],
) -> None:
    assert values(documents[names.JWP], "treaties") == ["cms", "cites"]
    assert documents[names.JWP]["treaty"] is None
    assert values(documents[names.SAIGA], "treaties") == ["cms"]
    assert documents[names.SAIGA]["treaty"] == "cms"


def test_dates_are_those_of_the_table_of_sources(documents: dict[str, dict[str, Any]]) -> None:
    with (files.folder("data") / "sources" / "sources.csv").open(encoding="utf-8") as table:
        for source in nonempty(csv.DictReader(table)):
            for slug in nonempty(source["documents"].split()):
                day = date.fromisoformat(source["modified"])
                milliseconds = (day - date(1970, 1, 1)).days * 86_400_000
                assert documents[slug]["updated"] == f"/Date({milliseconds})/"


def test_cited_decisions_are_identified_and_referred_to(
    documents: dict[str, dict[str, Any]],
) -> None:
    decision = names.thing("instrument", "cms-dec-14-167")
    named = {i["name"]: i["value"] for i in documents[names.ARGALI]["identifiers"]["results"]}
    assert named["cited decision"] == "CMS Decision 14.167"
    assert named["IRI of cited decision"] == decision
    refers = {
        (row["type"], row["refId"])
        for row in documents[names.ARGALI]["referenceToEntities"]["results"]
    }
    assert ("decision", str(uuid5(NAMESPACE_URL, decision))) in refers
    assert ("meeting", str(uuid5(NAMESPACE_URL, names.thing("meeting", "cms-cop14")))) in refers


def test_keywords_are_terms_of_the_portals_thesaurus(documents: dict[str, dict[str, Any]]) -> None:
    for row in nonempty(documents.values()):
        assert row["keywords"]["results"]
        for keyword in row["keywords"]["results"]:
            assert keyword["scope"] == "leo"
            assert keyword["termURI"].startswith("http://www.informea.org/terms/")
            assert keyword["literalForm"] == keyword["literalForm"].lower()
        # The portal would use tags instead of keywords.
        assert row["tags"]["results"] == []


def test_files_are_there(harvest: httpx.Client, documents: dict[str, dict[str, Any]]) -> None:
    for row in nonempty(documents.values()):
        (url,) = values(row, "files", "url")
        answer = harvest.get(url)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(values(row, "files", "mimeType")[0])


def test_decisions_and_meetings_are_included_only_on_request(
    harvest: httpx.Client, harvest_with_decisions: httpx.Client
) -> None:
    for name in ("Decisions", "Meetings"):
        assert read(harvest, name) == []
        assert len(read(harvest_with_decisions, name)) == 1


def test_a_decision_is_offered_only_where_the_table_has_its_days(
    harvest_with_decisions: httpx.Client,
) -> None:
    with (files.folder("data") / "reference" / "instruments.csv").open(encoding="utf-8") as table:
        (row,) = (row for row in csv.DictReader(table) if row["key"] == "cms_dec_14_167")
    (decision,) = read(harvest_with_decisions, "Decisions?$expand=title,summary")
    assert text(decision, "title") == row["official_title"]
    assert row["note"] in text(decision, "summary")
    assert (decision["number"], decision["type"]) == ("14.167", "decision")
    (meeting,) = read(harvest_with_decisions, "Meetings?$expand=title")
    day = date.fromisoformat(row["adopted_or_signed_start"])
    assert meeting["start"] == f"/Date({(day - date(1970, 1, 1)).days * 86_400_000})/"
    assert f"{meeting['city']}, Uzbekistan" == row["place"]
    assert meeting["country"] == "UZB"


@pytest.mark.parametrize("name", ["Sites", "Contacts", "CountryReports", "NationalPlans"])
def test_what_we_do_not_have_is_there_and_empty(harvest: httpx.Client, name: str) -> None:
    assert read(harvest, name) == []


def test_no_person_is_named(harvest_with_decisions: httpx.Client) -> None:
    for name in ("Documents", "Treaties", "Decisions", "Meetings", "LocalizableStrings"):
        content = harvest_with_decisions.get(f"/informea.svc/{name}", headers=JSON).text
        assert "Stefan Michel" not in content
        assert re.search(r"[\w.]+@[\w.]+", content) is None


def test_measures_and_units_know_each_other(harvest: httpx.Client) -> None:
    units = read(harvest, "Units?$expand=measures,document")
    assert len(units) > 20
    for unit in units:
        of = f"Measures?$filter=unit/id eq '{unit['id']}'"
        assert {row["id"] for row in read(harvest, of)} == set(values(unit, "measures", "id"))
    linked = read(harvest, "Measures?$filter=number eq '2.1' and status eq 'draft'&$expand=unit")
    assert [row["unit"]["number"] for row in linked] == ["1"]


def test_every_row_has_the_status_of_its_plan(harvest: httpx.Client) -> None:
    rows_of = {row["instrument"]: row for row in read(harvest, "Measures")}
    plan_statuses = {slug: (row["status"], row["periodEnd"]) for slug, row in rows_of.items()}
    assert plan_statuses == {
        names.SAIGA: ("adopted", "2020"),
        names.ARGALI: ("draft", "2032"),
        names.SSAP: ("not-verified", "2024"),
        names.JWP: ("not-verified", "2020"),
    }


PLAN = names.thing("instrument", "a-plan")
TREATY = names.thing("instrument", "cms")


def found(**records: list[dict[str, str]]) -> SourceRows:
    """Query results for a small graph."""
    data: dict[str, list[dict[str, str]]] = {
        "treaties": [{"iri": TREATY, "title": "A convention", "website": ""}],
        "documents": [
            {
                "iri": PLAN,
                "title": "A plan",
                "position": "",
                "class": "",
                "type": "",
                "nature": "",
                "updated": "",
            }
        ],
        "document-treaties": [{"document": PLAN, "iri": TREATY}],
        "measures": [
            dict.fromkeys(
                ("position", "sectionNumber", "section", "priority", "timescale", "unit"), ""
            )
            | dict.fromkeys(("responsibility", "applicability"), "")
            | {"iri": f"{PLAN}/1", "document": PLAN, "number": "1", "text": "Do it."}
        ],
    }
    others = ("replacements", "keywords", "citations", "measure-topics", "units", "country-links")
    data |= {name: [] for name in (*others, "decisions")}
    data |= {name.replace("_", "-"): value for name, value in records.items()}
    return SourceRows(data, {"a-plan": PlanStatus("a-plan", "A plan", "draft", "complete", "", "")})


def offered(what: SourceRows) -> tuple[int, int]:
    tables = rows.make(what, date(2026, 11, 21), "http://example.org", decisions=True)
    return len(tables.of("Documents")), len(tables.of("Measures"))


def test_a_plan_of_a_known_treaty_is_offered_with_its_measures() -> None:
    assert offered(found()) == (1, 1)


@pytest.mark.parametrize(
    "missing",
    [
        {"treaties": []},
        {"document_treaties": []},
        {"documents": []},
        {"treaties": [{"iri": TREATY, "title": "", "website": ""}]},
    ],
)
def test_what_the_portal_would_drop_is_not_offered(missing: dict[str, Any]) -> None:
    assert offered(found(**missing)) == (0, 0)


@pytest.mark.parametrize("name", list(MODEL.sets))
def test_data_that_hold_no_plans_offer_nothing(client: httpx.Client, name: str) -> None:
    assert client.get(f"/informea.svc/{name}/$count").text == "0"
