"""The page at `/sparql`: negotiation, the query in it, and its vocabulary."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from meagraph.core import names
from meagraph_api import Settings

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
JSON = "application/sparql-results+json"
PAGE = "text/html; charset=utf-8"
QUERY = 'SELECT ?a { VALUES ?a { "</textarea><b>" } }'


@pytest.fixture(scope="module")
def vocabulary(real: httpx.Client) -> Mapping[str, Any]:
    """The vocabulary of the real release."""
    found: Mapping[str, Any] = real.get("/sparql/vocabulary.json").json()
    return found


def filled_in(page: str) -> str:
    """The text of the text area, as the form sends it."""
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER, PAGE),
        ("text/html", PAGE),
        ("application/json;q=0.5, text/html", PAGE),
        ("*/*", JSON),
        ("", JSON),
        (f"{JSON}, text/html", JSON),
        (f"{JSON}, */*;q=0.9", JSON),
        ("text/html;q=0.5, text/csv", "text/csv; charset=utf-8"),
    ],
)
def test_who_prefers_a_page_gets_the_editor_and_others_the_answer(
    client: httpx.Client, accept: str, kind: str
) -> None:
    answer = client.get("/sparql", params={"query": QUERY}, headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert "accept" in answer.headers["vary"].lower()


def test_the_query_is_filled_in_and_not_run(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": QUERY}, headers={"accept": BROWSER})
    assert filled_in(answer.text) == QUERY
    data = client.get("/sparql", params={"query": QUERY})
    assert answer.headers["etag"] != data.headers["etag"]
    broken = client.get("/sparql", params={"query": "SELECT"}, headers={"accept": BROWSER})
    assert (broken.status_code, filled_in(broken.text)) == (200, "SELECT")


def test_a_format_that_is_named_counts_more_than_what_is_preferred(client: httpx.Client) -> None:
    params = {"query": QUERY, "format": "json"}
    answer = client.get("/sparql", params=params, headers={"accept": BROWSER})
    assert answer.headers["content-type"] == JSON
    page = client.get("/sparql", params={**params, "format": "html"})
    assert page.headers["content-type"] == PAGE


def test_a_form_that_is_posted_is_answered(client: httpx.Client) -> None:
    answer = client.post("/sparql", data={"query": "ASK {}"}, headers={"accept": BROWSER})
    assert "<boolean>true</boolean>" in answer.text


def test_an_update_is_refused_whoever_sends_it(client: httpx.Client) -> None:
    answer = client.get("/sparql?update=CLEAR+ALL", headers={"accept": BROWSER})
    assert answer.status_code == 400
    assert "updates are not accepted" in answer.text


def test_the_dataset_goes_along_with_the_query(client: httpx.Client) -> None:
    graph = 'https://example.org/"graph"'
    params = {"query": QUERY, "default-graph-uri": graph, "timeout": "5"}
    page = client.get("/sparql", params=params, headers={"accept": BROWSER}).text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', page)
    assert [(name, html.unescape(value)) for name, value in hidden] == [
        ("default-graph-uri", graph),
        ("timeout", "5"),
    ]


def test_a_query_that_is_given_twice_is_an_error(client: httpx.Client) -> None:
    answer = client.get("/sparql?query=ASK{}&query=ASK{}", headers={"accept": BROWSER})
    assert answer.status_code == 400
    assert "given 2 times" in answer.text


def test_before_there_is_a_release_a_query_can_be_written(
    tmp_path: Path, serving: Callable[[Settings], AbstractContextManager[httpx.Client]]
) -> None:
    with serving(Settings(releases=tmp_path)) as client:
        page = client.get("/sparql", headers={"accept": BROWSER})
        assert page.status_code == 200
        assert "SELECT ?instrument" in filled_in(page.text)
        assert client.get("/sparql/vocabulary.json").status_code == 503


def test_every_example_is_offered_and_filled_in(
    real: httpx.Client, vocabulary: Mapping[str, Any]
) -> None:
    page = real.get("/sparql", headers={"accept": BROWSER}).text
    offered = re.findall(r'href="/sparql\?example=([^"]+)"', page)
    assert set(offered) == set(vocabulary["examples"])
    assert len(offered) > 40
    for name in (offered[0], offered[-1]):
        filled = real.get("/sparql", params={"example": name}, headers={"accept": BROWSER})
        assert filled_in(filled.text).strip() == vocabulary["examples"][name].strip()


def test_an_example_that_there_is_not_is_an_error(real: httpx.Client) -> None:
    answer = real.get("/sparql?example=none", headers={"accept": BROWSER})
    assert answer.status_code == 404
    assert "/sparql lists" in answer.text


def test_words_are_completed_from_what_the_graph_says_of_itself(
    vocabulary: Mapping[str, Any],
) -> None:
    assert vocabulary["prefixes"]["mea"] == names.ONTOLOGY
    classes = {entry["iri"]: entry for entry in vocabulary["classes"]}
    properties = {entry["iri"]: entry for entry in vocabulary["properties"]}
    assert classes[names.term("Measure")]["en"] == "measure"
    assert classes[names.term("Measure")]["ru"]
    assert properties[names.term("touchesCountry")]["en"] == "concerns (range State)"
    assert "http://purl.org/dc/terms/title" in properties
    assert not set(classes) & set(properties)


def test_the_vocabulary_is_sent_once_for_a_release(real: httpx.Client) -> None:
    first = real.get("/sparql/vocabulary.json")
    assert first.headers["content-type"] == "application/json"
    again = real.get("/sparql/vocabulary.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_data_that_do_not_describe_themselves_have_the_usual_prefixes(client: httpx.Client) -> None:
    found = client.get("/sparql/vocabulary.json").json()
    assert found["prefixes"] == names.PREFIXES
    assert (found["classes"], found["examples"]) == ([], {})
