"""Links with tracking parameters lead to the page; what is data stays strict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meagraph_api.http.canonical import untracked
from tests.api.conftest import GENEROUS, Serving

TRACKED = "utm_source=a&utm_medium=b&fbclid=c&gclid=d&mc_cid=e&mc_eid=f&_=1&msclkid=g&UTM_TERM=h"
NAMES = [
    "utm_source",
    "utm_campaign",
    "utm_id",
    "fbclid",
    "gclid",
    "mc_cid",
    "mc_eid",
    "_",
    "dclid",
    "gbraid",
    "wbraid",
    "yclid",
    "_ga",
    "_gl",
    "igshid",
    "mkt_tok",
    "ttclid",
    "twclid",
    "li_fat_id",
    "_hsenc",
    "mtm_campaign",
    "pk_source",
    "gad_source",
    "srsltid",
]
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGES = (
    "/",
    "/page/country/KAZ",
    "/measures?country=KAZ",
    "/compare",
    "/quality",
    "/data",
    "/docs",
    "/search?q=argali",
    "/queries",
    "/queries/measures?country=KAZ",
    "/queries/measures.html?country=KAZ",
    "/sparql?query=ASK{}",
    "/releases",
    "/dumps",
    "/cite",
    "/changes",
    "/ontology",
    "/problem/not-found",
)
STRICT = (
    "/queries/measures.csv",
    "/queries/measures.json",
    "/queries/measures?format=csv",
    "/data/country/KAZ.ttl",
    "/context.jsonld",
    "/informea.svc/Measures",
    "/informea/measures",
    "/search?q=argali&format=json",
    "/changes.csv?since=x",
)


@pytest.fixture(scope="module")
def public(releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    settings = GENEROUS.model_copy(
        update={"releases": releases, "public_url": "https://example.org/mea"}
    )
    with serving(settings) as client:
        yield client


def tracked(address: str, parameters: str = TRACKED) -> str:
    return f"{address}{'&' if '?' in address else '?'}{parameters}"


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_the_same_with_tracking_parameters(public: httpx.Client, address: str) -> None:
    plain, long = public.get(address, headers=HTML), public.get(tracked(address), headers=HTML)
    assert (plain.status_code, long.status_code) == (200, 200)
    assert long.text == plain.text
    assert long.headers.get("etag") == plain.headers.get("etag")
    assert long.headers.get("link") == plain.headers.get("link")
    assert "fbclid" not in long.text + str(long.headers)


@pytest.mark.parametrize("address", ["/page/country/KAZ", "/measures", "/compare", "/search?q=x"])
@pytest.mark.parametrize("name", NAMES)
def test_pages_ignore_each_of_them_whatever_is_accepted(
    public: httpx.Client, address: str, name: str
) -> None:
    assert public.get(tracked(address, f"{name}=1")).status_code == 200
    assert public.get(tracked(address, name)).status_code == 200


def test_a_thing_leads_to_its_document_without_them(public: httpx.Client) -> None:
    for accept in ("text/html", "text/turtle", "*/*"):
        answer = public.get(tracked("/id/country/KAZ"), headers={"Accept": accept})
        assert answer.status_code == 303
        assert "?" not in answer.headers["location"]


@pytest.mark.parametrize("address", STRICT)
def test_data_are_strict(public: httpx.Client, address: str) -> None:
    answer = public.get(tracked(address, "fbclid=a"))
    assert answer.status_code == 400
    assert "fbclid" in answer.text


def test_json_of_a_query_is_strict_and_its_page_is_not(public: httpx.Client) -> None:
    address = tracked("/queries/measures?country=KAZ", "utm_source=a")
    for accept in ("application/json", "text/csv", "*/*"):
        assert public.get(address, headers={"Accept": accept}).status_code == 400
    assert public.get(address, headers=HTML).status_code == 200


@pytest.mark.parametrize("address", [*PAGES[1:6], "/queries/measures?country=KAZ", "/ontology"])
def test_pages_refuse_what_else_they_do_not_know(public: httpx.Client, address: str) -> None:
    for name in ("ref", "utm", "fbclids", "xutm_source"):
        assert public.get(tracked(address, f"{name}=1"), headers=HTML).status_code == 400


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*NAMES, "country", "q", "text", "ref", "", "utm", "ga"]),
            st.sampled_from(["", "=", "=1", "=a%26b", "=a=b", "=%ff"]),
        )
    )
)
def test_what_is_left_is_as_it_was_sent(pieces: list[tuple[str, str]]) -> None:
    scope: dict[str, Any] = {"path": "/measures", "headers": []}
    scope["query_string"] = "&".join(name + value for name, value in pieces).encode()
    expected = "&".join(name + value for name, value in pieces if name not in NAMES)
    assert untracked(scope)["query_string"] == expected.encode()
    data = {**scope, "path": "/data/country/KAZ.ttl"}
    assert untracked(data)["query_string"] == scope["query_string"]
