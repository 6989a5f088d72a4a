"""The scripts of the pages: names, compression, caching."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import httpx
import pytest

from meagraph_api.pages import script_bundle
from meagraph_api.pages.renderer import Pages
from tests.nonempty import nonempty

LOADED = re.compile(r'(?:href|src)="(/static/bundle/[^"]+)"')


def made() -> list[Path]:
    """The scripts and styles of the bundle."""
    return [path for path in script_bundle.FOLDER.iterdir() if path.suffix in (".js", ".css")]


@pytest.mark.parametrize("entry", ["page", "editor"])
def test_every_entry_is_there_and_its_files_are_named_by_their_content(entry: str) -> None:
    found = LOADED.findall(Pages("").bundled(entry))
    assert len(found) == 2
    for path in found:
        assert re.fullmatch(r"/static/bundle/[a-z]+-[\w-]{8}\.(js|css)", path)
        assert (script_bundle.FOLDER / Path(path).name).is_file()


def test_files_are_sent_compressed_and_kept_for_good(client: httpx.Client) -> None:
    assert made()
    for path in made():
        address = f"/static/bundle/{path.name}"
        packed = client.get(address, headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        plain = client.get(address, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert packed.content == plain.content == path.read_bytes()
        kind = "text/css" if path.suffix == ".css" else "text/javascript"
        for answer in (packed, plain):
            assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["vary"] == "Accept-Encoding"


def test_what_is_compressed_is_what_is_sent_plain() -> None:
    for path in nonempty(made()):
        packed = path.with_name(f"{path.name}.gz").read_bytes()
        assert gzip.decompress(packed) == path.read_bytes()


def test_every_page_loads_the_small_scripts_and_sparql_the_editor(client: httpx.Client) -> None:
    for path in ("/", "/queries", "/search", "/sparql"):
        loaded = LOADED.findall(client.get(path, headers={"accept": "text/html"}).text)
        names = {Path(address).name.partition("-")[0] for address in loaded}
        assert names == ({"page", "editor"} if path == "/sparql" else {"page"})


@pytest.mark.parametrize("path", ["nothing.js", "..%2fmeagraph.css", "..%2f..%2f__init__.py", ""])
def test_nothing_beside_the_bundle_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(f"/static/bundle/{path}").status_code == 404


def test_the_licences_of_what_is_bundled_go_with_it() -> None:
    licences = (script_bundle.FOLDER / "licences.txt").read_text(encoding="utf-8")
    for package in ("@zazuko/yasqe", "codemirror", "lodash-es"):
        assert f"{package} " in licences
    assert "Permission is hereby granted" in licences
    assert "axe-core" not in licences


def test_without_a_bundle_pages_come_without_scripts(tmp_path: Path) -> None:
    assert script_bundle.entries(tmp_path) == {}


def test_the_styles_of_what_an_entry_imports_come_before_its_own(tmp_path: Path) -> None:
    manifest = {
        "a.ts": {
            "file": "a-1.js",
            "name": "a",
            "isEntry": True,
            "imports": ["_b"],
            "css": ["a.css"],
        },
        "_b": {"file": "b-1.js", "name": "b", "css": ["b.css"]},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert script_bundle.entries(tmp_path) == {
        "a": script_bundle.Entry("a-1.js", ("b.css", "a.css"))
    }
