"""Find the scripts and styles that Vite builds from `web/`, by its manifest.

https://vite.dev/guide/backend-integration. File names contain a hash, so that browsers can cache
files for ever. Without a bundle, pages have no scripts, and work.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).parent / "static" / "bundle"
"""Folder of the bundle."""
_MANIFEST = "manifest.json"
_log = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, slots=True)
class Entry:
    """File names of a script and of the styles that it needs."""

    script: str
    styles: tuple[str, ...]

    def tags(self, address: str) -> Markup:
        """HTML elements for the head of a page; `address` is the URL of the folder.

        >>> print(Entry("page-1.js", ("page-2.css",)).tags("/b"))
        <link rel="stylesheet" href="/b/page-2.css">
        <script type="module" src="/b/page-1.js"></script>
        """
        link = Markup('<link rel="stylesheet" href="{}/{}">')
        script = Markup('<script type="module" src="{}/{}"></script>')
        lines = [link.format(address, style) for style in self.styles]
        return Markup("\n").join([*lines, script.format(address, self.script)])


def entries(folder: Path = FOLDER) -> Mapping[str, Entry]:
    """The entries of a bundle by name; empty if there is no bundle."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        _log.warning("the scripts of the pages are missing; `make setup` makes them")
        return {}
    return {
        chunk["name"]: Entry(chunk["file"], tuple(_styles(manifest, key)))
        for key, chunk in manifest.items()
        if chunk.get("isEntry")
    }


def _styles(manifest: Mapping[str, Mapping[str, list[str]]], key: str) -> Iterator[str]:
    """The styles of a chunk, after those of the chunks that it imports."""
    for imported in manifest[key].get("imports", []):
        yield from _styles(manifest, imported)
    yield from manifest[key].get("css", [])
