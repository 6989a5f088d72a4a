"""Every route of the service as a cache on the way sees it: freshness, validators, compression."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import BaseRoute, Match

from meagraph.core import files
from meagraph.core.version import __version__
from meagraph_api import Settings
from meagraph_api.app import create_app
from meagraph_api.pages import script_bundle
from tests.api.conftest import GENEROUS

PUBLIC = "https://example.org/mea"
HOSTILE = "hostile.example"
SERVICE_MD = files.folder("docs") / "service.md"
HTML = "text/html"
JSON = "application/json"
ANY = "*/*"

ADDRESSES = (
    ("/", HTML),
    ("/sparql", HTML),
    ("/sparql", "text/turtle"),
    ("/sparql?query=SELECT * { ?s a ?t } ORDER BY ?s LIMIT 50", ANY),
    ("/sparql?query=CONSTRUCT WHERE { ?s a ?t } LIMIT 50", ANY),
    ("/sparql/vocabulary.json", ANY),
    ("/.well-known/void", ANY),
    ("/queries", JSON),
    ("/queries", HTML),
    ("/queries/measures", JSON),
    ("/queries/measures", HTML),
    ("/queries/measures.csv", ANY),
    ("/queries/measures.json", ANY),
    ("/queries/units.xlsx", ANY),
    ("/queries/units.html", ANY),
    ("/queries/units.csv-metadata.json", ANY),
    ("/queries/units.rq", ANY),
    ("/queries/measures?format=application/sparql-results%2Bjson", ANY),
    ("/grlc.yaml", ANY),
    ("/measures", HTML),
    ("/compare", HTML),
    ("/quality", HTML),
    ("/quality.csv", ANY),
    ("/quality.xlsx", ANY),
    ("/quality/validation.ttl", ANY),
    ("/data", HTML),
    ("/page/country/KAZ", HTML),
    ("/data/country/KAZ.ttl", ANY),
    ("/data/country/KAZ", "application/ld+json"),
    ("/context.jsonld", ANY),
    ("/ontology", HTML),
    ("/ontology.ttl", ANY),
    (f"/ontology/{__version__}", HTML),
    ("/problem/not-found", HTML),
    ("/problem/not-found", JSON),
    ("/informea.svc", ANY),
    ("/informea.svc/", JSON),
    ("/informea.svc/$metadata", ANY),
    ("/informea.svc/Measures?$format=json&$expand=countryLinks", ANY),
    ("/informea.svc/Measures?$top=20", ANY),
    ("/informea.svc/Measures/$count", ANY),
    ("/informea/measures", ANY),
    ("/informea/treaties/cms", ANY),
    ("/search?q=argali", JSON),
    ("/search?q=argali", HTML),
    ("/opensearch.xml", ANY),
    ("/dataset", ANY),
    ("/dataset.ttl", ANY),
    ("/releases", JSON),
    ("/releases", HTML),
    ("/releases/{release}", JSON),
    ("/releases/{release}/manifest.json", ANY),
    ("/releases/{release}/dumps/meagraph.nq.gz", ANY),
    ("/dumps", JSON),
    ("/dumps/meagraph.nq.gz", ANY),
    ("/changes?since={release}", JSON),
    ("/changes?since={release}", HTML),
    ("/changes.csv?since={release}", ANY),
    ("/cite", HTML),
    ("/cite.bib", ANY),
    ("/cite/argali-action-plan-2025-2032.txt", ANY),
    ("/sitemap.xml", ANY),
    ("/robots.txt", ANY),
    ("/docs", HTML),
    ("/openapi.json", ANY),
    ("/static/meagraph.css", ANY),
    ("/static/meagraph.svg", ANY),
    ("/static/bundle/{script}", ANY),
)
"""Addresses of every route that answers with 200, and what is accepted of each."""

UNCONDITIONAL = (
    ("/healthz", "says what is the case at the moment"),
    ("/readyz", "says what is the case at the moment"),
    ("/metrics", "says what is the case at the moment"),
    ("/id/country/KAZ", "a redirect has no content to be compared"),
    ("/graph/inferred", "a redirect has no content to be compared"),
    ("/sitemap-1.xml", "there is none unless the sitemap is long, see test_sitemap.py"),
    ("/queries/", "a redirect has no content to be compared"),
    ("/nothing", "an error is not kept"),
    ("/page/country/XXX", "an error is not kept"),
    ("/queries/measures?nothing=1", "an error is not kept"),
    ("/informea.svc/Nothing", "an error is not kept"),
)
"""Addresses without validators, and why."""


@pytest.fixture(scope="module")
def public(
    releases: Path, serving: Callable[[Settings], AbstractContextManager[httpx.Client]]
) -> Iterator[httpx.Client]:
    """A client of a service that the public reaches at another address."""
    with serving(
        GENEROUS.model_copy(update={"releases": releases, "public_url": PUBLIC})
    ) as client:
        yield client


@pytest.fixture(scope="module")
def routes(small_releases: Path) -> list[BaseRoute]:
    """The routes of the application, in the order in which they are tried."""
    app: Any = create_app(Settings(releases=small_releases))
    while not hasattr(app, "routes"):
        app = app._app

    async def begin_and_end() -> None:  # so that nothing of it is left open
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(begin_and_end())
    found: list[BaseRoute] = app.routes
    return found


def template(path: str, among: list[BaseRoute]) -> str:
    """The route that answers a path, as docs/service.md writes it; '' where there is none."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    for route in among:
        if route.matches(scope)[0] is Match.FULL:
            return written(route)
    return ""


