"""Pages of things, of the ontology and of types of problems."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import httpx
import pytest
from markupsafe import escape
from rdflib import OWL, RDF, Graph

from meagraph.core import files, names
from meagraph.core.version import __version__
from meagraph_api.pages.problem_types import problem_types
from tests.nonempty import nonempty
from tests.sampling import SOME_AND_ALL, some


class Page(HTMLParser):
    """The loaded files, links, anchors, inline code and embedded data of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.inline: list[str] = []
        self.data = ""
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.inline += [name for name in attributes if name.startswith("on") or name == "style"]
        self.inline += ["style"] if tag == "style" else []
        self.anchors += [attributes["id"] or ""] if "id" in attributes else []
        if tag == "script":
            self._in_data = attributes.get("type") == "application/ld+json"
            self.inline += [] if self._in_data or "src" in attributes else ["script"]
        elif tag == "link" and attributes.get("rel") in ("stylesheet", "icon"):
            self.loaded.append(str(attributes["href"]))
        elif tag in ("img", "iframe"):
            self.loaded.append(str(attributes.get("src")))
        elif tag == "a":
            self.links.append(str(attributes["href"]))

    def handle_data(self, data: str) -> None:
        self.data += data if self._in_data else ""

    def handle_endtag(self, tag: str) -> None:
        self._in_data = self._in_data and tag != "script"


PAGES = (
    "/page/measure/argali-action-plan-2025-2032/2.1",
    "/page/country/KAZ",
    "/page/country/KAZ?page=2",
    "/page/scheme/topic",
    "/page/dataset/meagraph",
    "/page/graph/inferred",
    "/page/source/saiga-mtiwp-2016-2020.txt",
    "/ontology",
    "/problem/not-found",
)


ONTOLOGY_OF_THE_VERSION = f"{names.ONTOLOGY.rstrip('#')}/{__version__}"


