"""Finished pages are kept by release, URL, language and encoding; making them is no loop's work."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from meagraph_api import Settings
from meagraph_api.http.page_cache import FinishedPage, PageCache
from meagraph_api.http.responses import WORTH_IT
from meagraph_api.pages.render_pool import RenderPool
from meagraph_api.pages.renderer import Pages
from tests.api.conftest import GENEROUS, MakeRelease, Serving
from tests.nonempty import nonempty
from tests.waiting import wait_until

RUSSIAN = {"accept-language": "ru"}
PAGES = (
    *("/", "/measures", "/measures?page=1", "/compare", "/quality", "/quality.csv", "/data"),
    *("/quality.xlsx", "/search?q=fence&format=html", "/search?q=fence", "/search?format=html"),
    *("/cite", "/cite.bib", "/cite.json", "/cite.txt", "/docs", "/problem/not-found"),
    *("/sparql", "/sparql/vocabulary.json", "/context.jsonld", "/opensearch.xml"),
    *("/page/country/KAZ", "/data/country/KAZ.ttl", "/data/country/KAZ.jsonld", "/ontology.ttl"),
)
"""What depends on nothing but the release and the program."""
FRESH = ("/releases", "/dumps", "/dumps?format=json", "/changes")
"""What may change at any moment."""


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that were sent to pools, by the paths of their requests."""
    sent: list[str] = []
    run = RenderPool.run

    async def counted(self: RenderPool, request: Any, *args: Any, **named: Any) -> Any:
        sent.append(request.url.path)
        return await run(self, request, *args, **named)

    monkeypatch.setattr(RenderPool, "run", counted)
    return sent


@pytest.fixture(scope="module")
def served(releases: Path, serving: Serving) -> Iterator[httpx.Client]:
    """A client of a server whose cache nobody else has filled."""
    with serving(GENEROUS.model_copy(update={"releases": releases})) as client:
        client.headers["accept"] = "text/html, */*;q=0.5"
        yield client


def test_a_finished_page_is_not_made_again(served: httpx.Client, jobs: list[str]) -> None:
    first = served.get("/cite?of=1")
    assert jobs == ["/cite"]
    assert served.get("/cite?of=1").content == first.content
    assert jobs == ["/cite"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/cite?of=2", {}),
        ("/cite?of=1", RUSSIAN),
        ("/cite?of=1", {"accept-encoding": "identity"}),
        ("/cite?of=1", {"accept": "text/plain"}),
    ],
    ids=str,
)
def test_another_url_language_encoding_or_format_is_another_page(
    served: httpx.Client, jobs: list[str], path: str, headers: dict[str, str]
) -> None:
    known = served.get("/cite?of=1")
    jobs.clear()
    other = served.get(path, headers=headers)
    assert jobs == ["/cite"]
    assert other.headers["etag"] != known.headers["etag"]
    assert served.get("/cite?of=1").content == known.content


def test_the_pages_of_a_release_go_with_it(
    tmp_path: Path, make_release: MakeRelease, serving: Serving
) -> None:
    make_release(tmp_path, "r1")
    with serving(Settings(releases=tmp_path)) as client:
        assert "r1" in client.get("/cite.txt").text
        tag = client.get("/cite.txt").headers["etag"]
        make_release(tmp_path, "r2")
        wait_until(lambda: client.get("/readyz").json()["release"] == "r2")
        answer = client.get("/cite.txt", headers={"if-none-match": tag})
        assert answer.status_code == 200
        assert "r2" in answer.text


def test_a_client_has_the_same_page_made_once_at_a_time(
    served: httpx.Client, jobs: list[str]
) -> None:
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: served.get("/compare?country=KAZ"), range(8)))
    assert len({answer.content for answer in answers}) == 1
    assert jobs == ["/compare"]


@pytest.mark.parametrize("path", [*PAGES, *FRESH])
def test_every_page_is_conditional_and_compressed(served: httpx.Client, path: str) -> None:
    answer = served.get(path)
    assert answer.status_code == 200
    assert "public" in answer.headers["cache-control"]
    if len(answer.content) >= WORTH_IT:
        assert answer.headers["content-encoding"] == "gzip"
    again = served.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert again.headers["cache-control"] == answer.headers["cache-control"]


def test_no_page_is_rendered_or_compressed_by_the_process_of_the_event_loop(
    releases: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            done.append(name)
            return function(*args, **named)

        return call

    # The processes of the pool are not forked from this one, so that nothing changes in them.
    monkeypatch.setattr(Pages, "render", noted("render", Pages.render))
    monkeypatch.setattr(gzip, "compress", noted("compress", gzip.compress))
    with serving(GENEROUS.model_copy(update={"releases": releases})) as client:
        client.headers["accept"] = "text/html, */*;q=0.5"
        for path in (*PAGES, *FRESH):
            assert client.get(path).status_code == 200, path
            assert done == [], path


def test_the_problems_of_a_search_keep_their_status_and_when_to_come_again(
    served: httpx.Client,
) -> None:
    answer = served.get("/search?format=html&q=%22open")
    assert answer.status_code == 400
    assert answer.headers["cache-control"] == "no-store"
    assert "never closed" in answer.text


def test_the_page_of_an_error_is_rendered_once_and_says_what_each_request_is_told(
    served: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    render = Pages.render

    def noted(self: Pages, template: str, *args: Any, **named: Any) -> str:
        rendered.append(template)
        return render(self, template, *args, **named)

    monkeypatch.setattr(Pages, "render", noted)
    for path in ("/one/%3Cb%3E", "/two/%EE%80%80query%EE%80%80", "/three"):
        answer = served.get(f"{path}?x=%22%3E&y=1")
        assert answer.status_code == 404
        assert f"<code>{answer.headers['x-request-id']}</code>" in answer.text
        assert "?x=%22%3E&amp;y=1&amp;lang=ru" in answer.text
        assert "<b>" not in answer.text.split('class="problem"')[1].split("</p>")[0]
    assert "/one/&lt;b&gt;" in served.get("/one/%3Cb%3E").text
    assert 'href="?lang=ru"' in served.get("/three").text
    assert len(rendered) <= 2  # with and without parameters


@given(
    some.lists(
        some.tuples(some.text(max_size=3), some.integers(0, 40_000)), min_size=1, max_size=40
    )
)
def test_the_cache_takes_no_more_memory_than_it_may(pages: list[tuple[str, int]]) -> None:
    cache = PageCache(320_000)
    for tag, size in nonempty(pages):
        page = FinishedPage(b"x" * size, {}, "text/html")
        cache.keep(tag, page)
        assert cache.bytes <= 320_000
        assert (cache.get(tag) is page) == (page.size <= 20_000)


def test_without_memory_nothing_is_kept() -> None:
    cache = PageCache()
    cache.keep("tag", FinishedPage(b"", {}, "text/html"))
    assert cache.get("tag") is None


def test_only_the_same_client_waits_for_its_page() -> None:
    async def work() -> None:
        cache = PageCache()
        async with cache.lock("tag", "a"):
            assert cache.lock("tag", "a").locked()
            assert not cache.lock("tag", "b").locked()
            assert not cache.lock("other", "a").locked()

    asyncio.run(work())