def written(route: BaseRoute) -> str:
    """The path of a route without the types of its parameters."""
    path = re.sub(r":\w+}", "}", str(getattr(route, "path")))  # noqa: B009 - of every kind of route
    return re.sub(r"^/queries/[a-z-]+$", "/queries/{name}", path)


def documented() -> dict[str, str]:
    """The freshness of every route, as the table in docs/service.md says."""
    table = re.search(
        r"^\| routes \| `Cache-Control` .*?\n\n",
        SERVICE_MD.read_text(encoding="utf-8"),
        re.M | re.S,
    )
    assert table is not None
    rows = [line.split("|") for line in table[0].splitlines()[2:]]
    return {
        path: row[2].strip().strip("`")
        for row in rows
        if len(row) > 2
        for path in re.findall("`([^`]+)`", row[1])
    }


def filled(address: str, release: Path) -> str:
    script = next(path.name for path in sorted(script_bundle.FOLDER.glob("editor-*.js")))
    return address.replace("{release}", release.name).replace("{script}", script)


def path_of(address: str) -> str:
    return address.partition("?")[0]


def fetched(
    client: httpx.Client, address: str, accept: str, coding: str, **headers: str
) -> httpx.Response:
    sent = {"Accept": accept, "Accept-Encoding": coding}
    return client.get(address, headers=sent | {n.replace("_", "-"): v for n, v in headers.items()})


def kept(answer: httpx.Response) -> dict[str, str]:
    """What a cache keeps of an answer beside its body."""
    names = ("etag", "cache-control", "vary", "last-modified", "content-location")
    return {name: answer.headers[name] for name in names if name in answer.headers}


def varies(answer: httpx.Response) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get("vary", "").split(",")}


def is_text(answer: httpx.Response) -> bool:
    kind = answer.headers["content-type"].partition(";")[0]
    return kind.startswith("text/") or kind.endswith(("json", "xml", "yaml"))


def test_every_route_is_tried_and_documented(routes: list[BaseRoute]) -> None:
    tried = {template(path_of(address), routes) for address, _ in (*ADDRESSES, *UNCONDITIONAL)}
    every = {written(route) for route in routes}
    assert every <= tried
    assert set(documented()) == every


