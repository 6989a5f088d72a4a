"""A visit to the service with a real browser, which fails on errors and external requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
"""WCAG 2.2 AA, as axe-core names it: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md"""

DESKTOP = (1200, 1600)
PHONE = (360, 1200)

Size = tuple[int, int]

_LOADED = """
performance.getEntriesByType("resource")
  .filter((entry) => new URL(entry.name).pathname.endsWith(".js"))
  .reduce((bytes, entry) => bytes + entry.decodedBodySize, 0)
"""
"""https://www.w3.org/TR/resource-timing/#dom-performanceresourcetiming-decodedbodysize"""


@dataclass
class Visit:
    """A browser page, and the errors while it was open."""

    address: str
    page: Page
    pictures: Path | None = None
    """The folder for screenshots, if any are taken."""
    complaints: list[str] = field(default_factory=list)
    expected: set[str] = field(default_factory=set)
    """Parts of console messages that a test expects."""

    def go(self, path: str) -> Page:
        """Open a path of the service, and wait for its scripts."""
        self.page.goto(self.address + path)
        if self.page.locator("#editor #run").count():
            self.page.locator("#run").wait_for()
        return self.page

    def go_without_scripts(self, path: str) -> Page:
        """Open a path in a browser without scripts."""
        self.page.goto(self.address + path)
        return self.page

    def hurdles(self, *rules: str) -> list[str]:
        """Violations of WCAG 2.2 AA, or of some of its rules, found by axe; a line each."""
        assert AXE.is_file(), f"{AXE} is missing; `python web/bundle.py check` installs it"
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options = json.dumps({"runOnly": rules or STANDARDS, "resultTypes": ["violations"]})
        found: Mapping[str, Any] = self.page.evaluate(f"axe.run(document, {options})")
        return [
            f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]

    def script(self) -> int:
        """Uncompressed size in bytes of the loaded scripts."""
        found: int = self.page.evaluate(_LOADED)
        return found

    def width(self) -> int:
        """The width of the page, whatever that of its window."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth")
        return found

    def resize(self, size: Size) -> None:
        """Resize the window."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def keep(self, name: str) -> None:
        """Take a screenshot of the visible part, if screenshots are enabled."""
        if self.pictures is not None:
            self.page.screenshot(path=self.pictures / f"{name}.png")

    def _watch(self) -> None:
        page = self.page
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Violations of the content policy are console errors too.
        if message.type in ("error", "warning") and not any(
            piece in message.text for piece in self.expected
        ):
            self.complaints.append(f"{message.type}: {message.text} {message.location}")

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).scheme in ("data", "blob"):
            return
        if not request.url.startswith(f"{self.address}/"):
            self.complaints.append(f"request to another host: {request.url}")


@contextmanager
def visiting(
    browser: Browser,
    address: str,
    size: Size = DESKTOP,
    pictures: Path | None = None,
    **more: Any,
) -> Iterator[Visit]:
    """A visit for the block; fails if there were errors."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, **more)
    try:
        visit = Visit(address, context.new_page(), pictures)
        visit._watch()
        yield visit
        assert not visit.complaints, "\n".join(visit.complaints)
    finally:
        context.close()
