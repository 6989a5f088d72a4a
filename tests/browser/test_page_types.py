"""Every type of page: accessible, at any width, in light and dark mode, with few scripts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.sampling import sampled

from .visits import DESKTOP, PHONE, Visit, visiting

TYPES = tomllib.loads(Path(__file__).with_name("page_types.toml").read_text(encoding="utf-8"))
PAGES: dict[str, str] = TYPES["pages"]
FIRST, *OTHERS = TYPES["languages"]
MOST_SCRIPT = 200_000
"""Bytes of script that a page may load."""


@pytest.fixture(scope="module")
def tabs(browser: Browser, service: str, pictures: Path | None) -> Iterator[Mapping[str, Visit]]:
    """A tab for each language, to open pages one after the other."""
    with ExitStack() as open_tabs:
        yield {
            language: open_tabs.enter_context(
                visiting(browser, service, pictures=pictures, locale=language)
            )
            for language in TYPES["languages"]
        }


@contextmanager
def page_in(visit: Visit, name: str) -> Iterator[Page]:
    """A page in a desktop window; fails if there were errors."""
    visit.complaints.clear()
    visit.expected.clear()
    if name in TYPES["missing"]:  # the console reports the status
        visit.expected.add("status of 404")
    visit.resize(DESKTOP)
    yield visit.go(PAGES[name])
    complaints = visit.complaints.copy()
    visit.complaints.clear()
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("name", sampled(PAGES, 16))
def test_a_page_has_no_hurdle_fits_a_phone_and_loads_little_script(
    tabs: Mapping[str, Visit], name: str
) -> None:
    visit = tabs[FIRST]
    with page_in(visit, name) as page:
        check_frame(visit, page, name, FIRST)
        assert 0 < visit.script() <= MOST_SCRIPT or name in TYPES["heavy"]
        assert visit.hurdles() == []
        page.emulate_media(color_scheme="dark")
        assert visit.hurdles("color-contrast") == []
        visit.keep(f"{name}-dark")
        page.emulate_media(color_scheme="light")
        check_phone(visit, name, FIRST)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", sampled(PAGES, 9))
def test_a_page_in_another_language_fits_a_phone_too(
    tabs: Mapping[str, Visit], name: str, language: str
) -> None:
    """Accessibility and colours are checked in the first language."""
    visit = tabs[language]
    with page_in(visit, name) as page:
        check_frame(visit, page, name, language)
        assert 0 < visit.script() <= MOST_SCRIPT or name in TYPES["heavy"]
        check_phone(visit, name, language)


def check_frame(visit: Visit, page: Page, name: str, language: str) -> None:
    assert page.title().endswith("meagraph")
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == language
    visit.keep(f"{name}-{language}")


def check_phone(visit: Visit, name: str, language: str) -> None:
    visit.resize(PHONE)
    assert visit.width() <= PHONE[0]
    visit.keep(f"{name}-{language}-phone")