@pytest.mark.parametrize(("address", "accept"), ADDRESSES)
def test_an_answer_is_fresh_as_documented_and_compressed(
    public: httpx.Client, routes: list[BaseRoute], release: Path, address: str, accept: str
) -> None:
    route = template(path_of(address), routes)
    address = filled(address, release)
    plain = fetched(public, address, accept, "identity")
    packed = fetched(public, address, accept, "gzip")
    assert plain.status_code == packed.status_code == 200
    assert plain.content == packed.content
    for answer in (plain, packed):
        assert answer.headers["cache-control"] == documented()[route]
        assert answer.headers["etag"].startswith('"')
        if accept == HTML:
            assert {"accept-language", "cookie"} <= varies(answer)
        if len({kind for other, kind in ADDRESSES if path_of(other) == path_of(address)}) > 1:
            assert "accept" in varies(answer)
    assert "content-encoding" not in plain.headers
    if is_text(plain) and len(plain.content) >= 1024:
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < len(plain.content)
        assert "accept-encoding" in varies(plain) & varies(packed)
        assert plain.headers["etag"] != packed.headers["etag"]


@pytest.mark.parametrize(("address", "accept"), ADDRESSES)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_an_answer_that_is_held_is_not_sent_again(
    public: httpx.Client,
    routes: list[BaseRoute],
    release: Path,
    address: str,
    accept: str,
    coding: str,
) -> None:
    address = filled(address, release)
    first = fetched(public, address, accept, coding)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = fetched(public, address, accept, coding, If_None_Match=known)
        assert (again.status_code, again.content) == (304, b""), known
        assert kept(again) == kept(first)
        assert "content-encoding" not in again.headers
    for other in ('"other"', tag.strip('"'), f'"{tag}"'):
        past = "Mon, 01 Jan 2035 00:00:00 GMT"  # counts for nothing beside If-None-Match
        answer = fetched(
            public, address, accept, coding, If_None_Match=other, If_Modified_Since=past
        )
        assert answer.status_code == 200, other


@pytest.mark.parametrize(("address", "accept"), ADDRESSES)
def test_head_has_the_headers_of_get(
    public: httpx.Client, routes: list[BaseRoute], release: Path, address: str, accept: str
) -> None:
    address = filled(address, release)
    for coding in ("identity", "gzip"):
        sent = {"Accept": accept, "Accept-Encoding": coding}
        get, head = public.get(address, headers=sent), public.head(address, headers=sent)
        assert head.status_code == 200
        assert head.content == b""
        changing = {"date", "x-request-id"}
        assert {n: v for n, v in head.headers.items() if n not in changing} == {
            n: v for n, v in get.headers.items() if n not in changing
        }


@pytest.mark.parametrize(("address", "accept"), [*ADDRESSES, ("/healthz", ANY), ("/id/x/y", ANY)])
def test_a_method_that_is_not_taken_is_answered_with_those_that_are(
    public: httpx.Client, release: Path, address: str, accept: str
) -> None:
    for method in ("OPTIONS", "DELETE"):
        answer = public.request(method, filled(address, release))
        taken = set(answer.headers["allow"].split(", "))
        assert answer.status_code == 405
        assert taken - {"POST"} == {"GET", "HEAD"}
        assert ("POST" in taken) == (path_of(address) == "/sparql")


ALWAYS_READABLE = {
    *("cache-control", "content-language", "content-length", "content-type", "last-modified"),
    *("date", "vary", "content-encoding", "set-cookie"),
    *("content-security-policy", "referrer-policy", "x-content-type-options"),
    *("cross-origin-opener-policy", "access-control-allow-origin", "access-control-expose-headers"),
}
"""Headers that scripts may read anyway (https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name),
and those that are for browsers and caches alone."""


@pytest.mark.parametrize(("address", "accept"), [*ADDRESSES, *((a, ANY) for a, _ in UNCONDITIONAL)])
def test_scripts_of_other_sites_may_read_every_header_that_is_meant_for_them(
    public: httpx.Client, release: Path, address: str, accept: str
) -> None:
    for method in ("GET", "DELETE"):
        sent = {"Accept": accept, "Range": "bytes=0-9"}
        answer = public.request(method, filled(address, release), headers=sent)
        exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
        assert set(answer.headers) - ALWAYS_READABLE - {"location"} <= set(exposed)


