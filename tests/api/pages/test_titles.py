"""Titles and headings of filtered pages say what filters them; statuses of plans take one line."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.api.browsing import section_of

SAIGA, JOINT = "Saiga work programme 2016–2020", "CMS–CITES joint work programme 2015–2020"

MANY = "instrument=saiga-mtiwp-2016-2020&unit=ural&country=KAZ&country=RUS&topic=border-fence"

TITLES = {
    "/measures": "Measures",
    "/measures?country=KAZ&topic=border-fence": "Measures: Kazakhstan, border fence",
    "/measures?text=fence": "Measures: “fence”",
    "/measures?topic=border-fence&topic_weight=main": "Measures: border fence",
    f"/measures?{MANY}": (f"Measures: {SAIGA}, Kazakhstan, Russian Federation and 2 more filters"),
    "/measures?in_period_on=2026-03-31": "Measures: Plan in force on: 31 March 2026",
    "/search?q=fence&country=KAZ&format=html": "Search: “fence”, Kazakhstan",
    "/search?format=html": "Search",
    "/queries/measures-by-country?country=KAZ&format=html": "Measures by country: Kazakhstan",
    "/compare?country=KAZ&country=MNG": "Compare: Kazakhstan, Mongolia",
    "/quality?instrument=saiga-mtiwp-2016-2020": f"Notes on the texts: {SAIGA}",
}


def title_of(page: str) -> str:
    """The title of a page without the name of the service."""
    found = re.search(r"<title>(.*) · meagraph</title>", page)
    assert found is not None
    return unescape(found[1])


def heading_of(page: str) -> str:
    """The first heading of a page."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page)
    assert found is not None
    return unescape(found[1])


@pytest.mark.parametrize(("address", "title"), TITLES.items())
def test_title_and_heading_say_what_filters_the_page(
    real: httpx.Client, address: str, title: str
) -> None:
    page = real.get(address, headers={"accept": "text/html"}).text
    assert title_of(page) == title
    assert heading_of(page) == title
    assert section_of(page) is not None


def test_titles_are_in_the_language_of_the_page(real: httpx.Client) -> None:
    page = real.get("/search?q=fence&country=KAZ&format=html", headers={"cookie": "lang=ru"}).text
    assert title_of(page) == "Поиск: «fence», Казахстан"


@pytest.mark.parametrize(
    "address",
    [
        "/measures?country=KAZ",
        "/compare",
        "/quality",
        "/page/country/KAZ",
        "/page/topic/border-fence",
    ],
)
def test_the_status_of_several_plans_is_folded_to_one_line(
    real: httpx.Client, address: str
) -> None:
    page = real.get(address, headers={"accept": "text/html"}).text
    folded = re.search(r'<details class="statuses">\s*<summary>([^<]+)</summary>', page)
    assert folded is not None
    assert "adopted – 1" in folded[1]
    assert "draft – 1" in folded[1]


def test_the_status_of_a_single_plan_is_not_folded(real: httpx.Client) -> None:
    page = real.get("/page/unit/saiga-mtiwp-2016-2020/ural").text
    assert '<ul class="standing">' in page
    assert '<details class="statuses">' not in page


@pytest.mark.parametrize(
    "address",
    ["/", "/measures", "/compare", "/quality", "/data", "/sparql", "/queries/measures?format=html"],
)
def test_plans_are_in_the_same_order_everywhere(real: httpx.Client, address: str) -> None:
    page = unescape(real.get(address, headers={"accept": "text/html"}).text)
    places = [page.find(plan) for plan in (SAIGA, "Argali action plan 2025", "Argali SSAP", JOINT)]
    assert -1 not in places
    assert places == sorted(places)


def test_notes_count_plans_in_that_order(real: httpx.Client) -> None:
    page = real.get("/quality").text
    kinds = page[page.index('<nav class="kinds"') :]
    plans = re.findall(r'href="/quality\?instrument=([\w-]+)"', kinds[: kinds.index("</nav>")])
    assert plans == [
        "saiga-mtiwp-2016-2020",
        "argali-action-plan-2025-2032",
        "argali-ssap-2014-2024",
        "cms-cites-jwp-2015-2020",
    ]
