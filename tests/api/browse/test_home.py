"""The home page over the real release: plans, map, example queries with results."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from meagraph_api import Settings
from meagraph_api.browse.home import EXAMPLE_QUERIES
from meagraph_api.pages.map_drawing import HEIGHT, WIDTH
from tests.api.conftest import Serving
from tests.nonempty import nonempty

COUNTRIES = (
    "AFG", "BTN", "CHN", "IND", "KAZ", "KGZ", "MNG", "NPL", "PAK", "RUS", "TJK", "TKM", "UZB",
)  # fmt: skip


class Map(HTMLParser):
    """Collects the links of a map, with their labels and circles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self.radii: dict[str, float] = {}
        self.places: dict[str, tuple[float, float]] = {}
        self._link = ""
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and attributes.get("class") in ("state", "dot"):
            self._link = attributes["href"]
            self.names[self._link] = attributes["aria-label"]
        elif tag == "circle" and attributes["class"] == "shown":
            self.radii[self._link] = float(attributes["r"])
            self.places[self._link] = (float(attributes["cx"]), float(attributes["cy"]))
        self._in_title = tag == "title" and bool(self._link)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.titles[self._link] = data

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False


def counted(client: httpx.Client) -> dict[str, int]:
    """The number of units by State, from the canned query, without conflicting ones."""
    rows = client.get("/queries/units.json").json()
    links = {
        (row["country"], row["iri"])
        for row in rows
        if row["country"] and row["status"] != "conflicting"
    }
    return {code: sum(country == code for country, _ in links) for code, _ in links}


def test_it_introduces_the_site_and_shows_the_status_of_plans(real: httpx.Client) -> None:
    text = real.get("/").text
    assert "every measure as in its document" in text
    assert '<input id="q" name="q" type="search"' in text
    for status in (
        "draft; period 2025–2032",
        "adopted; period 2016–2020, ended",
        "adoption not verified; excerpt; period 2014–2024, ended; "
        "activities to be integrated in CAMI Programme of Work 2026–2032, according to a document",
        "adoption not verified; period 2015–2020, ended",
    ):
        assert f'<span class="status">{status}</span>' in text


def test_eight_examples_lead_to_results(real: httpx.Client) -> None:
    text = real.get("/").text.replace("&amp;", "&")
    assert len(EXAMPLE_QUERIES) == 8
    for example in EXAMPLE_QUERIES:
        assert f'<a href="{example.path}">{example.title}</a>' in text
        answer = real.get(example.path, headers={"accept": "text/html"})
        assert answer.status_code == 200
        assert 'role="alert"' not in answer.text
        assert "Nothing matches" not in answer.text


def test_examples_need_their_query(client: httpx.Client) -> None:
    assert "Examples<" not in client.get("/").text


def test_the_map_has_one_named_circle_for_each_range_state(real: httpx.Client) -> None:
    units = counted(real)
    assert set(units) == set(COUNTRIES)
    drawn = Map(real.get("/").text)
    assert set(drawn.names) == {f"/page/country/{code}" for code in COUNTRIES}
    assert drawn.titles == drawn.names
    assert drawn.names["/page/country/KAZ"] == f"Kazakhstan: {units['KAZ']}"
    most = max(units.values())
    for code in COUNTRIES:
        radius, full = drawn.radii[f"/page/country/{code}"], drawn.radii["/page/country/KAZ"]
        assert drawn.names[f"/page/country/{code}"].endswith(f": {units[code]}")
        assert radius**2 / full**2 == pytest.approx(units[code] / most, abs=0.02)
    for x, y in drawn.places.values():
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT


def test_the_map_says_what_it_measures_and_what_it_does_not_mean(real: httpx.Client) -> None:
    text = real.get("/").text
    assert "The numbers count texts of plans, not animals" in text
    assert "do not imply the expression of any opinion" in text
    assert "Natural Earth" in text
    for region in ("Tian Shan", "Kazakh Steppe", "Altay Mountains", "Plateau of Tibet"):
        assert f">{region}</text>" in text


def test_a_table_says_the_same_as_the_map(real: httpx.Client) -> None:
    text = real.get("/").text
    for code, number in nonempty(counted(real).items()):
        row = re.search(rf'<tr><td[^>]*><a href="/page/country/{code}">.*?</tr>', text)
        assert row is not None
        assert re.findall(r">(\d+)<", row[0])[0] == str(number)


def test_the_circles_lead_to_pages(real: httpx.Client) -> None:
    for address in nonempty(Map(real.get("/").text).names):
        assert real.head(address, headers={"accept": "text/html"}).status_code == 200


def test_the_map_speaks_russian(real: httpx.Client) -> None:
    text = real.get("/?lang=ru").text
    drawn = Map(text)
    assert drawn.names["/page/country/KAZ"].startswith("Казахстан: ")
    assert ">Тянь-Шань</text>" in text
    assert "не означают выражения какого бы то ни было мнения" in text
    real.cookies.clear()


def test_it_is_sent_once_and_then_only_when_it_has_changed(real: httpx.Client) -> None:
    first = real.get("/", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    again = real.get(
        "/", headers={"accept-encoding": "gzip", "if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_it_says_so_where_there_is_no_release_yet(tmp_path: Path, serving: Serving) -> None:
    with serving(Settings(releases=tmp_path)) as client:
        answer = client.get("/?lang=ru")
        assert answer.status_code == 200
        assert "Данные готовятся" in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_every_page_leads_only_to_what_is_served(real: httpx.Client) -> None:
    text = real.get("/").text
    frame = text[: text.index("<main")] + text[text.index("<footer") :]
    links = [link for link in re.findall(r'href="(/[^"]*)"', frame) if "static" not in link]
    assert {"/", "/queries", "/search", "/sparql", "/dumps", "/cite", "/docs"} <= set(links)
    for link in links:
        assert real.get(link, headers={"accept": "text/html"}).status_code == 200, link
