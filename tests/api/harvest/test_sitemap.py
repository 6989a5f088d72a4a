"""The sitemap lists all resources, and robots.txt links to it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.robotparser import RobotFileParser

import httpx
import pyoxigraph as ox
import pytest

from meagraph.core import names
from meagraph_api import Settings
from meagraph_api.harvest import sitemap
from tests.api.conftest import GENEROUS
from tests.nonempty import nonempty

PUBLIC = "https://example.org/mea"
SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture(scope="module")
def real(
    releases: Path, serving: Callable[[Settings], AbstractContextManager[httpx.Client]]
) -> Iterator[httpx.Client]:
    with serving(
        GENEROUS.model_copy(update={"releases": releases, "public_url": PUBLIC})
    ) as client:
        yield client


def locations(text: str) -> list[str]:
    return [str(node.text) for node in ElementTree.fromstring(text).findall("*/s:loc", SPACE)]


def test_every_thing_of_the_graph_is_in_the_sitemap_once(
    real: httpx.Client, store: ox.Store
) -> None:
    answer = real.get("/sitemap.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    found = locations(answer.text)
    assert len(found) == len(set(found))
    things = {
        quad.subject.value
        for quad in store.quads_for_pattern(
            None, ox.NamedNode(names.PREFIXES["rdf"] + "type"), None, ox.DefaultGraph()
        )
        if isinstance(quad.subject, ox.NamedNode)
        and quad.subject.value.startswith(names.ID)
        and "#" not in quad.subject.value
    }
    pages = {address for address in found if address.startswith(f"{PUBLIC}/page/")}
    assert pages == {f"{PUBLIC}/page/{thing.removeprefix(names.ID)}" for thing in things}
    assert f"{PUBLIC}/queries/measures-by-country" in found
    assert len(pages) > 900


def test_everything_has_a_date_of_the_sources(real: httpx.Client) -> None:
    tree = ElementTree.fromstring(real.get("/sitemap.xml").text)
    dates = [node.text for node in tree.findall("*/s:lastmod", SPACE)]
    assert len(dates) == len(tree)
    assert set(dates) == {"2026-11-20"}


def test_the_pages_that_are_no_things_are_there(real: httpx.Client) -> None:
    found = locations(real.get("/sitemap.xml").text)
    others = [address for address in found if not address.startswith(f"{PUBLIC}/page/")]
    for address in nonempty(others):
        answer = real.get(address.removeprefix(PUBLIC), headers={"Accept": "text/html"})
        assert answer.status_code == 200, address


def test_the_sitemap_is_not_sent_twice(real: httpx.Client) -> None:
    tag = real.get("/sitemap.xml").headers["etag"]
    assert real.get("/sitemap.xml", headers={"If-None-Match": tag}).status_code == 304


def test_robots_txt_has_the_sitemap_and_disallows_unbounded_pages(real: httpx.Client) -> None:
    text = real.get("/robots.txt").text
    robots = RobotFileParser()
    robots.parse(text.splitlines())
    assert robots.site_maps() == [f"{PUBLIC}/sitemap.xml"]
    assert robots.can_fetch("any", f"{PUBLIC}/page/country/KAZ")
    assert not robots.can_fetch("any", f"{PUBLIC}/sparql?query=ASK{{}}")


def test_a_long_sitemap_is_an_index_of_its_parts(
    small_releases: Path,
    serving: Callable[[Settings], AbstractContextManager[httpx.Client]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sitemap, "MOST", 2)
    with serving(Settings(releases=small_releases, public_url=PUBLIC)) as client:
        index = client.get("/sitemap.xml").text
        assert "<sitemapindex" in index
        parts = [part.removeprefix(PUBLIC) for part in locations(index)]
        assert len(parts) > 1
        found = [locations(client.get(part).text) for part in parts]
        assert {len(part) for part in found[:-1]} == {2}
        whole = [address for part in found for address in part]
        assert whole[:2] == [f"{PUBLIC}/", f"{PUBLIC}/queries"]
        assert len(whole) == len(set(whole))
        assert any(address.startswith(f"{PUBLIC}/page/") for address in whole)
        for number in (0, len(parts) + 1):
            assert client.get(f"/sitemap-{number}.xml").status_code == 404
