"""Tasks of visitors in a browser, with and without scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visiting
from .visits import Visit


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def visit_either_way(visits: Visiting, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visit with scripts, and one without."""
    with visits(java_script_enabled=request.param) as visit:
        yield visit


def opened(visit: Visit, path: str) -> Page:
    visit.page.goto(visit.address + path)
    return visit.page


def test_the_navigation_leads_everywhere_by_keyboard(visit: Visit) -> None:
    page = visit.go("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    for link in page.get_by_role("navigation", name="Main").get_by_role("link").all():
        address = link.get_attribute("href")
        assert address is not None
        answer = page.request.get(visit.address + address, headers={"Accept": "text/html"})
        assert answer.status == 200


def test_a_query_form_gives_results_to_download(
    visit_either_way: Visit,
) -> None:
    page = opened(visit_either_way, "/queries/measures-by-country")
    page.locator("[name=country]").select_option(["KAZ"])
    page.locator("[name=text]").first.fill("poaching")
    page.locator("form [type=submit]").first.click()
    expect(page.locator("main table tbody tr")).to_have_count(8)
    expect(page.locator("main")).to_contain_text("draft")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert len(rows) == 8
    assert {row["instrument"] for row in rows} == {
        "saiga-mtiwp-2016-2020",
        "argali-action-plan-2025-2032",
        "argali-ssap-2014-2024",
    }


def test_an_answer_is_looked_at_as_bars(visit_either_way: Visit) -> None:
    page = opened(visit_either_way, "/queries/measures-by-country")
    page.locator("[name=country]").select_option(["KAZ"])
    page.locator("form [type=submit]").first.click()
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Chart").click()
    bars = page.locator("svg.bar rect")
    expect(bars.first).to_be_visible()
    widths = [box["width"] for bar in bars.all() if (box := bar.bounding_box())]
    assert max(widths) > 100
    visit_either_way.keep("answer-chart")


def test_facets_narrow_the_measures_together_and_one_is_taken_back(visit_either_way: Visit) -> None:
    page = opened(visit_either_way, "/measures")
    for name, value in (("country", "KAZ"), ("topic", "trade-and-use")):
        box = page.locator(f"[name={name}][value={value}]")
        for folded in page.locator("details:not([open])", has=box).all():
            if folded.locator("> summary").is_visible():
                folded.locator("> summary").click()
        box.check()
    page.get_by_role("button", name="Apply filters").first.click()
    page.wait_for_url("**/measures?*")
    assert {"country=KAZ", "topic=trade-and-use"} <= set(page.url.partition("?")[2].split("&"))
    expect(page.locator("h2").first).to_have_text("18 of 289 measures")
    page.get_by_role("link", name="Topic: trade and use").click()
    expect(page.locator("h2").first).to_have_text("74 of 289 measures")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert len(rows) == 74


def test_a_state_on_the_map_is_chosen_by_mouse_and_by_keyboard(visit_either_way: Visit) -> None:
    page = opened(visit_either_way, "/")
    state = page.locator("a.state", has_text="Mongolia")
    state.locator("circle.shown").click()
    expect(page.locator("h1")).to_have_text("Mongolia")
    page.go_back()
    state.focus()
    expect(state).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Mongolia")
    page.go_back()
    page.locator(".map-box").focus()
    page.keyboard.press("Tab")
    expect(page.locator("a.state").first).to_be_focused()


def test_words_are_found_and_lead_to_what_holds_them(visit_either_way: Visit) -> None:
    page = opened(visit_either_way, "/search")
    page.locator("main input[name=q]").fill("border fence")
    page.keyboard.press("Enter")
    hit = page.locator(".hits h3 a").first
    expect(page.locator(".hits mark").first).to_have_text("border")
    hit.click()
    page.wait_for_url("**/page/**")
    expect(page.locator("h1")).to_have_count(1)


def test_an_address_that_is_not_there_says_what_is(visit_either_way: Visit) -> None:
    visit_either_way.expected.add("status of 404")
    page = opened(visit_either_way, "/nothing-is-here")
    expect(page.get_by_role("alert")).to_contain_text("There is nothing at /nothing-is-here")
