"""Limits: nothing that a client sends is parsed before it is known to be short enough."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

import meagraph
import meagraph_api
from meagraph.core.errors import BadValue, HeadTooLarge, RequestError, TargetTooLong
from meagraph_api.http.request_limits import HEADERS, check_head, check_parameters

PACKAGES = [Path(package.__path__[0]) for package in (meagraph, meagraph_api)]
LONG = "Z" * 1_500


@pytest.mark.parametrize("name", HEADERS)
def test_every_header_that_is_parsed_has_a_limit_of_bytes_and_items(
    client: httpx.Client, name: bytes
) -> None:
    limit = HEADERS[name]
    name_text = name.decode()
    for value in ("a" * (limit.bytes + 1), "," * limit.items, ";" * limit.items):
        refused = client.get("/healthz", headers={name_text: value})
        assert refused.status_code == 431
        assert name_text.title() in refused.json()["detail"]
    assert client.get("/robots.txt", headers={name_text: "," * (limit.items - 1)}).status_code < 431


def test_the_lines_of_one_header_count_together() -> None:
    limit = HEADERS[b"accept"]
    check_head(b"/", [(b"accept", b"a" * (limit.bytes // 4))] * 4)
    with pytest.raises(HeadTooLarge, match="Accept has more than"):
        check_head(b"/", [(b"accept", b"a" * (limit.bytes // 4))] * 5)
    with pytest.raises(HeadTooLarge, match="more than 100 headers"):
        check_head(b"/", [(b"x", b"a")] * 101)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/" + "a" * 4_095, 404),
        ("/" + "a" * 4_096, 414),
        ("/healthz?" + "query=" + "a" * 9_000, 200),
    ],
)
def test_a_path_has_an_end(client: httpx.Client, target: str, status: int) -> None:
    assert client.get(target).status_code == status


@pytest.mark.parametrize(
    "encoded",
    [
        "&".join(["a=b"] * 201),
        "&".join(["format=csv"] * 201),
        "&" * 200,
        "a=" + "b" * 16_400,
        "&".join(["a=" + "b" * 400] * 50),
    ],
)
def test_parameters_have_a_limit_of_number_and_bytes(client: httpx.Client, encoded: str) -> None:
    for path in ("/sparql", "/queries", "/search", "/informea.svc/Measures", "/", "/nowhere"):
        refused = client.get(f"{path}?{encoded}")
        assert (refused.status_code, refused.json()["title"]) == (400, "Wrong value")
    form = {"content-type": "application/x-www-form-urlencoded"}
    refused = client.post("/sparql", content=encoded, headers=form)
    assert (refused.status_code, refused.json()["title"]) == (400, "Wrong value")


def test_a_form_of_a_hundred_thousand_pairs_is_refused_unread(client: httpx.Client) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    refused = client.post("/sparql", content="a=b&" * 100_000, headers=form)
    assert refused.status_code == 400
    assert "more than 200 parameters" in refused.json()["detail"]


@given(some.lists(some.binary(max_size=30), max_size=12), some.binary(max_size=60))
def test_what_is_within_the_limits_is_never_refused(pieces: list[bytes], value: bytes) -> None:
    check_parameters(b"&".join(pieces), "the query string")
    check_head(b"/" + value, [(b"accept", value), (b"cookie", value)])


@given(some.binary(max_size=9_000), some.integers(1, 3))
def test_what_is_refused_is_refused_with_a_status_of_its_own(value: bytes, lines: int) -> None:
    with suppress(HeadTooLarge, TargetTooLong):
        check_head(value, [(b"if-none-match", value)] * lines)
    with suppress(BadValue):
        check_parameters(value * 3, "the form")


def test_every_header_that_the_service_reads_has_a_limit() -> None:
    """Looks through the source for what reads headers, so that none is read without a limit."""
    read = set()
    for path in PACKAGES[1].rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        read |= set(re.findall(r"headers(?:\.get\(|\[)\s*[\"']([\w-]+)[\"']", text))
    names = {name.lower().encode() for name in read}
    of_answers = {b"x-request-id", b"access-control-allow-origin", b"connection", b"link", b"allow"}
    of_answers |= {b"content-length", b"etag", b"content-encoding", b"www-authenticate"}
    of_answers |= {b"last-modified", b"content-disposition"}
    assert b"accept" in names
    assert names - of_answers <= set(HEADERS)


def longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"Z+", text)), default=0)


def requests_with_long_values(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every documented address with every parameter of it too long, and some more."""
    for path, operations in described["paths"].items():
        filled = re.sub(r"\{\w+\}", LONG, path)
        names = [one["name"] for one in operations.get("get", {}).get("parameters", ())]
        for name in dict.fromkeys([*names, LONG, "format", "page", "lang"]):
            yield f"{filled}?{name}={LONG}", {}
            yield f"{filled}?{name}={LONG}", {"accept": "text/html"}
    for path in ("/id/{}", "/page/{}", "/data/{}", "/releases/{}", "/queries/{}", "/problem/{}"):
        yield path.format(LONG), {}
        yield path.format(f"measure/{LONG}/1"), {}
    for path in ("/ontology.{}", "/cite?key={}", "/cite/{}", "/dumps/{}", "/{}", "/static/{}"):
        yield path.format(LONG), {}
    for path in ("/measures?{}={}", "/compare?{}={}", "/quality?{}={}", "/changes?{}={}"):
        for name in ("country", "taxon", "sort", "kind", "since", "text", "page", LONG):
            yield path.format(name, LONG), {"accept": "text/html"}
    for option in ("$filter", "$orderby", "$select", "$expand", "$top", "$format", LONG):
        yield f"/informea.svc/Measures?{option}={LONG}", {}
    yield f"/informea.svc/{LONG}", {}
    yield f"/informea.svc/Measures('{LONG}')", {}
    yield f"/informea.svc/Measures({LONG})", {}
    yield "/informea.svc/Measures", {"dataserviceversion": LONG[:250]}
    for path in ("/sparql?query=ASK{}", "/queries", "/search?q=a", "/cite", "/releases"):
        yield path, {"accept": f"text/{LONG}"}
    for query in ("ASK { Z:a ?b ?c }", "Z", "ASK { <Z> }", "ASK { ?Z", "SELECT * { ?s a 'Z }"):
        yield f"/sparql?query={query.replace('Z', LONG)}", {}
    yield f"/sparql?query=ASK{{}}&timeout={LONG}", {}
    yield f"/sparql?query=ASK{{}}&default-graph-uri={LONG}", {}


