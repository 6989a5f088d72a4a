"""Every type of page: readable by everyone, at every width, in light and dark, without delay."""

from __future__ import annotations

import pytest

from .conftest import Visiting
from .page_types import HEAVY, LANGUAGES, NOT_FOUND, PAGE_TYPES
from .visits import PHONE, Visit

MOST_SCRIPT = 200_000
"""Bytes of script that a page may load."""


def expect(visit: Visit, name: str) -> None:
    """Let the console tell of the status that a page is to have."""
    if name in NOT_FOUND:
        visit.expected.add("status of 404")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGE_TYPES)
def test_a_page_has_no_hurdle_fits_a_phone_and_loads_little_script(
    visits: Visiting, name: str, language: str
) -> None:
    with visits(locale=language) as visit:
        expect(visit, name)
        page = visit.go(PAGE_TYPES[name])
        assert page.title().endswith("meagraph")
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") == language
        assert visit.script <= MOST_SCRIPT or name in HEAVY
        assert visit.hurdles() == []
        visit.keep(f"{name}-{language}")
        page.emulate_media(color_scheme="dark")
        assert visit.hurdles("color-contrast") == []
        visit.keep(f"{name}-{language}-dark")
        page.emulate_media(color_scheme="light")
        visit.resize(PHONE)
        assert visit.width() <= PHONE[0]
        visit.keep(f"{name}-{language}-phone")
