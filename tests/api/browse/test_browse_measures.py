"""The list of measures and its counts agree with the canned query."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.requests import Request

from meagraph.core import full_text, names
from meagraph.core.errors import BadValue, UnknownParameter
from meagraph.core.lexer import significant
from meagraph_api import Settings
from meagraph_api.browse.measure_list import read_filters
from meagraph_api.index.facets import FACETS
from meagraph_api.queries import snippets
from tests.api.browsing import chosen, everything, listed, options, pages, total
from tests.api.conftest import Serving
from tests.ready_made import QUERIES

QUERY = QUERIES["measures"]


def nothing(*_: object) -> tuple[str, ...]:
    """A lookup without results."""
    return ()


Params = list[tuple[str, str | int | float | bool | None]]


def canned(client: httpx.Client, params: Params) -> list[str]:
    """The paths of measures in the order of the canned query."""
    rows = client.get("/queries/measures.json", params=params).json()
    return [row["measure"].replace(names.ID, "/page/") for row in rows]


COMBINED: tuple[Params, ...] = (
    [("country", "KAZ")],
    [("country", "KAZ"), ("basis", "unit")],
    [("country", "KAZ"), ("country", "UZB"), ("topic", "border-fence")],
    [("country", "UZB"), ("certainty", "conflicting")],
    [("basis", "range-wide"), ("taxon", "saiga")],
    [("country", "MNG"), ("status", "draft"), ("priority_level", "high")],
    [("evidence", "reference")],
    [("narrowed", "true")],
    [("taxon", "ovis-ammon-polii"), ("taxon_scope", "species-wide")],
    [("taxon", "ovis-ammon"), ("taxon_scope", "exact")],
    [("topic", "grazing"), ("topic_weight", "main"), ("actor_type", "government")],
    [("actor_type", "ngo"), ("actor_role", "adviser")],
    [("actor", "cms-secretariat"), ("actor_type", "intergovernmental")],
    [("actor", "GOs"), ("country", "TJK")],
    [("text", '"border fence*"'), ("text", "poaching")],
    [("text", "Грызуны")],
    [("text", "fence? wildlife-friendly")],
    [("in_period_on", "2026-03-31"), ("unit", "1")],
    [("in_period_on", "2020-12-31"), ("timescale", "A")],
    [("applicability", "all"), ("priority", "Essential")],
    [("section", "2.0"), ("instrument", "argali-action-plan-2025-2032")],
    [("topic", "border-fence"), ("topic", "corridors-and-connectivity"), ("match", "all")],
    [("country", "KAZ"), ("country", "UZB"), ("basis", "unit"), ("match", "all")],
    [("actor_type", "ngo"), ("actor_type", "government"), ("country", "MNG"), ("match", "all")],
    [("taxon", "saiga"), ("taxon", "ovis-ammon"), ("match", "all")],
)


@pytest.mark.parametrize("params", COMBINED, ids=lambda params: str(httpx.QueryParams(params)))
def test_what_is_listed_is_what_the_canned_query_gives(roomy: httpx.Client, params: Params) -> None:
    page = roomy.get("/measures", params=params)
    assert page.status_code == 200
    expected = canned(roomy, params)
    assert everything(roomy, "/measures", params) == expected
    assert total(page.text) == len(expected)


@pytest.mark.parametrize("name", list(QUERY.parameters))
def test_every_parameter_of_the_canned_query_filters_here_too(
    roomy: httpx.Client, name: str
) -> None:
    params: Params = [(name, str(QUERY.parameters[name].example))]
    assert everything(roomy, "/measures", params) == canned(roomy, params)


@pytest.mark.parametrize("parameter", [facet.parameter for facet in FACETS])
def test_a_facet_says_how_many_measures_each_of_its_values_leaves(
    roomy: httpx.Client, parameter: str
) -> None:
    counts = options(roomy.get("/measures").text)
    offered = [value for name, value in counts if name == parameter]
    assert offered
    for value in offered[:: max(1, len(offered) // 4)]:
        assert counts[parameter, value] == len(canned(roomy, [(parameter, value)])), value


def test_where_all_values_must_be_met_a_facet_counts_what_one_more_leaves(
    roomy: httpx.Client,
) -> None:
    params: Params = [("country", "KAZ"), ("country", "UZB"), ("match", "all")]
    counts = options(roomy.get("/measures", params=params).text)
    for value in ("TKM", "RUS", "KAZ"):
        assert counts["country", value] == len(canned(roomy, [*params, ("country", value)])), value


def test_counts_of_a_facet_respect_other_filters(roomy: httpx.Client) -> None:
    params: Params = [("country", "KAZ"), ("actor_type", "government")]
    counts = options(roomy.get("/measures", params=params).text)
    for name, value in (
        ("basis", "unit"),
        ("basis", "range-wide"),
        ("certainty", "stated"),
        ("topic", "livelihoods-and-community"),
        ("priority_level", "high"),
        ("status", "draft"),
    ):
        assert counts[name, value] == len(canned(roomy, [*params, (name, value)])), value
    # Values of one facet are alternatives, so another country is counted on its own.
    assert counts["country", "MNG"] == len(
        canned(roomy, [("country", "MNG"), ("actor_type", "government")])
    )


def test_a_value_that_leaves_nothing_stays_where_it_is_chosen(roomy: httpx.Client) -> None:
    page = roomy.get("/measures", params={"country": "BTN", "taxon": "saiga"}).text
    assert total(page) == 0
    assert listed(page) == []
    assert ("country", "BTN") in chosen(page)
    assert "No measures match these filters" in page


def test_what_is_chosen_can_be_taken_back_one_by_one(roomy: httpx.Client) -> None:
    page = roomy.get("/measures?country=KAZ&topic=border-fence&text=fence*").text
    for left in ("topic=border-fence&amp;text=fence%2A", "country=KAZ&amp;topic=border-fence"):
        assert f'<li><a href="/measures?{left}">' in page


@pytest.mark.parametrize(
    ("language", "title", "meaning"),
    [
        ("en", "Several values", "All of the values"),
        ("ru", "Несколько значений", "Все значения"),
    ],
)
def test_a_chosen_filter_is_shown_in_words(
    roomy: httpx.Client, language: str, title: str, meaning: str
) -> None:
    topics = "topic=border-fence&topic=corridors-and-connectivity&match=all"
    page = roomy.get(f"/measures?{topics}", headers={"accept-language": language}).text
    assert f"{title}: <b>{meaning}</b>" in page


CODED = [
    (name, code)
    for name, parameter in QUERY.parameters.items()
    for code in parameter.listed or (("true", "false") if parameter.type == "boolean" else ())
]
"""The values of filters that are no things with labels."""


@pytest.mark.parametrize(
    ("name", "code"), [*CODED, ("evidence", "document"), ("actor_role", "addressee")]
)
def test_no_chosen_filter_is_shown_as_a_code(roomy: httpx.Client, name: str, code: str) -> None:
    beside = "country=KAZ&topic=border-fence&taxon=ovis-ammon"
    address = f"/measures?{beside}&{name}={code}"
    page = roomy.get(address, headers={"accept-language": "ru"})
    assert page.status_code == 200
    assert page.text.count(' <span aria-hidden="true">×</span>') == 4
    assert f": <b>{code}</b>" not in page.text


def test_several_words_each_keep_their_field(roomy: httpx.Client) -> None:
    page = roomy.get("/measures?text=fence*&text=poaching").text
    assert page.count('name="text" type="search"') == 2
    assert 'value="poaching"' in page


def test_downloads_contain_the_filtered_measures(roomy: httpx.Client) -> None:
    page = roomy.get("/measures?country=KAZ&basis=mention&sort=words").text
    query = "country=KAZ&amp;basis=mention"
    for suffix in ("xlsx", "csv", "json"):
        assert f'href="/queries/measures.{suffix}?{query}"' in page
    rows = roomy.get("/queries/measures.json?country=KAZ&basis=mention").json()
    assert len(rows) == total(page)


def test_the_filtered_list_opens_as_sparql(roomy: httpx.Client, release: Path) -> None:
    page = roomy.get("/measures?country=KAZ&text=fence*").text
    start = page.index("/sparql?query=")
    address = page[start : page.index('"', start)].replace("&amp;", "&")
    (query,) = parse_qs(urlsplit(address).query)["query"]
    look_up = partial(full_text.found, release)
    bound = QUERY.bind({"country": ["KAZ"], "text": ["fence*"]}, look_up=look_up)
    assert query == snippets.sparql(bound)
    rows = roomy.get(address, headers={"accept": "application/sparql-results+json"}).json()
    assert len(rows["results"]["bindings"]) == total(page)


def test_each_measure_says_why_it_is_listed_for_the_country_that_is_chosen(
    roomy: httpx.Client,
) -> None:
    page = roomy.get("/measures?country=KAZ&basis=mention").text
    assert page.count("Kazakhstan: named in the text") == total(page) > 0
    assert "Why listed: <span>" not in roomy.get("/measures?topic=grazing").text


def test_measures_are_in_the_requested_order(roomy: httpx.Client) -> None:
    in_order = listed(roomy.get("/measures?country=MNG").text)
    for sort in ("priority", "countries", "words"):
        other = listed(roomy.get(f"/measures?country=MNG&sort={sort}").text)
        assert sorted(other) == sorted(in_order)
        assert other != in_order
    first = listed(roomy.get("/measures?sort=priority").text)[:20]
    high = set(everything(roomy, "/measures?priority_level=high"))
    assert set(first) <= high


def test_the_state_stands_in_the_address_page_by_page(releases: Path, serving: Serving) -> None:
    with serving(Settings(releases=releases, page_size=10)) as client:
        address = "/measures?country=UZB&sort=priority"
        found: list[str] = []
        while True:
            page = client.get(address)
            found += listed(page.text)
            if 'rel="next"' not in page.text:
                break
            at = page.text.index('rel="next" href="') + len('rel="next" href="')
            address = page.text[at : page.text.index('"', at)].replace("&amp;", "&")
            assert "country=UZB&sort=priority&page=" in address
        assert len(found) == len(set(found)) == total(page.text)
        assert client.get("/measures?country=UZB&page=9").status_code == 404


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("country=XYZ", "is not a value of country"),
        ("countri=KAZ", "Did you mean country"),
        ("sort=size", "is not a sort order. Use document, priority, countries, words"),
        ("page=0", "the first page is 1"),
        ("page=two", "the first page is 1"),
        ("lang=en&lang=ru", "is not a language"),
        ("in_period_on=soon", "is not a date"),
        ("text=%22open", "never closed"),
        (f"text={'long+' * 50}", "longer than 200 characters"),
        ("text=some+words&" * 21, "longer than 200 characters"),
        ("&".join(f"topic=word{number}" for number in range(201)), "more than 200 parameters"),
        ("text=%FF", "not UTF-8"),
    ],
)
def test_invalid_parameters_are_refused_with_the_valid_ones(
    roomy: httpx.Client, query: str, message: str
) -> None:
    answer = roomy.get(f"/measures?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert message in answer.json()["detail"]


def test_every_measure_has_the_status_of_its_plan(roomy: httpx.Client) -> None:
    every = pages(roomy, "/measures")
    assert total(every[0]) == sum(map(len, map(listed, every)))
    for page in every:
        assert page.count('class="measure-item"') == len(listed(page))
        heads = page.count('class="measure-head"')
        assert page.count('<span class="status">', page.index("measures-list")) == heads
    page = "".join(every)
    assert "draft; period 2025–2032" in page
    assert "adopted; period 2016–2020, ended" in page
    assert "adoption not verified; excerpt; period 2014–2024, ended" in page
    assert "replaced by <a" in page


def test_names_come_in_the_language_of_the_reader_and_words_in_their_own(
    roomy: httpx.Client,
) -> None:
    page = roomy.get("/measures?country=KAZ", headers={"accept-language": "ru, en;q=0.5"}).text
    assert "Казахстан" in page
    assert "названа в тексте" in page
    assert '<p class="words" lang="en">' in page
    assert "Казахстан" not in roomy.get("/measures?country=KAZ").text


def test_a_graph_without_links_and_topics_is_browsed_all_the_same(client: httpx.Client) -> None:
    page = client.get("/measures").text
    assert total(page) == 3
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    # The service has another query of that name.
    assert "/queries/measures.xlsx" not in page
    refused = client.get("/measures?text=fence*")
    assert (refused.status_code, "no search index" in refused.text) == (400, True)


def test_the_places_of_the_query_are_filled_and_never_pasted(roomy: httpx.Client) -> None:
    page = roomy.get("/measures", params={"text": 'x" } UNION { ?a ?b ?c } #'})
    assert page.status_code in (200, 400)
    with pytest.raises(BadValue, match="unsupported marks"):
        QUERY.bind({"text": ["} UNION {"]}, look_up=nothing)
    bound, usual = (
        QUERY.bind({"text": [text]}, look_up=nothing) for text in ('"} UNION {"', "steppe")
    )
    assert [one.kind for one in significant(bound)] == [one.kind for one in significant(usual)]


def test_a_filter_that_only_the_query_has_is_refused() -> None:
    header = QUERY.header
    wider = replace(
        QUERY,
        header=header.model_copy(
            update={"params": {**header.params, "wingspan": header.params["priority"]}}
        ),
    )
    scope = {"type": "http", "method": "GET", "headers": [], "query_string": b"wingspan=1"}
    with pytest.raises(UnknownParameter, match="wingspan is a filter of /queries/measures"):
        read_filters(Request(scope), wider, {}, nothing)