VARIATIONS = (
    ("Accept-Encoding", "gzip"),
    ("Accept-Language", "ru"),
    ("Cookie", "lang=ru"),
    ("Accept", HTML),
    ("Accept", JSON),
    ("Accept", "text/turtle, application/atom+xml;q=0.9, text/csv;q=0.8"),
    ("DataServiceVersion", "1.0"),
    ("User-Agent", "Mozilla/5.0"),
    ("Range", "bytes=0-9"),
)
"""Headers that answers may depend on."""


@pytest.mark.parametrize(("address", "accept"), ADDRESSES)
def test_vary_names_every_header_that_an_answer_depends_on(
    public: httpx.Client, routes: list[BaseRoute], release: Path, address: str, accept: str
) -> None:
    address = filled(address, release)
    usual = {"Accept": accept, "Accept-Encoding": "identity", "Accept-Language": "en"}
    plain = public.get(address, headers=usual)
    for name, value in VARIATIONS:
        answer = public.get(address, headers={**usual, name: value})
        if answer.status_code == 206:
            assert plain.headers["accept-ranges"] == "bytes"
            assert answer.headers["etag"] == plain.headers["etag"]
        elif answer.status_code != 200 or answer.content != plain.content:
            assert name.lower() in varies(plain), (name, value)
            assert answer.headers.get("etag") != plain.headers["etag"]
        if answer.headers.get("content-encoding") != plain.headers.get("content-encoding"):
            assert "accept-encoding" in varies(plain)


def test_ranges_are_those_of_dumps_alone(public: httpx.Client, release: Path) -> None:
    ranged = {
        address
        for address, accept in ADDRESSES
        if public.get(
            filled(address, release), headers={"Accept": accept, "Range": "bytes=0-9"}
        ).status_code
        == 206
    }
    assert ranged == {"/dumps/meagraph.nq.gz", "/releases/{release}/dumps/meagraph.nq.gz"}


@pytest.mark.parametrize(("address", "reason"), UNCONDITIONAL)
def test_what_is_not_conditional_is_asked_for_each_time(
    public: httpx.Client, address: str, reason: str
) -> None:
    assert reason
    answer = public.get(address, headers={"Accept": ANY})
    freshness = answer.headers["cache-control"]
    assert freshness == ("no-store" if answer.status_code not in (303, 307) else "public, no-cache")
    assert "etag" not in answer.headers


@pytest.mark.parametrize(("address", "accept"), [*ADDRESSES, *((a, ANY) for a, _ in UNCONDITIONAL)])
def test_nothing_is_made_from_the_host_that_a_client_names(
    public: httpx.Client, routes: list[BaseRoute], release: Path, address: str, accept: str
) -> None:
    sent = {
        "Accept": accept,
        "Host": HOSTILE,
        "X-Forwarded-Host": HOSTILE,
        "Forwarded": f"host={HOSTILE}",
        "X-Original-URL": f"https://{HOSTILE}/",
    }
    for where in (filled(address, release), filled(path_of(address).rstrip("/") + "/", release)):
        answer = public.get(where, headers=sent)
        assert HOSTILE.encode() not in answer.content
        assert HOSTILE not in str(answer.headers)
        if "location" in answer.headers:
            assert re.match(r"https://example\.org/mea/|/mea/[.\w]", answer.headers["location"])


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("/queries/", "/mea/queries"),
        ("/queries/?lang=ru&utm_source=a", "/mea/queries?utm_source=a&lang=ru"),
        ("/queries/measures/?country=KAZ&x=%20", "/mea/queries/measures?country=KAZ&x=%20"),
        ("/search//?q=a%0d%0ab", "/mea/search?q=a%0d%0ab"),
        ("/cite/a%3Fb/", "/mea/cite/a%3Fb"),
    ],
)
def test_a_slash_too_many_leads_below_the_public_path(
    public: httpx.Client, address: str, location: str
) -> None:
    answer = public.get(address)
    assert (answer.status_code, answer.headers["location"]) == (307, location)


@pytest.mark.parametrize("address", ["//hostile.example/", "/nothing/", "//", "/static/", "/page/"])
def test_a_slash_too_many_after_nothing_leads_nowhere(public: httpx.Client, address: str) -> None:
    host = str(public.base_url).rstrip("/")
    assert public.get(host + address).status_code == 404
