"""Search finds words as people write them, and shows where they occur."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph.core import files, names
from meagraph.core.errors import BadValue, QueryFailed, QueryTimeout, UnknownAddress
from meagraph.core.match_expression import MAX_CHARACTERS, MAX_WORDS, matching
from meagraph_api import Settings
from meagraph_api.search.highlighting import Marked
from meagraph_api.search.search_index import Index, Scope
from tests.api.conftest import MakeRelease, Serving

SAIGA = "saiga-mtiwp-2016-2020"


@pytest.fixture(scope="module")
def index(release: Path) -> Index:
    return Index(release, 10)


def search(client: httpx.Client, q: str, **more: Any) -> dict[str, Any]:
    answer = client.get("/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def iris(client: httpx.Client, q: str, **more: Any) -> set[str]:
    return {hit["iri"] for hit in search(client, q, limit=100, **more)["hits"]}


def marked(line: dict[str, Any]) -> list[str]:
    return [line["text"][start:end] for start, end in line["marks"]]


def test_a_plain_word_is_found_in_all_its_forms(real: httpx.Client) -> None:
    found = iris(real, "fence")
    assert found == iris(real, "FENCES") == iris(real, "fencing")
    assert names.thing("measure", SAIGA, "12.3") in found


def test_quotes_hold_a_phrase_together_as_it_is_written(real: httpx.Client) -> None:
    for hit in search(real, '"border fence"', kind="measure")["hits"]:
        assert marked(hit["snippet"]) == ["border fence"]
    assert iris(real, '"border fence"') < iris(real, "border fence")
    assert iris(real, '"fence border"') == set()


def test_a_star_finds_beginnings(real: httpx.Client) -> None:
    found = search(real, "popula*", kind="measure", limit=100)["hits"]
    words = {word.lower() for hit in found for word in marked(hit["snippet"])}
    assert {"population", "populations"} <= words
    assert all(word.startswith("popula") for word in words)
    assert iris(real, '"border fenc*"') > iris(real, '"border fence"')


def test_all_words_must_occur_wherever_they_are_looked_up(real: httpx.Client) -> None:
    found = search(real, 'railway "border fence" infra*')
    assert found["total"] == 0
    (hit,) = search(real, '"border fence" develop infra* mitigation')["hits"]
    assert hit["iri"] == names.thing("measure", SAIGA, "12.3")
    assert set(marked(hit["snippet"])) >= {"developers", "mitigation", "border fence"}


def test_diacritics_and_capitals_make_no_difference(real: httpx.Client) -> None:
    assert iris(real, "federation") >= iris(real, "Fédération de Russie", kind="country")
    assert iris(real, "guepard") == iris(real, "GUÉPARD")
    assert iris(real, "guepard")


@pytest.mark.parametrize(
    "name", ["Kyrgyzstan", "Kirghizistan", "Кыргызстан", "киргизия", '"Kyrgyz Republic"']
)
def test_a_state_is_found_by_its_names_in_three_languages(real: httpx.Client, name: str) -> None:
    found = search(real, name)
    assert found["hits"][0]["iri"] == names.thing("country", "KGZ")
    measures = {hit["iri"] for hit in search(real, name, kind="measure", limit=100)["hits"]}
    rows = real.get("/queries/measures-by-country.json", params={"country": "KGZ"}).json()
    assert measures >= {row["measure"] for row in rows if row["certainty"] == "stated"}


def test_a_name_finds_the_other_names_in_texts_too(real: httpx.Client) -> None:
    (hit,) = search(real, "Узбекистан Decision", kind="statement")["hits"]
    assert hit["iri"] == names.thing("statement", "argali-action-plan-2025-2032", "mandate")
    assert "Uzbekistan" in marked(hit["snippet"])


@pytest.mark.parametrize(
    "words", ["NBSAP", "nbsaps", '"National Biodiversity Strategy and Action Plans"']
)
def test_an_abbreviation_and_its_full_form_find_the_same(real: httpx.Client, words: str) -> None:
    hits = real.get("/search", params={"q": words, "kind": "measure"}).json()["hits"]
    assert {(hit["plan"], hit["number"]) for hit in hits} == {
        ("saiga-mtiwp-2016-2020", "1.7"),
        ("argali-ssap-2014-2024", "4.1.1"),
        ("cms-cites-jwp-2015-2020", "D4"),
    }


def test_a_hit_says_which_state_it_touches_where_its_text_does_not(real: httpx.Client) -> None:
    hits = {hit["iri"]: hit for hit in search(real, "Казахстан poaching", limit=100)["hits"]}
    hit = hits[names.thing("measure", SAIGA, "11.1")]
    assert marked(hit["snippet"]) == ["poaching"]
    assert hit["countries"] == ["Kazakhstan"]


def test_a_printed_number_is_found_as_it_is_printed(real: httpx.Client) -> None:
    first = search(real, "1.10")["hits"][0]
    assert first["iri"] == names.thing("measure", SAIGA, "1.10")
    assert first["number"] == "1.10"
    assert first["label"] == {"text": "1.10", "marks": [[0, 4]]}


def test_what_stands_in_a_title_comes_before_what_stands_in_a_text(real: httpx.Client) -> None:
    first = search(real, "anti-poaching")["hits"][0]
    assert first["kind"] == "section"
    assert marked(first["label"]) == ["Anti-poaching"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("strengthen anti-poaching units", "measure"),
        ("Chikhachev", "part"),
        ("vision", "statement"),
        ("footnote OR timescale immediate", None),
        ("timescale immediate", "footnote"),
        ("implementation fundraising cooperation", "section"),
        ("Betpak-Dala", "unit"),
        ("argali sheep", "listed-species"),
        ("Marco Polo", "taxon"),
        ("Besh-Aral", "place"),
        ("Bukhara deer", "instrument"),
        ("Монголия", "country"),
    ],
)
def test_things_of_every_kind_are_found(real: httpx.Client, words: str, kind: str | None) -> None:
    found = search(real, words)
    if kind is None:  # OR is a word like any other
        assert found["total"] == 0
    else:
        assert kind in found["kinds"]
        assert {hit["kind"] for hit in search(real, words, kind=kind)["hits"]} == {kind}


@pytest.mark.parametrize("words", ["архар", "аргали", "арқар", "盘羊", "argalí"])
def test_every_preferred_name_of_a_taxon_finds_what_the_others_find(
    real: httpx.Client, words: str
) -> None:
    found, english = (search(real, name, limit=100) for name in (words, "argali"))
    assert found["hits"][0]["iri"] == names.thing("taxon", "ovis-ammon")
    assert found["kinds"] == english["kinds"]
    assert {"measure", "unit", "taxon"} <= found["kinds"].keys()


@pytest.mark.parametrize(
    ("words", "taxon"),
    [
        ("saiga tatarica", "saiga-tatarica"),
        ("горный баран", "ovis-ammon"),
        ("ирбис", "panthera-uncia"),
        ("guepardo", "acinonyx-jubatus"),
        ("балобан", "falco-cherrug"),
    ],
)
def test_a_taxon_is_found_by_any_of_its_names(real: httpx.Client, words: str, taxon: str) -> None:
    iris = [hit["iri"] for hit in search(real, words, kind="taxon")["hits"]]
    assert names.thing("taxon", taxon) in iris


def test_every_hit_in_a_plan_has_its_status(real: httpx.Client) -> None:
    hits = search(real, "argali", limit=100)["hits"]
    assert {hit["plan"] for hit in hits} >= {None, "argali-action-plan-2025-2032"}
    for hit in hits:
        if hit["plan"] is None:
            assert hit["kind"] in ("taxon", "place", "instrument", "country")
            assert hit["standing"] is None
        else:
            assert hit["standing"]
            assert f"/{hit['plan']}" in hit["iri"]
        if hit["plan"] == "argali-action-plan-2025-2032":
            assert str(hit["standing"]).startswith("draft; period 2025–2032")
            assert hit["status"] == "draft"


def test_the_filters_are_those_of_the_query_measures(real: httpx.Client) -> None:
    filters = {"country": "KAZ", "priority_level": "high"}
    listed = {row["measure"] for row in real.get("/queries/measures.json", params=filters).json()}
    found = search(real, "poaching", limit=100, **filters)["hits"]
    measures = {hit["iri"] for hit in found if hit["kind"] == "measure"}
    assert measures
    assert measures <= listed
    everywhere = iris(real, "poaching", kind="measure")
    assert measures == everywhere & listed
    assert {hit["kind"] for hit in found} <= {"measure", "part", "footnote"}


def test_a_filter_of_the_plan_alone_searches_all_that_it_prints(real: httpx.Client) -> None:
    found = search(real, "saiga", instrument=SAIGA, limit=100)
    assert {hit["plan"] for hit in found["hits"]} == {SAIGA}
    assert {"measure", "statement", "instrument"} <= set(found["kinds"])
    drafts = search(real, "argali", status="draft", limit=100)["hits"]
    assert {hit["status"] for hit in drafts} == {"draft"}


def test_pages_follow_one_another_without_gap_or_repetition(real: httpx.Client) -> None:
    whole = [hit["iri"] for hit in search(real, "saiga", limit=100)["hits"]]
    address, received = "/search?q=saiga&limit=7", list[str]()
    while address:
        page = real.get(address.removeprefix(f"{real.base_url}")).json()
        assert page["total"] >= len(whole)
        received += [hit["iri"] for hit in page["hits"]]
        address = re.sub(r"^https?://[^/]+", "", page["next"] or "")
    assert received[: len(whole)] == whole
    assert len(received) == len(set(received)) == page["total"]


def test_kinds_are_counted_as_if_none_were_chosen(real: httpx.Client) -> None:
    found = search(real, "saiga")
    chosen = search(real, "saiga", kind=["unit", "place"])
    assert chosen["kinds"] == found["kinds"]
    assert sum(found["kinds"].values()) == found["total"]
    assert chosen["total"] == found["kinds"].get("unit", 0) + found["kinds"].get("place", 0)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "q is required"),
        ("q=", "q is required"),
        ("q=%22fence", "quote that is never closed"),
        ("q=%E2%80%94*", "no letter or digit"),
        ("q=a&q=b", "takes one value"),
        ("q=a&fuzzy=1", "no parameter 'fuzzy'"),
        ("q=a&kind=measures", "Did you mean measure"),
        ("q=a&country=Kazakhstan", "not a value of country"),
        ("q=a&limit=0", "from 1 to 100"),
        ("q=a&limit=101", "from 1 to 100"),
        ("q=a&limit=%C2%B2", "from 1 to 100"),
        ("q=a&offset=-1", "not a whole number"),
        ("q=%ff", "UTF-8"),
        (f"q={'a' * (MAX_CHARACTERS + 1)}", "at most 200"),
        (f"q={'a+' * (MAX_WORDS + 1)}", "at most 20"),
    ],
)
def test_an_invalid_request_gets_a_clear_error(real: httpx.Client, query: str, says: str) -> None:
    answer = real.get(f"/search?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    "words",
    [
        'fence" OR "a',
        "label:fence",
        "fence NOT border",
        "NEAR(fence border)",
        "{label text} : fence",
        "^fence",
        "fence + border",
        "(fence",
        "-fence",
        "a\x00b",
        "fence*border*",
        "fence **",
        "'; DROP TABLE entry; --",
    ],
)
def test_words_are_never_syntax(index: Index, words: str) -> None:
    try:
        expression = matching(words, index.names)
    except BadValue:
        return
    found = index.search(expression, Scope(), 0, 5)
    assert found.total >= len(found.hits)


@given(st.text(max_size=60))
def test_whatever_is_written_is_an_answer_or_a_clear_error(index: Index, words: str) -> None:
    try:
        expression = matching(words, index.names)
    except BadValue:
        return
    found = index.search(expression, Scope(), 0, 3)
    assert len(found.hits) == min(3, found.total)
    for hit in found.hits:
        for line in (hit.label, hit.text, *hit.context):
            assert all(0 <= start < end <= len(line.text) for start, end in line.ranges)


@given(
    st.text(alphabet="ab ", min_size=1, max_size=200),
    st.lists(st.integers(0, 199), max_size=6),
    st.integers(1, 80),
)
def test_a_part_of_a_text_marks_the_same_words(text: str, ends: list[int], length: int) -> None:
    sorted_ends = sorted({end for end in ends if end < len(text)})
    ranges = tuple(zip(sorted_ends[::2], sorted_ends[1::2], strict=False))
    part = Marked(text, ranges).cut(length)
    found = [text[start:end] for start, end in ranges]
    shown = [piece for piece, is_found in part.pieces() if is_found]
    assert "".join(piece for piece, _ in part.pieces()) == part.text
    assert part.text.strip("…") in text
    assert any(found[n : n + len(shown)] == shown for n in range(len(found) + 1))


def test_an_unchanged_answer_is_not_sent_again(real: httpx.Client) -> None:
    for format in ("json", "html"):
        address = f"/search?q=saiga&format={format}"
        first = real.get(address)
        assert "Accept" in first.headers["vary"]
        again = real.get(address, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = real.get(f"{address}&offset=1", headers={"if-none-match": first.headers["etag"]})
        assert other.status_code == 200
    assert real.head("/search?q=saiga").headers["etag"]


def test_other_formats_are_not_acceptable(real: httpx.Client) -> None:
    answer = real.get("/search?q=saiga&format=csv")
    assert answer.status_code == 406
    assert "json (application/json)" in answer.json()["detail"]


class Hits(HTMLParser):
    """Collects the marked words and the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[str] = []
        self.links: list[str] = []
        self._marking = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._marking = tag == "mark"
        self.links += [str(value) for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        if self._marking:
            self.marks.append(data)
            self._marking = False


def page(client: httpx.Client, **params: Any) -> tuple[str, Hits]:
    answer = client.get("/search", params=params, headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    found = Hits()
    found.feed(answer.text)
    return answer.text, found


def test_the_page_marks_what_was_found_and_says_how_the_plan_stands(real: httpx.Client) -> None:
    text, found = page(real, q="fence kazakhstan", country="KAZ")
    assert {mark.lower() for mark in found.marks} >= {"fences", "kazakhstan"}
    assert "draft; period 2025–2032" in text
    assert "Concerns Kazakhstan" in text
    assert '<span class="count">' in text
    assert '<option value="KAZ" selected>' in text


def test_the_page_speaks_russian_and_its_entity_tag_knows(real: httpx.Client) -> None:
    address = "/search?q=fence+kazakhstan&format=html"
    english, russian = (
        real.get(address, headers={"cookie": f"lang={language}"}) for language in ("en", "ru")
    )
    assert "Касается: Казахстан" in russian.text
    assert '<span class="kind">мера</span>' in russian.text
    assert "проект; период 2025–2032" in russian.text
    assert '<p lang="en">Mitigate barrier effect of border <mark>fences</mark>' in russian.text
    assert english.headers["etag"] != russian.headers["etag"]


def test_the_page_leads_to_the_next_and_to_the_one_before(real: httpx.Client) -> None:
    _, found = page(real, q="saiga", limit=10, offset=10, kind="measure")
    following = [link for link in found.links if "offset=" in link and "lang=" not in link]
    assert [link.rpartition("offset=")[2] for link in following] == ["0", "20"]
    assert all("kind=measure" in link and "q=saiga" in link for link in following)


def test_the_page_without_words_is_the_form_alone(real: httpx.Client) -> None:
    text, found = page(real)
    assert 'name="q"' in text
    assert 'role="alert"' not in text
    assert found.marks == []


def test_what_is_written_comes_back_escaped(real: httpx.Client) -> None:
    text, _ = page(real, q="<script>alert(1)</script> saiga")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_page_says_what_is_wrong_and_keeps_what_was_written(real: httpx.Client) -> None:
    answer = real.get("/search", params={"q": '"fence', "format": "html"})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert 'value="&#34;fence"' in answer.text


def test_the_description_for_browsers_leads_to_answers(real: httpx.Client) -> None:
    answer = real.get("/opensearch.xml")
    assert answer.headers["content-type"].startswith("application/opensearchdescription+xml")
    root = ET.fromstring(answer.content)
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    assert root.tag == f"{space}OpenSearchDescription"
    assert len(root.findtext(f"{space}ShortName") or "") <= 16
    for url in root.iter(f"{space}Url"):
        filled = url.attrib["template"].replace("{searchTerms}", "saiga")
        filled = filled.replace("{count?}", "").replace("{startIndex?}", "")
        address = filled[filled.index("/search") :]
        found = real.get(address)
        assert found.status_code == 200
        assert found.headers["content-type"].startswith(url.attrib["type"])


def test_the_public_address_counts(releases: Path, serving: Serving) -> None:
    settings = Settings(releases=releases, public_url="https://example.org/mea/")
    with serving(settings) as client:
        assert "https://example.org/mea/search?q={searchTerms}" in client.get(
            "/opensearch.xml"
        ).text.replace("&amp;", "&")
        following = search(client, "saiga")["next"]
        assert following.startswith("https://example.org/mea/search?q=saiga")
        assert 'action="/mea/search"' in client.get("/search?format=html").text


def test_without_an_index_the_search_says_so(client: httpx.Client) -> None:
    answer = client.get("/search?q=saiga")
    assert answer.status_code == 404
    assert "no search index" in answer.json()["detail"]
    answer = client.get("/search?q=saiga&format=html")
    assert answer.status_code == 404
    assert "no search index" in answer.text


def test_an_index_of_another_layout_counts_as_none(release: Path, tmp_path: Path) -> None:
    shutil.copy(release / files.SEARCH, tmp_path)
    with closing(sqlite3.connect(tmp_path / files.SEARCH)) as changed:
        changed.execute(f"PRAGMA user_version = {files.SEARCH_LAYOUT + 1}")
    with pytest.raises(UnknownAddress, match="no search index"):
        Index(tmp_path, 10)


def test_a_damaged_index_is_a_clear_error(
    make_release: MakeRelease, serving: Serving, tmp_path: Path
) -> None:
    made = make_release(tmp_path / "releases")
    with serving(Settings(releases=tmp_path / "releases")) as client:
        (made / files.SEARCH).write_bytes(b"this is no database" * 1000)
        answer = client.get("/search?q=saiga")
        assert answer.status_code == 503
        assert "search index cannot be read" in answer.json()["detail"]
    with pytest.raises(QueryFailed):
        Index(made, 10)


def test_a_search_ends_when_its_time_is_over(release: Path) -> None:
    slow = Index(release, 10)
    slow._full_text._seconds = 0
    with pytest.raises(QueryTimeout, match="longer than 0 s"):
        slow.search(matching("a* e* i* o* s* t* the of", {}), Scope(), 0, 100)