@pytest.mark.parametrize("everything", SOME_AND_ALL)
@pytest.mark.parametrize("address", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_its_links_lead_somewhere(
    real: httpx.Client, address: str, everything: bool
) -> None:
    answer = real.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.inline == []
    assert all(path.startswith("/static/") for path in page.loaded)
    assert len(page.anchors) == len(set(page.anchors))
    for link in page.links:
        assert link.startswith(("/", "#", "?", "http://", "https://", "mailto:")), link
        # Only the ontology links to its own IRIs: version and namespace.
        if address != "/ontology" or not link.startswith(names.ONTOLOGY.rstrip("#")):
            assert not link.startswith(names.BASE)
    here = sorted({link for link in page.links if link.startswith("/")})
    assert here
    as_browsers = {"accept": "text/html,application/xml;q=0.9,*/*;q=0.8"}
    for link in here if everything else some(here, 4):
        assert real.head(link, headers=as_browsers).status_code in (200, 303), link


def test_a_page_tells_whose_word_a_statement_is(real: httpx.Client) -> None:
    text = real.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    for graph, words in (
        ("argali-action-plan-2025-2032", "from the document"),
        ("inferred", "derived by rule"),
        ("curation", "meagraph editors"),
    ):
        assert f'<a class="origin" href="/page/graph/{graph}">{words}</a>' in text


def test_a_page_tells_the_standing_of_the_plan(real: httpx.Client) -> None:
    text = real.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    assert "draft; period 2025–2032" in text
    assert (
        "adopted; period 2016–2020, ended"
        in real.get("/page/measure/saiga-mtiwp-2016-2020/1.1").text
    )


def test_a_page_calls_things_by_their_names_in_its_language(real: httpx.Client) -> None:
    address = "/page/measure/argali-action-plan-2025-2032/2.1"
    russian = real.get(address, headers={"cookie": "lang=ru"}).text
    for words in (
        "касается (государство ареала)",
        "Таджикистан",
        "выведено по правилу",
        "из документа",
    ):
        assert f">{words}</a>" in russian
    assert '<span lang="en">Remove or reconstruct' in russian
    assert ">concerns (range State)</a>" in real.get(address).text


def test_the_links_back_are_paged(real: httpx.Client) -> None:
    first = real.get("/page/country/KAZ")
    assert 'rel="next" href="/page/country/KAZ?page=2#links"' in first.text
    second = real.get("/page/country/KAZ?page=2")
    assert 'rel="prev" href="/page/country/KAZ#links"' in second.text
    assert "Details" not in second.text
    assert second.links["last"]["url"].endswith("/page/country/KAZ?page=8")
    assert real.get("/page/country/KAZ?page=9").status_code == 404


def test_a_page_embeds_what_search_engines_read(real: httpx.Client) -> None:
    text = real.get("/page/measure/argali-action-plan-2025-2032/2.1").text
    document = json.loads(Page(text).data)
    about = document["about"]
    assert document["@context"] == "https://schema.org"
    assert about["@type"] == "CreativeWork"
    assert about["@id"] == names.thing("measure", names.ARGALI, "2.1")
    assert about["text"].startswith("Remove or reconstruct in a wildlife-friendly manner")
    assert about["isPartOf"] == {"@id": names.thing("instrument", names.ARGALI)}
    country = json.loads(Page(real.get("/page/country/KAZ").text).data)["about"]
    assert (country["@type"], country["name"]) == ("Country", "Kazakhstan")


def test_hostile_texts_stay_texts(client: httpx.Client) -> None:
    text = client.get("/page/measure/plan-a/1.10").text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert(1)</script>" in json.loads(Page(text).data)["about"]["text"]


def test_only_addresses_for_browsers_become_links(client: httpx.Client) -> None:
    page = Page(client.get("/page/country/MNG").text)
    assert "https://example.org/mongolia" in page.links
    assert not [link for link in page.links if link.startswith("javascript")]


def test_results_of_questions_lead_to_the_pages_of_things(client: httpx.Client) -> None:
    assert 'href="/page/' in client.get("/queries/measures.html").text


def test_the_ontology_is_documented_term_by_term_at_its_own_address(real: httpx.Client) -> None:
    page = Page(real.get("/ontology", headers={"accept": "text/html"}).text)
    terms = Graph().parse(files.folder("ontology") / "meagraph.ttl", format="turtle")
    ours = {
        names.local_name(str(term))
        for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
        for term in terms.subjects(RDF.type, kind)
        if str(term).startswith(names.ONTOLOGY)
    }
    assert ours <= set(page.anchors)


@pytest.mark.parametrize(
    ("accept", "suffix", "format_"),
    [
        ("text/turtle", "ttl", "turtle"),
        ("application/n-triples", "nt", "nt"),
        ("application/rdf+xml", "rdf", "xml"),
        ("application/ld+json", "jsonld", "json-ld"),
        ("application/n-quads", "nq", "nquads"),
        ("application/trig", "trig", "trig"),
    ],
)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
def test_the_ontology_comes_in_every_format(
    real: httpx.Client, accept: str, suffix: str, format_: str
) -> None:
    negotiated = real.get("/ontology", headers={"accept": accept})
    assert negotiated.headers["content-location"].endswith(f"/ontology.{suffix}")
    named = real.get(f"/ontology.{suffix}")
    assert named.headers["content-type"].startswith(accept)
    written = Graph().parse(files.folder("ontology") / "meagraph.ttl", format="turtle")
    assert set(Graph().parse(data=named.text, format=format_)) >= set(written)


def test_the_version_of_the_ontology_has_an_address(real: httpx.Client) -> None:
    served = real.get("/ontology.nt").content
    assert ONTOLOGY_OF_THE_VERSION.encode() in served
    at_version = real.get(f"/ontology/{__version__}", headers={"accept": "application/n-triples"})
    assert at_version.content == served
    assert real.get("/ontology/0.0.0").status_code == 404


def test_a_problem_leads_to_what_it_means(client: httpx.Client) -> None:
    for request in ("/nothing", "/sparql?query=x", "/queries/measures?nothing=x", "/data/x?page=0"):
        problem = client.get(request).json()
        path = problem["type"].removeprefix(names.BASE)
        assert path == f"problem/{problem['code']}"
        kind = client.get(f"/{path}", headers={"accept": "application/json"}).json()
        assert (kind["type"], kind["title"], kind["status"]) == (
            problem["type"],
            problem["title"],
            problem["status"],
        )
    assert client.get("/problem/none").status_code == 404


def test_every_type_of_problem_has_a_meaning(client: httpx.Client) -> None:
    for name, kind in nonempty(problem_types().items()):
        assert kind.meaning.endswith("."), name
        assert escape(kind.title) in client.get(f"/problem/{name}").text
