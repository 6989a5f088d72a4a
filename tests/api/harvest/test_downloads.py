"""Dumps and releases over HTTP: permanent URLs, ranges, conditional requests; the dataset."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.namespace import DCAT, DCTERMS, RDF
from starlette.datastructures import Headers

from meagraph.core.errors import NoSuchRange
from meagraph.core.releases import read_manifest
from meagraph_api import Settings
from meagraph_api.http import preconditions
from meagraph_loaders.interfaces import INTERFACES
from tests import dcat_ap
from tests.api.conftest import GENEROUS

BASE = "https://w3id.org/meagraph/"
DUMP = "/dumps/meagraph.nq.gz"


@pytest.fixture(scope="module")
def real(
    releases: Path, serving: Callable[[Settings], AbstractContextManager[httpx.Client]]
) -> Iterator[httpx.Client]:
    with serving(
        GENEROUS.model_copy(update={"releases": releases, "public_url": "https://example.org/mea"})
    ) as client:
        yield client


@pytest.fixture(scope="module")
def whole(release: Path) -> bytes:
    return (release / "dumps/meagraph.nq.gz").read_bytes()


def test_a_dump_is_sent_complete_with_its_identifiers(
    real: httpx.Client, release: Path, whole: bytes
) -> None:
    answer = real.get(DUMP)
    assert answer.status_code == 200
    assert answer.content == whole
    assert answer.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"] == f'"{hashlib.sha256(whole).hexdigest()}"'
    here = f"https://example.org/mea/releases/{release.name}/dumps/meagraph.nq.gz"
    assert answer.headers["content-location"] == here
    assert 'creativecommons.org/licenses/by/4.0/>; rel="license"' in answer.headers["link"]


def test_a_dump_of_a_release_and_of_the_current_one_are_the_same(
    real: httpx.Client, release: Path
) -> None:
    lasting = real.get(f"/releases/{release.name}{DUMP}")
    assert lasting.content == real.get(DUMP).content
    assert lasting.headers["etag"] == real.get(DUMP).headers["etag"]


def test_head_tells_what_get_would_and_sends_nothing(real: httpx.Client, whole: bytes) -> None:
    head, get = real.head(DUMP), real.get(DUMP)
    assert head.content == b""
    for name in ("content-length", "etag", "last-modified", "accept-ranges", "content-type"):
        assert head.headers[name] == get.headers[name]
    assert head.headers["content-length"] == str(len(whole))
    assert real.head(DUMP, headers={"Range": "bytes=0-9"}).status_code == 200


def test_a_range_has_the_requested_bytes(real: httpx.Client, whole: bytes) -> None:
    size = len(whole)
    for header, first, last in (
        ("bytes=0-9", 0, 9),
        (f"bytes={size - 5}-", size - 5, size - 1),
        ("bytes=-7", size - 7, size - 1),
        (f"bytes=10-{size * 2}", 10, size - 1),
        (f"bytes=3-4, {size}-", 3, 4),
    ):
        answer = real.get(DUMP, headers={"Range": header})
        assert answer.status_code == 206, header
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert answer.content == whole[first : last + 1]


def test_several_ranges_come_as_parts(real: httpx.Client, whole: bytes) -> None:
    answer = real.get(DUMP, headers={"Range": "bytes=0-9,100-119"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert answer.headers["content-length"] == str(len(answer.content))
    assert whole[:10] in answer.content
    assert whole[100:120] in answer.content


@pytest.mark.parametrize("header", ["lines=1-2", "bytes=9-3", "bytes=a-b", "bytes=", "bytes 0-9"])
def test_a_malformed_range_is_ignored(real: httpx.Client, whole: bytes, header: str) -> None:
    answer = real.get(DUMP, headers={"Range": header})
    assert (answer.status_code, len(answer.content)) == (200, len(whole))


def test_a_range_beyond_the_end_is_a_problem_that_tells_the_size(
    real: httpx.Client, whole: bytes
) -> None:
    answer = real.get(DUMP, headers={"Range": f"bytes={len(whole)}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_broken_download_goes_on_only_where_the_dump_is_still_the_same(
    real: httpx.Client, whole: bytes
) -> None:
    head = real.head(DUMP).headers
    for same in (head["etag"], head["last-modified"]):
        answer = real.get(DUMP, headers={"Range": "bytes=5-9", "If-Range": same})
        assert (answer.status_code, answer.content) == (206, whole[5:10])
    for other in ('"other"', f"W/{head['etag']}", "Mon, 01 Jan 2001 00:00:00 GMT"):
        # The whole file is sent, even for a range beyond its end.
        for header in ("bytes=5-9", f"bytes={len(whole)}-"):
            answer = real.get(DUMP, headers={"Range": header, "If-Range": other})
            assert (answer.status_code, len(answer.content)) == (200, len(whole))


def test_an_unchanged_dump_is_not_sent_again(real: httpx.Client) -> None:
    head = real.head(DUMP).headers
    for name, value in (
        ("If-None-Match", head["etag"]),
        ("If-None-Match", f'W/{head["etag"]}, "x"'),
        ("If-None-Match", "*"),
        ("If-Modified-Since", head["last-modified"]),
    ):
        answer = real.get(DUMP, headers={name: value, "Range": "bytes=0-4"})
        assert (answer.status_code, answer.content) == (304, b""), value
        assert answer.headers["etag"] == head["etag"]
    both = {"If-None-Match": '"other"', "If-Modified-Since": head["last-modified"]}
    assert real.head(DUMP, headers=both).status_code == 200
    for unknown in ("yesterday", "Mon, 01 Jan 2001 00:00:00 GMT"):
        assert real.head(DUMP, headers={"If-Modified-Since": unknown}).status_code == 200


def test_a_request_for_another_state_fails(real: httpx.Client) -> None:
    head = real.head(DUMP).headers
    long_ago = "Mon, 01 Jan 2001 00:00:00 GMT"
    for name, value, status in (
        ("If-Match", '"other"', 412),
        ("If-Match", f"W/{head['etag']}", 412),
        ("If-Match", f'"other", {head["etag"]}', 200),
        ("If-Match", "*", 200),
        ("If-Unmodified-Since", long_ago, 412),
        ("If-Unmodified-Since", head["last-modified"], 200),
    ):
        assert real.get(DUMP, headers={name: value}).status_code == status, value


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40) | st.none()), min_size=1),
    st.integers(1, 30),
)
def test_ranges_are_those_that_the_file_has(pairs: list[tuple[int, int | None]], size: int) -> None:
    right = [(first, last) for first, last in pairs if last is None or first <= last]
    header = "bytes=" + ",".join(f"{a}-{'' if b is None else b}" for a, b in right)
    expected = [
        (first, size - 1 if last is None else min(last, size - 1))
        for first, last in right
        if first < size
    ]
    if not right:
        assert preconditions.ranges(header, size) is None
    elif not expected:
        with pytest.raises(NoSuchRange):
            preconditions.ranges(header, size)
    else:
        written = ",".join(f"{first}-{last}" for first, last in expected)
        assert preconditions.ranges(header, size) == f"bytes={written}"


@given(st.text(max_size=40), st.integers(0, 100))
def test_any_range_header_is_parsed_or_ignored(header: str, size: int) -> None:
    try:
        found = preconditions.ranges(f"bytes={header}", size)
    except NoSuchRange:
        return
    assert found is None or found.startswith("bytes=")


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_date_is_parsed_or_ignored(text: str) -> None:
    headers = Headers({"if-modified-since": text})
    assert preconditions.unchanged(headers, '"x"', datetime(2026, 1, 1, tzinfo=UTC)) in (
        True,
        False,
    )


def test_every_listed_dump_has_its_checksum(real: httpx.Client, release: Path) -> None:
    listed = real.get("/dumps").json()
    assert listed["release"] == release.name
    assert len(listed["dumps"]) > 50
    prefix = "https://example.org/mea"
    for dump in listed["dumps"]:
        assert dump["url"].startswith(f"{prefix}/releases/{release.name}/dumps/")
        answer = real.get(dump["url"].removeprefix(prefix))
        assert len(answer.content) == dump["bytes"]
        assert hashlib.sha256(answer.content).hexdigest() == dump["sha256"]
        if dump["compressed"]:
            gzip.decompress(answer.content)


def test_the_whole_is_the_same_in_every_format(real: httpx.Client) -> None:
    def read(ending: str, format: ox.RdfFormat) -> set[str]:
        data = gzip.decompress(real.get(f"/dumps/meagraph.{ending}.gz").content)
        return {str(quad.triple) for quad in ox.parse(data, format)}

    triples = read("nq", ox.RdfFormat.N_QUADS)
    assert len(triples) > 50_000
    for ending, format in (
        ("trig", ox.RdfFormat.TRIG),
        ("ttl", ox.RdfFormat.TURTLE),
        ("nt", ox.RdfFormat.N_TRIPLES),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ):
        assert read(ending, format) == triples, ending


def test_restricted_files_are_not_served(real: httpx.Client, release: Path) -> None:
    names = [path.name for path in (release / "dumps/restricted").iterdir()]
    assert names
    for name in names:
        for address in (f"/dumps/restricted/{name}", f"/dumps/{name}"):
            assert real.get(address).status_code == 404
    assert "redistribution" in real.get(f"/dumps/restricted/{names[0]}").json()["detail"]


@pytest.mark.parametrize(
    "path", ["../manifest.json", "..%2Fmanifest.json", "%2e%2e/manifest.json", "", "x.nq.gz", "%00"]
)
def test_nothing_but_the_dumps_is_sent(real: httpx.Client, path: str) -> None:
    answer = real.get(f"/dumps/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_release_is_not_found(real: httpx.Client) -> None:
    for path in ("/releases/none", "/releases/none/manifest.json", "/releases/none/dumps/x.nq.gz"):
        answer = real.get(path)
        assert (answer.status_code, answer.json()["title"]) == (404, "Unknown release")


def test_past_releases_stay_at_their_addresses(
    tmp_path: Path,
    make_release: Callable[..., Path],
    serving: Callable[[Settings], AbstractContextManager[httpx.Client]],
) -> None:
    releases = tmp_path / "releases"
    for number, name in enumerate(("aaaa", "bbbb", "bbbb-2"), start=1):
        release = make_release(releases, name)
        (release / "dumps").mkdir()
        (release / "dumps/plan.nq.gz").write_bytes(name.encode())
        dump = {"bytes": len(name), "sha256": hashlib.sha256(name.encode()).hexdigest()}
        manifest = read_manifest(release)
        manifest |= {
            "id": name.partition("-")[0],
            "software": {"name": "meagraph", "version": "1.0"},
            "files": manifest["files"] | {"dumps/plan.nq.gz": dump},
        }
        (release / "manifest.json").write_text(json.dumps(manifest))
        made = {"number": number, "at": f"2026-01-0{number}T00:00:00+00:00"}
        (release / "made.json").write_text(json.dumps(made))
    with serving(Settings(releases=releases)) as client:
        listed = client.get("/releases").json()["releases"]
        assert [entry["release"] for entry in listed] == ["bbbb-2", "bbbb", "aaaa"]
        assert [entry["current"] for entry in listed] == [True, False, False]
        assert listed[2]["made"] == "2026-01-01T00:00:00+00:00"
        for name, expected in (("aaaa", b"aaaa"), ("bbbb", b"bbbb-2"), ("bbbb-2", b"bbbb-2")):
            assert client.get(f"/releases/{name}/dumps/plan.nq.gz").content == expected
        manifest = client.get("/releases/aaaa/manifest.json").json()
        assert manifest == read_manifest(releases / "aaaa")
        page = client.get("/releases", headers={"Accept": "text/html"}).text
        assert "/releases/aaaa" in page
        assert "plan.nq.gz" in client.get("/releases/aaaa?format=html").text
        (releases / "bbbb-2" / "dumps/plan.nq.gz").unlink()
        assert client.get("/releases/bbbb-2/dumps/plan.nq.gz").status_code == 404
        (releases / "aaaa" / "dumps/plan.nq.gz").write_bytes(b"")
        refused = client.get("/releases/aaaa/dumps/plan.nq.gz")
        assert (refused.status_code, refused.json()["title"]) == (404, "Unknown release")
        (releases / "aaaa" / "manifest.json").write_text("{")
        assert client.get("/releases/aaaa").json()["title"] == "Unknown release"
        assert client.get("/releases").status_code == 200


FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}


def test_the_dataset_describes_itself_in_every_format(real: httpx.Client) -> None:
    read = {
        suffix: {quad.triple for quad in ox.parse(real.get(f"/dataset.{suffix}").content, format)}
        for suffix, format in FORMATS.items()
    }
    dataset, type_ = ox.NamedNode(BASE + "id/dataset/meagraph"), ox.NamedNode(str(RDF.type))
    assert ox.Triple(dataset, type_, ox.NamedNode(str(DCAT.Dataset))) in read["nt"]
    for suffix, triples in read.items():
        assert triples == read["nt"], suffix


def test_the_description_of_the_dataset_conforms_to_dcat_ap(real: httpx.Client) -> None:
    graph = dcat_ap.part(real.get("/dataset.ttl").text)
    assert len(list(graph.objects(None, DCAT.byteSize))) > 10
    assert dcat_ap.problems(graph) == ""


def test_every_address_of_the_description_answers_where_the_service_runs(
    real: httpx.Client,
) -> None:
    graph = rdflib.Graph().parse(data=real.get("/dataset.ttl").content, format="turtle")
    here = "https://example.org/mea/"
    links = (DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage)
    found = {str(address) for link in links for address in graph.objects(None, link)}
    lasting = {address for address in found if address.startswith(BASE)}
    assert {address.replace(BASE, here) for address in lasting} == found - lasting
    assert len(lasting) > 50
    for address in sorted(found - lasting):
        path = "/" + address.removeprefix(here)
        answer = real.head(path)
        assert answer.status_code in (200, 400), (path, answer.status_code)


@pytest.mark.parametrize("interface", INTERFACES, ids=lambda interface: interface.key)
def test_every_interface_that_is_declared_answers(real: httpx.Client, interface: object) -> None:
    endpoint, described_at = interface.endpoint, interface.described_at  # type: ignore[attr-defined]
    assert real.get(f"/{endpoint}").status_code in (200, 400)
    assert real.get(f"/{described_at}").status_code == 200


def test_the_dataset_is_not_sent_twice_and_says_its_licence(real: httpx.Client) -> None:
    answer = real.get("/dataset.ttl")
    again = real.get("/dataset.ttl", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert 'rel="license"' in answer.headers["link"]
    assert real.get("/dataset.xlsx").status_code == 406
    graph = rdflib.Graph().parse(data=answer.content, format="turtle")
    restricted = rdflib.URIRef(BASE + "graph/reference-restricted")
    assert graph.value(restricted, DCTERMS.license) is None


def test_data_that_do_not_describe_themselves_have_no_dataset(client: httpx.Client) -> None:
    assert client.get("/dataset").status_code == 404
