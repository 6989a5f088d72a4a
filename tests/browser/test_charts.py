"""Tables marked for it can be shown as charts, by the script of every page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from .visits import Visit

TABLE = """
<div class="table" role="region" aria-label="Topics" tabindex="0">
<table data-chart="bar" data-label="1" data-value="2">
<thead>
<tr><th scope="col">no</th><th scope="col">topic</th><th scope="col">measures</th></tr>
</thead>
<tbody>
<tr><td>1</td><td lang="ru">Мониторинг</td><td>1,200</td></tr>
<tr><td>2</td><td>Grazing</td><td>300</td></tr>
<tr><td>3</td><td>Not counted</td><td></td></tr>
</tbody></table></div>
"""


@pytest.fixture
def charted(visit: Visit) -> Page:
    """A page of the service with a table for a chart."""

    def put_in(route: Route) -> None:
        answer = route.fetch()
        body = answer.text().replace("</main>", f"{TABLE}</main>")
        route.fulfill(response=answer, body=body)

    visit.page.route(f"{visit.address}/queries", put_in)
    return visit.go("/queries")


def test_a_table_is_shown_first_and_a_chart_on_demand(visit: Visit, charted: Page) -> None:
    table, chart = charted.locator("table[data-chart]"), charted.locator(".chart")
    expect(table).to_be_visible()
    expect(chart).to_be_hidden()
    charted.get_by_role("button", name="Chart").click()
    expect(table).to_be_hidden()
    expect(chart.locator("li")).to_have_count(2)
    assert chart.locator("li").first.inner_text().split() == ["Мониторинг", "1,200"]
    assert chart.locator("[lang=ru]").inner_text() == "Мониторинг"
    assert visit.hurdles() == []
    visit.keep("chart")
    charted.get_by_role("button", name="Table").click()
    expect(table).to_be_visible()


def test_a_bar_is_as_long_as_its_number(charted: Page) -> None:
    charted.get_by_role("button", name="Chart").click()
    first, second = (charted.locator(".drawn-bar").nth(number).bounding_box() for number in (0, 1))
    assert first is not None
    assert second is not None
    assert first["width"] / second["width"] == pytest.approx(4, rel=0.02)
