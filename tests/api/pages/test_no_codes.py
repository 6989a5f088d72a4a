"""Pages show names, titles and dates in words: no slugs, ISO codes, `true` or ISO dates.

Quotations of documents, code, identifiers shown as such and documentation of the data are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from tests.sampling import SOME_AND_ALL, some

CODES = {
    "a slug of a plan": r"saiga-mtiwp-2016-2020|argali-action-plan-2025-2032|"
    r"argali-ssap-2014-2024|cms-cites-jwp-2015-2020",
    "an ISO code of a country": r"\b(?:AFG|BTN|CHN|IND|KAZ|KGZ|MNG|NPL|PAK|RUS|TJK|TKM|UZB)\b",
    "a boolean": r"(?<![\w-])(?:true|false)(?![\w-])",
    "an ISO date": r"(?<![\w/.-])[12]\d{3}-[01]\d(?:-[0-3]\d)?(?![\w/-])",
    "a slug": r"(?<![\w/.:-])[a-z]+(?:-[a-z]+)*-(?:[a-z]+-)*\d{4}(?![\w-])|(?<!\w)[a-z]+_[a-z_]+",
}
"""Patterns of what pages do not show."""

LISTS = (
    "/",
    "/queries",
    "/measures?country=KAZ&topic=border-fence&narrowed=true&in_period_on=2016-03-31",
    "/compare",
    "/compare?country=KAZ&country=MNG",
    "/compare?instrument=argali-ssap-2014-2024&instrument=argali-action-plan-2025-2032",
    "/quality",
    "/quality?instrument=saiga-mtiwp-2016-2020&kind=conflict",
    "/data",
    "/cite",
    "/changes",
    "/releases",
    "/nothing-is-here",
    "/search?format=html",
    "/search?q=fence&country=KAZ&instrument=saiga-mtiwp-2016-2020&format=html",
)
"""Pages of lists."""

DOCUMENTATION = re.compile(r"/page/(?:dataset|catalog|graph)/")
"""Pages that describe the files and graphs of the data, with their names."""


class VisibleText(HTMLParser):
    """The texts that a page shows or reads out, but quotations, code and identifiers."""

    _LEFT_OUT = frozenset({"script", "style", "code", "pre", "q", "blockquote", "textarea"})
    _EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "path", "rect", "circle"})
    _CLASSES = frozenset({"source", "citation", "locator", "locators", "quote", "words"})
    """Classes of quotations, citations, and addresses of sources."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if not self._is_hidden:
            self.texts += [
                value for name in ("title", "aria-label", "placeholder")
                if (value := attributes.get(name))
            ]  # fmt: skip
        if tag not in self._EMPTY:
            classes = (attributes.get("class") or "").split()
            hidden = tag in self._LEFT_OUT or not self._CLASSES.isdisjoint(classes)
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_hidden and not data.startswith(("http", "mailto:")):
            self.texts.append(data.strip())

    @property
    def _is_hidden(self) -> bool:
        return any(hidden for _, hidden in self._open)


def codes_in(page: str) -> Iterator[str]:
    """The codes that a page shows, each with the text around it."""
    for text in VisibleText(page).texts:
        for name, pattern in CODES.items():
            for found in re.finditer(pattern, text):
                around = text[max(0, found.start() - 40) : found.end() + 40]
                yield f"{name}: {found[0]} in “{around}”"


@pytest.fixture(scope="module")
def things(real: httpx.Client) -> dict[str, list[str]]:
    """The paths of the pages of things, by kind."""
    found = defaultdict(list)
    sitemap = real.get("/sitemap.xml").text
    for path in re.findall(r"<loc>[^<]*?(/page/[^<]*)</loc>", sitemap):
        if not DOCUMENTATION.match(path):
            found[path.split("/")[2]].append(path)
    return found


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_shows_no_codes(real: httpx.Client, path: str, language: str) -> None:
    headers = {"accept": "text/html", "accept-language": language}
    assert list(codes_in(real.get(path, headers=headers).text)) == []


@pytest.mark.parametrize("everything", SOME_AND_ALL)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_of_a_thing_shows_no_codes(
    real: httpx.Client, things: dict[str, list[str]], language: str, everything: bool
) -> None:
    assert {"measure", "country", "taxon", "unit", "topic", "site", "actor"} <= set(things)
    headers = {"accept": "text/html", "accept-language": language}
    found = {
        path: codes
        for paths in things.values()
        for path in (paths if everything else some(paths, 1))
        if (codes := list(codes_in(real.get(path, headers=headers).text)))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("page", "codes"),
    [
        ("<p>Since 2026-12-05</p>", 1),
        ("<p>Since 5 December 2026, 2016-2020</p>", 0),
        ('<p title="KAZ">Kazakhstan</p>', 1),
        ("<td>argali-ssap-2014-2024</td>", 1),
        ("<p><code>KAZ</code>, <q>true-to-life true</q> non-binding</p>", 0),
        ("<p>narrowed: true</p>", 1),
        ("<p><br>Text</p><q>true</q><p>ovis_ammon</p>", 1),
    ],
)
def test_codes_are_found_in_visible_texts_only(page: str, codes: int) -> None:
    assert len(list(codes_in(page))) == codes
