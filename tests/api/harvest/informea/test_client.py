"""A real OData version 2 client, generated from $metadata, reads everything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pyodata
import pyodata.exceptions
import pytest

from meagraph_api.harvest.informea.model import MODEL
from tests.api.harvest.informea.conftest import PUBLIC


@pytest.fixture(scope="module")
def client(harvest_with_decisions: httpx.Client) -> Any:
    return pyodata.Client(f"{PUBLIC}/informea.svc/", harvest_with_decisions)


def read(entities: Any) -> list[Any]:
    """All entities of a set, page by page."""
    found = []
    page = entities.get_entities().execute()
    while True:
        found += page
        if page.next_url is None:
            return found
        page = entities.get_entities().next_url(page.next_url).execute()


def test_it_finds_every_set(client: Any) -> None:
    assert {found.name for found in client.schema.entity_sets} == set(MODEL.sets)


@pytest.mark.parametrize("name", list(MODEL.sets))
def test_it_reads_every_set_to_the_end(client: Any, name: str) -> None:
    entities = getattr(client.entity_sets, name)
    found = read(entities)
    assert len({entity.id for entity in found}) == len(found)
    assert entities.get_entities().count().execute() == len(found)
    for entity in found[:3]:
        assert entities.get_entity(entity.id).execute().id == entity.id


EMPTY = {
    *("CountryReports", "NationalPlans", "Sites", "Contacts"),
    *("DecisionKeywords", "DocumentAuthors", "DocumentTags"),
}
"""The sets of which meagraph has no rows."""


@pytest.mark.parametrize("name", list(MODEL.sets))
def test_it_expands_every_navigation(client: Any, name: str) -> None:
    navigations = MODEL.sets[name].type.navigation
    request = getattr(client.entity_sets, name).get_entities()
    if navigations:
        request = request.expand(",".join(navigations))
    entities = request.top(5).execute()
    assert bool(entities) == (name not in EMPTY)
    for entity in entities:
        for navigation in navigations.values():
            linked = getattr(entity, navigation.name)
            if navigation.many:
                nav = entity.nav(navigation.name).get_entities()
                assert {other.id for other in nav.execute()} == {other.id for other in linked}


def test_it_filters_orders_selects_and_pages(client: Any) -> None:
    measures = client.entity_sets.Measures
    request = measures.get_entities().filter("status eq 'draft' and startswith(number,'2.')")
    numbers = []
    for skip in range(0, 20, 5):
        page = (
            request.expand("document,countryLinks")
            .select("id,number,displayOrder,document/id,document/treaty,countryLinks/country")
            .order_by("displayOrder")
            .skip(skip)
            .top(5)
            .execute()
        )
        numbers += [entity.number for entity in page]
        assert all(entity.document.treaty == "cms" for entity in page)
    assert numbers[:4] == ["2.1", "2.2", "2.3", "2.4"]
    assert (
        len(numbers)
        == measures.get_entities()
        .filter("status eq 'draft' and startswith(number,'2.')")
        .count()
        .execute()
    )


def test_it_builds_filters_of_its_own(client: Any) -> None:
    measures = client.entity_sets.Measures.get_entities()
    found = measures.filter(measures.number == "1.10").execute()
    assert [entity.instrument for entity in found] == ["saiga-mtiwp-2016-2020"]


def test_it_counts_within_a_page(client: Any) -> None:
    page = client.entity_sets.Measures.get_entities().count(inline=True).top(1).execute()
    assert len(page) == 1
    assert page.total_count == client.entity_sets.Measures.get_entities().count().execute()


def test_it_reads_dates(client: Any) -> None:
    (meeting,) = client.entity_sets.Meetings.get_entities().execute()
    assert meeting.start == datetime(2024, 2, 12, tzinfo=UTC)


def test_it_learns_what_is_wrong(client: Any) -> None:
    with pytest.raises(pyodata.exceptions.HttpError, match="HTTP GET"):
        client.entity_sets.Measures.get_entity("nothing").execute()
