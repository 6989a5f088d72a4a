"""Requests that harvesters are known to send, and their checks of the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.api.harvest.informea.conftest import Connection
from tests.nonempty import nonempty

SERVICE = "/informea.svc"
JSON = {"Accept": "application/json"}

EXPANDED = {
    "Decisions": "title,keywords,files,content,summary",
    "Meetings": "title,description",
    "Documents": (
        "authors,description,files,identifiers,keywords,referenceToEntities,tags,treaties,title,types"
    ),
    "CountryReports": "title,files",
    "NationalPlans": "title,files",
    "Sites": "name",
    "Contacts": "treaties",
}
"""What the portal expands, by set."""

LANGUAGES = {"en", "fr", "es", "ru", "ar", "zh"}

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "d": "http://schemas.microsoft.com/ado/2007/08/dataservices",
    "m": "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata",
}


def count(client: httpx.Client, name: str) -> int:
    """Count as the portal does: a plain number, without an Accept header."""
    client.headers.pop("accept", None)
    answer = client.get(f"{SERVICE}/{name}/$count")
    assert answer.status_code == 200
    assert re.fullmatch(r"\d+", answer.text)
    return int(answer.text)


def rows(client: httpx.Client, name: str, top: int = 100) -> dict[str, dict[str, Any]]:
    """Read as the portal does: page by page up to the count, rows by id."""
    found = {}
    for skip in range(0, count(client, name), top):
        query = f"$top={top}&$skip={skip}&$expand={EXPANDED[name]}&$orderby=updated%20desc,id"
        answer = client.get(f"{SERVICE}/{name}?{query}", headers=JSON)
        assert answer.status_code == 200, answer.text
        content = answer.json()["d"]
        for row in content["results"] if isinstance(content, dict) else content:
            found[row["id"]] = row
    return found


def texts(row: dict[str, Any], name: str) -> dict[str, str]:
    return {text["language"]: text["value"] for text in row[name]["results"]}


@pytest.fixture(params=["harvest", "harvest_with_decisions"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    fixture: httpx.Client = request.getfixturevalue(request.param)
    with Connection(base_url=fixture.base_url, timeout=30) as own:
        yield own


@pytest.mark.parametrize("name", list(EXPANDED))
@pytest.mark.parametrize("top", [100, 1])
def test_the_portal_reads_as_many_rows_as_were_counted(
    client: httpx.Client, name: str, top: int
) -> None:
    assert len(rows(client, name, top)) == count(client, name)


@pytest.mark.parametrize("name", list(EXPANDED))
def test_the_portal_finds_the_count_in_atom_too(client: httpx.Client, name: str) -> None:
    expected = count(client, name)
    body = client.get(f"{SERVICE}/{name}?$inlinecount=allpages").text
    matched = re.search(r"<m:count>(\d+)</m:count>", body)
    assert matched
    assert int(matched[1]) == expected


def test_documents_pass_the_gates(client: httpx.Client) -> None:
    found = rows(client, "Documents")
    assert found
    for row in found.values():
        assert texts(row, "title")["en"]
        named = {treaty["value"] for treaty in row["treaties"]["results"]}
        assert named <= {"cms", "cites"}
        assert named
        assert row["treaty"] in named | {None}
        for file in row["files"]["results"]:
            assert file["url"].startswith("http")
            assert file["language"] in LANGUAGES
            assert file["mimeType"] != "image/jpeg"
        assert set(texts(row, "description")) <= LANGUAGES
        assert re.fullmatch(r"/Date\(\d+\)/", row["updated"])


def test_decisions_pass_the_gates(harvest_with_decisions: httpx.Client) -> None:
    with Connection(base_url=harvest_with_decisions.base_url) as client:
        meetings = rows(client, "Meetings")
        decisions = rows(client, "Decisions")
    assert decisions
    for row in decisions.values():
        assert texts(row, "title")["en"]
        meeting = meetings[row["meetingId"]]
        assert row["treaty"] == meeting["treaty"] == "cms"
        assert row["published"] == meeting["start"]
        assert row["type"] in {"decision", "resolution", "recommendation", "official_document"}
        assert row["status"] in {"active", "adopted", "amended", "draft", "retired"}
        assert row["number"]
    for row in meetings.values():
        assert texts(row, "title")["en"]
        assert re.fullmatch(r"/Date\(\d+\)/", row["start"])
        assert re.fullmatch(r"[A-Z]{3}", row["country"])


def test_a_known_row_is_there_and_any_other_is_a_plain_404(client: httpx.Client) -> None:
    for key in rows(client, "Documents"):
        assert client.get(f"{SERVICE}/Documents('{key}')").status_code == 200
    gone = client.get(f"{SERVICE}/Documents('00000000-0000-5000-8000-000000000000')")
    assert gone.status_code == 404


def test_deferred_navigations_lead_to_what_they_name(client: httpx.Client) -> None:
    for row in nonempty(client.get(f"{SERVICE}/Documents", headers=JSON).json()["d"]["results"]):
        uri = row["title"]["__deferred"]["uri"]
        (title,) = client.get(uri, headers=JSON).json()["d"]["results"]
        assert title["language"] == "en"
        assert title["value"]


@pytest.mark.parametrize(("since", "some"), [("2020-01-01", True), ("2100-01-01", False)])
def test_a_second_portal_asks_for_what_is_newer(
    harvest_with_decisions: httpx.Client, since: str, some: bool
) -> None:
    query = {
        "$filter": f"updated gt datetime'{since}T00:00:00'",
        "$orderby": "updated asc",
        "$format": "json",
        "$top": "20",
        "$expand": "title,longTitle,keywords,content,files,summary",
    }
    answer = harvest_with_decisions.get(f"{SERVICE}/Decisions", params=query).json()
    found = answer["d"]["results"]
    assert bool(found) == some
    assert all(row["files"]["results"] == [] for row in found)


def test_an_importer_reads_the_treaties_in_atom(client: httpx.Client) -> None:
    body = client.get(f"{SERVICE}/Treaties", headers={"Accept": "application/xml"})
    assert body.headers["content-type"] == "application/xml"
    path = "atom:entry/atom:content/m:properties/d:titleEnglish"
    titles = [
        element.text for element in ElementTree.fromstring(body.text).iterfind(path, NAMESPACES)
    ]
    assert titles == [
        "Convention on International Trade in Endangered Species of Wild Fauna and Flora",
        "Convention on the Conservation of Migratory Species of Wild Animals",
    ]
