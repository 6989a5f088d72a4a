"""A visit fails if a page breaks a rule."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route

from .conftest import Visiting
from .visits import Visit

FAILING = """new Promise((done) => {
  setTimeout(() => { throw new Error("mistaken") });
  setTimeout(done, 50);
})"""


def with_more(visit: Visit, more: str) -> None:
    """Open the home page with additional HTML."""

    def put_in(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</main>", f"{more}</main>"))

    visit.page.route(f"{visit.address}/", put_in)
    visit.go("/")


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("<script>alert(1)</script>", "Content Security Policy"),
        ("<p style='color: red'>red</p>", "Content Security Policy"),
        ("<img src='http://127.0.0.1:9/a.png' alt=''>", "Content Security Policy"),
        ("<script src='/static/none.js'></script>", "status of 404"),
    ],
)
def test_what_no_page_may_do_fails_a_visit(visits: Visiting, more: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint), visits() as visit:
        with_more(visit, more)


def test_a_request_to_another_host_fails_a_visit(visits: Visiting) -> None:
    # Only a browser that ignores the content policy sends one.
    with pytest.raises(AssertionError, match="another host"), visits(bypass_csp=True) as visit:
        with_more(visit, "<img src='http://127.0.0.1:9/a.png' alt=''>")


def test_an_error_in_a_script_fails_a_visit(visits: Visiting) -> None:
    with pytest.raises(AssertionError, match="mistaken"), visits() as visit:
        visit.go("/").evaluate(FAILING)


def test_a_hurdle_is_found(visit: Visit) -> None:
    with_more(visit, "<img src='/static/meagraph.svg'>")
    assert [hurdle.partition(":")[0] for hurdle in visit.hurdles()] == ["image-alt"]
