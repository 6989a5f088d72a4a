"""Record digests of all responses, which refactoring must not change.

`test_recorded.py` compares them; with `--record` it replaces them, after an intended change of the
data or the responses.

The result of a canned query has two digests: of its rows in order, and of its rows sorted. The
order of rows with equal sort keys may change, the rows may not. Search words (`text=`) are not
recorded.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox
from click.testing import CliRunner

import meagraph
from benchmarks.servers import ours
from meagraph.cli import main as command
from meagraph.core import files

RECORD = Path(__file__).with_name("recorded.json.gz")

RANDOM = 300
"""Random combinations of parameters for each query."""
PROGRAMS = 20
"""Calls of each query through the command line, and as many through the Python API."""

_LEFT_OUT = frozenset({"text"})
_REFUSED = ("no-such-value", "KAZ,UZB", " x", "<http://example.org/>", '"', "x" * 300)
_OF_PAGES = frozenset({"format", "page", "page_size", "bom", "view", "lang"})
_FILES = (
    "/",
    "/queries",
    "/queries?format=json",
    "/measures",
    "/measures.csv",
    "/compare",
    "/quality",
    "/quality.csv",
    "/quality.xlsx",
    "/data",
    "/releases",
    "/releases?format=json",
    "/changes",
    "/cite",
    "/programs",
    "/search?q=fence",
    "/search?q=fence&format=json",
    "/sparql",
    "/ontology",
    "/ontology.ttl",
    "/context.jsonld",
    "/dataset",
    "/dataset.ttl",
    "/.well-known/void",
    "/sitemap.xml",
    "/robots.txt",
    "/openapi.json",
    "/docs",
    "/healthz",
    "/readyz",
    "/informea.svc/",
    "/informea.svc/$metadata",
    "/informea.svc/Documents",
    "/informea.svc/Measures?$top=5",
    "/informea/documents",
    "/informea/treaties",
    "/nothing",
)
_SUFFIXES = ("json", "csv", "csv-metadata.json", "xlsx", "html", "rq")
_DATA = ("ttl", "nt", "jsonld", "rdf")

Values: TypeAlias = tuple[tuple[str, str], ...]
Get: TypeAlias = Callable[[str], httpx.Response]


@dataclass(frozen=True, slots=True)
class RecordedQuery:
    """A canned query, as described by its form and OpenAPI."""

    name: str
    choices: Mapping[str, tuple[str, ...]]
    """The choices in the form, by parameter."""
    examples: Mapping[str, str]
    required: frozenset[str]

    @property
    def needed(self) -> dict[str, str]:
        """An example of each required parameter."""
        return {name: self.examples[name] for name in sorted(self.required)}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The recorded parameters, in alphabetical order."""
        return tuple(sorted((self.choices.keys() | self.examples.keys()) - _LEFT_OUT))

    def values(self, name: str) -> tuple[str, ...]:
        """The values to record for a parameter."""
        return self.choices.get(name) or (self.examples[name],)


