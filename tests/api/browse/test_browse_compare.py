"""Comparisons: every number is that of the measures it links to."""

from __future__ import annotations

import httpx
import pytest

from tests.api.browsing import cells, listed, total
from tests.api.things.test_thing_pages import Page
from tests.nonempty import nonempty
from tests.sampling import SOME_AND_ALL, some

ADDRESSES = (
    "/compare",
    "/compare?country=KAZ&country=UZB&country=MNG",
    "/compare?unit=1&unit=8",
    "/compare?instrument=argali-action-plan-2025-2032&instrument=argali-ssap-2014-2024",
)


@pytest.mark.parametrize("everything", SOME_AND_ALL)
def test_every_cell_of_the_heat_maps_leads_to_as_many_measures_as_it_says(
    roomy: httpx.Client, everything: bool
) -> None:
    page = roomy.get("/compare").text
    found = cells(page)
    topics = len(roomy.get("/queries/topic-matrix.json?by=plan&level=broad").json())
    assert len(found) > 18 * 4
    assert topics
    assert all(bool(path) == (number > 0) for path, number in found)
    leading = [(path, number) for path, number in found if path]
    for path, number in leading if everything else some(leading, 15):
        assert total(roomy.get(path).text) == number, path


def test_the_heat_map_of_plans_agrees_with_the_canned_query(roomy: httpx.Client) -> None:
    page = roomy.get("/compare").text
    by_plan = page[page.index('id="by-plan"') : page.index('id="by-country"')]
    counted = {path: number for path, number in cells(by_plan) if path}
    for path, number in nonempty(list(counted.items())[::7]):
        rows = roomy.get(path.replace("/measures", "/queries/measures.json")).json()
        assert len(rows) == number


@pytest.mark.parametrize("address", ADDRESSES[1:])
def test_every_number_side_by_side_leads_to_as_many_measures_as_it_says(
    roomy: httpx.Client, address: str
) -> None:
    found = [(path, number) for path, number in cells(roomy.get(address).text) if path]
    assert found
    for path, number in found[::5]:
        assert total(roomy.get(path).text) == number, path


def test_countries_side_by_side_show_what_they_have_in_common(roomy: httpx.Client) -> None:
    page = roomy.get("/compare?country=KAZ&country=UZB").text
    in_both = set(listed(roomy.get("/measures?country=KAZ").text)) & set(
        listed(roomy.get("/measures?country=UZB").text)
    )
    assert set(listed(page)) == in_both
    assert f"Measures that concern all of them: {len(in_both)}" in page
    assert "Ustiurt population" in page[page.index('id="units"') :]


def test_units_side_by_side_show_the_countries_that_they_share(roomy: httpx.Client) -> None:
    page = roomy.get("/compare?unit=4&unit=13").text
    shared = page[page.index('id="countries"') : page.index('id="common"')]
    assert "China" in shared
    assert "Kazakhstan" in shared
    assert "Kyrgyzstan" not in shared


def test_plans_side_by_side_show_what_the_newer_one_continues(roomy: httpx.Client) -> None:
    page = roomy.get(ADDRESSES[3]).text
    rows = roomy.get(
        "/queries/carried-forward.json?instrument=argali-action-plan-2025-2032"
        "&kind=continues&kind=applies"
    ).json()
    older = {row["from_number"] for row in rows}
    counted = f"{len(older)} measures of the earlier plan are continued or applied"
    assert f"{counted} to a population or area, and {51 - len(older)} are not" in page
    assert "is not" not in page[page.index("Measures not found in the new plan") :][:40]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_comparison_shows_the_standing_of_the_plans_and_loads_nothing_from_elsewhere(
    roomy: httpx.Client, address: str
) -> None:
    answer = roomy.get(address)
    assert "draft; period 2025–2032" in answer.text
    page = Page(answer.text)
    assert page.inline == []
    assert len(page.anchors) == len(set(page.anchors))
    again = roomy.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_one_thing_alone_asks_for_another(roomy: httpx.Client) -> None:
    page = roomy.get("/compare?country=KAZ&country=").text
    assert "Choose at least two to compare." in page
    assert '<option value="KAZ" selected>' in page


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("country=KAZ&unit=1", "one kind of thing at a time"),
        ("country=XYZ&country=KAZ", "cannot be compared"),
        ("country=KAZ&country=UZB&country=MNG&country=CHN&country=IND", "at most 4"),
        ("topic=grazing", "topic is no parameter here"),
    ],
)
def test_what_cannot_be_compared_is_refused(roomy: httpx.Client, query: str, message: str) -> None:
    answer = roomy.get(f"/compare?{query}")
    assert answer.status_code == 400
    assert message in answer.json()["detail"]


def test_a_graph_without_topics_is_compared_all_the_same(client: httpx.Client) -> None:
    assert client.get("/compare").status_code == 200
    assert client.get("/compare?instrument=plan-a&instrument=plan-b").status_code == 200
    assert client.get("/compare?country=KAZ&country=UZB").status_code == 200