def test_no_answer_repeats_more_than_200_characters_of_what_was_sent(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    refused = 0
    for address, headers in requests_with_long_values(described):
        answer = client.get(address, headers=headers)
        assert answer.status_code < 500, address
        if answer.status_code >= 400:
            refused += 1
            if "html" in answer.headers["content-type"]:
                # A page also shows the form that was filled in, and leads to itself.
                shown = " ".join(re.findall(r'role="alert"[^>]*>([^<]*)<', answer.text))
            else:
                shown = answer.text
            assert longest_run(shown) <= 200, (address[:60], shown)
    assert refused > 100


def test_messages_quote_by_the_one_function_that_cuts() -> None:
    """No message of an error for clients quotes with `!r`, which does not cut."""
    kinds, left = set(), [RequestError]
    while left:
        kinds.add(left[-1].__name__)
        left += left.pop().__subclasses__()
    found = []
    for path in (path for folder in PACKAGES for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            if isinstance(node.exc.func, ast.Name) and node.exc.func.id in kinds:
                found += [f"{path.name}:{line}" for line in quoting_lines(node.exc)]
    assert found == []


def quoting_lines(call: ast.Call) -> Iterator[int]:
    """The lines on which a call quotes something whole with `!r`."""
    for part in ast.walk(call):
        if not isinstance(part, ast.FormattedValue) or isinstance(part.value, ast.Subscript):
            continue  # what is sliced is cut
        if part.conversion == ord("r"):
            yield part.lineno
