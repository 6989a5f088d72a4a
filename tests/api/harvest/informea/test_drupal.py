"""The JSON in the format of InforMEA's Drupal module."""

from __future__ import annotations

import httpx
import pytest

from meagraph.core import names
from meagraph_api.harvest.informea import rows
from meagraph_api.harvest.informea.drupal import SETS


@pytest.mark.parametrize("name", list(SETS))
def test_a_list_has_as_many_entities_as_are_counted(
    harvest_with_decisions: httpx.Client, name: str
) -> None:
    counted = harvest_with_decisions.get(f"/informea/{name}?$count=true").json()
    listed = harvest_with_decisions.get(f"/informea/{name}").json()
    assert counted == {"count": len(listed)}
    for entity in listed[:3]:
        one = harvest_with_decisions.get(f"/informea/{name}/{entity['id']}").json()
        assert one == entity


def test_a_document_has_the_shapes_of_the_module(harvest: httpx.Client) -> None:
    key = rows.key(names.thing("instrument", names.JWP))
    document = harvest.get(f"/informea/documents/{key}").json()
    assert document["title"] == {"en": "CMS CITES JOINT WORK PROGRAMME 2015-2020"}
    assert document["treaties"] == ["cms", "cites"]
    assert document["updated"] == "2026-11-20"
    (file,) = document["files"]
    assert (file["mimeType"], file["content"]) == ("csv", None)
    term = {"term": "enforcement", "uri": "http://www.informea.org/terms/enforcement"}
    assert term in document["keywords"]
    assert len(document["measures"]) == 33


def test_a_decision_has_its_number_alone(harvest_with_decisions: httpx.Client) -> None:
    (decision,) = harvest_with_decisions.get("/informea/decisions").json()
    assert decision["number"] == "14.167"
    assert decision["published"] == "2024-02-12"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/informea/nothing", 404, "There are: treaties, documents"),
        ("/informea/documents/nothing", 404, "Documents has nothing with the id 'nothing'"),
        ("/informea/documents?page=1", 400, "'page' is not supported"),
        ("/informea/documents?$count=1", 400, "neither true nor false"),
        ("/informea/documents?$count=true&$count=true", 400, "2 times"),
        ("/informea/documents/nothing?$count=true", 400, "'$count' is not supported"),
    ],
)
def test_invalid_requests_are_explained(
    harvest: httpx.Client, path: str, status: int, says: str
) -> None:
    answer = harvest.get(path)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_an_unchanged_list_is_not_sent_again(harvest: httpx.Client) -> None:
    first = harvest.get("/informea/documents")
    again = harvest.get("/informea/documents", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
