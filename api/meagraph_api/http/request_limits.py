"""Limits of headers and parameters, checked before anything is parsed.

Parsers take time for every item, on the event loop, before a client is charged for anything. So the
input is limited first: headers by bytes and items (431), the request target by bytes (414),
parameters by number and bytes (400).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from meagraph.core.errors import BadValue, HeadTooLarge, RequestError, TargetTooLong

Headers = Iterable[tuple[bytes, bytes]]
"""Lower-case names, and values."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Limit of one header, all its lines together."""

    bytes: int
    items: int
    """Number of items, separated by commas or semicolons."""


_DATE = Limit(bytes=64, items=2)
_TAGS = Limit(bytes=8_192, items=100)
_VERSION = Limit(bytes=256, items=4)

HEADERS: Mapping[bytes, Limit] = MappingProxyType(
    {
        b"accept": Limit(bytes=4_096, items=200),
        b"accept-encoding": Limit(bytes=512, items=40),
        b"accept-language": Limit(bytes=1_024, items=100),
        b"content-type": Limit(bytes=512, items=8),
        b"cookie": Limit(bytes=8_192, items=100),
        b"dataserviceversion": _VERSION,
        b"forwarded": Limit(bytes=2_048, items=64),
        b"if-match": _TAGS,
        b"if-modified-since": _DATE,
        b"if-none-match": _TAGS,
        b"if-range": Limit(bytes=256, items=4),
        b"if-unmodified-since": _DATE,
        b"maxdataserviceversion": _VERSION,
        b"range": Limit(bytes=512, items=32),
        b"x-forwarded-for": Limit(bytes=2_048, items=64),
        b"x-forwarded-proto": Limit(bytes=64, items=4),
    }
)
"""The limit of every header that is parsed."""

HEADER_LINES = 100
"""Maximum header lines of a request."""
PATH_BYTES = 4_096
"""Maximum bytes of a percent-encoded path."""
PARAMETERS = 200
"""Maximum parameters of a query string or form."""
PARAMETER_BYTES = 16_384
"""Maximum bytes of all percent-encoded names and values together."""
LONG_PARAMETERS = (b"query=", b"update=")
"""Prefixes of parameters with SPARQL text, which have a limit of their own."""

_SEPARATOR = re.compile(rb"[,;]")


def check_head(target: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """Check a request's target and headers. Raises TargetTooLong and HeadTooLarge."""
    if len(target.partition(b"?")[0]) > PATH_BYTES:
        raise TargetTooLong(f"The path is longer than {PATH_BYTES:,} bytes.")
    if len(headers) > HEADER_LINES:
        raise HeadTooLarge(f"The request has more than {HEADER_LINES} headers.")
    lengths: dict[bytes, int] = {}
    items: dict[bytes, int] = {}
    for name, value in headers:
        limit = HEADERS.get(name)
        if limit is None:
            continue
        lengths[name] = lengths.get(name, 0) + len(value)
        if lengths[name] > limit.bytes:
            raise _too_large(name, f"{limit.bytes:,} bytes")
        items[name] = items.get(name, 0) + 1 + len(_SEPARATOR.findall(value))
        if items[name] > limit.items:
            raise _too_large(name, f"{limit.items} items")


def check_parameters(encoded: bytes, where: str) -> None:
    """Check ``application/x-www-form-urlencoded`` parameters. Raises BadValue."""
    if encoded.count(b"&") >= PARAMETERS:
        raise BadValue(f"There are more than {PARAMETERS} parameters in {where}.")
    if len(encoded) <= PARAMETER_BYTES:
        return
    pieces = encoded.split(b"&")
    counted = sum(len(piece) for piece in pieces if not piece.startswith(LONG_PARAMETERS))
    if counted > PARAMETER_BYTES:
        raise BadValue(
            f"The parameters in {where} are longer than {PARAMETER_BYTES:,} bytes; only a SPARQL "
            "query may be longer."
        )


def _too_large(name: bytes, most: str) -> RequestError:
    return HeadTooLarge(f"The header {name.decode('latin-1').title()} has more than {most}.")
