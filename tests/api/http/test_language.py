"""In which language a page speaks, and what its headers say about it."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph_api.http.language import languages, negotiated, own_name, strip_language
from meagraph_api.pages.translations import translations_into

HTML = {"accept": "text/html"}


class Page(HTMLParser):
    """The language of a page, and where its switch leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.others: dict[str, str] = {}
        self.current = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = attributes["lang"]
        elif "hreflang" in attributes:
            self.others[attributes["hreflang"]] = attributes["href"]
        elif tag == "span" and attributes.get("aria-current") == "true":
            self.current = attributes["lang"]


def get(client: httpx.Client, address: str, **headers: str) -> tuple[httpx.Response, Page]:
    """A page and what it says of itself, asked for without what earlier answers have left."""
    client.cookies.clear()
    answer = client.get(address, headers=HTML | headers)
    client.cookies.clear()
    return answer, Page(answer.text)


def test_a_page_speaks_english_to_whom_asks_for_nothing(client: httpx.Client) -> None:
    answer, page = get(client, "/")
    assert (page.language, page.current) == ("en", "en")
    assert answer.headers["content-language"] == "en"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "address",
    ["/", "/queries", "/queries/measures", "/search", "/sparql", "/releases", "/nothing"],
)
def test_a_page_speaks_russian_to_a_browser_that_prefers_it(
    client: httpx.Client, address: str
) -> None:
    answer, page = get(client, address, **{"accept-language": "ru-KZ, ru;q=0.9, en;q=0.5"})
    assert (page.language, page.current) == ("ru", "ru")
    assert "Перейти к содержанию" in answer.text
    assert answer.headers["content-language"] == "ru"
    assert "set-cookie" not in answer.headers


def test_the_address_chooses_and_a_cookie_keeps_the_choice(client: httpx.Client) -> None:
    answer, page = get(client, "/queries?lang=ru", **{"accept-language": "en"})
    assert page.language == "ru"
    kept = answer.headers["set-cookie"]
    assert kept == "lang=ru; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
    later, page = get(client, "/queries", cookie="lang=ru", **{"accept-language": "en"})
    assert page.language == "ru"
    assert "set-cookie" not in later.headers
    back, page = get(client, "/queries?lang=en", cookie="lang=ru")
    assert page.language == "en"
    assert back.headers["set-cookie"].startswith("lang=en;")


@pytest.mark.parametrize(
    "cookie", ["lang=xx", "lang=", "lang", "a=b; =; lang=../ru", "lang=ru;" * 9]
)
def test_a_cookie_that_is_none_of_ours_does_no_harm(client: httpx.Client, cookie: str) -> None:
    answer, page = get(client, "/", cookie=cookie)
    assert answer.status_code == 200
    assert page.language in languages()


@pytest.mark.parametrize(
    "parameter", ["lang=xx", "lang=", "lang=RU", "lang=ru&lang=en", "lang=%FF"]
)
def test_a_language_that_is_not_there_is_refused_with_those_that_are(
    client: httpx.Client, parameter: str
) -> None:
    answer, page = get(client, f"/queries?{parameter}", **{"accept-language": "ru"})
    assert answer.status_code == 400
    assert page.language == "ru"
    assert "is not a language of this site: en, ru" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "address", ["/page/country/XXX", "/measures?plan=x", "/compare?x=y", "/queries/measures?x=y"]
)
def test_a_problem_for_programs_is_in_english_whatever_the_page_would_be_in(
    client: httpx.Client, address: str
) -> None:
    sent = {"Accept-Language": "ru", "Accept": "application/json"}
    answer = client.get(address, headers=sent)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "content-language" not in answer.headers
    page = client.get(address, headers={**sent, "Accept": "text/html"})
    assert page.headers["content-language"] == "ru"


def test_every_page_tells_caches_what_it_depends_on(client: httpx.Client) -> None:
    for address in ("/", "/queries/measures", "/page/country/KAZ", "/nothing"):
        vary = get(client, address)[0].headers["vary"]
        assert vary.endswith("Accept-Language, Cookie")
        assert vary.count("Accept-Language") == 1
    for address in ("/queries/measures.csv", "/queries", "/static/meagraph.css"):
        client.cookies.clear()
        headers = client.get(address, headers={"accept": "application/json"}).headers
        assert "Accept-Language" not in headers.get("vary", "")
        assert "content-language" not in headers


@pytest.mark.parametrize("address", ["/", "/page/country/KAZ", "/queries/measures"])
def test_the_entity_tag_of_a_page_knows_its_language(client: httpx.Client, address: str) -> None:
    english, _ = get(client, address)
    russian, _ = get(client, address, cookie="lang=ru")
    assert english.headers["etag"] != russian.headers["etag"]
    tag = {"if-none-match": russian.headers["etag"]}
    assert get(client, address, **tag)[0].status_code == 200
    unchanged, _ = get(client, address, cookie="lang=ru", **tag)
    assert unchanged.status_code == 304
    assert unchanged.headers["vary"].endswith("Accept-Language, Cookie")


def test_the_switch_leads_to_the_same_page(client: httpx.Client) -> None:
    address = "/queries/by-country?country=KAZ&country=UZB&format=html"
    _, page = get(client, address)
    assert page.others == {"ru": "?country=KAZ&country=UZB&format=html&lang=ru"}
    answer, page = get(client, f"/queries/by-country{page.others['ru']}")
    assert answer.status_code == 200
    assert page.others == {"en": "?country=KAZ&country=UZB&format=html&lang=en"}


def test_the_switch_of_a_page_with_a_hostile_address_stays_on_it(client: httpx.Client) -> None:
    _, page = get(client, '//evil.example/?"><script>alert(1)</script>')
    assert list(page.others) == ["ru"]
    assert page.others["ru"].startswith("?")


def test_every_address_takes_the_parameter(client: httpx.Client) -> None:
    for address in (
        "/queries/measures.csv",
        "/data/country/KAZ.ttl",
        "/id/country/KAZ",
        "/cite.txt",
    ):
        plain, chosen = client.get(address), client.get(f"{address}?lang=ru")
        assert chosen.status_code == plain.status_code
        assert chosen.content == plain.content


@given(st.binary(max_size=60))
def test_nothing_else_of_an_address_is_touched(query: bytes) -> None:
    assert strip_language({"query_string": query.replace(b"lang=", b"")}) == {
        "query_string": query.replace(b"lang=", b"")
    }


@given(st.lists(st.sampled_from([b"lang=ru", b"lang=xx", b"a=1", b"slang=1", b"b=%26lang=2", b""])))
def test_only_the_parameter_is_taken_out(pieces: list[bytes]) -> None:
    kept = strip_language({"query_string": b"&".join(pieces), "state": {}})["query_string"]
    assert kept == b"&".join(piece for piece in pieces if not piece.startswith(b"lang="))


@given(st.text(max_size=80))
def test_any_header_leads_to_a_language_that_is_there(header: str) -> None:
    assert negotiated(header, tuple(languages())) in languages()


def test_a_language_that_is_to_come_needs_nothing_but_a_folder() -> None:
    assert negotiated("kk-KZ", ("en", "kk", "ru")) == "kk"
    assert own_name("kk") == "Қазақ тілі"
    assert translations_into("kk").gettext("Measures") == "Measures"
