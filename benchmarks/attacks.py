"""The requests of a hostile client: every kind of route, and every way to occupy a connection.

In a path or a body ``{n}`` is the number of the request, which prevents caching, ``{m}`` a number
from 1 to 1,000, and ``{word}`` a word that differs in every request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tomllib import loads
from typing import Literal

TYPES = Path(__file__).parents[1] / "tests" / "browser" / "page_types.toml"
"""The list of all types of pages."""

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
JSON = "application/json"

Kind = Literal["requests", "pipelined", "one byte", "unread", "slow head", "slow body"]
"""How an attack uses its connections. `requests`: one after another, reading each response.
`pipelined`: many at once, without reading responses."""


@dataclass(frozen=True, slots=True)
class Attack:
    """The requests of one client over several simultaneous connections."""

    name: str
    paths: tuple[str, ...]
    """Paths with parameters, requested in rotation."""
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: str = ""
    kind: Kind = "requests"
    connections: int = 8

    def request(self, number: int) -> bytes:
        """The bytes of a request, by its number."""
        body = _filled(self.body, number).encode()
        path = _filled(self.paths[number % len(self.paths)], number)
        lines = [f"{self.method} {path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join((*lines, "", "")).encode() + body


def _filled(text: str, number: int) -> str:
    for place, value in (
        ("{n}", str(number)),
        ("{m}", str(1 + number % 1000)),
        ("{word}", f"w{number:x}"),
    ):
        text = text.replace(place, value)
    return text


def attacks(queries: Sequence[str], things: Sequence[str], measures: str) -> Iterator[Attack]:
    """All attacks on a release, from the names of its canned queries and the paths of its things.

    `measures` is the path of a dump.
    """
    page = (("Accept", HTML), ("Accept-Encoding", "gzip"))
    plain = (("Accept", HTML), ("Accept-Encoding", "identity"))
    data = (("Accept", JSON), ("Accept-Encoding", "gzip"))
    for name, path in loads(TYPES.read_text(encoding="utf-8"))["pages"].items():
        yield Attack(f"page {name}", (path,), page)
    yield Attack("page home, identity", ("/",), plain)
    yield Attack("pages of things, each in turn", tuple(things), page)
    yield Attack("pages of things, identity", tuple(things), plain)
    for ending, headers in (("html", page), ("json", data), ("csv", data), ("xlsx", data)):
        size = "" if ending == "xlsx" else "?page_size=1000"
        varied = "?text={word}" if ending == "xlsx" else "?page_size={m}&country=KAZ"
        every = tuple(f"/queries/{name}.{ending}{size}" for name in queries)
        links = f"/queries/country-links.{ending}"
        yield Attack(f"queries.{ending}, each in turn", every, headers)
        yield Attack(f"country-links.{ending}", (links + size,), headers)
        yield Attack(f"country-links.{ending}, varied", (links + varied,), headers)
    yield Attack("country-links.csv, identity", ("/queries/country-links.csv",), plain)
    yield Attack("queries.rq and metadata", ("/queries/measures.rq", "/grlc.yaml"), data)
    yield Attack("search, varied", ("/search?q={word}",), page)
    yield Attack("search, json", ("/search?q=steppe",), data)
    many = "&".join(f"country={code}" for code in ("KAZ", "MNG", "UZB", "KGZ", "TJK", "CHN"))
    filters = f"{many}&basis=mention&certainty=stated&topic=trade-and-use&text="
    yield Attack("measures, many filters, varied", (f"/measures?{filters}{{word}}",), page)
    yield Attack("measures, refused filter", ("/measures?country=X{n}",), page)
    others = ("MNG", "UZB", "KGZ", "TJK", "CHN", "AFG", "PAK", "IND", "NPL", "RUS", "TKM", "IRN")
    pairs = tuple(f"/compare?country=KAZ&country={code}" for code in others)
    yield Attack("compare, each in turn", pairs, page)
    yield Attack("compare 400, html", ("/compare?country=X{n}",), page)
    yield Attack("compare 400, json", ("/compare?country=X{n}",), data)
    yield Attack("quality 400", ("/quality?text={word}", "/quality?plan={word}"), page)
    yield Attack("quality.xlsx and .csv", ("/quality.xlsx", "/quality.csv"), data)
    yield Attack("404, html", ("/nothing/{n}", "/page/measure/x/{n}", "/queries/{word}"), page)
    yield Attack("404, json", ("/nothing/{n}", "/id/measure/x/{n}", "/queries/{word}"), data)
    yield Attack("400 of a query, html", ("/queries/measures.html?nothing={n}",), page)
    yield Attack("400 of a query, json", ("/queries/measures.json?nothing={n}",), data)
    yield Attack("405", ("/search",), data, method="DELETE")
    yield Attack("SPARQL, cached", ("/sparql?query=ASK%20%7B%7D",), data)
    yield Attack("SPARQL, varied", ("/sparql?query=ASK%20%7B%7D%23{n}",), data)
    yield Attack("SPARQL, syntax error", ("/sparql?query=ASK%20%7B{n}",), data)
    form = (("Content-Type", "application/sparql-query"), *data)
    values = "SELECT * { VALUES ?x { " + "1 " * 124_000 + "{n} } FILTER(?x < 0) }"
    post = Attack("SPARQL, 250 kB of values", ("/sparql",), form, "POST", values)
    yield post
    yield replace(post, name="SPARQL, 250 kB of a comment", body="ASK {} #{n}" + "x" * 250_000)
    yield replace(post, name="SPARQL, 250 kB, too deep", body="ASK " + "{" * 125_000 + "{n}")
    yield replace(post, name="SPARQL, 250 kB, wrong at its end", body=values[:-1] + "%")
    nested = "SELECT (GROUP_CONCAT(?x) AS ?c) { ?x ?y {n} } # "
    yield replace(post, name="SPARQL, 250 kB of keywords", body=nested + "\nOPTIONAL" * 25_000)
    accept = ", ".join(f"a/b{number}" for number in range(180))
    ranges = (("Accept", accept + ";q=0.{n}"), ("Accept-Encoding", "gzip"))
    yield Attack("Accept of 180 ranges", ("/sparql?query=ASK%20%7B%7D", "/measures"), ranges)
    yield Attack("Accept of 50 kB", ("/measures",), (("Accept", ", ".join(["a/b"] * 10_000)),))
    expand = "/informea.svc/Measures?$format=json&$expand=countryLinks,document/title&$top=100"
    yield Attack("feed, $expand", (expand,), data)
    yield Attack("feed, $expand, varied", (expand + "&$skip={m}",), data)
    yield Attack("feed, atom", ("/informea.svc/Measures?$top=100&$skip={m}",), page)
    yield Attack("feed, $filter, varied", (expand + "&$filter=id%20eq%20'{word}'",), data)
    yield Attack("feed, wrong", ("/informea.svc/Measures?$filter=x{n}%20eq",), data)
    yield Attack("plain JSON", ("/informea/treaties", "/informea/documents"), data)
    yield Attack("things as data", tuple(f"/data{path[5:]}" for path in things), data)
    yield Attack("redirects of things", tuple(f"/id{path[5:]}" for path in things), page)
    yield Attack("dumps", (measures,), plain)
    yield Attack("dumps, listed", ("/dumps", "/releases", "/changes"), page)
    yield Attack("dataset", ("/dataset", "/.well-known/void", "/sitemap.xml"), data)
    yield Attack("OpenAPI", ("/openapi.json",), data)
    yield Attack("static files", ("/static/meagraph.css", "/robots.txt"), page)
    yield Attack("HEAD", ("/measures", "/queries/measures.csv"), page, method="HEAD")
    yield Attack("OPTIONS", ("/sparql",), (("Access-Control-Request-Method", "POST"),), "OPTIONS")
    yield Attack("health and metrics", ("/healthz", "/readyz", "/metrics"), data)
    yield Attack("1,005 connections of one byte", ("/",), kind="one byte", connections=1005)
    yield Attack("pipelined requests", ("/robots.txt",), kind="pipelined")
    yield Attack("pipelined queries", ("/sparql?query=ASK%20%7B%7D",), kind="pipelined")
    everything = "/sparql?query=SELECT%20*%20%7B?s%20?p%20?o%7D%23{n}"
    yield Attack("60 unread answers", (everything,), data[:1], kind="unread", connections=60)
    yield Attack("90 slow heads", ("/",), data, kind="slow head", connections=90)
    yield Attack("90 slow bodies", ("/sparql",), form, "POST", values, "slow body", 90)
