"""Every type of page: accessible, at any width, in light and dark mode, with few scripts."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from .conftest import Visiting
from .visits import PHONE, Visit

TYPES = tomllib.loads(Path(__file__).with_name("page_types.toml").read_text(encoding="utf-8"))
PAGES: dict[str, str] = TYPES["pages"]
MOST_SCRIPT = 200_000
"""Bytes of script that a page may load."""


def expect(visit: Visit, name: str) -> None:
    """Expect the console message about the status of a missing page."""
    if name in TYPES["missing"]:
        visit.expected.add("status of 404")


@pytest.mark.parametrize("language", TYPES["languages"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_hurdle_fits_a_phone_and_loads_little_script(
    visits: Visiting, name: str, language: str
) -> None:
    with visits(locale=language) as visit:
        expect(visit, name)
        page = visit.go(PAGES[name])
        assert page.title().endswith("meagraph")
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") == language
        assert 0 < visit.script() <= MOST_SCRIPT or name in TYPES["heavy"]
        visit.keep(f"{name}-{language}")
        if language == TYPES["languages"][0]:  # hurdles and colours are those of the first
            assert visit.hurdles() == []
            page.emulate_media(color_scheme="dark")
            assert visit.hurdles("color-contrast") == []
            visit.keep(f"{name}-dark")
            page.emulate_media(color_scheme="light")
        visit.resize(PHONE)
        assert visit.width() <= PHONE[0]
        visit.keep(f"{name}-{language}-phone")