class _Choices(HTMLParser):
    """Collects the choices of a form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "select":
            self._select = values.get("name") or ""
        elif tag == "option":
            self._add(self._select, values.get("value"))
        elif tag == "input" and values.get("type") in ("checkbox", "radio"):
            self._add(values.get("name") or "", values.get("value"))

    def _add(self, name: str, value: str | None) -> None:
        if name and value and name not in _OF_PAGES:
            self.found.setdefault(name, []).append(value)


@contextmanager
def service(releases: Path) -> Iterator[Get]:
    """Run a service; yields a function that requests a path."""
    with ours(releases) as server, httpx.Client(timeout=120) as client:
        base = f"http://127.0.0.1:{server.port}"

        def get(path: str) -> httpx.Response:
            response = client.get(f"{base}{path}", headers={"accept": "*/*"})
            while response.status_code == 503 and "retry-after" in response.headers:
                time.sleep(int(response.headers["retry-after"]))
                response = client.get(f"{base}{path}", headers={"accept": "*/*"})
            return response

        yield get


def of_queries(found: Sequence[RecordedQuery], get: Get) -> dict[str, str]:
    """The calls of canned queries over HTTP."""
    with ThreadPoolExecutor(4) as pool:
        return dict(pool.map(_answered(get), paths(found)))


def of_pages(found: Sequence[RecordedQuery], get: Get) -> dict[str, str]:
    """The pages, data files and documents."""
    with ThreadPoolExecutor(4) as pool:
        return dict(pool.map(_kind(get), files_and_pages(found, get))) | documents(get)


def queries(get: Get) -> Iterator[RecordedQuery]:
    """The canned queries, as described by OpenAPI and their forms."""
    described = get("/openapi.json").json()["paths"]
    for path, operations in sorted(described.items()):
        if (found := re.fullmatch(r"/queries/([\w-]+)", path)) is None:
            continue
        taken = {
            one["name"]: one
            for one in operations["get"]["parameters"]
            if one["in"] == "query" and one["name"] not in _OF_PAGES
        }
        form = _Choices()
        form.feed(get(f"{path}?format=html").text)
        yield RecordedQuery(
            found[1],
            {name: tuple(dict.fromkeys(values)) for name, values in form.found.items()},
            {name: _example(one) for name, one in taken.items()},
            frozenset(name for name, one in taken.items() if one.get("required")),
        )


def _example(declared: Mapping[str, object]) -> str:
    example = declared.get("example")
    value = example[0] if isinstance(example, list) else example
    return str(value).lower() if isinstance(value, bool) else str(value)


def paths(found: Iterable[RecordedQuery]) -> Iterator[str]:
    """Every recorded call of a canned query."""
    for one in found:
        base = one.needed
        calls: list[Values] = [tuple(base.items())]
        for name in one.parameters:
            rest = tuple((key, value) for key, value in base.items() if key != name)
            calls += [(*rest, (name, value)) for value in one.values(name)]
            calls += [(*rest, (name, value)) for value in _REFUSED]
            calls += [(*rest, (name, value), (name, value)) for value in one.values(name)[:1]]
        calls += [(*base.items(), ("no_such_parameter", "1"))]
        calls += combinations(one, RANDOM)
        for call in dict.fromkeys(calls):
            yield f"/queries/{one.name}.json?{urlencode(call)}"


def combinations(one: RecordedQuery, number: int) -> Iterator[Values]:
    """Random values of one to four parameters, the same in every run."""
    chance = random.Random(one.name)
    for _ in range(number if one.parameters else 0):
        names = chance.sample(one.parameters, min(chance.randint(1, 4), len(one.parameters)))
        arguments: dict[str, tuple[str, ...]] = {
            name: (value,) for name, value in one.needed.items()
        }
        for name in sorted(names):
            values = one.values(name)
            arguments[name] = tuple(
                chance.sample(values, min(chance.choice((1, 1, 2, 3)), len(values)))
            )
        yield tuple((name, value) for name, values in arguments.items() for value in values)


def _answered(get: Get) -> Callable[[str], tuple[str, str]]:
    def answer(path: str) -> tuple[str, str]:
        response = get(path)
        if response.status_code != 200:
            return path, str(response.status_code)
        return path, of_rows(response.text.splitlines()[1:-1])

    return answer


def of_rows(rows: Iterable[str]) -> str:
    """Two digests of rows: in order, and sorted."""
    read = [row.rstrip(",") for row in rows]
    return f"{len(read)} {digest(read)} {digest(sorted(read))}"


def digest(lines: Iterable[str]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of some lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def files_and_pages(found: Iterable[RecordedQuery], get: Get) -> Iterator[str]:
    """The paths of all pages and data files."""
    yield from _FILES
    for one in found:
        query = f"?{urlencode(one.needed)}" if one.required else ""
        for suffix in _SUFFIXES:
            yield f"/queries/{one.name}.{suffix}{query}"
    for page in re.findall(r"<loc>[^<]*?(/page/[^<]*)</loc>", get("/sitemap.xml").text):
        yield page
        for suffix in _DATA:
            yield f"/data/{page.removeprefix('/page/')}.{suffix}"


def _kind(get: Get) -> Callable[[str], tuple[str, str]]:
    def kind(path: str) -> tuple[str, str]:
        response = get(path)
        return f"GET {path}", f"{response.status_code} {response.headers.get('content-type')}"

    return kind


def documents(get: Get) -> dict[str, str]:
    """The OpenAPI document, the VoID statistics, and the release id."""
    openapi = json.dumps(get("/openapi.json").json(), sort_keys=True, indent=1)
    quads = ox.parse(get("/.well-known/void?format=nt").content, format=ox.RdfFormat.N_TRIPLES)
    numbers = sorted(
        f"{quad.subject} {quad.predicate} {quad.object}"
        for quad in quads
        if quad.predicate.value.startswith("http://rdfs.org/ns/void#")
        and isinstance(quad.object, ox.Literal)
    )
    return {
        "OpenAPI": digest(openapi.splitlines()),
        "VoID": of_rows(numbers),
        "release": str(get("/readyz").json()["release"]),
    }


def of_the_command(found: Sequence[RecordedQuery], releases: Path) -> dict[str, str]:
    """Calls through the command line."""
    recorded = {}
    for one, call in _calls_of_programs(found):
        file = files.folder("queries") / f"{one.name}.rq"
        words = [f"--param={name}={value}" for name, value in call]
        ran = CliRunner().invoke(command, ["query", str(file), "--releases", str(releases), *words])
        rows = of_rows(ran.stdout.splitlines())
        recorded[f"command {one.name}?{urlencode(call)}"] = f"{ran.exit_code} {rows}"
    return recorded


def of_the_python_api(found: Sequence[RecordedQuery], releases: Path) -> dict[str, str]:
    """Calls through the Python API."""
    recorded = {}
    with meagraph.open(releases) as graph:
        for one, call in _calls_of_programs(found):
            values: dict[str, list[str]] = {}
            for name, value in call:
                values.setdefault(name, []).append(value)
            try:
                rows = [json.dumps(row, default=str) for row in graph.canned(one.name, **values)]
            except meagraph.errors.MeagraphError as error:
                rows = [type(error).__name__]
            recorded[f"Python {one.name}?{urlencode(call)}"] = of_rows(rows)
    return recorded


def _calls_of_programs(found: Iterable[RecordedQuery]) -> Iterator[tuple[RecordedQuery, Values]]:
    for one in found:
        calls = [tuple(one.needed.items()), *combinations(one, PROGRAMS - 1)]
        for call in dict.fromkeys(calls):
            yield one, call


Record: TypeAlias = dict[str, dict[str, str]]
"""The digest of each call, by part of the record."""


def read() -> Record:
    """The record."""
    recorded: Record = json.loads(gzip.decompress(RECORD.read_bytes()))
    return recorded


def write(recorded: Record) -> None:
    """Replace the record."""
    text = json.dumps(recorded, indent=0, sort_keys=True)
    RECORD.write_bytes(gzip.compress(text.encode(), mtime=0))
