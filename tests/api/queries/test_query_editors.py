"""The initial queries of query editors, sent as they send them.

The editor of the SIB (https://github.com/sib-swiss/sparql-editor) reads prefixes, classes with
their properties, and example queries: by GET, without a graph, with its own parameter `ac`, as
JSON, and with a timeout of five seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from meagraph.core import files, names
from meagraph.core.queries import load
from meagraph_api import Settings
from meagraph_loaders.serialise import PREFIXES
from tests.api.conftest import GENEROUS
from tests.waiting import PATIENCE

DECLARED = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix }
ORDER BY ?prefix
"""
CLASSES = """
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype WHERE {
  {
    ?of void:class ?subjectClass ; void:propertyPartition ?partition .
    ?partition void:property ?prop .
    OPTIONAL {
      { ?partition void:classPartition [ void:class ?objectClass ] }
      UNION { ?partition void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] }
    }
  } UNION {
    ?links void:subjectsTarget ?subjectClass ; void:linkPredicate ?prop ;
      void:objectsTarget ?objectClass
  }
}
"""
EXAMPLES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?example ?comment ?query WHERE {
  ?example a sh:SPARQLExecutable ; rdfs:comment ?comment ;
    sh:select|sh:ask|sh:construct|sh:describe ?query
} ORDER BY ?example
"""


@pytest.fixture(scope="module")
def editor(
    releases: Path, serving: Callable[[Settings], AbstractContextManager[httpx.Client]]
) -> Iterator[httpx.Client]:
    # Without a cache, so that every result is computed.
    with serving(GENEROUS.model_copy(update={"releases": releases, "cache_bytes": 0})) as client:
        yield client


def ask(editor: httpx.Client, query: str) -> list[Mapping[str, str]]:
    answer = editor.get(
        "/sparql",
        params={"ac": "1", "query": query},
        headers={"Accept": "application/json"},
        timeout=PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    return [
        {name: term["value"] for name, term in row.items()}
        for row in answer.json()["results"]["bindings"]
    ]


@pytest.fixture(autouse=True)
def from_elsewhere(editor: httpx.Client) -> None:
    """The editor runs in a page of another site."""
    editor.headers["Origin"] = "https://editor.example"


def test_an_editor_learns_the_prefixes(editor: httpx.Client) -> None:
    found = {row["prefix"]: row["namespace"] for row in ask(editor, DECLARED)}
    assert found == PREFIXES


def test_an_editor_learns_classes_their_properties_and_what_these_lead_to(
    editor: httpx.Client,
) -> None:
    rows = ask(editor, CLASSES)
    measure, text = names.term("Measure"), names.term("text")
    of_measures = {row["prop"] for row in rows if row["subjectClass"] == measure}
    assert {text, names.term("touchesCountry"), names.term("priority")} <= of_measures
    leads = {
        (row["prop"], row.get("objectClass") or row.get("objectDatatype"))
        for row in rows
        if row["subjectClass"] == measure
    }
    assert (names.term("touchesCountry"), names.term("Country")) in leads
    assert (text, names.PREFIXES["rdf"] + "langString") in leads


def test_an_editor_shows_every_example_and_each_of_them_answers(editor: httpx.Client) -> None:
    rows = ask(editor, EXAMPLES)
    folder = files.folder("queries")
    plain = list((folder / "examples").glob("*.rq"))
    assert len(rows) == len(load(folder)) + len(plain)
    for row in rows:
        assert row["comment"]
        answer = editor.get("/sparql", params={"ac": "1", "query": row["query"]}, timeout=PATIENCE)
        assert answer.status_code == 200, row["example"]
        if row["query"].count("ASK"):
            assert answer.json()["boolean"] is True
        else:
            assert len(answer.content) > 100, row["example"]
