"""IRIs of things: redirects, unknown things and withdrawals."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from meagraph.core import names
from meagraph_api import Settings
from meagraph_api.http.urls import DATA
from tests.api.conftest import MakeRelease, Serving

MEASURE = "measure/plan-a/1.10"


@pytest.mark.parametrize(
    ("accept", "leads_to"),
    [
        ("*/*", f"/page/{MEASURE}"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", f"/page/{MEASURE}"),
        ("text/turtle", f"/data/{MEASURE}.ttl"),
        ("application/n-triples", f"/data/{MEASURE}.nt"),
        ("application/ld+json", f"/data/{MEASURE}.jsonld"),
        ("application/rdf+xml", f"/data/{MEASURE}.rdf"),
        ("text/html;q=0.3, application/rdf+xml;q=0.9, text/turtle;q=0.5", f"/data/{MEASURE}.rdf"),
        ("text/html;q=0, */*;q=0.1", f"/data/{MEASURE}.ttl"),
    ],
)
def test_a_thing_leads_to_the_document_that_the_client_prefers(
    client: httpx.Client, accept: str, leads_to: str
) -> None:
    answer = client.get(f"/id/{MEASURE}", headers={"accept": accept})
    assert answer.status_code == 303
    assert httpx.URL(answer.headers["location"]).path == leads_to
    assert "Accept" in answer.headers["vary"]
    assert client.get(leads_to).status_code == 200


@pytest.mark.parametrize(
    ("format_", "suffix"), [("turtle", "ttl"), ("nt", "nt"), ("jsonld", "jsonld"), ("rdf", "rdf")]
)
def test_a_format_named_in_the_address_counts_more_than_accept(
    client: httpx.Client, format_: str, suffix: str
) -> None:
    answer = client.get(f"/id/{MEASURE}?format={format_}", headers={"accept": "text/html"})
    assert answer.headers["location"].endswith(f"/data/{MEASURE}.{suffix}")


def test_a_language_named_in_the_address_leads_to_the_page_in_that_language(
    client: httpx.Client,
) -> None:
    page, data = (
        client.get(f"/id/{MEASURE}?lang=ru", headers={"accept": accept}).headers["location"]
        for accept in ("text/html", "text/turtle")
    )
    assert page.endswith(f"/page/{MEASURE}?lang=ru")
    assert data.endswith(f"/data/{MEASURE}.ttl")


def test_a_format_that_does_not_exist_is_refused_with_those_that_do(client: httpx.Client) -> None:
    for options in ({"params": {"format": "pdf"}}, {"headers": {"accept": "image/png"}}):
        answer = client.get(f"/id/{MEASURE}", **options)  # type: ignore[arg-type]
        assert answer.status_code == 406
        assert "turtle (text/turtle)" in answer.json()["detail"]


def test_where_a_thing_leads_says_which_other_documents_there_are(client: httpx.Client) -> None:
    links = client.get(f"/id/{MEASURE}").headers["link"]
    for suffix in ("ttl", "nt", "jsonld", "rdf"):
        assert f'/data/{MEASURE}.{suffix}>; rel="alternate"' in links
    assert f'/page/{MEASURE}>; rel="alternate"; type="text/html"' in links


@pytest.mark.parametrize("path", [f"/id/{MEASURE}", f"/page/{MEASURE}", f"/data/{MEASURE}.ttl"])
def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client, path: str) -> None:
    got, headed = client.get(path), client.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    for name in ("content-type", "etag", "link", "location", "vary"):
        assert headed.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize("room", ["id", "page", "data"])
def test_an_unknown_thing_is_not_found(client: httpx.Client, room: str) -> None:
    for path in ("measure/plan-a/9.9", "measure/plan-a", "nothing", "", "measure/plan-a/1.1/"):
        answer = client.get(f"/{room}/{path}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_is_the_same_however_it_is_encoded(client: httpx.Client) -> None:
    answer = client.get("/id/measure/plan%2Da/%31.1", headers={"accept": "text/turtle"})
    assert answer.headers["location"].endswith("/data/measure/plan-a/1.1.ttl")
    assert client.get("/id/measure/plan-a%2F1.1").status_code == 404
    assert client.get("/id/measure/%FF").status_code == 404


@pytest.mark.parametrize("path", [f"/page/{MEASURE}", f"/data/{MEASURE}.ttl", "/context.jsonld"])
def test_what_a_client_holds_already_is_not_sent_again(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    assert not tag.startswith("W/")
    again = client.get(path, headers={"if-none-match": tag})
    assert again.status_code == 304
    assert again.content == b""
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_every_format_and_encoding_has_a_tag_of_its_own(client: httpx.Client) -> None:
    paths = [f"/data/{MEASURE}.{suffix}" for suffix in ("ttl", "nt", "jsonld", "rdf")]
    answers = [client.get(path, headers={"accept-encoding": "gzip"}) for path in paths]
    answers += [client.get(path, headers={"accept-encoding": "identity"}) for path in paths]
    assert len({answer.headers["etag"] for answer in answers}) == 2 * len(DATA)
    plain, zipped = answers[4:], answers[:4]
    assert [answer.content for answer in plain] == [answer.content for answer in zipped]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=0", 400),
        ("page=-1", 400),
        ("page=two", 400),
        ("page=1&page=2", 400),
        ("page=99999999999999999999", 400),
        ("page=2", 404),
        ("pages=2", 400),
        ("format=%FF", 400),
        ("page=1", 200),
    ],
)
def test_a_parameter_that_cannot_be_answered_is_refused(
    client: httpx.Client, query: str, status: int
) -> None:
    assert client.get(f"/data/{MEASURE}.ttl?{query}").status_code == status


def test_links_begin_with_the_public_address_and_not_with_the_host_that_was_asked(
    small_releases: Path, serving: Callable[[Settings], AbstractContextManager[httpx.Client]]
) -> None:
    settings = Settings(releases=small_releases, public_url="https://example.org/mea/")
    with serving(settings) as client:
        headers = {"host": "evil.example", "accept": "text/turtle"}
        answer = client.get(f"/id/{MEASURE}", headers=headers)
        where = f"https://example.org/mea/data/{MEASURE}.ttl"
        assert answer.headers["location"] == where
        data = client.get(f"/data/{MEASURE}", headers=headers)
        assert data.headers["content-location"] == where
        assert "//evil.example/" not in data.headers["link"] + data.text
        assert "<https://example.org/mea/data/measure/plan-a/1.10> a foaf:Document" in data.text
        page = client.get(f"/page/{MEASURE}").text
        assert 'href="/mea/page/instrument/plan-a"' in page
        assert f"<code>{names.ID}{MEASURE}</code>" in page


WITHDRAWN = """
PREFIX mea: <https://w3id.org/meagraph/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX g: <https://w3id.org/meagraph/graph/>
PREFIX site: <https://w3id.org/meagraph/id/site/>
g:curation {
  site:steppe mea:withdrawn "2026-11-21"^^xsd:date ;
    mea:reason "two places were taken for one."@en ;
    dcterms:isReplacedBy site:north-steppe .
  site:hill mea:withdrawn "2026-11-20"^^xsd:date ; mea:reason "no document names it"@en .
  site:north-steppe a mea:Site .
}
"""


def test_a_withdrawn_address_says_that_it_is_gone_since_when_why_and_what_is_there_now(
    tmp_path: Path, make_release: MakeRelease, serving: Serving
) -> None:
    make_release(tmp_path, trig=WITHDRAWN)
    with serving(Settings(releases=tmp_path)) as client:
        for path in ("/id/site/steppe", "/page/site/steppe", "/data/site/steppe.ttl"):
            answer = client.get(path)
            assert answer.status_code == 410
            assert answer.json()["title"] == "Withdrawn"
            assert answer.json()["detail"] == (
                "site/steppe was withdrawn on 2026-11-21: two places were taken for one. "
                "https://w3id.org/meagraph/id/site/north-steppe took its place."
            )
        assert client.get("/id/site/hill").json()["detail"].endswith(": no document names it.")
        assert client.get("/id/site/north-steppe").status_code == 303


DATA_OF_OTHERS = """
PREFIX ex: <https://example.org/>
PREFIX id: <https://w3id.org/meagraph/id/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
ex:a ex:says <<( ex:b ex:c ex:d )>>, "x" .
id:thing ex:says _:b, <<( ex:b ex:c ex:d )>>, "نص"@ar, 1.5 ; a ex:Kind ; ex:of id:only-named .
_:b ex:of id:thing .
GRAPH ex:g1 { id:thing ex:both "y" . }
GRAPH ex:g2 { id:thing ex:both "y" . }
id:one skos:broader id:two ; skos:inScheme id:scheme .
id:two skos:broader id:one, id:three ; skos:inScheme id:scheme .
id:three skos:inScheme id:scheme .
id:scheme a skos:ConceptScheme .
"""


def test_data_of_others_are_no_things_of_ours_and_break_nothing(
    tmp_path: Path, make_release: MakeRelease, serving: Serving
) -> None:
    make_release(tmp_path, trig=DATA_OF_OTHERS)
    with serving(Settings(releases=tmp_path)) as client:
        assert client.get("/id/a").status_code == 404
        assert client.get("/page/https://example.org/a").status_code == 404
        assert client.get("/ontology").status_code == 404
        assert client.get("/ontology.ttl").status_code == 404
        assert client.get("/context.jsonld").status_code == 200
        for thing in ("thing", "only-named", "scheme", "one"):
            for path in (
                f"/page/{thing}",
                *(f"/data/{thing}.{s}" for s in ("ttl", "nt", "jsonld")),
            ):
                assert client.get(path).status_code == 200, path
        data = client.get("/data/thing.nt").text
        assert data.count('<https://example.org/both> "y"') == 1
        assert '"نص"@ar' in data
        assert "license" not in client.get("/data/thing.ttl").headers["link"]


RULES = Path(__file__).parents[3] / "docs" / "w3id" / ".htaccess"


@pytest.mark.parametrize("path", ["id/country/KAZ", "ontology", "graph/inferred", ""])
def test_the_rules_for_the_permanent_addresses_lead_each_to_itself_on_the_service(
    path: str,
) -> None:
    rules = [line.split() for line in RULES.read_text(encoding="utf-8").splitlines()]
    [(pattern, target, flags)] = [rule[1:] for rule in rules if rule[:1] == ["RewriteRule"]]
    found = re.match(pattern, path)
    assert found is not None
    assert target.replace("$1", found[1]) == f"https://meagraph.example/{path}"
    assert flags == "[R=302,L]"
