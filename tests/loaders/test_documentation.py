"""The page of the ontology: every term, nothing that a page may not hold, the same each time."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from meagraph.core import files
from meagraph_loaders import documentation


@pytest.fixture(scope="module")
def ontology() -> ox.Store:
    store = ox.Store()
    path = files.folder("ontology") / "meagraph.ttl"
    store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=documentation.GRAPH)
    return store


@pytest.fixture(scope="module")
def text(ontology: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = documentation.write_page(ontology, tmp_path_factory.mktemp("page"))
    assert path is not None
    assert path.name == files.ONTOLOGY_PAGE
    return path.read_text(encoding="utf-8")


def test_every_term_stands_once_at_the_anchor_of_its_name(text: str) -> None:
    anchors = re.findall(r' id="([^"]*)"', text)
    assert len(anchors) == len(set(anchors))
    assert {"Taxon", "taxon", "Measure", "label", "withdrawn"} <= set(anchors)


def test_a_term_has_its_label_and_its_comment_in_one_language(text: str) -> None:
    assert "conservation unit or population" in text
    assert "One numbered measure, action or activity of a plan" in text
    assert not re.search(r"[А-Яа-я]", text)


def test_it_holds_no_script_no_style_and_nothing_that_is_loaded(text: str) -> None:
    assert not re.search(r"<(script|style|link|img|iframe)|\ssrc=|\sstyle=|\son\w+=", text)


def test_links_within_it_lead_to_anchors_in_it(text: str) -> None:
    anchors = set(re.findall(r' id="([^"]*)"', text))
    assert set(re.findall(r'href="#([^"]*)"', text)) <= anchors


def test_it_is_the_same_whatever_order_the_triples_come_in(
    ontology: ox.Store, text: str, tmp_path: Path
) -> None:
    turned = ox.Store()
    turned.extend(reversed(list(ontology)))
    path = documentation.write_page(turned, tmp_path)
    assert path is not None
    assert path.read_text(encoding="utf-8") == text


def test_making_it_changes_nothing_about_logging(ontology: ox.Store, tmp_path: Path) -> None:
    root = logging.getLogger()
    before = root.level, root.handlers[:], root.manager.disable
    documentation.write_page(ontology, tmp_path)
    assert (root.level, root.handlers, root.manager.disable) == before


def test_without_an_ontology_there_is_no_page(small: ox.Store, tmp_path: Path) -> None:
    assert documentation.write_page(small, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_making_it_leaves_no_event_loop_open(ontology: ox.Store, tmp_path: Path) -> None:
    documentation.write_page(ontology, tmp_path)
    asyncio.run(asyncio.sleep(0))  # drops the loop of this thread, were there one
    gc.collect()  # which is a warning then, and so an error
