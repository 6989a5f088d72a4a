"""HTML pages show at most 200 rows of a list each; data have all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import httpx
import pytest

from meagraph_api import Settings
from meagraph_api.settings import MOST_HTML_ROWS
from tests.api.browsing import pages
from tests.api.conftest import MakeRelease, Serving

MEASURES = 2 * MOST_HTML_ROWS + 7


@pytest.fixture(scope="module")
def changed(
    tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease, serving: Serving
) -> Iterator[httpx.Client]:
    """A client of a service with two releases; the second has many more measures."""
    releases = tmp_path_factory.mktemp("changed")
    for name, number in (("r1", 0), ("r2", MEASURES)):
        measures = {f"m{n}": measure(n) for n in range(number)}
        packed = gzip.compress(json.dumps(measures).encode())
        make_release(releases, name, more={"measures.json.gz": packed})
    with serving(Settings(releases=releases)) as client:
        yield client


def measure(number: int) -> dict[str, object]:
    printed = {"text": f"Words of {number}."}
    return {"instrument": "p", "number": str(number), "links": [], "printed": printed}


def test_changes_are_shown_page_by_page(changed: httpx.Client) -> None:
    changed.headers["accept"] = "text/html"
    found = pages(changed, "/changes?since=r1")
    assert [page.count(">added</td>") for page in found] == [200, 200, 7]
    assert "Page 2 of 3" in found[1]
    assert len(changed.get("/changes.json?since=r1").json()["changes"]) == MEASURES
    beyond = changed.get("/changes?since=r1&page=4")
    assert beyond.status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/compare?country=KAZ&country=UZB&page=9", "/quality?page=9", "/page/country/KAZ?page=99"],
)
def test_a_page_beyond_the_last_is_not_found(real: httpx.Client, path: str) -> None:
    answer = real.get(path)
    assert answer.status_code == 404
    assert "There is no page" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/compare?page=0", "/quality?page=x", "/changes?since=r1&page=-1"]
)
def test_a_number_that_no_page_has_is_refused(real: httpx.Client, path: str) -> None:
    assert real.get(path).status_code == 400
