"""Fixtures: the real documents, read once per session, and their source texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from meagraph.core import files, names
from meagraph_loaders import extract
from meagraph_loaders.extract.lines import Source
from meagraph_loaders.records import Document

Read = Callable[[str, str], Document]

FILES = {
    names.SAIGA: "saiga-mtiwp-2016-2020.txt",
    names.ARGALI: "argali-action-plan-2025-2032.txt",
    names.SSAP: "argali-action-plan-2025-2032.txt",
    names.JWP: "cms-cites-jwp-2015-2020.txt",
}


@pytest.fixture(scope="session")
def sources_folder() -> Path:
    """The folder of the source texts."""
    return files.folder("data") / "sources"


@pytest.fixture(scope="session")
def documents(sources_folder: Path) -> dict[str, Document]:
    """The four documents by slug."""
    return {document.slug: document for document in extract.documents(sources_folder)}


@pytest.fixture(scope="session")
def texts(sources_folder: Path) -> dict[str, str]:
    """The source text of each document, by slug."""
    return {
        slug: (sources_folder / file).read_bytes().decode("utf-8") for slug, file in FILES.items()
    }


@pytest.fixture(scope="session")
def read() -> Read:
    """Read one document from a text, original or edited."""
    return lambda slug, text: extract.EXTRACTORS[slug](Source(FILES[slug], text))
