"""Content negotiation by ``?format=``, then ``Accept``; and by ``Accept-Encoding``."""

from __future__ import annotations

from functools import lru_cache

import mimeparse  # type: ignore[import-untyped]
from starlette.requests import Request

from meagraph.core.errors import NotAcceptable
from meagraph.core.quoting import shortened
from meagraph.core.results.formats import GRAPHS, RESULTS, AcceptedFormats, Format, listed
from meagraph_api.http.urls import PAGE


@lru_cache(maxsize=256)
def media_type(accept: str | None, named: str | None, formats: tuple[Format, ...]) -> str | None:
    """The media type for the response, None if none of the formats is acceptable.

    Cached, since clients send few different headers and parsing one is slow.

    `named` is the value of ``?format=``: a format's name or media type; it overrides `accept`, the
    Accept header (RFC 9110, section 12.5.1). Without either, the first format is used. Of equal
    qualities the more specific media range wins, then the earlier format.

    >>> from meagraph.core.results.formats import RESULTS
    >>> media_type("text/csv;q=0.5, application/xml", None, RESULTS)
    'application/xml'
    >>> media_type("text/html", "csv", RESULTS)
    'text/csv'
    """
    return next(iter(_media_types(accept, named, formats)), None)


@lru_cache(maxsize=256)
def acceptable(accept: str | None, formats: tuple[Format, ...]) -> tuple[str, ...]:
    """The media types that an Accept header allows, best first, one for each format.

    The list ends with the first format that can express every result: more are never needed.

    >>> from meagraph.core.results.formats import RESULTS
    >>> acceptable("text/csv, */*;q=0.1", RESULTS)
    ('text/csv', 'application/sparql-results+json')
    """
    ranges = _ranges(accept or "*/*")
    found = []
    for entry in formats:
        # Of equal ratings, max returns the first, and sort is stable.
        rated = ((mimeparse.quality_and_fitness_parsed(it, ranges), it) for it in entry.media_types)
        rating, media_type = max(rated, key=lambda one: one[0])
        if rating[0] > 0:
            found.append((rating, media_type, entry.lossless))
    found.sort(key=lambda one: one[0], reverse=True)
    last = next((place for place, (*_, all_) in enumerate(found) if all_), len(found))
    return tuple(media_type for _, media_type, _ in found[: last + 1])


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether an Accept-Encoding header allows gzip (RFC 9110, section 12.5.3).

    Without the header, any coding is allowed, but such clients rarely decode any: so no.

    >>> [takes_gzip(header) for header in ("deflate, gzip;q=0.5", "*", "gzip;q=0, *", None)]
    [True, True, False, False]
    """
    qualities = {}
    for item in (accept_encoding or "").lower().split(","):
        coding, _, parameter = item.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            qualities[coding.strip()] = float(value) if name == "q" else 1.0
        except ValueError:
            continue
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0))) > 0


@lru_cache(maxsize=256)
def accepted(
    accept: str | None,
    accept_encoding: str | None,
    named: str | None,
    *,
    results: bool = True,
    is_hint: bool = False,
) -> tuple[AcceptedFormats, bool]:
    """The formats that a client accepts for results and graphs; whether it prefers HTML.

    `named` is the value of ``?format=``; if it `is_hint`, a kind of result that it does not fit is
    negotiated by Accept. Without `results` only graphs are offered.

    >>> formats, page = accepted("text/html, text/turtle;q=0.5", "gzip", None)
    >>> formats.graph, formats.gzip, page
    ('text/turtle', True, True)
    """
    tables = RESULTS if results else ()
    page = media_type(accept, named, (*tables, *GRAPHS, PAGE)) == PAGE.media_type
    for_results, for_graphs = (_media_types(accept, named, formats) for formats in (tables, GRAPHS))
    if is_hint and (for_results or for_graphs):
        for_results = for_results or acceptable(accept, tables)
        for_graphs = for_graphs or acceptable(accept, GRAPHS)
    accepted = AcceptedFormats(
        results=next(iter(for_results), None),
        graph=next(iter(for_graphs), None),
        gzip=takes_gzip(accept_encoding),
        other_results=for_results[1:],
        other_graphs=for_graphs[1:],
    )
    return accepted, page


def accepted_graph(request: Request, named: str | None) -> AcceptedFormats:
    """The graph format that a client prefers. Raises NotAcceptable."""
    kind = chosen_media_type(request, named, GRAPHS)
    return AcceptedFormats(None, kind, takes_gzip(request.headers.get("accept-encoding")))


def chosen_media_type(request: Request, named: str | None, formats: tuple[Format, ...]) -> str:
    """The media type that a client prefers, by `?format=` or by Accept. Raises NotAcceptable."""
    accept = request.headers.get("accept")
    kind = media_type(accept, named, formats)
    if kind is None:
        raise NotAcceptable(
            f"{shortened(named or accept)} is not among the formats: {listed(formats)}."
        )
    return kind


def chosen_format(request: Request, named: str | None, formats: tuple[Format, ...]) -> Format:
    """The format of that media type. Raises NotAcceptable."""
    kind = chosen_media_type(request, named, formats)
    return next(entry for entry in formats if kind in entry.media_types)


def _media_types(
    accept: str | None, named: str | None, formats: tuple[Format, ...]
) -> tuple[str, ...]:
    """The media types for the response, best first: that of `named`, else those of Accept."""
    if not named:
        return acceptable(accept, formats)
    named = named.strip().lower()
    for entry in formats:
        if named == entry.name or named in entry.also:
            return (entry.media_type,)
        if named in entry.media_types:
            return (named,)
    return ()


def _ranges(accept: str) -> list[tuple[str, str, dict[str, str]]]:
    """The media ranges of an Accept header; malformed ones are ignored."""
    ranges = []
    for item in accept.lower().split(","):
        try:
            ranges.append(mimeparse.parse_media_range(item))
        except mimeparse.MimeTypeParseException:
            continue
    return ranges
