"""Content negotiation: ``?format=`` first, then ``Accept``; and whether gzip is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import mimeparse  # type: ignore[import-untyped]
from starlette.requests import Request

from meagraph.core.errors import NotAcceptable
from meagraph.core.quoting import shortened
from meagraph.core.results.formats import Format, listed


@lru_cache(maxsize=256)
def media_type(accept: str | None, asked: str | None, formats: tuple[Format, ...]) -> str | None:
    """The media type to answer with, None where none of the formats is wanted.

    Remembered, since clients send few different headers, and each takes long to read.

    `asked` is the value of ``?format=``: a format's name or media type; it overrides `accept`, the
    Accept header (RFC 9110, section 12.5.1). Without either, the first format. Between formats of
    equal quality the one that is named more exactly wins, then the one that stands first.

    >>> from meagraph.core.results.formats import RESULTS
    >>> media_type("text/csv;q=0.5, application/xml", None, RESULTS)
    'application/xml'
    >>> media_type("text/html", "csv", RESULTS)
    'text/csv'
    """
    if asked:
        return _named(asked.strip().lower(), formats)
    return next(iter(acceptable(accept, formats)), None)


@lru_cache(maxsize=256)
def acceptable(accept: str | None, formats: tuple[Format, ...]) -> tuple[str, ...]:
    """The media types that an Accept header takes, best first, one for each format.

    They end with the first format that can express every answer: there is no need of more.

    >>> from meagraph.core.results.formats import RESULTS
    >>> acceptable("text/csv, */*;q=0.1", RESULTS)
    ('text/csv', 'application/sparql-results+json')
    """
    ranges = _ranges(accept or "*/*")
    found = []
    for entry in formats:
        # Of equals, max gives the first, and sort keeps the order.
        rated = ((mimeparse.quality_and_fitness_parsed(it, ranges), it) for it in entry.media_types)
        rating, media_type = max(rated, key=lambda one: one[0])
        if rating[0] > 0:
            found.append((rating, media_type, entry.holds_all))
    found.sort(key=lambda one: one[0], reverse=True)
    last = next((place for place, (*_, all_) in enumerate(found) if all_), len(found))
    return tuple(media_type for _, media_type, _ in found[: last + 1])


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether a caller takes gzip, by its Accept-Encoding header (RFC 9110, section 12.5.3).

    One that sends none may take anything, but is mostly a program that undoes nothing.

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


def _named(asked: str, formats: Sequence[Format]) -> str | None:
    for entry in formats:
        if asked == entry.name or asked in entry.also:
            return entry.media_type
        if asked in entry.media_types:
            return asked
    return None


def _ranges(accept: str) -> list[tuple[str, str, dict[str, str]]]:
    """The media ranges of an Accept header; what is no media range is passed over."""
    ranges = []
    for item in accept.lower().split(","):
        try:
            ranges.append(mimeparse.parse_media_range(item))
        except mimeparse.MimeTypeParseException:
            continue
    return ranges


def chosen_format(request: Request, asked: str | None, formats: Sequence[Format]) -> Format:
    """The format that a caller wants, by `?format=` or by Accept. Raises NotAcceptable."""
    accept = request.headers.get("accept")
    kind = media_type(accept, asked, formats)
    if kind is None:
        raise NotAcceptable(
            f"{shortened(asked or accept)} is not among the formats: {listed(formats)}."
        )
    return next(entry for entry in formats if kind in entry.media_types)
