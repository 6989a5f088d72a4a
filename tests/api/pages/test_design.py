"""The stylesheet: readable colours in light and dark mode and in print."""

from __future__ import annotations

import re

import pytest

from meagraph_api.pages.renderer import STATIC

STYLE = (STATIC / "meagraph.css").read_text(encoding="utf-8")

AA, LARGE = 4.5, 3.0
"""https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast"""

PAIRS = (
    ("ink", "paper", AA), ("ink", "tint", AA), ("ink", "mark", AA), ("ink", "land", AA),
    ("ink", "alert-tint", AA), ("muted", "paper", AA), ("muted", "tint", AA), ("muted", "land", AA),
    ("accent", "paper", AA), ("accent", "tint", AA), ("alert", "paper", AA),
    ("paper", "accent", AA), ("accent", "land", LARGE), ("bar", "paper", LARGE),
)  # fmt: skip
"""Foreground and background colours, and the contrast that they need."""


def colours(block: str) -> dict[str, tuple[int, int, int]]:
    found = re.findall(r"--([a-z-]+): #([0-9a-f]{3,6})\b", block)
    return {name: read(value) for name, value in found}


def read(value: str) -> tuple[int, int, int]:
    full = "".join(2 * digit for digit in value) if len(value) == 3 else value
    red, green, blue = (int(full[start : start + 2], 16) for start in (0, 2, 4))
    return red, green, blue


def luminance(colour: tuple[int, int, int]) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    shares = [part / 255 for part in colour]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


LIGHT = colours(STYLE[: STYLE.index("@media")])
DARK = LIGHT | colours(STYLE[STYLE.index("@media (prefers-color-scheme: dark)") :].split("}")[0])
PAPER = LIGHT | colours(STYLE[STYLE.index("@media print") :].split("}")[0])


def test_black_on_white_is_the_most_there_is() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


@pytest.mark.parametrize(("above", "below", "least"), PAIRS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_can_be_told_apart(
    theme: dict[str, tuple[int, int, int]], above: str, below: str, least: float
) -> None:
    assert contrast(theme[above], theme[below]) >= least


def test_paper_is_white_and_ink_is_black() -> None:
    assert (PAPER["paper"], PAPER["ink"]) == ((255, 255, 255), (0, 0, 0))


def test_the_dark_has_a_value_for_every_colour() -> None:
    dark = STYLE[STYLE.index("@media (prefers-color-scheme: dark)") :].split("}")[0]
    assert set(colours(dark)) == set(LIGHT)


def test_every_colour_that_is_used_is_defined() -> None:
    used = set(re.findall(r"var\(--([a-z-]+)\)", STYLE))
    defined = set(re.findall(r"--([a-z-]+):", STYLE))
    assert used <= defined
    assert {"ink", "paper", "line", "accent", "muted"} <= set(LIGHT)


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_the_focus_is_seen() -> None:
    assert re.search(r":focus-visible \{ outline: 3px solid var\(--accent\)", STYLE)
    assert "outline: none" not in re.sub(
        r"\.(?:state|dot):focus \{[^}]*\}|main:focus \{[^}]*\}", "", STYLE
    )
