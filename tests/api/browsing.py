"""What tests read from the pages for those who look: numbers, where they lead, what is listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import httpx

from meagraph_api.engine.current_release import Shared
from meagraph_api.index import page_context, release_data
from meagraph_api.index.page_context import PageContext
from meagraph_api.index.release_data import ReleaseData

Query = list[tuple[str, str | int | float | bool | None]] | None
"""Parameters as httpx takes them."""

_OPTION = re.compile(
    r'name="(?P<name>\w+)" value="(?P<value>[^"]*)"(?P<chosen> checked)?> '
    r'<span class="label">(?P<label>.*?)</span> <span class="count">(?P<count>\d+)</span>'
)
_ITEM = re.compile(r'<a class="number" href="([^"]+)">')
_TOTAL = re.compile(r'<h2 id="found">(\d+)')
_CELL = re.compile(
    r'<td class="number level-\d">(?:<a href="([^"]+)">)?(?:<span class="none">)?(\d+)'
)
_NEXT = re.compile(r'rel="next" href="([^"]+)"')
_BAR = re.compile(r'<td class="number"><a href="([^"]+)">(\d+)</a></td>')


def options(page: str) -> dict[tuple[str, str], int]:
    """How many measures each value of each facet leaves, by parameter and value."""
    return {
        (found["name"], unescape(found["value"])): int(found["count"])
        for found in _OPTION.finditer(page)
    }


def chosen(page: str) -> set[tuple[str, str]]:
    """The values of facets that are ticked."""
    return {
        (found["name"], unescape(found["value"]))
        for found in _OPTION.finditer(page)
        if found["chosen"]
    }


def listed(page: str) -> list[str]:
    """The paths of the measures that a page lists, in order."""
    return [unescape(path) for path in _ITEM.findall(page)]


def pages(client: httpx.Client, path: str, params: Query = None) -> list[str]:
    """The pages of a list, from the first to the last."""
    found = [client.get(path, params=params).text]
    while (following := _NEXT.search(found[-1])) is not None:
        found.append(client.get(unescape(following[1])).text)
    return found


def everything(client: httpx.Client, path: str, params: Query = None) -> list[str]:
    """The paths of the measures that all pages of a list show, in order."""
    return [measure for page in pages(client, path, params) for measure in listed(page)]


def total(page: str) -> int:
    """How many measures the browser says there are."""
    found = _TOTAL.search(page)
    assert found is not None
    return int(found[1])


def cells(page: str) -> list[tuple[str, int]]:
    """Where each cell of the heat maps leads ('' where it counts none), and its number."""
    return [(unescape(path), int(number)) for path, number in _CELL.findall(page)]


def bars(page: str) -> list[tuple[str, int]]:
    """Where each number of the charts leads, and the number."""
    return [(unescape(path), int(number)) for path, number in _BAR.findall(page)]


@dataclass(frozen=True, slots=True)
class Trail:
    """The breadcrumbs of a page."""

    steps: tuple[str, ...]
    links: tuple[str, ...]
    """The paths of the steps above the page."""


def trail_of(page: str) -> Trail:
    """The breadcrumbs of a page; no steps if it has none."""
    found = re.search(r'<nav class="crumbs".*?</nav>', page, re.DOTALL)
    crumbs = found[0] if found else ""
    items = re.findall(r"<li[^>]*>(.*?)</li>", crumbs)
    steps = tuple(unescape(re.sub(r"<[^>]+>", "", item)) for item in items)
    return Trail(steps, tuple(map(unescape, re.findall(r'href="([^"]+)"', crumbs))))


def section_of(page: str) -> str | None:
    """The entry of the navigation that a page marks as its section."""
    main = page[page.index('<nav class="main"') : page.index('<nav class="languages"')]
    found = re.findall(r'aria-current="(?:page|true)">([^<]+)<', main)
    assert len(found) < 2
    return unescape(found[0]) if found else None


def context_of(client: httpx.Client) -> PageContext:
    """The data of the release for English pages, read over HTTP."""
    answers = {}
    for name in page_context.QUERIES:
        answer = client.post(
            "/sparql",
            data={"query": release_data.query(name)},
            headers={"accept": "application/sparql-results+json"},
        )
        answers[name] = Shared(answer.content)
    return PageContext(ReleaseData("the real one", answers), "en", 2026)
